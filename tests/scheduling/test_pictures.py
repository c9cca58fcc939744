"""Pictures of plans: every route has its row, what is late or left undone is seen, and an empty plan draws, too."""

import pytest

from scheduling import Iterations, Plan, Policy
from scheduling.pictures import LATE, gantt, map_of
from scheduling.reference import solve
from tests.scheduling.days import small_day


@pytest.mark.parametrize("draw", [gantt, map_of])
def test_a_plan_is_drawn_with_its_technicians_and_jobs(draw) -> None:
    problem = small_day(seed=3)
    plan = solve(problem, Policy(), seed=1, stop=Iterations(20))

    svg = draw(problem, plan, form="svg").decode()

    assert svg.startswith("<?xml")
    for route in plan.routes:
        assert f"<!-- {route.technician} -->" in svg
    if draw is gantt:
        assert all(f"<!-- {stop.job} -->" in svg for route in plan.routes for stop in route.stops)
    else:
        assert (LATE in svg) == bool(plan.unserved)
    assert draw(problem, plan)[:4] == b"\x89PNG"


@pytest.mark.parametrize("draw", [gantt, map_of])
def test_an_empty_plan_is_drawn(draw) -> None:
    problem = small_day(seed=3, job_count=0, technician_count=0)

    assert b"0 jobs in 0 routes" in draw(problem, Plan(), form="svg")
