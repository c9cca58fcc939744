"""One judge for every engine: routes that do not work are mended and it is said, plans of our own that do not are refused."""

from dataclasses import replace

import pytest

from backend.bench.scheduling.days import DayShape, day
from backend.bench.scheduling.judging import BrokenPlan, judge, mended
from scheduling import Policy, check, total_cost
from scheduling.duties import Workday, prepare

POLICY = Policy()


def test_routes_that_work_are_taken_as_they_are() -> None:
    workday = prepare(day(DayShape(technicians=3), seed=1))
    plan, _ = mended(workday, POLICY, {("t0", 0): [_able(workday, "t0")[0]]})

    again, dropped = mended(workday, POLICY, {(r.technician, r.shift): [s.job for s in r.stops] for r in plan.routes})

    assert dropped == 0
    assert again.routes == plan.routes


def test_a_route_that_is_too_full_loses_its_least_important_jobs_until_it_works() -> None:
    workday = prepare(day(DayShape(technicians=3), seed=1))
    wanted = _able(workday, "t0")

    plan, dropped = mended(workday, POLICY, {("t0", 0): wanted})

    assert 0 < dropped < len(wanted)
    assert check(workday.problem, plan) == ()
    kept = {stop.job for route in plan.routes for stop in route.stops}
    assert len(kept) == len(wanted) - dropped
    left_out = [workday.jobs[job].priority for job in wanted if job not in kept]
    assert min(left_out) == min(workday.jobs[job].priority for job in wanted)


def test_a_job_that_the_technician_must_not_do_is_dropped() -> None:
    workday = prepare(day(DayShape(technicians=3), seed=1))
    foreign = next(job.id for job in workday.problem.jobs if job.id not in _able(workday, "t0"))

    plan, dropped = mended(workday, POLICY, {("t0", 0): [foreign]})

    assert (plan.routes, dropped) == ((), 1)


def test_the_verdict_is_the_librarys_own_cost() -> None:
    workday = prepare(day(DayShape(technicians=3), seed=1))
    plan, dropped = mended(workday, POLICY, {("t1", 0): _able(workday, "t1")[:3]})

    verdict = judge(workday, POLICY, plan, repaired=dropped)

    assert verdict.cost == total_cost(workday.problem, POLICY, plan)
    assert verdict.served == 30 - len(plan.unserved)


def test_a_plan_that_breaks_rules_ends_the_run() -> None:
    workday = prepare(day(DayShape(technicians=3), seed=1))
    plan, _ = mended(workday, POLICY, {})

    with pytest.raises(BrokenPlan, match="neither served nor listed"):
        judge(workday, POLICY, replace(plan, unserved=plan.unserved[1:]))


def _able(workday: Workday, technician: str) -> list[str]:
    known = {skill.name for skill in workday.technicians[technician].skills}
    return [job.id for job in workday.problem.jobs if set(job.skills) <= known]
