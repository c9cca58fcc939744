"""The optimum is proved, sound and priced exactly; no engine is better; and there is no feature that does not matter.

The normal run looks at a sample. All instances: `pytest -n0 --drills tests/scheduling/test_exact.py`.
"""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import count, islice

import pytest

from scheduling import Iterations, Plan, Problem, check, reference, search, total_cost
from scheduling.duties import prepare
from scheduling.eligibility import static_block
from scheduling.every_route import TooManyRoutes
from scheduling.exact import COLUMN_LIMIT, optimum
from scheduling.master.choose import Choice, choose, tariffs_of
from scheduling.master.columns import Column
from tests.scheduling.mixed_days import POLICY, WITHOUT, Case, mixed_day

SAMPLE_COUNT, DRILL_COUNT = 24, 200
# How many instances must depend on each feature, in the sample and in the drill, and how many are asked at most. Only those
# with few routes are, for there are many features.
NEEDED, DRILL_NEEDED, ASKED, FEW_ROUTES = 1, 20, 2_000, 600
# Prices are rounded to a part of a second before CP-SAT sees them.
NEAR_S = 0.01
# Each engine with what it refuses, how long it searches, and how often at least its plan must be an optimum.
REFERENCE = (reference.solve, ("crews", "precedence", "gaps", "depots", "disturbance budget"), Iterations(10), 0.0)
SEARCH = (search.solve, (), Iterations(2_000), 0.95)
Engine = tuple[Callable[..., Plan], tuple[str, ...], Iterations, float]


def proofs(instance_count: int, column_limit: int) -> Iterator[tuple[Case, Choice]]:
    """So many instances with their optimum, in the order of their seeds, without those of more routes."""
    seeds = (seed for seed in count() if optimum_of(seed, column_limit))
    for seed in islice(seeds, instance_count):
        best = optimum_of(seed, column_limit)
        assert best is not None
        yield (mixed_day(seed), POLICY), best


@cache
def optimum_of(seed: int, column_limit: int, without: str = "") -> Choice | None:
    """The optimum of an instance, or of what it is without a feature; None when it has more routes."""
    case = (mixed_day(seed), POLICY)
    try:
        best = optimum(*(WITHOUT[without](case) if without else case), column_limit=column_limit)
    except TooManyRoutes:
        return None
    assert best is not None
    assert best.is_proved
    return best


def hold_against_the_optimum(engine: Engine, case: Case, best: Choice) -> bool:
    """Let the engine plan an instance of which the optimum is known; whether its plan is as good."""
    problem, policy = case
    assert check(problem, best.plan) == ()
    assert total_cost(problem, policy, best.plan) == best.cost_s == pytest.approx(best.bound_s, abs=NEAR_S)
    solve, refused, stop, _ = engine
    for name in refused:
        problem, policy = WITHOUT[name]((problem, policy))
    plan = solve(problem, policy, seed=1, stop=stop)
    reachable = optimum(problem, policy)
    assert reachable is not None
    assert check(problem, plan) == ()
    gap_s = total_cost(problem, policy, plan) - reachable.cost_s
    assert gap_s > -NEAR_S
    return gap_s < NEAR_S


@pytest.mark.parametrize("engine", [REFERENCE, SEARCH], ids=["reference", "search"])
def test_no_engine_is_better_than_the_optimum_of_a_sample(engine: Engine) -> None:
    for case, best in proofs(SAMPLE_COUNT, FEW_ROUTES):
        hold_against_the_optimum(engine, case, best)


@pytest.mark.drill
@pytest.mark.parametrize("engine", [REFERENCE, SEARCH], ids=["reference", "search"])
def test_no_engine_is_better_than_the_optimum(engine: Engine) -> None:
    equal = sum(hold_against_the_optimum(engine, case, best) for case, best in proofs(DRILL_COUNT, COLUMN_LIMIT))

    # Shown with -rP.
    print(f"equal in {equal} of {DRILL_COUNT}")  # noqa: T201
    assert equal >= engine[3] * DRILL_COUNT


def depends_on(seed: int, feature: str) -> bool:
    """Whether what is best without the feature is not best, or not even possible, with it, whatever times one gives it."""
    best, without = optimum_of(seed, FEW_ROUTES), optimum_of(seed, FEW_ROUTES, feature)
    if best is None or without is None:
        return False
    columns = decisions(mixed_day(seed), without.plan)
    if columns is None:
        return True
    again = choose(prepare(mixed_day(seed)), POLICY, columns)
    assert again is not None
    return again.cost_s > best.cost_s + NEAR_S


def decisions(problem: Problem, plan: Plan) -> list[Column] | None:
    """The ordered routes of a plan as columns of a problem; None when one of them cannot be."""
    workday = prepare(problem)
    tariffs = tariffs_of(workday, POLICY)
    columns: list[Column | None] = []
    for route in plan.routes:
        tariff = tariffs[route.technician, route.shift]
        visits = workday.open_visits(route)
        helps = frozenset(stop.job for stop in route.stops if not stop.lead and workday.jobs[stop.job].crew_size > 1)
        jobs = workday.open_jobs(route)
        if any(static_block(workday, job, tariff.duty, lead=job.id not in helps) for job in jobs):
            return None
        columns += [tariff.column(visits, helps)] if jobs else []
    return None if None in columns else [column for column in columns if column]


def dependent(feature: str, needed: int) -> int:
    """How many instances depend on the feature, as far as `needed`."""
    found = (1 for seed in range(ASKED) if depends_on(seed, feature))
    return sum(islice(found, needed))


@pytest.mark.parametrize("feature", WITHOUT)
def test_each_feature_decides_some_instance(feature: str) -> None:
    assert dependent(feature, NEEDED) == NEEDED


@pytest.mark.drill
@pytest.mark.parametrize("feature", WITHOUT)
def test_each_feature_decides_many_instances(feature: str) -> None:
    assert dependent(feature, DRILL_NEEDED) == DRILL_NEEDED
