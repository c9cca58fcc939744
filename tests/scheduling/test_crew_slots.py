"""Slots for a crew are exact: people are offered who can meet, and whenever they can meet they are offered."""

import random
from collections.abc import Mapping
from dataclasses import replace

import pytest

from scheduling import (
    Job,
    Plan,
    Policy,
    Problem,
    Reason,
    UnsupportedFeature,
    Window,
    find_slots,
    go_live,
)
from scheduling.duties import prepare
from scheduling.liveplan import pack_orders
from tests.scheduling.days import problem_of
from tests.scheduling.plain_slots import plain_slots
from tests.scheduling.test_slots import POLICY, one_technician, random_state, slow_positions

STATE_COUNT = 40


def wanted(draw: random.Random) -> Job:
    """For two; sometimes the lead alone, or the helper alone, needs a skill that only one of the two technicians has."""
    return Job(
        id="new",
        place=draw.randrange(7),
        duration_s=draw.randrange(1, 5),
        crew_size=2,
        skills=draw.choice([{}, {"fibre": 1}]),
        helper_skills=draw.choice([None, {}, {}, {"fibre": 1}]),
    )


def seat(job: Job, *, lead: bool) -> Job:
    return replace(job, crew_size=1, skills=job.skills_of(lead=lead), helper_skills=None)


@pytest.mark.parametrize("block", range(4))
def test_slots_are_exactly_those_at_which_two_can_meet_tried_second_by_second(block: int) -> None:
    for seed in range(block * STATE_COUNT // 4, (block + 1) * STATE_COUNT // 4):
        problem, plan = random_state(seed)
        job = wanted(random.Random(-seed - 1))
        windows = [Window(start_s=start_s, end_s=start_s + 4) for start_s in (seed % 6, 9, 14, 20, 46)]

        answer = find_slots(go_live(problem, plan), POLICY, job, windows)

        offered = {(slot.window, slot.technician): slot.cost_delta_s for slot in answer.slots}
        assert offered == pytest.approx(meetings(problem, plan, job, windows)), f"seed {seed}"
        assert {one.window for one in answer.closed} == set(windows) - {window for window, _ in offered}


def meetings(problem: Problem, plan: Plan, job: Job, windows: list[Window]) -> Mapping[tuple[Window, str], float]:
    """For each window and lead the least price of any second at which the slow clock finds two who can."""
    live, least = go_live(problem, plan), dict[tuple[Window, str], float]()
    for window in windows:
        for second in range(window.start_s, window.end_s + 1):
            moment = Window(start_s=second, end_s=second)
            leading, helping = (
                {
                    slot.technician: slot.cost_delta_s
                    for slot in plain_slots(live, POLICY, seat(job, lead=lead), [moment]).slots
                }
                for lead in (True, False)
            )
            assert leading.keys() == slow_positions(problem, plan, seat(job, lead=True), moment).keys()
            for lead, price in leading.items():
                for helper, other_price in helping.items():
                    if helper != lead:
                        total = price + other_price
                        least[window, lead] = min(total, least.get((window, lead), total))
    return least


@pytest.mark.parametrize("count", [3, 4])
def test_the_cheapest_others_come_and_nobody_twice(count: int) -> None:
    homes = [replace(one_technician(), id=f"t{n}", shifts=one_technician().shifts) for n in range(5)]
    people = [replace(one, shifts=(replace(one.shifts[0], start_place=n, end_place=n),)) for n, one in enumerate(homes)]
    seconds = [[abs(a - b) * 60 for b in range(6)] for a in range(6)]
    problem = problem_of(seconds, people)
    job = Job(id="new", place=5, duration_s=600, crew_size=count)

    [best] = find_slots(go_live(problem, Plan()), Policy(), job, [Window(start_s=900, end_s=900)]).best

    crew = {best.technician, *(technician for technician, _ in best.helpers)}
    assert crew == {f"t{4 - n}" for n in range(count)}
    assert best.cost_delta_s == sum(2 * 60 * (n + 1) for n in range(count))


def test_a_window_in_which_each_could_come_alone_is_closed_for_want_of_a_crew() -> None:
    early, late = (replace(one_technician(), id=name) for name in ("early", "late"))
    busy = [
        Job(id="a", place=0, duration_s=1800, windows=(Window(start_s=0, end_s=0),)),
        Job(id="b", place=0, duration_s=1800, windows=(Window(start_s=1800, end_s=1800),)),
    ]
    problem = problem_of([[0]], [early, late], busy)
    live = pack_orders(prepare(problem), {("early", 0): busy[1:], ("late", 0): busy[:1]})
    whole = Window(start_s=0, end_s=3600)

    alone = find_slots(live, Policy(), Job(id="new", place=0, duration_s=1800), [whole])
    together = find_slots(live, Policy(), Job(id="new", place=0, duration_s=1800, crew_size=2), [whole])

    assert alone.counts == {whole: 2}
    [closed] = together.closed
    assert (closed.reasons, closed.nearest) == ({Reason.CREW: 2}, Reason.CREW)


def test_one_person_is_no_crew() -> None:
    problem = problem_of([[0]], [one_technician()])

    answer = find_slots(
        go_live(problem, Plan()),
        Policy(),
        Job(id="new", place=0, duration_s=60, crew_size=2),
        [Window(start_s=0, end_s=9)],
    )

    assert answer.closed[0].reasons == {Reason.CREW: 1}


def test_what_others_wait_for_is_not_asked_about() -> None:
    pull = Job(id="pull", place=0, duration_s=60, crew_size=2)
    after = Job(id="after", place=0, duration_s=60, after=("pull",))
    problem = problem_of([[0]], [one_technician()], [pull, after])

    with pytest.raises(UnsupportedFeature):
        find_slots(go_live(problem, Plan()), Policy(), pull, [Window(start_s=0, end_s=9)])
