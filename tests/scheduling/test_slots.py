"""Slots are exact: against a clock that tries every second, none is offered that cannot be kept and none is missed."""

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from scheduling import (
    Break,
    Frozen,
    Job,
    Place,
    Plan,
    Policy,
    Problem,
    Reason,
    Shift,
    Skill,
    Slot,
    Technician,
    TravelMatrix,
    Window,
    check,
    find_slots,
    go_live,
    move_job,
    total_cost,
)
from scheduling.duties import prepare
from scheduling.liveplan import blocks_by_technician, pack_orders, with_part, with_roads, without_job
from scheduling.timetable import schedule_route
from tests.scheduling.days import even_travel, problem_of
from tests.scheduling.plain_slots import plain_blocks, plain_slots
from tests.scheduling.slow_clock import can_be_done

ANY = (Window(start_s=0, end_s=10_000),)
# In every run, and as many more in the drill: `pytest -n0 --drills -m drill tests/scheduling/test_slots.py`.
STATE_COUNT, DRILL_STATE_COUNT = 240, 1_000
POLICY = Policy(moved_s=3, retimed=0.5, retime_tolerance_s=2, not_preferred_s=4, lateness=1.5)


def random_state(seed: int) -> tuple[Problem, Plan]:
    """Two technicians of one or two short shifts with random sound routes, in seconds so few that a slow clock can try them all."""
    draw = random.Random(seed)
    place_count = 7
    seconds = [
        [0 if a == b else (None if draw.random() < 0.04 else draw.randrange(1, 6)) for b in range(place_count)]
        for a in range(place_count)
    ]
    technicians = [random_technician(draw, number) for number in range(2)]
    problem = problem_of(seconds, technicians, now_s=draw.choice([0, 0, 4]))
    orders: dict[tuple[str, int], list[Job]] = {}
    frozen: list[Job] = []
    for technician in technicians:
        for index, shift in enumerate(technician.shifts):
            if index == 0 and draw.random() < 0.3:
                fact = Frozen(technician=technician.id, shift=0, start_s=shift.start_s + draw.randrange(3))
                frozen.append(Job(id=f"f-{technician.id}", place=draw.randrange(7), duration_s=3, frozen=fact))
            order = orders[technician.id, index] = []
            for number in range(draw.randrange(4)):
                job = random_job(draw, f"{technician.id}-{index}-{number}", shift)
                grown = list(order)
                grown.insert(draw.randrange(len(order) + 1), job)
                if slow_yes(problem, frozen, technician, index, grown):
                    order[:] = grown
    jobs = [*frozen, *(job for order in orders.values() for job in order)]
    problem = replace(problem, jobs=tuple(jobs))
    workday = prepare(problem)
    routes = [schedule_route(workday, workday.duties[key], order) for key, order in orders.items()]
    plan = Plan(routes=tuple(route for route in routes if route and route.stops))
    return replace(problem, previous=plan), plan


def random_technician(draw: random.Random, number: int) -> Technician:
    shifts = []
    for start_s in (0, 40)[: draw.choice([1, 2])]:
        coffee = Break(earliest_s=start_s + draw.randrange(2, 6), latest_s=start_s + draw.randrange(6, 9), duration_s=2)
        lunch = Break(earliest_s=start_s + 9, latest_s=start_s + draw.randrange(11, 18), duration_s=draw.choice([1, 4]))
        shifts.append(
            Shift(
                start_s=start_s,
                end_s=start_s + draw.randrange(24, 34),
                start_place=5,
                end_place=draw.choice([5, 6]),
                overtime_s=draw.choice([0, 3]),
                breaks=draw.choice([(), (lunch,), (coffee, lunch)]),
            )
        )
    return Technician(id=f"t{number}", shifts=tuple(shifts), skills=(Skill(name="fibre"),) if number else ())


def random_job(draw: random.Random, name: str, shift: Shift) -> Job:
    start_s = shift.start_s + draw.randrange(20)
    window = Window(start_s=start_s, end_s=start_s + draw.randrange(8))
    return Job(
        id=name,
        place=draw.randrange(7),
        duration_s=draw.randrange(1, 5),
        windows=draw.choice([(), (window,)]),
        promised=draw.random() < 0.5,
        due_s=draw.choice([None, start_s]),
        preferred=frozenset(draw.sample(["t0", "t1"], draw.choice([0, 1]))),
    )


def slow_yes(problem: Problem, frozen: list[Job], technician: Technician, index: int, order: list[Job]) -> bool:
    shift = technician.shifts[index]
    from_s, place = shift.start_s, shift.start_place
    for job in frozen:
        if job.frozen and (job.frozen.technician, job.frozen.shift) == (technician.id, index):
            from_s, place = job.frozen.start_s + job.duration_s, job.place
    work = [(job, job.windows or ANY) for job in order]
    return can_be_done(problem, shift, from_s=max(from_s, problem.now_s), from_place=place, jobs=work)


def slow_positions(problem: Problem, plan: Plan, job: Job, window: Window) -> dict[str, list[tuple[int, int]]]:
    """For each technician every (shift, position) where the job can be done in the window without hurting the route."""
    known = {known.id: known for known in problem.jobs}
    frozen = [known for known in problem.jobs if known.frozen]
    found: dict[str, list[tuple[int, int]]] = {}
    for technician in problem.technicians:
        if "fibre" in job.skills and not technician.skills:
            continue
        for index in range(len(technician.shifts)):
            stops = [
                stop.job
                for route in plan.routes
                if (route.technician, route.shift) == (technician.id, index)
                for stop in route.stops
            ]
            order = [known[name] for name in stops if not known[name].frozen]
            for at in range(len(order) + 1):
                grown = [*order[:at], replace(job, windows=(window,)), *order[at:]]
                if slow_yes(problem, frozen, technician, index, grown):
                    found.setdefault(technician.id, []).append((index, at))
    return found


@pytest.mark.parametrize("block", range(8))
def test_slots_are_exactly_those_that_a_second_by_second_search_finds(block: int) -> None:
    per_block = STATE_COUNT // 8
    compare_slots(range(block * per_block, (block + 1) * per_block))


@pytest.mark.drill
def test_slots_of_many_states_are_exactly_those_that_a_second_by_second_search_finds() -> None:
    compare_slots(range(STATE_COUNT, STATE_COUNT + DRILL_STATE_COUNT))


def compare_slots(seeds: Sequence[int]) -> None:
    """No slot is offered that cannot be kept, and none is missed, in a random state for each seed."""
    for seed in seeds:
        problem, plan = random_state(seed)
        assert check(problem, plan) == (), f"seed {seed}"
        draw = random.Random(-seed - 1)
        job = Job(
            id="new", place=draw.randrange(7), duration_s=draw.randrange(1, 5), skills=draw.choice([{}, {"fibre": 1}])
        )
        windows = [Window(start_s=start_s, end_s=start_s + 3) for start_s in (draw.randrange(6), 12, 20, 46)]

        live = go_live(problem, plan)
        answer = find_slots(live, POLICY, job, windows)

        plain = plain_slots(live, POLICY, job, windows)
        for part in ("slots", "closed", "best", "counts"):
            assert getattr(answer, part) == getattr(plain, part), f"seed {seed}, {part}"
        offered = {(slot.window, slot.technician): slot for slot in answer.slots}
        wanted = {
            (window, technician): places
            for window in windows
            for technician, places in slow_positions(problem, plan, job, window).items()
        }
        assert offered.keys() == wanted.keys(), f"seed {seed}"
        for key, places in wanted.items():
            assert_cheapest(problem, plan, replace(job, windows=(key[0],)), offered[key], places)


@pytest.mark.parametrize("seed", range(40))
def test_slots_are_those_of_the_plain_reading_with_every_term_of_the_price(seed: int) -> None:
    problem, _ = random_state(seed)
    dear = replace(problem.technicians[0], contractor=True, cost_per_hour_minor=7_123, pace_percent=130)
    problem = replace(problem, technicians=(dear, *problem.technicians[1:]))
    workday = prepare(problem)
    orders = {key: [job for job in problem.jobs if job.id.startswith(f"{key[0]}-{key[1]}-")] for key in workday.duties}
    live = pack_orders(workday, orders)
    policy = Policy(retimed=0.3, moved_s=0.7, retime_tolerance_s=1, not_preferred_s=0.9, lateness=1.1, fairness=0.37)
    windows = [Window(start_s=start_s, end_s=start_s + 5) for start_s in range(0, 60, 3)]
    known = [job for job in problem.jobs if not job.frozen]
    for job in (Job(id="new", place=seed % 7, duration_s=2, due_s=9), *known):
        found, plain = find_slots(live, policy, job, windows), plain_slots(live, policy, job, windows)
        assert [replace(slot, cost_delta_s=0) for slot in found.slots] == [
            replace(slot, cost_delta_s=0) for slot in plain.slots
        ]
        assert [slot.cost_delta_s for slot in found.slots] == pytest.approx([slot.cost_delta_s for slot in plain.slots])
        assert found.closed == plain.closed
        assert found.counts == plain.counts
        assert blocks_by_technician(without_job(live, job.id), job) == plain_blocks(without_job(live, job.id), job)


@pytest.mark.parametrize("seed", range(12))
def test_a_plan_in_which_somebodys_days_are_others_answers_as_one_packed_whole(seed: int) -> None:
    problem, plan = random_state(seed)
    live = go_live(problem, plan)
    live.market(POLICY)  # its columns are there to be taken over
    ill, other = problem.technicians
    theirs = {stop.job for route in plan.routes if route.technician == ill.id for stop in route.stops}
    jobs = tuple(job for job in problem.jobs if job.frozen or job.id not in theirs)
    orders = {key: packed.jobs if key[0] == other.id else () for key, packed in live.routes.items()}
    before = Plan(routes=tuple(route for route in plan.routes if route.technician == other.id))
    whole = pack_orders(prepare(replace(problem, jobs=jobs, previous=before)), orders)
    facts = tuple(job for job in jobs if job.frozen and job.frozen.technician == ill.id)
    idle = pack_orders(prepare(replace(problem, technicians=(ill,), jobs=facts, previous=None)), {})
    windows = [Window(start_s=start_s, end_s=start_s + 4) for start_s in (0, 6, 12, 20, 46)]
    job = Job(id="new", place=seed % 7, duration_s=2)

    mended, anew = (find_slots(one, POLICY, job, windows) for one in (with_part(live, idle), whole))

    assert (mended.slots, mended.closed) == (anew.slots, anew.closed)


@pytest.mark.parametrize("seed", range(6))
def test_a_place_that_is_put_to_the_map_is_asked_for_as_if_it_always_was_there(seed: int) -> None:
    problem, plan = random_state(seed)
    seconds = np.full((8, 8), 3, dtype=np.int64)
    seconds[:7, :7] = problem.travel.seconds
    seconds[7, 7] = 0
    wider = replace(problem, places=(*problem.places, Place(0, 0)), travel=TravelMatrix.of(seconds, seconds, "test"))
    live = go_live(problem, plan)
    live.market(POLICY)
    windows = [Window(start_s=start_s, end_s=start_s + 4) for start_s in (0, 6, 12, 20, 46)]
    job = Job(id="new", place=7, duration_s=2)

    there = find_slots(with_roads(live, wider.places, wider.travel), POLICY, job, windows)
    always = find_slots(go_live(wider, plan), POLICY, job, windows)

    assert (there.slots, there.closed) == (always.slots, always.closed)


def assert_cheapest(problem: Problem, plan: Plan, job: Job, slot: Slot, places: list[tuple[int, int]]) -> None:
    """Force the job to each place that works: the plans are sound, and the offer's price is the least of them."""
    wider = replace(problem, jobs=(*problem.jobs, job))
    free = replace(POLICY, unserved_priority_s=0)
    prices = []
    for shift, at in places:
        moved = move_job(wider, free, plan, "new", technician=slot.technician, shift=shift, position=at)
        assert moved.violations == ()
        prices.append(total_cost(wider, free, moved.plan) - total_cost(problem, free, plan))
    assert slot.cost_delta_s == pytest.approx(min(prices))
    assert slot.window.start_s <= slot.start_s <= slot.window.end_s


def one_technician() -> Technician:
    return Technician(id="t", shifts=(Shift(start_s=0, end_s=3600, start_place=0, end_place=0),))


def test_a_closed_window_says_what_stopped_whom() -> None:
    skilled = replace(one_technician(), id="skilled", skills=(Skill(name="fibre"),))
    problem = problem_of(even_travel(2), [one_technician(), skilled])
    job = Job(id="new", place=1, duration_s=600, skills={"fibre": 1})

    answer = find_slots(go_live(problem, Plan()), Policy(), job, [Window(start_s=7200, end_s=7300)])

    assert answer.slots == ()
    assert answer.closed[0].reasons == {Reason.SKILL: 1, Reason.WINDOW: 1}
    assert answer.closed[0].nearest == Reason.WINDOW


def test_a_planned_job_is_offered_the_times_that_it_leaves_free_itself() -> None:
    job = Job(id="a", place=1, duration_s=2400)
    problem = problem_of(even_travel(2), [one_technician()], [job])
    workday = prepare(problem)
    route = schedule_route(workday, workday.duties["t", 0], [job])
    assert route is not None

    answer = find_slots(go_live(problem, Plan(routes=(route,))), Policy(), job, [Window(start_s=600, end_s=600)])

    assert [slot.start_s for slot in answer.best] == [600]


def test_nobody_to_ask_closes_every_window() -> None:
    problem = problem_of(even_travel(1))

    answer = find_slots(
        go_live(problem, Plan()), Policy(), Job(id="a", place=0, duration_s=60), [Window(start_s=0, end_s=9)]
    )

    assert answer.closed[0].nearest == Reason.NO_TECHNICIAN
