"""The bridge to the optimiser: a question that a solver process can take, its answer, and the answer as moves. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.dispatch.placings import Placing
from backend.dispatch.translation import Translation
from backend.jobs.schemas import JobView
from scheduling import (
    Assignment,
    Move,
    Plan,
    Policy,
    Problem,
    Reason,
    Seconds,
    Unserved,
    check,
    compare,
    solve,
    total_cost,
)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What goes to a solver process."""

    problem: Problem
    policy: Policy
    seed: int
    stop_seconds: int


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What comes back. Costs in seconds-equivalents, of the plan in force and of the new one."""

    moves: tuple[Move, ...]
    unserved: tuple[Unserved, ...]
    cost_before: float
    cost_after: float


class PlanBreaksRules(Exception):
    """The engine answered with a plan that the checker refuses. params: violations, in words."""

    def __init__(self, violations: Sequence[str]) -> None:
        super().__init__("; ".join(violations))
        self.params = {"violations": list(violations)}


def work_it_out(question: Question) -> Answer:
    """Solve, check and compare: what a solver process does. Raises InvalidProblem, PlanBreaksRules."""
    problem, policy = question.problem, question.policy
    plan = solve(problem, policy, seed=question.seed, stop=Seconds(question.stop_seconds))
    if violations := check(problem, plan):
        raise PlanBreaksRules([str(violation) for violation in violations])
    before = problem.previous or Plan()
    return Answer(
        moves=compare(problem, policy, before, plan).moves,
        unserved=plan.unserved,
        cost_before=total_cost(problem, policy, before),
        cost_after=total_cost(problem, policy, plan),
    )


def describe(move: Move, translation: Translation, job: JobView, reasons: Mapping[str, Reason]) -> dict[str, Any]:
    """A move of the planner as columns of `ProposalMove`. reasons: job id → why nobody can take it."""
    before = _place_in_time(move.before, translation, job)
    after = _place_in_time(move.after, translation, job)
    unserved = reasons.get(move.job)
    return {
        "job_id": job.id,
        "job_version": job.version,
        "kind": str(move.kind),
        "reason": str(move.reason),
        "params": {} if unserved is None else {"unserved": str(unserved)},
        "from_technician_id": before.technician_id,
        "from_start": job.planned_start,
        "from_end": job.planned_end,
        "to_technician_id": after.technician_id,
        "to_start": after.starts_at,
        "to_end": after.ends_at,
        "cost_delta_seconds": move.cost_delta_s,
        "touches_promise": move.touches_promise,
    }


def _place_in_time(position: Assignment | None, translation: Translation, job: JobView) -> Placing:
    if position is None:
        return Placing(job_id=job.id, technician_id=None, starts_at=None, ends_at=None)
    start = translation.instant(position.start_s)
    end = start + timedelta(seconds=job.duration_seconds)
    return Placing(job_id=job.id, technician_id=UUID(position.technician), starts_at=start, ends_at=end)
