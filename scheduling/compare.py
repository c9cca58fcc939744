"""What changed between two plans, and what did each change buy? The list that a dispatcher accepts or refuses."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from scheduling.costs import ROUTE_TERMS, UNSERVED_TERMS, terms_of
from scheduling.duties import Loading, Workday, known_part, prepare, settled
from scheduling.plan import Assignment, Plan, Reason, Route, Unserved, assignments, crews
from scheduling.policy import Policy
from scheduling.problem import Job, Problem
from scheduling.timetable import schedule_route, schedule_route_anyway

# Shifting a start by less is no change that anybody is told about.
SAME_START_S = 60


class MoveKind(StrEnum):
    """What happens to the job."""

    ASSIGNED = "assigned"
    UNASSIGNED = "unassigned"
    TECHNICIAN_CHANGED = "technician_changed"
    SHIFT_CHANGED = "shift_changed"
    RETIMED = "retimed"


class MoveReason(StrEnum):
    """What the change is for: the term of the objective that it eases most, or room for others when it eases none."""

    SERVES_JOB = "serves_job"
    LESS_TRAVEL = "less_travel"
    LESS_LATENESS = "less_lateness"
    LESS_OVERTIME = "less_overtime"
    BACK_TO_PLAN = "back_to_plan"
    PREFERRED_TECHNICIAN = "preferred_technician"
    CHEAPER_CONTRACTOR = "cheaper_contractor"
    EVENER_DAYS = "evener_days"
    MAKES_ROOM = "makes_room"


_REASON_OF_TERM = {
    "unserved": MoveReason.SERVES_JOB,
    "locks": MoveReason.SERVES_JOB,
    "travel": MoveReason.LESS_TRAVEL,
    "lateness": MoveReason.LESS_LATENESS,
    "overtime": MoveReason.LESS_OVERTIME,
    # Nobody's own word: who waits less is on the way less.
    "waiting": MoveReason.LESS_TRAVEL,
    "stability": MoveReason.BACK_TO_PLAN,
    "preference": MoveReason.PREFERRED_TECHNICIAN,
    "contractor": MoveReason.CHEAPER_CONTRACTOR,
    "fairness": MoveReason.EVENER_DAYS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One job's change; before, after: None = unserved. Of a crew's job these are the lead's; helpers_*: who else comes.

    cost_delta_s: what having the job costs in the new plan less what it cost in the old one, each with the rest of its route
    as it is there (negative = better). Neighbours share savings, so moves do not add up to the comparison's total.
    touches_promise: the job's window was promised to a customer.
    """

    job: str
    kind: MoveKind
    reason: MoveReason
    before: Assignment | None
    after: Assignment | None
    helpers_before: tuple[str, ...] = ()
    helpers_after: tuple[str, ...] = ()
    cost_delta_s: float
    touches_promise: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """moves: in the order of the problem's jobs. term_deltas: new less old per term of the objective; total: their sum."""

    moves: tuple[Move, ...]
    term_deltas: dict[str, float]
    total_delta_s: float


def compare(problem: Problem, policy: Policy, before: Plan, after: Plan) -> Comparison:
    """The changes that lead from one plan to another.

    The older plan may name shifts and jobs that the problem no longer has: work of such a shift is priced as left undone.
    """
    workday = prepare(problem)
    old, new = _Side(workday, policy, before), _Side(workday, policy, after)
    moves = (_move(job, old, new) for job in problem.jobs if not job.frozen)
    deltas = _difference(terms_of(workday, policy, new.plan), terms_of(workday, policy, old.plan))
    return Comparison(
        moves=tuple(move for move in moves if move), term_deltas=deltas, total_delta_s=sum(deltas.values())
    )


class _Side:
    """One of the two plans, with what each of its jobs costs."""

    def __init__(self, workday: Workday, policy: Policy, plan: Plan) -> None:
        self.plan = _priceable(workday, plan)
        self.workday, self.policy = settled(workday, self.plan), policy
        self.where = assignments(plan)
        self.crews = crews(plan)
        self.routes = {(route.technician, route.shift): route for route in self.plan.routes}

    def terms_of_job(self, job: Job) -> dict[str, float]:
        """What the job adds to each term: its routes with it less its routes without it, or what leaving it undone costs."""
        crew = self.crews.get(job.id, ())
        if not crew or any(member.duty not in self.routes for member in crew):
            return {name: term(self.workday, self.policy, job) for name, term in UNSERVED_TERMS.items()}
        total: Counter[str] = Counter()
        for route in (self.routes[member.duty] for member in crew):
            total.update(_difference(self._route_terms(route), self._route_terms(self._without(route, job))))
        return dict(total)

    def helpers(self, job: str) -> tuple[str, ...]:
        """Who comes with the lead, by name."""
        return tuple(sorted(member.technician for member in self.crews.get(job, ()) if not member.lead))

    def _route_terms(self, route: Route) -> dict[str, float]:
        return {name: term(self.workday, self.policy, route) for name, term in ROUTE_TERMS.items()}

    def _without(self, route: Route, job: Job) -> Route:
        duty = self.workday.duties[route.technician, route.shift]
        visits = self.workday.open_visits(route)
        rest = [visit for visit in visits if isinstance(visit, Loading) or visit.id != job.id]
        return schedule_route(self.workday, duty, rest) or schedule_route_anyway(self.workday, duty, rest)


def _priceable(workday: Workday, plan: Plan) -> Plan:
    """What the problem still knows of a plan; work of which somebody's shift is gone is left undone, by the whole crew."""
    there = crews(known_part(workday, plan))
    lost = {job for job, members in crews(plan).items() if len(there.get(job, ())) < len(members)}
    left_jobs = {name: job for name, job in workday.jobs.items() if name not in lost}
    known = known_part(replace(workday, jobs=left_jobs), plan)
    left = (Unserved(job=job.id, reason=Reason.NO_TECHNICIAN) for job in workday.problem.jobs if job.id in lost)
    return replace(known, unserved=(*known.unserved, *left))


def _move(job: Job, old: _Side, new: _Side) -> Move | None:
    before, after = old.where.get(job.id), new.where.get(job.id)
    helpers_before, helpers_after = old.helpers(job.id), new.helpers(job.id)
    kind = _kind(before, after, is_same_crew=helpers_before == helpers_after)
    if kind is None:
        return None
    deltas = _difference(new.terms_of_job(job), old.terms_of_job(job))
    eased = min(deltas, key=deltas.__getitem__)
    total_s = sum(deltas.values())
    return Move(
        job=job.id,
        kind=kind,
        reason=_REASON_OF_TERM[eased] if total_s < 0 else MoveReason.MAKES_ROOM,
        before=before,
        after=after,
        helpers_before=helpers_before,
        helpers_after=helpers_after,
        cost_delta_s=total_s,
        touches_promise=job.promised,
    )


def _kind(before: Assignment | None, after: Assignment | None, *, is_same_crew: bool) -> MoveKind | None:
    if before is None or after is None:
        if before is after:
            return None
        return MoveKind.ASSIGNED if before is None else MoveKind.UNASSIGNED
    if before.technician != after.technician or not is_same_crew:
        return MoveKind.TECHNICIAN_CHANGED
    if before.shift != after.shift:
        return MoveKind.SHIFT_CHANGED
    return MoveKind.RETIMED if abs(before.start_s - after.start_s) >= SAME_START_S else None


def _difference(new: dict[str, float], old: dict[str, float]) -> dict[str, float]:
    names: Iterable[str] = dict.fromkeys([*new, *old])
    return {name: new.get(name, 0.0) - old.get(name, 0.0) for name in names}
