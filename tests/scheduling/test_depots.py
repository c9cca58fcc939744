"""The search on days with depots: it fetches what is missing, no more than there is, and where it costs least."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from scheduling import Depot, Iterations, Plan, Policy, Problem, Window, check, crews, total_cost
from scheduling.duties import Loading, Visit, prepare
from scheduling.search import solve
from scheduling.search.seats import seats_of
from scheduling.search.solving import Run
from scheduling.timetable import schedule_route
from tests.scheduling.days import even_travel, problem_of, travel_of
from tests.scheduling.mixed_days import POLICY as MIXED_POLICY
from tests.scheduling.mixed_days import mixed_day
from tests.scheduling.test_reference import SHIFT, job, served, technician

POLICY = Policy()
DEPOT = Depot(id="depot", place=2, handling_s=300, stock={"ont": 2}, tools=frozenset({"splicer"}))
WITH_PARTS = job("a", parts={"ont": 1})
WITH_TOOL = job("b", 3, tools=frozenset({"splicer"}))


def day(*jobs: object, depots: tuple[Depot, ...] = (DEPOT,), people: int = 1, **changes: object) -> Problem:
    names = [technician(f"t{number}", **changes) for number in range(people)]
    return replace(problem_of(even_travel(5), names, jobs), depots=depots)  # type: ignore[arg-type]


def solved(problem: Problem, count: int = 60, seed: int = 1) -> Plan:
    plan = solve(problem, POLICY, seed=seed, stop=Iterations(count))
    assert check(problem, plan) == ()
    return plan


def calls(plan: Plan) -> list[tuple[str, dict[str, int], int]]:
    """Depot, load and the index of the stop that it comes before, of all calls of a plan."""
    return [(call.depot, dict(call.load), call.before) for route in plan.routes for call in route.calls]


def test_a_part_that_the_van_lacks_is_fetched_on_the_way() -> None:
    plan = solved(day(WITH_PARTS))

    assert served(plan) == {"a": "t0"}
    assert calls(plan) == [("depot", {"ont": 1}, 0)]


def test_a_tool_is_borrowed_and_nothing_loaded() -> None:
    plan = solved(day(WITH_TOOL))

    assert served(plan) == {"b": "t0"}
    assert calls(plan) == [("depot", {}, 0)]


def test_what_the_van_carries_is_not_fetched() -> None:
    plan = solved(day(WITH_PARTS, stock={"ont": 1}))

    assert served(plan) == {"a": "t0"}
    assert calls(plan) == []


def test_one_call_serves_all_that_comes_after_it() -> None:
    plan = solved(day(WITH_PARTS, replace(WITH_PARTS, id="c", place=4), WITH_TOOL))

    assert served(plan).keys() == {"a", "b", "c"}
    assert [load for _, load, _ in calls(plan)] == [{"ont": 2}]


def test_vans_share_what_a_depot_has() -> None:
    jobs = [replace(WITH_PARTS, id=name, place=place) for place, name in enumerate("abcd", 1)]

    plan = solved(day(*jobs, people=4))

    assert len(served(plan)) == 2
    assert sum(load["ont"] for _, load, _ in calls(plan)) == 2


def test_what_two_depots_have_between_them_is_fetched_at_both() -> None:
    tool_shop = Depot(id="shop", place=4, handling_s=0, tools=frozenset({"splicer"}))
    store = replace(DEPOT, tools=frozenset())

    plan = solved(day(replace(WITH_PARTS, tools=frozenset({"splicer"})), depots=(store, tool_shop)), 300)

    assert served(plan).keys() == {"a"}
    assert {(depot, load.get("ont", 0)) for depot, load, _ in calls(plan)} == {("depot", 1), ("shop", 0)}


def test_a_call_waits_for_the_depot_to_open_and_jobs_that_need_nothing_come_first() -> None:
    late = replace(DEPOT, windows=(Window(start_s=9000, end_s=9900),))
    plain = job("plain", 3, windows=(Window(start_s=0, end_s=3000),))

    plan = solved(day(WITH_PARTS, plain, depots=(late,)))

    assert [stop.job for stop in plan.routes[0].stops] == ["plain", "a"]
    assert calls(plan) == [("depot", {"ont": 1}, 1)]


def test_a_depot_that_is_never_open_in_time_is_of_no_use() -> None:
    closed = replace(DEPOT, windows=(Window(start_s=30_000, end_s=40_000),))

    assert served(solved(day(WITH_PARTS, depots=(closed,)))) == {}


def test_what_is_loaded_today_is_there_tomorrow() -> None:
    tomorrow = replace(SHIFT, start_s=86_400, end_s=106_400)
    today_only = replace(DEPOT, windows=(Window(start_s=0, end_s=19_000),))
    plain = job("plain", windows=(Window(start_s=0, end_s=10_000),))
    later = replace(WITH_PARTS, windows=(Window(start_s=90_000, end_s=99_000),))

    plan = solved(day(plain, later, depots=(today_only,), shifts=(SHIFT, tomorrow)), 300)

    assert served(plan).keys() == {"plain", "a"}
    assert [route.shift for route in plan.routes if route.calls] == [0]


def test_the_lead_of_a_crew_fetches_its_parts_before_they_meet() -> None:
    plan = solved(day(replace(WITH_PARTS, crew_size=2), people=2))

    lead = next(member for member in crews(plan)["a"] if member.lead)
    assert [route.technician for route in plan.routes if route.calls] == [lead.technician]
    assert {member.start_s for member in crews(plan)["a"]} == {1500}


def test_a_plan_in_force_keeps_its_calls() -> None:
    problem = day(WITH_PARTS, WITH_TOOL, people=2)
    before = solved(problem)
    again = replace(problem, previous=before)

    after = solved(again, 1)

    assert served(after) == served(before)
    assert total_cost(again, POLICY, after) <= total_cost(again, POLICY, before)


def test_a_call_in_force_at_a_depot_that_is_gone_takes_its_jobs_along() -> None:
    problem = day(WITH_PARTS, job("plain", 3))
    again = replace(problem, depots=(), previous=solved(problem))

    assert served(solved(again)).keys() == {"plain"}


def test_where_no_way_leads_past_a_depot_the_plan_in_force_holds() -> None:
    """Nobody needs the call any more, and without it the job cannot be reached: the first filling, which takes it out, is not taken."""
    roads: list[list[int | None]] = [[*row] for row in even_travel(5)]
    roads[0][1] = None
    problem = replace(day(WITH_PARTS, job("plain", 3)), travel=travel_of(roads))
    before = solved(problem)
    carried = replace(problem.technicians[0], stock={"ont": 1})
    again = replace(problem, technicians=(carried,), previous=before)

    after = solved(again)

    assert calls(before) == [("depot", {"ont": 1}, 0)]
    assert served(after).keys() == {"a", "plain"}
    assert total_cost(again, POLICY, after) <= total_cost(again, POLICY, before)


def test_what_vans_load_in_force_nobody_else_takes() -> None:
    """The first van could have its part at the other depot, too, where the second one, which comes late, has its own from."""
    early = Depot(id="early", place=2, handling_s=300, stock={"ont": 1}, windows=(Window(start_s=0, end_s=2000),))
    shop = replace(DEPOT, id="shop", place=4, stock={"ont": 1})
    both = replace(WITH_PARTS, tools=frozenset({"splicer"}), forbidden=frozenset({"late"}))
    part = job("b", 3, parts={"ont": 1}, forbidden=frozenset({"first"}))
    people = [technician("first"), technician("late", shifts=(replace(SHIFT, start_s=5000),))]
    problem = replace(problem_of(even_travel(5), people, [both, part]), depots=(early, shop))
    first = [loading(early, ont=1), loading(shop), both]
    again = replace(problem, previous=in_force(problem, first=first, late=[loading(shop, ont=1), part]))

    plan = solved(again, 0)

    assert served(plan) == {"a": "first", "b": "late"}
    assert calls(plan) == [("early", {"ont": 1}, 0), ("shop", {}, 0), ("shop", {"ont": 1}, 0)]


def test_a_plan_in_force_may_call_twice_at_a_depot() -> None:
    """All is loaded the first time; the second call stays, for it lies on the only way."""
    roads: list[list[int | None]] = [[*row] for row in even_travel(5)]
    roads[1][3] = roads[3][1] = None
    later = replace(WITH_PARTS, id="b", place=3)
    problem = replace(day(WITH_PARTS, later), travel=travel_of(roads))
    visits = [loading(DEPOT, ont=1), WITH_PARTS, loading(DEPOT, ont=1), later]

    plan = solved(replace(problem, previous=in_force(problem, t0=visits)))

    assert served(plan).keys() == {"a", "b"}
    assert calls(plan) == [("depot", {"ont": 2}, 0), ("depot", {}, 1)]


def loading(depot: Depot, **load: int) -> Loading:
    return Loading(depot=depot, load=load)


def in_force(problem: Problem, **visits: Sequence[Visit]) -> Plan:
    """A plan of what each technician visits on the first day."""
    workday = prepare(problem)
    routes = [schedule_route(workday, workday.duties[name, 0], order) for name, order in visits.items()]
    plan = Plan(routes=tuple(route for route in routes if route))
    assert check(problem, plan) == ()
    return plan


def test_nobody_goes_to_a_depot_on_a_day_without_work_for_what_tomorrow_wants() -> None:
    tomorrow = replace(SHIFT, start_s=86_400, end_s=106_400)
    today_only = replace(DEPOT, windows=(Window(start_s=0, end_s=19_000),))
    later = replace(WITH_PARTS, windows=(Window(start_s=90_000, end_s=99_000),))

    for seed in range(20):
        assert served(solved(day(later, depots=(today_only,), shifts=(SHIFT, tomorrow)), 100, seed)) == {}


@pytest.mark.parametrize("seed", range(40))
def test_a_mixed_day_costs_what_the_search_counted_and_gives_the_same_plan_again(seed: int) -> None:
    problem = mixed_day(seed)
    workday = prepare(problem)
    seats = seats_of([known for known in problem.jobs if not known.frozen])
    duties = [duty for duty in workday.duties.values() if duty.is_open]

    runs = [Run(workday, MIXED_POLICY, seats, duties, seed) for _ in range(2)]
    for run in runs:
        run.search_until(Iterations(200), None)

    plan = runs[0].best()
    assert check(problem, plan) == ()
    assert plan == runs[1].best()
    closed = {duty.key for duty in workday.duties.values()} - {duty.key for duty in duties}
    facts = [route for route in plan.routes if (route.technician, route.shift) in closed]
    counted = runs[0].cost_s + total_cost(problem, MIXED_POLICY, Plan(routes=tuple(facts)))
    assert counted == pytest.approx(total_cost(problem, MIXED_POLICY, plan))
