"""What a dispatcher does by hand, what changed between two plans, and why a job is left undone."""

from dataclasses import replace

import pytest

from scheduling import (
    Job,
    MoveKind,
    MoveReason,
    Plan,
    Policy,
    Reason,
    Shift,
    Skill,
    Technician,
    UnknownReference,
    Window,
    assignments,
    check,
    compare,
    explain_unserved,
    go_live,
    insert_job,
    move_job,
    remove_job,
    to_plan,
    total_cost,
)
from tests.scheduling.days import even_travel, problem_of

POLICY = Policy()
SHIFT = Shift(start_s=0, end_s=9000, start_place=0, end_place=0)
ANNE = Technician(id="anne", shifts=(SHIFT,), skills=(Skill(name="fibre"),))
BERT = Technician(id="bert", shifts=(SHIFT,))
FIBRE = Job(id="fibre", place=1, duration_s=1800, skills={"fibre": 1}, priority=2)
EARLY = Job(id="early", place=2, duration_s=1800, windows=(Window(start_s=0, end_s=1200),), promised=True)
DAY = problem_of(even_travel(3), [ANNE, BERT], [FIBRE, EARLY])
EMPTY = to_plan(go_live(DAY, Plan()))
BOTH = move_job(
    DAY,
    POLICY,
    move_job(DAY, POLICY, EMPTY, "fibre", technician="anne", shift=0).plan,
    "early",
    technician="anne",
    shift=0,
).plan


def test_a_job_put_by_hand_goes_where_it_costs_least() -> None:
    assert [stop.job for stop in BOTH.routes[0].stops] == ["early", "fibre"]
    assert check(DAY, BOTH) == ()


def test_a_move_that_breaks_a_rule_is_timed_and_says_which() -> None:
    moved = move_job(DAY, POLICY, BOTH, "fibre", technician="bert", shift=0)

    assert [str(violation) for violation in moved.violations] == ["job fibre needs fibre at level 1; bert has level 0"]
    assert assignments(moved.plan)["fibre"].technician == "bert"


def test_a_position_asked_for_is_kept_even_if_it_makes_another_late() -> None:
    moved = move_job(DAY, POLICY, BOTH, "fibre", technician="anne", shift=0, position=0)

    assert [stop.job for stop in moved.plan.routes[0].stops] == ["fibre", "early"]
    assert [violation.job for violation in moved.violations] == ["early"]


def test_taking_a_job_out_costs_its_priority_and_saves_its_drive() -> None:
    taken = remove_job(DAY, POLICY, BOTH, "fibre")

    assert taken.cost_delta_s == 2 * 3600 - 600
    assert [left.reason for left in taken.plan.unserved] == [Reason.COST]


def test_an_emergency_goes_in_where_it_costs_least_and_moves_nothing_else() -> None:
    put = insert_job(DAY, POLICY, remove_job(DAY, POLICY, BOTH, "early").plan, "early")

    assert put is not None
    assert put.violations == ()
    assert assignments(put.plan)["early"].technician == "anne"


def test_a_job_that_fits_nowhere_is_not_put() -> None:
    day = problem_of(even_travel(3), [BERT], [FIBRE])

    assert insert_job(day, POLICY, to_plan(go_live(day, Plan())), "fibre") is None


@pytest.mark.parametrize(
    ("job", "technician", "shift"), [("ghost", "anne", 0), ("fibre", "carl", 0), ("fibre", "anne", 1)]
)
def test_what_is_not_there_cannot_be_moved(job: str, technician: str, shift: int) -> None:
    with pytest.raises(UnknownReference):
        move_job(DAY, POLICY, BOTH, job, technician=technician, shift=shift)


def test_equal_plans_have_no_moves() -> None:
    assert compare(DAY, POLICY, BOTH, BOTH).moves == ()


def test_a_comparison_says_who_moves_why_at_what_price_and_whether_a_promise_is_touched() -> None:
    apart = move_job(DAY, POLICY, BOTH, "early", technician="bert", shift=0).plan

    comparison = compare(replace(DAY, previous=BOTH), POLICY, BOTH, apart)

    moves = {move.job: move for move in comparison.moves}
    assert moves["early"].kind == MoveKind.TECHNICIAN_CHANGED
    assert moves["early"].touches_promise
    assert moves["early"].cost_delta_s == 1200 - 600 + 4 * 900
    assert moves["fibre"].kind == MoveKind.RETIMED
    assert comparison.total_delta_s == sum(comparison.term_deltas.values()) == 600 + 4 * 900


def test_a_job_served_anew_is_told_so() -> None:
    move = compare(DAY, POLICY, remove_job(DAY, POLICY, BOTH, "fibre").plan, BOTH).moves[0]

    assert (move.job, move.kind, move.reason) == ("fibre", MoveKind.ASSIGNED, MoveReason.SERVES_JOB)
    assert (move.before, move.after) == (None, assignments(BOTH)["fibre"])


def test_work_of_a_shift_that_is_gone_counts_as_left_undone() -> None:
    sick = replace(DAY, technicians=(replace(ANNE, shifts=()), BERT), previous=BOTH)
    after = move_job(sick, POLICY, Plan(), "early", technician="bert", shift=0).plan

    comparison = compare(sick, POLICY, BOTH, after)

    kinds = {move.job: move.kind for move in comparison.moves}
    assert kinds == {"early": MoveKind.TECHNICIAN_CHANGED, "fibre": MoveKind.UNASSIGNED}
    undone = to_plan(go_live(sick, Plan()))
    assert comparison.total_delta_s == total_cost(sick, POLICY, after) - total_cost(sick, POLICY, undone)


def test_a_job_left_undone_is_explained_technician_by_technician() -> None:
    full = replace(ANNE, shifts=(replace(SHIFT, end_s=3000),))
    long = replace(FIBRE, id="long", windows=(Window(start_s=0, end_s=100),))
    day = problem_of(even_travel(3), [full, BERT], [FIBRE, long])
    plan = move_job(day, POLICY, to_plan(go_live(day, Plan())), "fibre", technician="anne", shift=0).plan

    told = explain_unserved(go_live(day, plan), "long")

    assert told.technicians == {"anne": Reason.WINDOW, "bert": Reason.SKILL}
    assert (told.counts, told.nearest) == ({Reason.WINDOW: 1, Reason.SKILL: 1}, Reason.WINDOW)
