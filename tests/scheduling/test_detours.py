"""What a van lacks is fetched where the call and the job together cost least: against every way to put both in."""

import random
from dataclasses import replace

import pytest

from scheduling import Break, Depot, Iterations, Job, Plan, Policy, Problem, Window, check, total_cost
from scheduling.costs import route_cost
from scheduling.duties import Loading, Visit, Workday, prepare
from scheduling.plan import Route
from scheduling.search import solve
from scheduling.timetable import schedule_route
from tests.scheduling.days import problem_of
from tests.scheduling.test_reference import SHIFT, job, technician

WANTED = "wanted"
LUNCH = Break(earliest_s=6000, latest_s=9000, duration_s=1200)
HOME, SHELF, SHOP, FIRST = 0, 1, 2, 3


def full_route(draw: random.Random) -> Problem:
    """One van with some jobs in force, and a job that wants a part and a tool which some depots have."""
    count = draw.randrange(5)
    places = FIRST + count + 1
    seconds = [[0 if a == b else draw.randrange(200, 1800) for b in range(places)] for a in range(places)]
    shift = replace(SHIFT, overtime_s=draw.choice([0, 3000]), breaks=draw.choice([(), (), (LUNCH,)]))
    planned = [_job(draw, f"j{number}", FIRST + number, 3700 * number) for number in range(count)]
    wanted = replace(
        _job(draw, WANTED, FIRST + count, draw.randrange(12_000)), priority=50, parts={"ont": 1}, tools=_tools(draw)
    )
    both = Depot(id="shelf", place=SHELF, handling_s=300, stock={"ont": 3}, tools=frozenset({"splicer"}))
    shop = Depot(
        id="shop",
        place=SHOP,
        handling_s=draw.choice([0, 600]),
        stock={"ont": 1},
        windows=_windows(draw, draw.randrange(6000)),
    )
    van = technician("t0", shifts=(shift,), pace_percent=draw.choice([80, 100, 130]))
    problem = replace(problem_of(seconds, [van], [*planned, wanted]), depots=(both, shop))
    workday = prepare(problem)
    route = schedule_route(workday, workday.duties["t0", 0], planned) if planned else None
    return replace(problem, previous=Plan(routes=(route,) if route else ()))


def _job(draw: random.Random, name: str, place: int, about_s: int) -> Job:
    return job(name, place, duration_s=draw.choice([300, 900, 1500]), windows=_windows(draw, about_s))


def _tools(draw: random.Random) -> frozenset[str]:
    return draw.choice([frozenset(), frozenset({"splicer"})])


def _windows(draw: random.Random, about_s: int) -> tuple[Window, ...]:
    opens_s = about_s + draw.randrange(1500)
    early, late = Window(start_s=opens_s, end_s=opens_s + 3500), Window(start_s=opens_s + 5000, end_s=opens_s + 7000)
    return draw.choice([(), (early,), (early,), (early, late)])


def ways(workday: Workday) -> list[Route]:
    """Every way to put the wanted job, and before it a call at a depot, into the route in force."""
    duty, jobs = workday.duties["t0", 0], [known for known in workday.problem.jobs if known.id != WANTED]
    wanted = workday.jobs[WANTED]
    order: list[Visit] = [*jobs] if workday.problem.previous and workday.problem.previous.routes else []
    calls = [Loading(depot=depot, load=wanted.parts) for depot in workday.problem.depots if wanted.tools <= depot.tools]
    orders = [
        [*order[:call_at], call, *order[call_at:at], wanted, *order[at:]]
        for call in calls
        for call_at in range(len(order) + 1)
        for at in range(call_at, len(order) + 1)
    ]
    timed = [schedule_route(workday, duty, visits) for visits in orders]
    return [route for route in timed if route is not None]


@pytest.mark.parametrize("waiting", [0.0, 0.7])
def test_a_call_and_a_job_go_where_both_together_cost_least(waiting: float) -> None:
    found = 0
    for seed in range(60):
        draw = random.Random(seed)
        problem = full_route(draw)
        policy = Policy(waiting=waiting, retimed=draw.choice([0.0, 0.2]), retime_tolerance_s=300)
        workday = prepare(problem)
        if len(problem.jobs) > 1 and problem.previous == Plan():
            continue  # its jobs do not go together

        # Several, since one place in a hundred is overlooked, and calls are varied.
        plans = [solve(problem, policy, seed=start, stop=Iterations(0)) for start in range(4)]

        assert all(check(problem, plan) == () for plan in plans)
        costs_s = [route_cost(workday, policy, route) for route in ways(workday)]
        served = [plan for plan in plans if all(left.job != WANTED for left in plan.unserved)]
        assert bool(costs_s) == bool(served), seed
        if served:
            found += 1
            assert min(total_cost(problem, policy, plan) for plan in served) == pytest.approx(min(costs_s)), seed
    assert found >= 30
