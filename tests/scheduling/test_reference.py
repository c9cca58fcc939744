"""The reference engine: its plans are sound, the same again for the same seed, and never worse than what is in force."""

import random
from dataclasses import replace

import pytest

from scheduling import (
    Break,
    Frozen,
    Iterations,
    Job,
    Lock,
    Plan,
    Policy,
    Problem,
    Progress,
    Reason,
    Seconds,
    Shift,
    Skill,
    Technician,
    Window,
    assignments,
    check,
    total_cost,
)
from scheduling.reference import solve
from tests.scheduling.days import even_travel, problem_of, small_day, with_previous

POLICY = Policy()
SHIFT = Shift(start_s=0, end_s=20_000, start_place=0, end_place=0)


def technician(name: str, **changes: object) -> Technician:
    return replace(Technician(id=name, shifts=(SHIFT,)), **changes)  # type: ignore[arg-type]


def job(name: str, place: int = 1, **changes: object) -> Job:
    return replace(Job(id=name, place=place, duration_s=1800), **changes)  # type: ignore[arg-type]


def solved(problem: Problem, count: int = 30, seed: int = 1) -> Plan:
    plan = solve(problem, POLICY, seed=seed, stop=Iterations(count))
    assert check(problem, plan) == ()
    return plan


def served(plan: Plan) -> dict[str, str]:
    return {name: place.technician for name, place in assignments(plan).items()}


@pytest.mark.parametrize("seed", range(12))
def test_plans_of_generated_days_are_sound(seed: int) -> None:
    solved(small_day(seed, day_count=1 + seed % 2), seed=seed)


@pytest.mark.parametrize("seed", range(6))
def test_replanning_is_sound_and_never_worse_than_what_is_in_force(seed: int) -> None:
    day = small_day(seed)
    before = solved(day, count=5)
    again = with_previous(day, before)

    after = solved(again)

    assert total_cost(again, POLICY, after) <= total_cost(again, POLICY, before) + 1e-6


def test_the_same_seed_and_number_of_iterations_give_the_same_plan() -> None:
    day = small_day(3)

    assert solved(day, seed=7) == solved(day, seed=7)


def test_more_iterations_serve_more_of_a_crowded_day_or_as_much() -> None:
    day = small_day(5, job_count=24)

    few, many = (total_cost(day, POLICY, solved(day, count)) for count in (1, 150))

    assert many <= few


@pytest.mark.parametrize("jobs", [[], [job("a"), job("b")]])
def test_nobody_to_work_leaves_everything_with_its_reason(jobs: list[Job]) -> None:
    plan = solved(problem_of(even_travel(2), [], jobs))

    assert plan.routes == ()
    assert {left.reason for left in plan.unserved} <= {Reason.NO_TECHNICIAN}
    assert len(plan.unserved) == len(jobs)


def test_an_empty_day_gives_an_empty_plan() -> None:
    assert solved(problem_of(even_travel(1), [technician("t")])) == Plan()


def test_what_cannot_be_reached_is_left_and_says_so() -> None:
    plan = solved(
        problem_of([[0, 600, None], [600, 0, None], [None, None, 0]], [technician("t")], [job("a"), job("b", 2)])
    )

    assert served(plan) == {"a": "t"}
    assert plan.unserved[0].reason == Reason.UNREACHABLE


def test_when_room_is_short_the_dearer_job_is_served() -> None:
    short = replace(SHIFT, end_s=3000)
    jobs = [job("cheap", priority=1), job("dear", priority=9)]

    plan = solved(problem_of(even_travel(2), [technician("t", shifts=(short,))], jobs))

    assert served(plan) == {"dear": "t"}
    assert plan.unserved[0].reason == Reason.FULL


def test_a_job_that_is_not_worth_its_drive_is_left_for_its_cost() -> None:
    plan = solved(problem_of(even_travel(2, 4000), [technician("t")], [job("a", priority=1)]))

    assert plan.unserved[0].reason == Reason.COST


def test_skills_and_their_levels_decide_who_goes() -> None:
    junior = technician("junior", skills=(Skill(name="fibre", level=1),))
    senior = technician("senior", skills=(Skill(name="fibre", level=2),))

    assert served(solved(problem_of(even_travel(2), [junior, senior], [job("a", skills={"fibre": 2})]))) == {
        "a": "senior"
    }


def test_a_van_shares_its_stock_among_its_shifts() -> None:
    later = replace(SHIFT, start_s=30_000, end_s=50_000)
    windows = [(Window(start_s=0, end_s=9000),), (Window(start_s=31_000, end_s=40_000),)]
    jobs = [job(f"j{number}", windows=window, parts={"ont": 1}) for number, window in enumerate(windows)]

    plan = solved(problem_of(even_travel(2), [technician("t", shifts=(SHIFT, later), stock={"ont": 1})], jobs))

    assert len(served(plan)) == 1
    assert plan.unserved[0].reason == Reason.PARTS


def test_a_contractor_is_sent_only_where_the_own_people_cannot_go() -> None:
    helper = technician("contractor", contractor=True, cost_per_hour_minor=9000)

    assert set(
        served(solved(problem_of(even_travel(3), [helper, technician("own")], [job("a"), job("b", 2)]))).values()
    ) == {"own"}


def test_a_preferred_technician_is_worth_a_little_driving() -> None:
    far = technician("far", shifts=(replace(SHIFT, start_place=2, end_place=2),))
    travel: list[list[int | None]] = [[0, 600, 900], [600, 0, 800], [900, 800, 0]]

    plan = solved(problem_of(travel, [technician("near"), far], [job("a", preferred=frozenset({"far"}))]))

    assert served(plan) == {"a": "far"}


def test_every_locked_job_stays_where_it_is() -> None:
    day = small_day(4)
    before = solved(day)
    places = assignments(before)
    locked = [replace(known, lock=Lock.BOTH) if known.id in places else known for known in day.jobs]

    after = assignments(solved(with_previous(replace(day, jobs=tuple(locked)), before), seed=9))

    assert {name: after[name] for name in places} == places


def test_a_lock_that_cannot_be_kept_leaves_the_job_undone() -> None:
    day = problem_of(even_travel(2), [technician("t"), technician("u")], [job("a")])
    before = solved(day)
    holder = served(before)["a"]
    rest = tuple(known for known in day.technicians if known.id != holder)
    gone = replace(day, technicians=rest, jobs=(job("a", lock=Lock.TECHNICIAN),), previous=before)

    plan = solved(gone)

    assert (plan.routes, plan.unserved[0].reason) == ((), Reason.LOCK)


def test_facts_stay_and_the_rest_of_the_day_goes_round_them() -> None:
    day = small_day(2)
    before = solved(day)
    route = max(before.routes, key=lambda route: len(route.stops))
    first = route.stops[0]
    fact = Frozen(technician=route.technician, shift=route.shift, start_s=first.start_s + 300)
    jobs = tuple(replace(known, frozen=fact) if known.id == first.job else known for known in day.jobs)

    after = solved(replace(day, jobs=jobs, now_s=first.end_s + 600, previous=before))

    assert assignments(after)[first.job].start_s == first.start_s + 300


def a_day_that_went_on(seed: int) -> Problem:
    """A planned day at some later hour: what has begun is frozen, often late, and some of the rest is locked."""
    draw = random.Random(seed)
    day = small_day(seed, job_count=draw.choice([3, 10, 16]), day_count=draw.choice([1, 2]))
    before = solved(day, count=5)
    now_s = draw.randrange(8, 17) * 3600
    jobs = {known.id: known for known in day.jobs}
    for route in before.routes:
        free_s = 0
        for stop in (stop for stop in route.stops if stop.start_s < now_s):
            start_s = max(free_s, stop.start_s + draw.choice([0, 0, 600, 4000]))
            free_s = start_s + jobs[stop.job].duration_s
            fact = Frozen(technician=route.technician, shift=route.shift, start_s=start_s)
            jobs[stop.job] = replace(jobs[stop.job], frozen=fact)
    for name in assignments(before):
        if not jobs[name].frozen:
            jobs[name] = replace(jobs[name], lock=draw.choice([Lock.NONE, Lock.NONE, *Lock]))
    return replace(day, jobs=tuple(jobs.values()), now_s=now_s, previous=before)


@pytest.mark.parametrize("seed", range(20))
def test_a_day_that_went_on_is_replanned_soundly_and_keeps_its_locks(seed: int) -> None:
    day = a_day_that_went_on(seed)

    after = assignments(solved(day, count=10))

    before = assignments(day.previous)
    for known in day.jobs:
        if known.lock == Lock.BOTH and known.id in after:
            assert after[known.id] == before[known.id]


def test_a_missed_break_closes_the_shift_for_open_work() -> None:
    lunch = Break(earliest_s=1000, latest_s=2000, duration_s=600)
    day = problem_of(
        even_travel(2), [technician("t", shifts=(replace(SHIFT, breaks=(lunch,)),))], [job("a")], now_s=2001
    )

    assert served(solved(day)) == {}


def test_a_job_moves_to_save_driving_unless_moving_is_dearer() -> None:
    travel: list[list[int | None]] = [[0, 600, 100], [600, 0, 60], [100, 60, 0]]
    near = technician("near", shifts=(replace(SHIFT, start_place=2, end_place=2),))
    day = problem_of(travel, [technician("far"), near], [job("a", promised=True)])
    held = solved(replace(day, technicians=(technician("far"), replace(near, shifts=()))))
    again = with_previous(day, held)

    loose = solve(again, replace(POLICY, moved_s=0), seed=1, stop=Iterations(30))

    assert served(solved(again)) == {"a": "far"}
    assert served(loose) == {"a": "near"}


def test_progress_is_told_and_can_stop_the_search() -> None:
    told: list[Progress] = []

    def stop_at_once(progress: Progress) -> bool:
        told.append(progress)
        return False

    day = small_day(1)
    plan = solve(day, POLICY, seed=1, stop=Seconds(30), progress=stop_at_once)

    assert len(told) == 1
    assert check(day, plan) == ()


def test_ten_times_too_much_work_is_planned_as_far_as_it_goes() -> None:
    jobs = [job(f"j{number}", priority=1 + number % 3) for number in range(60)]

    plan = solved(problem_of(even_travel(2), [technician("t", shifts=(replace(SHIFT, end_s=12_000),))], jobs))

    assert len(served(plan)) == 6
