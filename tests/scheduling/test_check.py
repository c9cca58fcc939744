"""The checker finds each planted violation, says it in words with numbers, and finds nothing in a sound plan."""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module

import pytest

from scheduling import (
    UNREACHABLE,
    Assignment,
    Break,
    Depot,
    DepotCall,
    Frozen,
    Gap,
    Job,
    Lock,
    Plan,
    Problem,
    Reason,
    Route,
    RouteStop,
    Shift,
    Skill,
    TakenBreak,
    Technician,
    Unserved,
    ViolationKind,
    Window,
    check,
    crews,
)
from tests.scheduling.days import problem_of

HOME, FIRST, SECOND, ISLAND = 0, 1, 2, 3
TRAVEL: list[list[int | None]] = [[0, 100, 200, None], [100, 0, 150, None], [200, 150, 0, None], [None, None, None, 0]]

SHIFT = Shift(
    start_s=0,
    end_s=5000,
    start_place=HOME,
    end_place=HOME,
    overtime_s=100,
    breaks=(Break(earliest_s=1000, latest_s=2000, duration_s=300),),
)
TECHNICIAN = Technician(
    id="t",
    shifts=(SHIFT,),
    skills=(Skill(name="fibre", level=1),),
    stock={"ont": 1},
    territories=frozenset({"north"}),
)
FIRST_JOB = Job(
    id="a",
    place=FIRST,
    duration_s=500,
    windows=(Window(start_s=0, end_s=400),),
    skills={"fibre": 1},
    parts={"ont": 1},
    territory="north",
)
SECOND_JOB = Job(id="b", place=SECOND, duration_s=400)
LEFT_JOB = Job(id="c", place=FIRST, duration_s=100)
FIRST_STOP = RouteStop(job="a", travel_s=100, arrival_s=100, start_s=100, end_s=600)
SECOND_STOP = RouteStop(job="b", travel_s=150, arrival_s=1300, start_s=1300, end_s=1700)
ROUTE = Route(
    technician="t",
    shift=0,
    stops=(FIRST_STOP, SECOND_STOP),
    breaks=(TakenBreak(start_s=1000, end_s=1300),),
    depart_s=0,
    end_s=1900,
    travel_s=450,
)
PLAN = Plan(routes=(ROUTE,), unserved=(Unserved(job="c", reason=Reason.FULL),))
PROBLEM = problem_of(TRAVEL, [TECHNICIAN], [FIRST_JOB, SECOND_JOB, LEFT_JOB], previous=PLAN)


def kinds(problem: Problem, plan: Plan) -> set[ViolationKind]:
    return {violation.kind for violation in check(problem, plan)}


def with_job(job_id: str, **changes: object) -> Problem:
    jobs = (replace(job, **changes) if job.id == job_id else job for job in PROBLEM.jobs)  # type: ignore[arg-type]
    return replace(PROBLEM, jobs=tuple(jobs))


def with_technician(**changes: object) -> Problem:
    return replace(PROBLEM, technicians=(replace(TECHNICIAN, **changes),))  # type: ignore[arg-type]


def with_route(**changes: object) -> Plan:
    return replace(PLAN, routes=(replace(ROUTE, **changes),))  # type: ignore[arg-type]


def with_second_stop(**changes: object) -> Plan:
    return with_route(stops=(FIRST_STOP, replace(SECOND_STOP, **changes)))  # type: ignore[arg-type]


def with_break(start_s: int, end_s: int) -> Plan:
    return with_route(breaks=(TakenBreak(start_s=start_s, end_s=end_s),))


def test_a_sound_plan_has_no_violation() -> None:
    assert check(PROBLEM, PLAN) == ()


DEPOT = Depot(
    id="d",
    place=FIRST,
    handling_s=60,
    stock={"ont": 2},
    tools=frozenset({"splicer"}),
    windows=(Window(start_s=0, end_s=900),),
)
CALL = DepotCall(depot="d", before=1, travel_s=0, arrival_s=600, start_s=600, end_s=660, load={"ont": 1})
STOCKED = replace(with_job("b", parts={"ont": 1}, tools=frozenset({"splicer"})), depots=(DEPOT,))
LOADED = with_route(calls=(CALL,))


def with_call(**changes: object) -> tuple[Problem, Plan]:
    return STOCKED, with_route(calls=(replace(CALL, **changes),))  # type: ignore[arg-type]


# The second technician helps the first with job b, which needs two.
CREWED = replace(with_job("b", crew_size=2), technicians=(TECHNICIAN, replace(TECHNICIAN, id="u")))


def with_helper(**changes: object) -> Plan:
    stop = replace(RouteStop(job="b", travel_s=200, arrival_s=1300, start_s=1300, end_s=1700, lead=False), **changes)  # type: ignore[arg-type]
    return replace(PLAN, routes=(ROUTE, replace(ROUTE, technician="u", stops=(stop,), travel_s=400)))


def with_helper_later(later_s: int) -> Plan:
    leader, helper = with_helper(start_s=1300 + later_s, end_s=1700 + later_s).routes
    return replace(PLAN, routes=(leader, replace(helper, end_s=helper.end_s + later_s)))


def after(job: str, other: str) -> Problem:
    return with_job(job, after=(other,))


def apart(least_s: int, most_s: int, other: str = "a") -> Problem:
    """b starts so long after the other."""
    return with_job("b", gaps=(Gap(job=other, least_s=least_s, most_s=most_s),))


def test_a_call_a_crew_and_a_sequence_are_sound() -> None:
    assert check(STOCKED, LOADED) == ()
    assert check(CREWED, with_helper()) == ()
    assert check(after("b", "a"), PLAN) == ()
    apart_s = SECOND_STOP.start_s - FIRST_STOP.start_s
    assert check(apart(apart_s, apart_s), PLAN) == ()


def test_a_helper_needs_the_skills_of_helpers_only() -> None:
    needy = with_job("b", crew_size=2, skills={"fibre": 1}, helper_skills={"ladder": 1})
    novice = replace(TECHNICIAN, id="u", skills=(Skill(name="ladder"),))

    assert check(replace(needy, technicians=(TECHNICIAN, novice)), with_helper()) == ()


def test_a_call_counts_from_where_it_is_made() -> None:
    late = replace(CALL, before=2, arrival_s=1850, start_s=1850, end_s=1910)

    assert kinds(replace(STOCKED, depots=(replace(DEPOT, windows=()),)), with_route(calls=(late,))) >= {
        ViolationKind.STOCK,
        ViolationKind.TOOLS,
    }


# Nobody needs the depot; it had closed when it was called at; another technician is there, too.
UNCALLED_FOR = replace(PROBLEM, depots=(DEPOT,))
CLOSED = (Window(start_s=0, end_s=599),)
PAIRED = replace(PROBLEM, technicians=(TECHNICIAN, replace(TECHNICIAN, id="u")))
SPLIT_ROUTES = (
    replace(ROUTE, stops=(FIRST_STOP,), end_s=700, travel_s=200),
    replace(ROUTE, stops=(replace(SECOND_STOP, travel_s=200),), travel_s=400),
)

PLANTED: dict[ViolationKind, Callable[[], tuple[Problem, Plan]]] = {
    ViolationKind.UNKNOWN_TECHNICIAN: lambda: (PROBLEM, with_route(technician="nobody")),
    ViolationKind.UNKNOWN_SHIFT: lambda: (PROBLEM, with_route(shift=1)),
    ViolationKind.UNKNOWN_JOB: lambda: (
        PROBLEM,
        replace(PLAN, unserved=(*PLAN.unserved, Unserved(job="ghost", reason=Reason.FULL))),
    ),
    ViolationKind.SHIFT_TWICE: lambda: (PROBLEM, replace(PLAN, routes=SPLIT_ROUTES)),
    ViolationKind.EMPTY_ROUTE: lambda: (
        PAIRED,
        replace(PLAN, routes=(ROUTE, replace(ROUTE, technician="u", stops=()))),
    ),
    ViolationKind.JOB_TWICE: lambda: (
        PROBLEM,
        replace(PLAN, unserved=(*PLAN.unserved, Unserved(job="a", reason=Reason.FULL))),
    ),
    ViolationKind.JOB_MISSING: lambda: (PROBLEM, replace(PLAN, unserved=())),
    ViolationKind.FROZEN_MOVED: lambda: (
        with_job("a", frozen=Frozen(technician="t", shift=0, start_s=99)),
        with_route(travel_s=350),
    ),
    ViolationKind.FROZEN_NOT_FIRST: lambda: (
        with_job("b", frozen=Frozen(technician="t", shift=0, start_s=1300)),
        with_route(travel_s=300),
    ),
    ViolationKind.FORBIDDEN: lambda: (with_job("a", forbidden=frozenset({"t"})), PLAN),
    ViolationKind.TERRITORY: lambda: (with_job("b", territory="south"), PLAN),
    ViolationKind.SKILL: lambda: (with_job("b", skills={"fibre": 2}), PLAN),
    ViolationKind.STOCK: lambda: (with_job("b", parts={"ont": 1}), PLAN),
    ViolationKind.LOCKED_TECHNICIAN: lambda: (
        replace(
            with_job("a", lock=Lock.TECHNICIAN),
            technicians=(TECHNICIAN, replace(TECHNICIAN, id="u")),
            previous=with_route(technician="u"),
        ),
        PLAN,
    ),
    ViolationKind.LOCKED_TIME: lambda: (
        replace(with_job("b", lock=Lock.TIME), previous=with_second_stop(start_s=1301)),
        PLAN,
    ),
    ViolationKind.DURATION: lambda: (with_job("b", duration_s=401), PLAN),
    ViolationKind.WINDOW: lambda: (with_job("b", windows=(Window(start_s=1301, end_s=1400),)), PLAN),
    ViolationKind.BEFORE_ARRIVAL: lambda: (PROBLEM, with_second_stop(arrival_s=1301)),
    ViolationKind.BEFORE_SHIFT: lambda: (with_technician(shifts=(replace(SHIFT, start_s=1),)), PLAN),
    ViolationKind.BEFORE_NOW: lambda: (replace(PROBLEM, now_s=1), PLAN),
    ViolationKind.UNREACHABLE: lambda: (with_job("b", place=ISLAND), with_route(travel_s=100 + 2 * UNREACHABLE)),
    ViolationKind.TRAVEL_TOO_SHORT: lambda: (PROBLEM, with_route(end_s=1899)),
    ViolationKind.TRAVEL_FIGURE: lambda: (PROBLEM, with_route(travel_s=449)),
    ViolationKind.AFTER_SHIFT: lambda: (with_technician(shifts=(replace(SHIFT, end_s=1799),)), PLAN),
    ViolationKind.TOOLS: lambda: (with_job("b", tools=frozenset({"splicer"})), PLAN),
    ViolationKind.CREW_SIZE: lambda: (CREWED, PLAN),
    ViolationKind.CREW_LEAD: lambda: (CREWED, with_helper(lead=True)),
    ViolationKind.CREW_START: lambda: (CREWED, with_helper_later(1)),
    ViolationKind.AFTER_UNSERVED: lambda: (after("b", "c"), PLAN),
    ViolationKind.AFTER_TOO_SOON: lambda: (after("a", "b"), PLAN),
    ViolationKind.GAP_TOO_SHORT: lambda: (apart(5000, 6000), PLAN),
    ViolationKind.GAP_TOO_LONG: lambda: (apart(0, 1), PLAN),
    ViolationKind.UNKNOWN_DEPOT: lambda: (PROBLEM, LOADED),
    ViolationKind.CALL_ORDER: lambda: (UNCALLED_FOR, with_call(before=3)[1]),
    ViolationKind.CALL_LENGTH: lambda: with_call(end_s=659),
    ViolationKind.CALL_WINDOW: lambda: (replace(STOCKED, depots=(replace(DEPOT, windows=CLOSED),)), LOADED),
    ViolationKind.CALL_LOAD: lambda: (UNCALLED_FOR, with_call(load={"ont": 0})[1]),
    ViolationKind.DEPOT_STOCK: lambda: with_call(load={"ont": 3}),
    ViolationKind.DISTURBANCE: lambda: (
        replace(CREWED, jobs=PROBLEM.jobs, previous=with_route(technician="u"), disturbance_limit=1),
        PLAN,
    ),
    ViolationKind.BREAK_COUNT: lambda: (PROBLEM, with_route(breaks=())),
    ViolationKind.BREAK_LENGTH: lambda: (PROBLEM, with_break(1000, 1299)),
    ViolationKind.BREAK_WINDOW: lambda: (PROBLEM, with_break(999, 1299)),
    ViolationKind.BREAK_OVERLAP: lambda: (PROBLEM, with_break(1001, 1301)),
}


@pytest.mark.parametrize("kind", list(ViolationKind))
def test_each_planted_violation_is_found_and_nothing_else(kind: ViolationKind) -> None:
    problem, plan = PLANTED[kind]()

    assert kinds(problem, plan) == {kind}


def test_an_expired_skill_does_not_count_in_the_shift() -> None:
    problem = with_technician(skills=(Skill(name="fibre", valid_until_s=SHIFT.end_s - 1),))

    assert kinds(problem, PLAN) == {ViolationKind.SKILL}


def test_a_locked_time_stands_above_the_window() -> None:
    problem = with_job("b", lock=Lock.TIME, windows=(Window(start_s=4000, end_s=4000),))

    assert check(problem, PLAN) == ()


def test_a_violation_reads_as_a_sentence_with_its_numbers() -> None:
    found = check(PROBLEM, with_route(end_s=1890))

    assert [str(violation) for violation in found] == ["t has 190 s for a drive of 200 s to the end place"]


def test_a_break_may_interrupt_a_drive() -> None:
    late = replace(FIRST_STOP, arrival_s=450, start_s=450, end_s=950)
    # 50 s of the drive, the break, and the other 100 s.
    second = replace(SECOND_STOP, arrival_s=1400, start_s=1400, end_s=1800)
    plan = with_route(stops=(late, second), end_s=2000)

    assert check(with_job("a", windows=()), plan) == ()


def test_a_plan_in_force_is_read_once_however_many_routes_a_plan_has(monkeypatch: pytest.MonkeyPatch) -> None:
    count = 20
    technicians = [replace(TECHNICIAN, id=f"t{number}") for number in range(count)]
    jobs = [replace(FIRST_JOB, id=f"a{number}") for number in range(count)]
    routes = tuple(
        replace(PLAN.routes[0], technician=f"t{number}", stops=(replace(FIRST_STOP, job=f"a{number}"),))
        for number in range(count)
    )
    problem = problem_of(TRAVEL, technicians, jobs, previous=Plan(routes=routes))
    read: list[Plan | None] = []

    def counted(plan: Plan | None) -> dict[str, tuple[Assignment, ...]]:
        read.append(plan)
        return crews(plan)

    for name in ("scheduling.check", "scheduling.check_route"):
        monkeypatch.setattr(import_module(name), "crews", counted, raising=False)

    check(problem, Plan(routes=routes))

    assert len(read) == 2
