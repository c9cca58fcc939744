"""The master: of a pool of columns, the routes that cost least together, and the times at which their people meet.

Exact for the pool: what it proves holds for every plan made of these ordered routes, at whatever times. The search hands in the routes that it has seen;
`exact` hands in all there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ortools.sat.python import cp_model  # pyright: ignore[reportMissingTypeStubs]

from scheduling.check import check
from scheduling.costs import terms_of, unserved_cost
from scheduling.duties import Duty, Loading, Meeting, Visit, Workday
from scheduling.errors import UnsupportedFeature
from scheduling.features import coupled_jobs
from scheduling.liveplan import pack_orders, why_unserved
from scheduling.master.columns import Column, DutyKey, Tariff
from scheduling.master.goods import Goods
from scheduling.master.pool import SCALE, Pool
from scheduling.master.times import Times
from scheduling.plan import Plan, Route, Unserved
from scheduling.policy import Policy
from scheduling.problem import Job

_cp: Any = cp_model
# Each price is rounded to a part of SCALE; a plan has a few of them for each route and job.
TOLERANCE_S = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """plan: has passed `check`. cost_s: its objective, as `costs` counts it.

    bound_s: no plan of the pool's routes costs less (up to TOLERANCE_S). is_proved: the plan is such a cheapest one.
    """

    plan: Plan
    cost_s: float
    bound_s: float
    is_proved: bool


def tariffs_of(workday: Workday, policy: Policy) -> dict[DutyKey, Tariff]:
    """What routes cost, of each duty. Raises UnsupportedFeature where waiting has a price: it asks for late departures."""
    if policy.waiting:
        raise UnsupportedFeature("the proof knows no price of waiting", feature="waiting")
    return {key: Tariff(workday, policy, duty) for key, duty in workday.duties.items()}


def choose(
    workday: Workday, policy: Policy, columns: Sequence[Column], *, seed: int = 0, work_s: float | None = None
) -> Choice | None:
    """The cheapest plan out of the columns; a duty for which none is chosen keeps its frozen jobs only.

    work_s: CP-SAT's deterministic time, about so many seconds of one core, and the same result on every machine; None = until it
    is proved. Returns None when the time did not suffice for any plan.
    """
    tariffs = tariffs_of(workday, policy)
    pool = Pool(workday, tariffs, columns)
    goods, times = Goods(pool), Times(pool, coupled_jobs(workday.problem))
    solver = _Solver(seed=seed, work_s=work_s)
    if not solver.minimize(pool, _objective(pool, times, policy)):
        return None
    plan = _Reading(solver, pool, goods, times, policy).plan()
    violations = check(workday.problem, plan)
    assert not violations, "the master made a plan that breaks rules: " + "; ".join(map(str, violations))
    cost_s = sum(terms_of(workday, policy, plan).values())
    assert abs(cost_s - solver.cost_s) < TOLERANCE_S, f"the master counts {solver.cost_s}, the objective is {cost_s}"
    return Choice(plan=plan, cost_s=cost_s, bound_s=solver.bound_s, is_proved=solver.is_proved)


def _objective(pool: Pool, times: Times, policy: Policy) -> Any:
    """What the chosen columns cost instead of idle duties, what is left, and what meetings delay."""
    terms: list[tuple[float, Any]] = list(times.costs)
    for column, chosen in pool.chosen:
        cost = column.fixed_cost if times.is_timed(column) else column.cost
        terms.append((cost - pool.tariffs[column.duty].idle_cost, chosen))
    terms += [(unserved_cost(pool.workday, policy, job), pool.left[job.id]) for job in pool.jobs]
    return pool.scaled(terms) + round(SCALE * sum(tariff.idle_cost for tariff in pool.tariffs.values()))


class _Reading:
    """A solution of the model as a plan."""

    def __init__(self, solver: "_Solver", pool: Pool, goods: Goods, times: Times, policy: Policy) -> None:
        self.solver, self.pool, self.goods, self.times, self.policy = solver, pool, goods, times, policy
        self.columns = {column.duty: column for column, chosen in pool.chosen if solver.value(chosen)}
        self.workday = replace(pool.workday, meetings=self._meetings())

    def plan(self) -> Plan:
        routes = [self._route(duty) for duty in self.workday.duties.values()]
        return Plan(routes=tuple(route for route in routes if route.stops), unserved=self._unserved())

    def _meetings(self) -> Mapping[str, Meeting]:
        """The start and the leader of each job that couples routes."""
        return {
            job.id: Meeting(start_s=self.solver.value(self.times.starts[job.id]), lead=column.duty)
            for column in self.columns.values()
            for job in column.jobs
            if job.id in self.times.coupled and job.id not in column.helps
        }

    def _route(self, duty: Duty) -> Route:
        tariff = Tariff(self.workday, self.policy, duty)
        column = self.columns.get(duty.key)
        if column is None:
            return tariff.facts
        route = tariff.route([self._loaded(column, visit) for visit in column.visits])
        assert route is not None, f"the master chose a route of {duty.key} that cannot be done"
        return route

    def _loaded(self, column: Column, visit: Visit) -> Visit:
        if not isinstance(visit, Loading):
            return visit
        pieces = {
            part: self.solver.value(self.goods.load(column.duty, visit.depot.id, part)) for part in self.goods.parts
        }
        return Loading(depot=visit.depot, load={part: count for part, count in pieces.items() if count})

    def _unserved(self) -> tuple[Unserved, ...]:
        """Each with its reason, as far as one can tell without calls at depots."""
        live = pack_orders(self.workday, {key: column.jobs for key, column in self.columns.items()})
        left: list[Job] = [job for job in self.pool.jobs if self.solver.value(self.pool.left[job.id])]
        return why_unserved(live, left)


class _Solver:
    """CP-SAT on one core, the same again for the same seed."""

    def __init__(self, *, seed: int, work_s: float | None) -> None:
        self.solver = _cp.CpSolver()
        self.solver.parameters.num_workers = 1
        self.solver.parameters.random_seed = seed
        if work_s is not None:
            self.solver.parameters.max_deterministic_time = work_s

    def minimize(self, pool: Pool, objective: Any) -> bool:
        """Whether a solution was found."""
        pool.model.Minimize(objective)
        self.status = self.solver.Solve(pool.model)
        return self.status in (_cp.OPTIMAL, _cp.FEASIBLE)

    @property
    def is_proved(self) -> bool:
        return self.status == _cp.OPTIMAL

    @property
    def bound_s(self) -> float:
        return self.solver.best_objective_bound / SCALE

    @property
    def cost_s(self) -> float:
        return self.solver.objective_value / SCALE

    def value(self, variable: Any) -> int:
        return variable if isinstance(variable, int) else self.solver.Value(variable)
