"""What the benchmark tries, and the pieces that need no peer: a week of offers, a day that goes wrong, the picture."""

from pathlib import Path

import pytest

from backend.bench.scheduling import run
from backend.bench.scheduling.contest import Outcome
from backend.bench.scheduling.days import DayShape, day
from backend.bench.scheduling.disturbance import TOLD_AT_S, busiest, without
from backend.bench.scheduling.judging import judge, mended
from backend.bench.scheduling.offers import slot_milliseconds, week, windows
from backend.bench.scheduling.plot import draw
from scheduling import Policy, check, to_plan, validate
from scheduling.duties import prepare
from scheduling.liveplan import pack_orders
from scheduling.repair import fill_gaps, keep_what_holds


def test_every_engine_gets_the_same_seeds_and_ours_as_long_as_its_peer() -> None:
    tries = run.tries(run.FULL)

    for seed in range(1, run.FULL.seeds + 1):
        of_seed = {(one.group, one.engine): one.seconds for one in tries if one.seed == seed}
        assert of_seed["day1000", "VROOM"] == run.FULL.day1000_seconds
        assert of_seed["day300_nobreak", "PyVRP"] == run.FULL.nobreak_seconds
        assert of_seed["day300", "OR-Tools routing"] == run.FULL.day300_seconds


def test_a_week_has_full_routes_and_every_window_is_answered() -> None:
    live, asked = week(technicians=3)

    assert check(live.workday.problem, to_plan(live)) == ()
    assert sum(bool(packed.jobs) for packed in live.routes.values()) == len(live.routes) == 15
    assert len(windows()) == 55
    ticks = iter(range(100))
    taken = slot_milliseconds(live, asked[:2], clock=lambda: float(next(ticks)), most_seconds=50)
    assert len(taken) == 2


def test_at_the_news_what_has_begun_is_a_fact_and_the_sick_technicians_other_work_is_open() -> None:
    workday = prepare(day(DayShape(technicians=4), seed=1))
    plan = to_plan(fill_gaps(pack_orders(workday, {}), Policy()))
    sick = busiest(plan)

    problem = without(workday.problem, plan, sick)

    validate(problem)
    frozen = {job.id for job in problem.jobs if job.frozen}
    stops = [(route.technician, stop) for route in plan.routes for stop in route.stops]
    assert frozen == {stop.job for _, stop in stops if stop.start_s <= TOLD_AT_S}
    repaired = to_plan(fill_gaps(keep_what_holds(prepare(problem)), Policy()))
    assert check(problem, repaired) == ()
    assert all(
        stop.start_s <= TOLD_AT_S for route in repaired.routes if route.technician == sick for stop in route.stops
    )


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_the_contest_is_drawn(tmp_path: Path, ending: str) -> None:
    workday = prepare(day(DayShape(technicians=2), seed=1))
    plan, _ = mended(workday, Policy(), {})
    verdict = judge(workday, Policy(), plan)
    outcomes = [
        Outcome(group="day300", engine=engine, seed=seed, plan=plan, verdict=verdict, seconds=1)
        for engine in ("ours", "VROOM")
        for seed in (1, 2)
    ]

    draw(outcomes, tmp_path / f"contest.{ending}")

    beginning = (tmp_path / f"contest.{ending}").read_bytes()[:200]
    assert (b"PNG" if ending == "png" else b"<?xml") in beginning
