"""A technician falls ill in the morning: what of the work is saved at once, what by searching, and what VROOM makes of it cold."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from backend.bench.scheduling.days import HOUR_S
from backend.bench.scheduling.engines import OURS, VROOM, engines, library_solve
from backend.bench.scheduling.judging import Verdict, judge
from scheduling import Frozen, MoveKind, Plan, Policy, Problem, Seconds, Technician, assignments, compare, to_plan
from scheduling.duties import Workday, prepare
from scheduling.repair import keep_what_holds

TOLD_AT_S = 10 * HOUR_S
AT_ONCE_SECONDS = 0.1
# Of that tenth of a second so much is searched; the rest is reading the day, keeping what holds, and checking the answer.
FIRST_SEARCH_SECONDS = 0.045
SEARCH_SECONDS = 5.0
# As the product weighs a day that went wrong.
REPAIR = Policy().for_repair()
# What VROOM knows: it weighs no moves.
UNMOVED = replace(Policy(), name="unmoved", moved_s=0, retimed=0)
# Our search gets this share of the time that VROOM takes for the same day.
SHARE_OF_VROOM = 0.1


@dataclass(frozen=True, kw_only=True)
class Disturbed:
    """recovered: share of the priority that a search of 5 s saves which was saved at once, 0 when that came too late.

    first_seconds: how long it took. moves: jobs that go to somebody else or nobody. repair_ratio: our cost after a tenth of
    VROOM's time, by VROOM's cold plan, without the price of moves, as VROOM knows none. vroom_seconds: how long it took.
    """

    recovered: float
    first_seconds: float
    moves: int
    repair_ratio: float
    vroom_seconds: float


def disturb(make: Callable[[], Problem], plan: Plan, seed: int) -> Disturbed:
    """Play the morning on a day and its plan. Raises BrokenPlan, PeerFailed."""
    sick = busiest(plan)
    workday = prepare(without(make(), plan, sick))
    first, first_seconds = _at_once(workday.problem, REPAIR, seed)
    searched = _searched(workday, REPAIR, seed, SEARCH_SECONDS)
    dropped = judge(workday, REPAIR, to_plan(keep_what_holds(workday)))
    at_once = judge(workday, REPAIR, first)
    saved = (at_once.priority_share - dropped.priority_share) / (searched.priority_share - dropped.priority_share)
    cold = engines()[VROOM](workday, UNMOVED, seed=seed, seconds=None)
    repaired = _searched(workday, UNMOVED, seed, cold.seconds * SHARE_OF_VROOM)
    return Disturbed(
        recovered=saved if first_seconds <= AT_ONCE_SECONDS else 0.0,
        first_seconds=first_seconds,
        moves=_moves(workday.problem, REPAIR, first, sick),
        repair_ratio=repaired.cost / judge(workday, UNMOVED, cold.plan, repaired=cold.repaired).cost,
        vroom_seconds=cold.seconds,
    )


def busiest(plan: Plan) -> str:
    """Who has the most jobs that begin after the news."""
    return max(plan.routes, key=lambda route: sum(stop.start_s > TOLD_AT_S for stop in route.stops)).technician


def without(problem: Problem, plan: Plan, sick: str) -> Problem:
    """The day as it stands at the news: what has begun is a fact, and one technician goes home."""
    placed = assignments(plan)
    jobs = tuple(
        replace(job, frozen=Frozen(technician=at.technician, shift=at.shift, start_s=at.start_s))
        if (at := placed.get(job.id)) and at.start_s <= TOLD_AT_S
        else job
        for job in problem.jobs
    )
    technicians = tuple(
        _sent_home(technician) if technician.id == sick else technician for technician in problem.technicians
    )
    return replace(problem, jobs=jobs, technicians=technicians, now_s=TOLD_AT_S, previous=plan)


def _sent_home(technician: Technician) -> Technician:
    shift = technician.shifts[0]
    return replace(technician, shifts=(replace(shift, end_s=max(shift.start_s, TOLD_AT_S - 1), breaks=()),))


def _at_once(problem: Problem, policy: Policy, seed: int) -> tuple[Plan, float]:
    """The first answer, from the problem to the checked plan, and how long it took; the second time, as code is compiled at the first."""
    solve, stop = library_solve(OURS), Seconds(FIRST_SEARCH_SECONDS)
    solve(problem, policy, seed=seed, stop=stop)
    began = time.perf_counter()
    plan = solve(problem, policy, seed=seed, stop=stop)
    return plan, time.perf_counter() - began


def _searched(workday: Workday, policy: Policy, seed: int, seconds: float) -> Verdict:
    plan = library_solve(OURS)(workday.problem, policy, seed=seed, stop=Seconds(seconds))
    return judge(workday, policy, plan)


def _moves(problem: Problem, policy: Policy, plan: Plan, sick: str) -> int:
    """Work of the sick technician that nobody takes is no move: nobody is told to do anything else."""
    assert problem.previous is not None, "a disturbed day has a plan in force"
    before = assignments(problem.previous)
    moves = compare(problem, policy, problem.previous, plan).moves
    return sum(
        move.kind is not MoveKind.RETIMED
        and not (move.kind is MoveKind.UNASSIGNED and before[move.job].technician == sick)
        for move in moves
    )
