"""When things happen on a route: as early as they can, with breaks where they delay least."""

from dataclasses import replace

from scheduling import UNREACHABLE, Break, Depot, Frozen, Job, Plan, Problem, Route, Shift, Technician, Window, check
from scheduling.duties import Loading, prepare
from scheduling.timetable import schedule_route, schedule_route_anyway
from tests.scheduling.days import problem_of

LUNCH = Break(earliest_s=1000, latest_s=1500, duration_s=300)
SHIFT = Shift(start_s=0, end_s=4000, start_place=0, end_place=0, breaks=(LUNCH,))
TRAVEL: list[list[int | None]] = [[0, 100, 200], [100, 0, 800], [200, 800, 0]]


def setting(*jobs: Job, shift: Shift = SHIFT, now_s: int = 0) -> Problem:
    return problem_of(TRAVEL, [Technician(id="t", shifts=(shift,))], jobs, now_s=now_s)


def timed(problem: Problem) -> Route | None:
    workday = prepare(problem)
    return schedule_route(workday, workday.duties["t", 0], [job for job in problem.jobs if not job.frozen])


def sound(problem: Problem) -> Route:
    route = timed(problem)
    assert route is not None
    assert check(problem, Plan(routes=(route,))) == ()
    return route


def test_the_first_departure_waits_until_it_arrives_in_time() -> None:
    route = sound(setting(Job(id="a", place=1, duration_s=100, windows=(Window(start_s=700, end_s=800),))))

    assert (route.depart_s, route.stops[0].arrival_s, route.stops[0].start_s) == (600, 700, 700)


def test_work_waits_for_the_next_window_that_opens() -> None:
    windows = (Window(start_s=0, end_s=50), Window(start_s=2000, end_s=2500))

    route = sound(setting(Job(id="a", place=1, duration_s=100, windows=windows)))

    assert route.stops[0].start_s == 2000


def test_a_drive_is_interrupted_when_the_break_cannot_wait_for_its_end() -> None:
    first = Job(id="a", place=1, duration_s=700)
    route = sound(setting(first, Job(id="b", place=2, duration_s=100)))

    # Free at 800, the drive of 800 s would end at 1600, and the break must begin by 1500.
    assert (route.breaks[0].start_s, route.stops[1].arrival_s) == (1500, 1900)


def test_breaks_come_after_the_work_they_would_delay() -> None:
    route = sound(setting(Job(id="a", place=1, duration_s=900)))

    assert (route.stops[0].start_s, route.end_s) == (100, 1100)
    assert route.breaks[0].start_s == 1100


def test_two_breaks_may_fall_into_one_drive() -> None:
    tea = Break(earliest_s=900, latest_s=950, duration_s=50)
    shift = replace(SHIFT, breaks=(tea, replace(LUNCH, latest_s=1000)))

    route = sound(setting(Job(id="a", place=1, duration_s=700), Job(id="b", place=2, duration_s=100), shift=shift))

    assert [taken.start_s for taken in route.breaks] == [900, 1000]
    assert route.stops[1].arrival_s == 800 + 800 + 50 + 300


def test_a_route_that_cannot_keep_its_break_is_refused() -> None:
    # The work cannot begin after the break, nor the break after the work.
    job = Job(id="a", place=1, duration_s=1500, windows=(Window(start_s=0, end_s=100),))

    assert timed(setting(job)) is None


def test_the_shift_and_its_overtime_end_the_route() -> None:
    shift = replace(SHIFT, end_s=2000, overtime_s=400, breaks=())

    assert sound(setting(Job(id="a", place=1, duration_s=2200), shift=shift)).end_s == 2400
    assert timed(setting(Job(id="a", place=1, duration_s=2201), shift=shift)) is None


def test_facts_come_first_and_the_rest_starts_from_them_and_from_now() -> None:
    fact = Job(id="f", place=1, duration_s=500, frozen=Frozen(technician="t", shift=0, start_s=40))

    route = sound(setting(fact, Job(id="b", place=2, duration_s=10), now_s=600))

    assert [stop.start_s for stop in route.stops] == [40, 1400]
    assert (route.stops[0].travel_s, route.travel_s) == (0, 1000)


def test_a_route_of_facts_only_is_never_refused() -> None:
    fact = Job(id="f", place=1, duration_s=9000, frozen=Frozen(technician="t", shift=0, start_s=40))

    assert sound(setting(fact)).end_s == 9140


def test_a_late_route_is_timed_anyway_and_the_checker_says_by_how_much() -> None:
    problem = setting(Job(id="a", place=1, duration_s=100, windows=(Window(start_s=0, end_s=60),)))
    workday = prepare(problem)

    route = schedule_route_anyway(workday, workday.duties["t", 0], problem.jobs)

    said = [str(violation) for violation in check(problem, Plan(routes=(route,)))]
    assert said == ["job a starts at 100 s, outside its windows 0..60"]


def test_a_missed_break_is_timed_anyway() -> None:
    problem = setting(Job(id="a", place=1, duration_s=100), now_s=1600)
    workday = prepare(problem)

    route = schedule_route_anyway(workday, workday.duties["t", 0], problem.jobs)

    said = [str(violation) for violation in check(problem, Plan(routes=(route,)))]
    assert said == ["break 0 of t starts at 1800 s, outside 1600..1500"]


def test_nobody_is_sent_where_no_way_leads() -> None:
    problem = problem_of(
        [[0, None], [100, 0]], [Technician(id="t", shifts=(SHIFT,))], [Job(id="a", place=1, duration_s=10)]
    )

    assert timed(problem) is None
    assert problem.travel.seconds[0, 1] == UNREACHABLE


def test_a_slow_technician_takes_longer_and_what_is_frozen_took_what_it_took() -> None:
    problem = setting(Job(id="a", place=1, duration_s=101))
    slow = replace(problem, technicians=(replace(problem.technicians[0], pace_percent=150),))

    stop = sound(slow).stops[0]

    assert stop.end_s - stop.start_s == 152


def test_a_call_at_a_depot_is_a_visit_on_the_way() -> None:
    depot = Depot(id="d", place=2, handling_s=50, stock={"ont": 2}, windows=(Window(start_s=400, end_s=900),))
    problem = replace(setting(Job(id="a", place=1, duration_s=100, parts={"ont": 2})), depots=(depot,))
    workday = prepare(problem)

    route = schedule_route(workday, workday.duties["t", 0], [Loading(depot=depot, load={"ont": 2}), *problem.jobs])

    assert route is not None
    assert check(problem, Plan(routes=(route,))) == ()
    call = route.calls[0]
    assert (route.depart_s, call.start_s, call.end_s, call.before) == (200, 400, 450, 0)
    # The drive of 800 s is interrupted, for the lunch of 300 s cannot wait for its end.
    assert (route.stops[0].start_s, route.travel_s) == (450 + 800, 200 + 800 + 100)
