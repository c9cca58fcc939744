"""The reference engine: the problem as an OR-Tools routing model, PARALLEL_CHEAPEST_INSERTION and guided local search.

It serves as the judge of better engines and as the fallback where they cannot run. One vehicle is one duty, one node one open
job; the frozen past is not in the model, a vehicle starts where it leaves off. OR-Tools decides who does what in which order;
`timetable` gives the times. Its own objective differs from `costs` in five points, which cost it quality, never validity: a job with a due time
is not charged for being retimed, a preference counts only when one duty can meet it, fairness and waiting do not count, and weights are rounded to tenths. The better of
its plan and of the plan in force, as `costs` counts, is returned. Crews, precedence, depots and a disturbance budget are refused.
"""

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.constraint_solver import (  # pyright: ignore[reportMissingTypeStubs]
    pywrapcp,
    routing_enums_pb2,
)

from scheduling.check import check
from scheduling.costs import contractor_price, moving_price, retiming_price, unserved_cost
from scheduling.duties import Duty, Workday, prepare
from scheduling.eligibility import static_block
from scheduling.features import Feature, refuse
from scheduling.liveplan import LivePlan, live_cost, pack_orders, to_plan
from scheduling.plan import Plan
from scheduling.policy import Policy
from scheduling.problem import Job, Problem
from scheduling.repair import fill_gaps, keep_what_holds
from scheduling.stop import Iterations, Progress, ProgressCallback, Seconds, Stop

# The stubs of ortools leave nearly everything untyped.
_cp: Any = pywrapcp
_enums: Any = routing_enums_pb2

# OR-Tools counts in integers: tenths of a second-equivalent keep weights such as 0.1 per second.
COST_SCALE = 10
# Guided local search never ends by itself. Without a new solution for so many looks at the clock (a few per neighbour) there
# is nothing left to find; a neighbourhood has in the order of n^2 neighbours. Counted, not timed, so that it is deterministic.
STALL_POLLS = 10_000
STALL_POLLS_PER_PAIR = 50
# How many looks at the clock lie between two calls of the progress callback: a few milliseconds.
POLLS_PER_CALL = 2_000
MAX_COST = 2**53


def solve(problem: Problem, policy: Policy, *, seed: int, stop: Stop, progress: ProgressCallback | None = None) -> Plan:
    """Plan a problem; the plan has passed `check`.

    seed: decides the order in which OR-Tools sees the jobs, its only choice; with Iterations, the same seed gives the same plan.
    progress: called every few milliseconds; False stops the search, and the best plan so far is returned.
    Raises a subclass of InvalidProblem before any work is done; UnsupportedFeature for what the module's docstring names.
    """
    workday = prepare(problem)
    refuse(problem, Feature.CREW, Feature.PRECEDENCE, Feature.DEPOT, Feature.DISTURBANCE)
    plans = [fill_gaps(keep_what_holds(workday), policy)] if problem.previous else []
    found = _search(workday, policy, plans[0] if plans else None, seed, stop, progress)
    if found is not None:
        plans.append(fill_gaps(found, policy))
    best = min(plans or [fill_gaps(pack_orders(workday, {}), policy)], key=lambda live: live_cost(live, policy))
    plan = to_plan(best)
    violations = check(problem, plan)
    assert not violations, "the reference engine made a plan that breaks rules: " + "; ".join(map(str, violations))
    return plan


def _search(
    workday: Workday,
    policy: Policy,
    start: LivePlan | None,
    seed: int,
    stop: Stop,
    progress: ProgressCallback | None,
) -> LivePlan | None:
    duties = [duty for duty in workday.duties.values() if duty.is_open]
    jobs = [job for job in workday.problem.jobs if not job.frozen]
    random.Random(seed).shuffle(jobs)
    jobs = [job for job in jobs if _allowed_vehicles(workday, job, duties)]
    if not duties or not jobs:
        return None
    model = _Model(workday, policy, duties, jobs)
    orders = model.run(start, stop, progress)
    return None if orders is None else pack_orders(workday, orders)


def _allowed_vehicles(workday: Workday, job: Job, duties: Sequence[Duty]) -> list[int]:
    return [vehicle for vehicle, duty in enumerate(duties) if static_block(workday, job, duty) is None]


class _Model:
    """One routing model: nodes 0..n-1 are jobs, after them the places where duties begin and end."""

    def __init__(self, workday: Workday, policy: Policy, duties: Sequence[Duty], jobs: Sequence[Job]) -> None:
        self.workday, self.policy, self.duties, self.jobs = workday, policy, duties, jobs
        ends = dict.fromkeys(place for duty in duties for place in (duty.from_place, duty.shift.end_place))
        node_of_end = {place: len(jobs) + index for index, place in enumerate(ends)}
        self.place_of_node = [*(job.place for job in jobs), *ends]
        self.manager = _cp.RoutingIndexManager(
            len(self.place_of_node),
            len(duties),
            [node_of_end[duty.from_place] for duty in duties],
            [node_of_end[duty.shift.end_place] for duty in duties],
        )
        self.routing = _cp.RoutingModel(self.manager)
        self.solver = self.routing.solver()
        self.index = [int(self.manager.NodeToIndex(node)) for node in range(len(jobs))]
        self.vehicle_of = {duty.key: vehicle for vehicle, duty in enumerate(duties)}
        self.horizon_s = max(duty.latest_end_s for duty in duties) + 1
        self._add_time()
        self._add_costs()
        self._add_jobs()
        self._add_stock()

    def run(
        self, start: LivePlan | None, stop: Stop, progress: ProgressCallback | None
    ) -> dict[tuple[str, int], list[Job]] | None:
        """Search; the open jobs of every duty in order, or None when not one solution was found."""
        parameters = _search_parameters(stop)
        watch = _Watch(self.routing, self.index, progress)
        self.routing.AddAtSolutionCallback(watch.on_solution)
        self.routing.AddSearchMonitor(self.solver.CustomLimit(watch.should_stop))
        # Closing comes before reading the routes: the other way round the metaheuristic is silently ignored.
        self.routing.CloseModelWithParameters(parameters)
        warm = self.routing.ReadAssignmentFromRoutes(self._index_routes(start), True) if start else None
        if warm:
            solution = self.routing.SolveFromAssignmentWithParameters(warm, parameters)
        else:
            solution = self.routing.SolveWithParameters(parameters)
        return self._orders(solution) if solution else None

    def _add_time(self) -> None:
        """Work plus drive as one transit; the drive may be interrupted by a break, the work may not."""
        drives = self._drives_s().tolist()
        paces = dict.fromkeys(duty.technician.pace_percent for duty in self.duties)
        work_of_pace = {
            pace: self._work_s(next(duty for duty in self.duties if duty.technician.pace_percent == pace))
            for pace in paces
        }
        transits = {
            pace: self.routing.RegisterTransitMatrix(
                [[work + drive for drive in row] for work, row in zip(work_s, drives, strict=True)]
            )
            for pace, work_s in work_of_pace.items()
        }
        transit_of_vehicle = [transits[duty.technician.pace_percent] for duty in self.duties]
        self.routing.AddDimensionWithVehicleTransits(transit_of_vehicle, self.horizon_s, self.horizon_s, False, "time")
        self.time = self.routing.GetDimensionOrDie("time")
        nodes: list[int] = [self.manager.IndexToNode(index) for index in range(self.routing.Size())]
        for vehicle, duty in enumerate(self.duties):
            self.time.CumulVar(self.routing.Start(vehicle)).SetRange(duty.available_s, duty.latest_end_s)
            self.time.CumulVar(self.routing.End(vehicle)).SetRange(duty.available_s, duty.latest_end_s)
            work_s = work_of_pace[duty.technician.pace_percent]
            visit_s = [work_s[node] for node in nodes]
            self.time.SetBreakIntervalsOfVehicle(self._breaks(vehicle, duty), vehicle, visit_s)
            overtime = self._scaled(self.policy.overtime)
            if duty.shift.overtime_s and overtime:
                self.time.SetCumulVarSoftUpperBound(self.routing.End(vehicle), duty.shift.end_s, overtime)

    def _work_s(self, duty: Duty) -> list[int]:
        """Seconds of work at each node at the pace of a duty's technician."""
        return [*(duty.work_s(job) for job in self.jobs), *(0 for _ in self.place_of_node[len(self.jobs) :])]

    def _drives_s(self) -> NDArray[np.int64]:
        """Seconds between nodes; what is out of reach is out of the horizon."""
        seconds = self.workday.problem.travel.seconds
        return np.minimum(seconds[np.ix_(self.place_of_node, self.place_of_node)], self.horizon_s)

    def _breaks(self, vehicle: int, duty: Duty) -> list[Any]:
        """Left alone, OR-Tools would put breaks before the vehicle starts, and in any order."""
        breaks = [
            self.solver.FixedDurationIntervalVar(
                max(pause.earliest_s, duty.available_s),
                pause.latest_s,
                pause.duration_s,
                False,
                f"break {vehicle}.{number}",
            )
            for number, pause in enumerate(duty.shift.breaks)
        ]
        for earlier, later in pairwise(breaks):
            self.solver.Add(later.StartsAfterEnd(earlier))
        return breaks

    def _add_costs(self) -> None:
        """Driving, and the hours of contractors."""
        prices = (self._drives_s() * self.policy.travel * COST_SCALE).round().astype(int).tolist()
        self.routing.SetArcCostEvaluatorOfAllVehicles(self.routing.RegisterTransitMatrix(prices))
        rates = [
            self._scaled(
                contractor_price(self.workday, self.policy, duty.technician.id) * duty.technician.pace_percent / 100
            )
            for duty in self.duties
        ]
        if any(rates):
            work = self._add_load("work", [job.duration_s for job in self.jobs], [self.horizon_s] * len(self.duties))
            for vehicle, rate in enumerate(rates):
                work.SetSpanCostCoefficientForVehicle(rate, vehicle)

    def _add_load(self, name: str, loads: list[int], capacities: list[int]) -> Any:
        """A quantity that each job adds to its vehicle, the same on every one.

        Loads that differ by vehicle (AddDimensionWithVehicleTransits over unary vectors) make OR-Tools 9.15 fail as soon as one job
        must be left undone; over matrices they work and take n^2 cells a vehicle.
        """
        ends = [0] * (len(self.place_of_node) - len(self.jobs))
        transit = self.routing.RegisterUnaryTransitVector([*loads, *ends])
        self.routing.AddDimensionWithVehicleCapacity(transit, 0, capacities, True, name)
        return self.routing.GetDimensionOrDie(name)

    def _add_jobs(self) -> None:
        """Windows, who may do it, what it costs to leave it undone or to be late."""
        for job, index in zip(self.jobs, self.index, strict=True):
            self.routing.AddDisjunction([index], self._scaled(unserved_cost(self.workday, self.policy, job)))
            # SetAllowedVehiclesForIndex fails from Python.
            self.routing.VehicleVar(index).SetValues([-1, *_allowed_vehicles(self.workday, job, self.duties)])
            self._add_wishes(job, index)
            self._add_windows(job, index)
            self._add_lateness(job, index)

    def _add_wishes(self, job: Job, index: int) -> None:
        """The planned duty, and a preferred one, as soft "same vehicle as its start"; measured better than arc costs."""
        planned = self.workday.planned.get(job.id)
        if planned:
            self._prefer(index, planned[0].duty, moving_price(self.policy, job))
        duties = [duty.key for duty in self.duties if duty.technician.id in job.preferred]
        if len(duties) == 1:
            self._prefer(index, duties[0], self.policy.not_preferred_s)

    def _prefer(self, index: int, key: tuple[str, int], price: float) -> None:
        vehicle = self.vehicle_of.get(key)
        if vehicle is not None and self._scaled(price):
            start = self.routing.Start(vehicle)
            self.routing.AddSoftSameVehicleConstraint([index, start], self._scaled(price))

    def _add_windows(self, job: Job, index: int) -> None:
        windows = self.workday.windows(job)
        start = self.time.CumulVar(index)
        start.SetRange(min(windows[0].start_s, self.horizon_s), min(windows[-1].end_s, self.horizon_s))
        for before, after in pairwise(windows):
            if before.end_s + 1 <= after.start_s - 1:
                start.RemoveInterval(before.end_s + 1, after.start_s - 1)

    def _add_lateness(self, job: Job, index: int) -> None:
        """A node has one soft bound: the due time, or else the planned start."""
        planned = self.workday.planned.get(job.id)
        if job.due_s is not None:
            bound_s, price = max(0, job.due_s - job.duration_s), self.policy.lateness
        elif planned:
            bound_s = planned[0].start_s + self.policy.retime_tolerance_s
            price = retiming_price(self.policy, job)
        else:
            return
        if self._scaled(price):
            self.time.SetCumulVarSoftUpperBound(index, bound_s, self._scaled(price))

    def _add_stock(self) -> None:
        """Each part as a load; a technician's shifts share the van."""
        for part in sorted({part for job in self.jobs for part in job.parts}):
            loads = [job.parts.get(part, 0) for job in self.jobs]
            stock = [duty.technician.stock.get(part, 0) for duty in self.duties]
            self._share_stock(self._add_load(f"part {part}", loads, stock), part)

    def _share_stock(self, dimension: Any, part: str) -> None:
        for technician in self.workday.problem.technicians:
            vehicles = [vehicle for vehicle, duty in enumerate(self.duties) if duty.technician.id == technician.id]
            if len(vehicles) > 1:
                used = [dimension.CumulVar(self.routing.End(vehicle)) for vehicle in vehicles]
                self.solver.Add(self.solver.Sum(used) <= technician.stock.get(part, 0))

    def _index_routes(self, start: LivePlan) -> list[list[int]]:
        index = {job.id: index for job, index in zip(self.jobs, self.index, strict=True)}
        return [[index[job.id] for job in start.routes[duty.key].jobs] for duty in self.duties]

    def _orders(self, solution: Any) -> dict[tuple[str, int], list[Job]]:
        orders: dict[tuple[str, int], list[Job]] = {}
        for vehicle, duty in enumerate(self.duties):
            at = solution.Value(self.routing.NextVar(self.routing.Start(vehicle)))
            order: list[Job] = []
            while not self.routing.IsEnd(at):
                node: int = self.manager.IndexToNode(at)
                order.append(self.jobs[node])
                at = solution.Value(self.routing.NextVar(at))
            orders[duty.key] = order
        return orders

    def _scaled(self, price: float) -> int:
        return min(round(price * COST_SCALE), MAX_COST)


class _Watch:
    """Counts solutions, tells progress, and ends a search that is cancelled or finds nothing any more."""

    def __init__(self, routing: Any, jobs: Sequence[int], progress: ProgressCallback | None) -> None:
        """jobs: OR-Tools' index of each."""
        self.routing, self.jobs, self.progress = routing, jobs, progress
        self.stall_polls = STALL_POLLS + STALL_POLLS_PER_PAIR * len(jobs) * len(jobs)
        self.polls = self.polls_at_solution = self.solutions = 0
        self.best: float | None = None
        self.served: int | None = None
        self.is_cancelled = False

    def on_solution(self) -> None:
        self.solutions += 1
        self.polls_at_solution = self.polls
        cost_s = self.routing.CostVar().Value() / COST_SCALE
        if self.best is None or cost_s < self.best:
            self.best = cost_s
            self.served = sum(int(self.routing.ActiveVar(index).Value()) for index in self.jobs)

    def should_stop(self) -> bool:
        self.polls += 1
        if self.progress and self.polls % POLLS_PER_CALL == 1:
            self.is_cancelled |= not self.progress(Progress(self.solutions, self.best, self.served))
        return self.is_cancelled or self.polls - self.polls_at_solution > self.stall_polls


def _search_parameters(stop: Stop) -> Any:
    parameters = _cp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = _enums.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = _enums.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    # With soft bounds and breaks it would solve a small integer program for the times of every neighbour; `timetable` gives the
    # times anyway. Without it: the same plan 14 times faster (60 jobs, 6 technicians, 100 solutions).
    parameters.disable_scheduling_beware_this_may_degrade_performance = True
    match stop:
        case Seconds(seconds):
            parameters.time_limit.FromMilliseconds(max(1, round(seconds * 1000)))
        case Iterations(count):
            parameters.solution_limit = max(1, count)
    return parameters
