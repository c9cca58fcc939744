"""What a solver process does with a question. It imports the planner alone, so that a process starts soon."""

from collections.abc import Sequence
from dataclasses import dataclass

from scheduling import Move, Plan, Policy, Problem, Seconds, Unserved, check, compare, total_cost


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
    from scheduling.reference import solve  # the engine is large: the web process, which knows questions, needs none

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
