"""The search: its plans are sound, cost what it counted, and are the same again for the same seed."""

from dataclasses import replace

import pytest

from scheduling import (
    Frozen,
    Gap,
    Iterations,
    Lock,
    Plan,
    Policy,
    Problem,
    Progress,
    Reason,
    Seconds,
    Window,
    assignments,
    check,
    crews,
    reference,
    total_cost,
)
from scheduling.costs import route_cost
from scheduling.duties import prepare
from scheduling.eligibility import static_block
from scheduling.search import solve, warm
from scheduling.search.eligible import eligible
from scheduling.search.seats import seats_of
from scheduling.search.solving import Run
from scheduling.timetable import schedule_route
from tests.scheduling.days import coupled_day, even_travel, problem_of, small_day, with_previous
from tests.scheduling.test_reference import SHIFT, a_day_that_went_on, job, served, technician

# Everything that a policy can weigh, weighed.
POLICY = Policy(fairness=0.3, retimed=0.4, retime_tolerance_s=300, travel=1.3, waiting=0.2)
COUNT = 300


def solved(problem: Problem, count: int = COUNT, seed: int = 1, policy: Policy = POLICY) -> Plan:
    plan = solve(problem, policy, seed=seed, stop=Iterations(count))
    assert check(problem, plan) == ()
    return plan


def searched(problem: Problem, seed: int = 1) -> tuple[Plan, float]:
    """The plan that the search found, and what it thinks that it costs."""
    workday = prepare(problem)
    seats = seats_of([known for known in problem.jobs if not known.frozen])
    duties = [duty for duty in workday.duties.values() if duty.is_open]
    if not seats or not duties:
        plan = solved(problem)
        return plan, total_cost(problem, POLICY, plan)
    run = Run(workday, POLICY, seats, duties, seed)
    run.search_until(Iterations(COUNT), None)
    facts = [schedule_route(workday, duty, ()) for duty in workday.duties.values() if not duty.is_open]
    return run.best(), run.cost_s + sum(route_cost(workday, POLICY, route) for route in facts if route)


@pytest.mark.parametrize("seed", range(30))
def test_a_plan_is_sound_and_costs_what_the_search_counted(seed: int) -> None:
    day = small_day(seed, job_count=10 + seed, technician_count=2 + seed % 4, day_count=1 + seed % 3)

    plan, cost_s = searched(day, seed)

    assert check(day, plan) == ()
    assert cost_s == pytest.approx(total_cost(day, POLICY, plan))


@pytest.mark.parametrize("seed", range(30))
def test_a_plan_of_crews_and_sequences_is_sound_and_costs_what_the_search_counted(seed: int) -> None:
    day = coupled_day(seed)

    plan, cost_s = searched(day, seed)

    assert check(day, plan) == ()
    assert cost_s == pytest.approx(total_cost(day, POLICY, plan))


@pytest.mark.parametrize("seed", range(30))
def test_a_day_that_went_on_is_mended_soundly_at_no_greater_cost(seed: int) -> None:
    day = a_day_that_went_on(seed)

    plan, cost_s = searched(day, seed)

    assert check(day, plan) == ()
    assert cost_s == pytest.approx(total_cost(day, POLICY, plan))


@pytest.mark.parametrize("seed", range(12))
def test_replanning_is_never_worse_than_what_is_in_force(seed: int) -> None:
    day = coupled_day(seed) if seed % 2 else small_day(seed)
    before = solved(day, 20)
    again = with_previous(day, before)

    after = solved(again, 100, seed=seed + 1)

    assert total_cost(again, POLICY, after) <= total_cost(again, POLICY, before) + 1e-6


def test_the_same_seed_and_number_of_iterations_give_the_same_plan() -> None:
    day = coupled_day(3)

    assert solved(day, seed=7) == solved(day, seed=7)


def test_different_seeds_search_differently() -> None:
    day = small_day(3, job_count=40, technician_count=5)

    assert len({total_cost(day, POLICY, solved(day, 5, seed=seed)) for seed in range(5)}) > 1


def test_more_iterations_serve_more_of_a_crowded_day_or_as_much() -> None:
    day = small_day(5, job_count=24)

    few, many = (total_cost(day, POLICY, solved(day, count)) for count in (1, 2000))

    assert many < few


def test_the_search_beats_the_reference_engine_over_some_days_and_is_nowhere_much_worse() -> None:
    days = [small_day(seed, job_count=16, day_count=1 + seed % 2) for seed in range(8)]

    ours = [total_cost(day, POLICY, solved(day, 3000)) for day in days]

    theirs = [total_cost(day, POLICY, reference.solve(day, POLICY, seed=1, stop=Iterations(60))) for day in days]
    assert sum(ours) < sum(theirs)
    assert all(our <= 1.01 * their for our, their in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("seed", range(10))
def test_who_may_do_what_is_what_the_readable_rules_say(seed: int) -> None:
    day = coupled_day(seed) if seed % 2 else a_day_that_went_on(seed)
    workday = prepare(day)
    seats = seats_of(day.jobs)
    duties = list(workday.duties.values())

    may = eligible(workday, [seat.job for seat in seats], duties, [seat.lead for seat in seats])

    for seat, row in zip(seats, may, strict=True):
        windows = workday.windows(seat.job)
        for duty, found in zip(duties, row, strict=True):
            on_duty = any(w.end_s >= duty.available_s and w.start_s <= duty.latest_end_s for w in windows)
            assert found == (on_duty and static_block(workday, seat.job, duty, lead=seat.lead) is None)


def test_two_people_meet_at_one_moment() -> None:
    late = technician("late", shifts=(replace(SHIFT, start_s=5000),))
    day = problem_of(even_travel(2), [technician("early"), late], [job("pair", crew_size=2)])

    plan = solved(day, 20)

    assert {member.start_s for member in crews(plan)["pair"]} == {5600}


def test_a_crew_that_cannot_meet_says_so() -> None:
    day = problem_of(even_travel(2), [technician("alone")], [job("pair", crew_size=2)])

    assert solved(day, 20).unserved[0].reason == Reason.CREW


def test_the_premises_wait_for_the_plant() -> None:
    plant = job("plant", windows=(Window(start_s=6000, end_s=9000),))
    day = problem_of(even_travel(3), [technician("t"), technician("u")], [job("premises", 2, after=("plant",)), plant])

    plan = solved(day, 50)

    assert assignments(plan)["premises"].start_s >= assignments(plan)["plant"].start_s + 1800


def test_a_job_starts_so_long_after_another_one() -> None:
    first = job("first", windows=(Window(start_s=2000, end_s=6000),))
    gap = Gap(job="first", least_s=4000, most_s=4500)
    late = job("late", 2, windows=(Window(start_s=9000, end_s=9000),), gaps=(gap,))

    plan = solved(problem_of(even_travel(3), [technician("t"), technician("u")], [late, first]), 200)

    starts = assignments(plan)
    assert starts["late"].start_s == 9000
    assert 4500 <= starts["first"].start_s <= 5000


def test_a_gap_that_cannot_be_kept_leaves_the_job_undone() -> None:
    first = job("first", windows=(Window(start_s=2000, end_s=2000),))
    late = job("late", 2, windows=(Window(start_s=9000, end_s=9900),), gaps=(Gap(job="first", least_s=0, most_s=60),))

    plan = solved(problem_of(even_travel(3), [technician("t"), technician("u")], [late, first]))

    assert {left.job: left.reason for left in plan.unserved} == {"late": Reason.AFTER}


def test_a_gap_counts_from_the_start_of_a_job_that_is_a_fact() -> None:
    begun = job("begun", frozen=Frozen(technician="t", shift=0, start_s=600))
    later = job("later", 2, gaps=(Gap(job="begun", least_s=5000, most_s=5000),))
    day = replace(problem_of(even_travel(3), [technician("t")], [begun, later]), now_s=700)

    assert assignments(solved(day))["later"].start_s == 5600


def test_a_gap_in_force_that_is_no_longer_kept_is_made_anew() -> None:
    pair = [job("first"), job("late", 2, gaps=(Gap(job="first", least_s=4000, most_s=4000),))]
    day = problem_of(even_travel(3), [technician("t"), technician("u")], pair)
    before = solved(day, 50)
    wider = replace(pair[1], gaps=(Gap(job="first", least_s=5000, most_s=5000),))

    after = assignments(solved(with_previous(replace(day, jobs=(pair[0], wider)), before), 50))

    assert after["late"].start_s - after["first"].start_s == 5000


def test_what_waits_for_a_job_left_undone_is_left_undone() -> None:
    day = problem_of(
        even_travel(3),
        [technician("t")],
        [job("plant", skills={"splice": 1}), job("premises", 2, after=("plant",), priority=9)],
    )

    plan = solved(day, 50)

    assert {left.job: left.reason for left in plan.unserved} == {"plant": Reason.SKILL, "premises": Reason.AFTER}


def test_what_does_not_pay_by_itself_is_done_for_the_sake_of_what_waits_for_it() -> None:
    plant, premises = job("plant"), job("premises", 2, after=("plant",), priority=9)
    cheap = Policy(unserved_priority_s=1000)

    alone = solved(problem_of(even_travel(3), [technician("t")], [plant]), 50, policy=cheap)
    both = solved(problem_of(even_travel(3), [technician("t")], [plant, premises]), 50, policy=cheap)

    assert served(alone) == {}
    assert served(both).keys() == {"plant", "premises"}


def test_a_meeting_in_force_that_has_lost_its_window_is_made_anew() -> None:
    day = problem_of(even_travel(3), [technician("t"), technician("u")], [job("pair", crew_size=2), job("other", 2)])
    before = solved(day, 50)
    later_s = assignments(before)["pair"].start_s + 1
    narrow = replace(day.jobs[0], windows=(Window(start_s=later_s, end_s=later_s),))

    after = solved(with_previous(replace(day, jobs=(narrow, day.jobs[1])), before), 50)

    assert served(after).keys() == {"pair", "other"}


def test_a_crew_that_moves_counts_once_in_the_disturbance_budget() -> None:
    people = [technician(name) for name in "tuvw"]
    day = problem_of(even_travel(3), people, [job("one", crew_size=2), job("two", 2, crew_size=2)])
    before = solved(replace(day, technicians=tuple(people[:2])), 50)
    again = replace(day, technicians=tuple(people[2:]), previous=before)

    assert len(served(solved(replace(again, disturbance_limit=2), 50))) == 2
    assert len(served(solved(replace(again, disturbance_limit=1), 50))) == 1


def test_a_disturbance_budget_is_kept() -> None:
    day = small_day(4, job_count=20, technician_count=4)
    before = solved(
        replace(day, technicians=tuple(replace(who, shifts=()) for who in day.technicians[:2]) + day.technicians[2:])
    )
    hurried = Policy(moved_s=0.0, retimed=0.0)
    places = assignments(before)

    def moves(limit: int | None) -> int:
        again = replace(with_previous(day, before), disturbance_limit=limit)
        after = assignments(solved(again, 2000, policy=hurried))
        return sum(after[name].duty != place.duty for name, place in places.items() if name in after)

    assert moves(None) > 2
    assert moves(2) <= 2
    assert moves(0) == 0


def test_every_locked_job_stays_where_it_is() -> None:
    day = coupled_day(4)
    before = solved(day)
    places = crews(before)
    locked = [replace(known, lock=Lock.BOTH) if known.id in places else known for known in day.jobs]

    after = crews(solved(with_previous(replace(day, jobs=tuple(locked)), before), seed=9))

    assert {name: set(after[name]) for name in places} == {name: set(members) for name, members in places.items()}


def test_nobody_to_work_leaves_everything_with_its_reason() -> None:
    plan = solved(problem_of(even_travel(2), [], [job("a"), job("b")]))

    assert {left.reason for left in plan.unserved} == {Reason.NO_TECHNICIAN}


def test_an_empty_day_gives_an_empty_plan() -> None:
    assert solved(problem_of(even_travel(1), [technician("t")])) == Plan()


def test_ten_times_too_much_work_is_planned_as_far_as_it_goes() -> None:
    jobs = [job(f"j{number}", priority=1 + number % 3) for number in range(60)]

    plan = solved(problem_of(even_travel(2), [technician("t", shifts=(replace(SHIFT, end_s=12_000),))], jobs))

    assert len(served(plan)) == 6


def test_progress_is_told_and_can_stop_the_search() -> None:
    told: list[Progress] = []

    def stop_at_once(progress: Progress) -> bool:
        told.append(progress)
        return False

    plan = solve(small_day(1), POLICY, seed=1, stop=Seconds(30), progress=stop_at_once)

    assert len(told) == 1
    assert told[0].cost_s == pytest.approx(total_cost(small_day(1), POLICY, plan))
    assert told[0].served == len(assignments(plan))


def test_no_iterations_give_the_plan_that_gaps_are_filled_with() -> None:
    assert len(served(solved(problem_of(even_travel(2), [technician("t")], [job("a")]), 0))) == 1


def test_warming_up_needs_no_problem() -> None:
    warm()
