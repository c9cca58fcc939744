"""What a solver process does with a question. It imports the planner alone, so that a process starts soon."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from scheduling import (
    Move,
    Plan,
    Policy,
    Problem,
    Progress,
    ProgressCallback,
    Route,
    Seconds,
    Unserved,
    assignments,
    check,
    compare,
    cost_terms,
    total_cost,
)
from scheduling.duties import prepare
from scheduling.liveplan import to_plan
from scheduling.plan import crews
from scheduling.repair import keep_what_holds

PLAIN = Policy(name="plain", travel=1.0, lateness=1.0, overtime=1.0)  # each term in its own seconds

LEAST_GAIN_S = 1.0  # rounding aside

Solve = Callable[..., Plan]
"""An engine: (problem, policy, seed=, stop=, progress=) -> plan; see `scheduling.reference.solve`."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What goes to a solver process. is_repair: something went wrong, so that the plan in force cannot just go on."""

    problem: Problem
    policy: Policy
    seed: int
    stop_seconds: int
    is_repair: bool = False


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What comes back. moves: none where nothing is gained, as a plan that only follows the clock is no news.

    Costs in seconds-equivalents, of the plan in force as it goes on from now (`standing`) and of the new one; figures: see
    `PlanFigures`.
    """

    moves: tuple[Move, ...]
    unserved: tuple[Unserved, ...]
    cost_before: float
    cost_after: float
    figures_before: "PlanFigures"
    figures_after: "PlanFigures"


@dataclass(frozen=True, kw_only=True)
class PlanFigures:
    """A plan without anybody's weights: open jobs that it serves, priority of those that it leaves, seconds of driving, lateness and overtime."""

    served: int
    unserved_priority: float
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
    """Solve, check and compare: what a solver process does. Raises InvalidProblem, PlanBreaksRules."""
    problem, policy = question.problem, question.policy
    stop = Seconds(question.stop_seconds)
    plan = load_engine()(problem, policy, seed=question.seed, stop=stop, progress=progress)
    plan = with_leads_kept(problem, plan)
    if violations := check(problem, plan):
        raise PlanBreaksRules([str(violation) for violation in violations])
    now = standing(problem)
    before, after = total_cost(problem, policy, now), total_cost(problem, policy, plan)
    moves = compare(problem, policy, problem.previous or Plan(), plan).moves
    has_news = problem.previous is None or question.is_repair or after < before - LEAST_GAIN_S
    return Answer(
        moves=moves if has_news else (),
        unserved=plan.unserved,
        cost_before=before,
        cost_after=after,
        figures_before=_figures(problem, now),
        figures_after=_figures(problem, plan),
    )


def standing(problem: Problem) -> Plan:
    """The plan in force as it goes on from now: later where it has slipped, and without what does not fit any more.

    What it was once would be served in the past, and no plan could be as good.
    """
    return Plan() if problem.previous is None else to_plan(keep_what_holds(prepare(problem)))


def with_leads_kept(problem: Problem, plan: Plan) -> Plan:
    """The plan in which whoever leads a crew now leads it still, if they come: to the search everybody who can lead is the same.

    Asked of problems in which each of a crew can lead: no helper's skills, parts or tools.
    """
    leads = {job: lead.technician for job, lead in assignments(problem.previous).items()}
    planned = crews(plan)
    kept = {
        job: leads[job]
        for job, members in planned.items()
        if len(members) > 1 and leads.get(job) in {member.technician for member in members}
    }
    return replace(plan, routes=tuple(_with_leads(route, kept) for route in plan.routes))


def _with_leads(route: Route, leads: Mapping[str, str]) -> Route:
    stops = (
        replace(stop, lead=leads[stop.job] == route.technician) if stop.job in leads else stop for stop in route.stops
    )
    return replace(route, stops=tuple(stops))


def _figures(problem: Problem, plan: Plan) -> PlanFigures:
    terms = cost_terms(problem, PLAIN, plan)
    frozen = {job.id for job in problem.jobs if job.frozen}
    served = assignments(plan).keys()
    return PlanFigures(
        served=len(served - frozen),
        unserved_priority=sum(job.priority for job in problem.jobs if job.id not in served),
        travel_s=terms["travel"],
        late_s=terms["lateness"],
        overtime_s=terms["overtime"],
    )
