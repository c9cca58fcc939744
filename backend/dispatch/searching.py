"""What a solver process does with a question. It imports the planner alone, so that a process starts soon."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scheduling import (
    Feature,
    Move,
    Plan,
    Policy,
    Problem,
    Progress,
    ProgressCallback,
    Seconds,
    Unserved,
    assignments,
    check,
    compare,
    cost_terms,
    total_cost,
)
from scheduling.features import refuse

PLAIN = Policy(name="plain", travel=1.0, lateness=1.0, overtime=1.0)  # each term in its own seconds

Solve = Callable[..., Plan]
"""An engine: (problem, policy, seed=, stop=, progress=) -> plan; see `scheduling.reference.solve`."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What goes to a solver process."""

    problem: Problem
    policy: Policy
    seed: int
    stop_seconds: int


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What comes back. Costs in seconds-equivalents, of the plan in force and of the new one; figures: see `PlanFigures`."""

    moves: tuple[Move, ...]
    unserved: tuple[Unserved, ...]
    cost_before: float
    cost_after: float
    figures_before: "PlanFigures"
    figures_after: "PlanFigures"


@dataclass(frozen=True, kw_only=True)
class PlanFigures:
    """A plan without anybody's weights: open jobs that it serves, seconds of driving, lateness and overtime."""

    served: int
    travel_s: float
    late_s: float
    overtime_s: float


class PlanBreaksRules(Exception):
    """The engine answered with a plan that the checker refuses. params: violations, in words."""

    def __init__(self, violations: Sequence[str]) -> None:
        super().__init__(violations)  # as they were given: so it can be sent to another process
        self.params = {"violations": list(violations)}

    def __str__(self) -> str:
        return "; ".join(self.params["violations"])


def load_engine() -> Solve:
    """The engine, loaded: the one place that chooses it. It is large: the web process, which knows questions, needs none."""
    from scheduling.search import solve

    return solve


def warm_engine() -> None:
    """Have its machine code ready, from the cache or compiled now, before anybody waits for an answer."""
    from scheduling import search, slots

    search.warm()
    slots.warm()


def go_on(_: Progress) -> bool:
    """The progress callback of whoever wants to know nothing."""
    return True


def work_it_out(question: Question, progress: ProgressCallback = go_on) -> Answer:
    """Solve, check and compare: what a solver process does. Raises InvalidProblem, PlanBreaksRules.

    Crews are refused, although the engine can: a job has one technician here, and the helper's time would be nobody's.
    """
    problem, policy = question.problem, question.policy
    refuse(problem, Feature.CREW)
    stop = Seconds(question.stop_seconds)
    plan = load_engine()(problem, policy, seed=question.seed, stop=stop, progress=progress)
    if violations := check(problem, plan):
        raise PlanBreaksRules([str(violation) for violation in violations])
    before = problem.previous or Plan()
    return Answer(
        moves=compare(problem, policy, before, plan).moves,
        unserved=plan.unserved,
        cost_before=total_cost(problem, policy, before),
        cost_after=total_cost(problem, policy, plan),
        figures_before=_figures(problem, before),
        figures_after=_figures(problem, plan),
    )


def _figures(problem: Problem, plan: Plan) -> PlanFigures:
    terms = cost_terms(problem, PLAIN, plan)
    frozen = {job.id for job in problem.jobs if job.frozen}
    return PlanFigures(
        served=len(assignments(plan).keys() - frozen),
        travel_s=terms["travel"],
        late_s=terms["lateness"],
        overtime_s=terms["overtime"],
    )
