"""The search as a function: a problem in, a plan out; it drives the machine code in short chunks, so that one can watch and stop it."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from scheduling.check import check
from scheduling.duties import Duty, Loading, Visit, Workday, prepare
from scheduling.liveplan import DutyKey, pack_orders, to_plan
from scheduling.plan import Plan
from scheduling.policy import Policy
from scheduling.problem import Job, Problem, Shift, Technician
from scheduling.repair import kept_visits
from scheduling.search.anneal import BEST, Search, anneal
from scheduling.search.couple import STARTS, WAY_ROWS
from scheduling.search.dice import dice_of
from scheduling.search.goods import part_names
from scheduling.search.outcome import best_plan
from scheduling.search.recreate import no_memo
from scheduling.search.routes import no_routes
from scheduling.search.seats import Seat, seats_of
from scheduling.search.tables import Tables, build
from scheduling.stop import Iterations, Progress, ProgressCallback, Seconds, Stop
from scheduling.travel import NO_SOURCE, Place, TravelMatrix
from scheduling.validation import CREW_LIMIT

# How long the machine code runs between two looks at the clock, and how often progress is told.
CHUNK_S = 0.05
TOLD_EVERY_S = 0.25
FIRST_CHUNK = 100
# A chunk that is counted, not timed: the same on every machine.
COUNTED_CHUNK = 500
# Temperatures of the annealing, in average drives between neighbours.
HOT, COLD = 4.0, 0.1
# Where a plan is in force, it is mended, not forgotten.
WARM = 0.1
NEIGHBOURS = 10


def solve(problem: Problem, policy: Policy, *, seed: int, stop: Stop, progress: ProgressCallback | None = None) -> Plan:
    """Plan a problem; the plan has passed `check`, and is no worse than what holds of the plan in force.

    seed: with Iterations, the same seed gives the same plan. stop: iterations are ruins and recreations.
    progress: called every TOLD_EVERY_S; False stops the search, and the best plan so far is returned.
    Raises a subclass of InvalidProblem before any work is done.
    """
    workday = prepare(problem)
    seats = seats_of([job for job in problem.jobs if not job.frozen])
    duties = [duty for duty in workday.duties.values() if duty.is_open]
    if seats and duties:
        run = Run(workday, policy, seats, duties, seed)
        run.search_until(stop, progress)
        plan = run.best()
    else:
        plan = to_plan(pack_orders(workday, {}))
    violations = check(problem, plan)
    assert not violations, "the search made a plan that breaks rules: " + "; ".join(map(str, violations))
    return plan


def warm() -> None:
    """Compile the search, or load what was compiled before, so that the first problem need not wait for it."""
    place = Place(lat=0.0, lon=0.0)
    still = np.zeros((1, 1), dtype=np.int64)
    shift = Shift(start_s=0, end_s=1, start_place=0, end_place=0)
    problem = Problem(
        places=(place,),
        travel=TravelMatrix.of(still, still, NO_SOURCE),
        technicians=(Technician(id="technician", shifts=(shift,)),),
        jobs=(Job(id="job", place=0, duration_s=1),),
    )
    solve(problem, Policy(), seed=0, stop=Iterations(1))


class Run:
    """One search over a workday's open jobs and duties."""

    def __init__(
        self, workday: Workday, policy: Policy, seats: Sequence[Seat], duties: Sequence[Duty], seed: int
    ) -> None:
        self.workday, self.seats, self.duties = workday, seats, duties
        self.tables = build(workday, policy, seats, duties)
        kept_day, kept = kept_visits(workday) if workday.problem.previous else (workday, {})
        # A plan in force may call twice at a depot; and there is room for a call and a task to try.
        longest = max(_longest_route(workday, seats, duties), max(map(len, kept.values()), default=0) + 2)
        self.search = _begin(self.tables, longest, seed)
        self.scale = _scale(self.tables)
        self.heat = WARM if workday.problem.previous else HOT
        self.iterations = 0
        self._take_over(kept_day, kept)
        anneal(self.tables, self.search, 0, 1.0, 1.0)

    def search_until(self, stop: Stop, progress: ProgressCallback | None) -> None:
        """Anneal; the temperature falls with the share of time or iterations that is over."""
        watch = _Watch(stop, time.perf_counter())
        chunk, told_s = FIRST_CHUNK, watch.started_s
        while (left := watch.left(self.iterations)) > 0:
            count = chunk if isinstance(stop, Seconds) else min(COUNTED_CHUNK, stop.count - self.iterations)
            began_s = time.perf_counter()
            hot = self._temperature(1 - left)
            cold = self._temperature(min(1.0, 1 - left + watch.share(count)))
            anneal(self.tables, self.search, count, hot, cold)
            self.iterations += count
            now_s = time.perf_counter()
            room_s = min(CHUNK_S, watch.seconds_left(now_s))
            chunk = max(10, round(chunk * min(3.0, room_s / max(now_s - began_s, 1e-5))))
            if progress and now_s - told_s >= TOLD_EVERY_S:
                told_s = now_s
                if not progress(Progress(self.iterations, self.cost_s, self.served)):
                    break

    @property
    def cost_s(self) -> float:
        """The best plan's objective, as the search counts it."""
        return float(self.search.costs[BEST])

    @property
    def served(self) -> int:
        """How many jobs the best plan serves."""
        tasks = (self.search.best_tasks[k, :size] for k, size in enumerate(self.search.best_size))
        leads = {x for x, seat in enumerate(self.seats) if seat.lead}
        return sum(x in leads for row in tasks for x in row.tolist())

    def best(self) -> Plan:
        """The best plan so far."""
        return best_plan(self.workday, self.seats, self.duties, self.tables, self.search)

    def _temperature(self, share: float) -> float:
        return self.scale * self.heat * (COLD / self.heat) ** share

    def _take_over(self, workday: Workday, visits: Mapping[DutyKey, Sequence[Visit]]) -> None:
        """Begin from routes that hold, with what their vans load."""
        lead_of = {seat.job.id: x for x, seat in enumerate(self.seats) if seat.lead}
        helpers = dict.fromkeys(lead_of, 0)
        routes = self.search.now
        for k, duty in enumerate(self.duties):
            own = visits.get(duty.key, ())
            routes.size[k] = len(own)
            for at, visit in enumerate(own):
                if isinstance(visit, Loading):
                    routes.tasks[k, at] = self._take_call(k, visit)
                    continue
                x, meeting = lead_of[visit.id], workday.meetings.get(visit.id)
                if meeting:
                    routes.lo[x : x + visit.crew_size] = routes.hi[x : x + visit.crew_size] = meeting.start_s
                    if meeting.lead != duty.key:
                        helpers[visit.id] += 1
                        x += helpers[visit.id]
                routes.tasks[k, at] = x

    def _take_call(self, k: int, call: Loading) -> int:
        """Book what a call in force loads, as far as anybody may need it; the call's number."""
        d = self.workday.problem.depots.index(call.depot)
        load = [call.load.get(part, 0) for part in part_names(self.seats)]
        self.search.now.loads[self.tables.van[k], d, : len(load)] += load
        self.search.now.shelf[d, : len(load)] -= load
        return len(self.seats) + d


@dataclass
class _Watch:
    """How much of a search is left."""

    stop: Stop
    started_s: float

    def left(self, iterations: int) -> float:
        """From 1 down to 0."""
        match self.stop:
            case Seconds(seconds):
                return max(0.0, 1 - (time.perf_counter() - self.started_s) / seconds)
            case Iterations(count):
                return max(0.0, 1 - iterations / count) if count else 0.0

    def seconds_left(self, now_s: float) -> float:
        """How much longer the search may take; inf where iterations are counted."""
        return self.started_s + self.stop.seconds - now_s if isinstance(self.stop, Seconds) else math.inf

    def share(self, count: int) -> float:
        """How much of the search the next chunk will take, about."""
        match self.stop:
            case Seconds(seconds):
                return CHUNK_S / seconds
            case Iterations(total):
                return count / total


def _begin(tables: Tables, longest: int, seed: int) -> Search:
    now, kept = no_routes(tables, longest), no_routes(tables, longest)
    count = len(tables.place)
    return Search(
        now=now,
        kept=kept,
        memo=no_memo(tables),
        costs=np.full(2, np.inf),
        best_size=now.size.copy(),
        best_tasks=now.tasks.copy(),
        best_start=now.lo.copy(),
        best_loads=now.loads.copy(),
        touched=np.zeros(len(now.size), dtype=np.bool_),
        pending=np.zeros(count, dtype=np.int32),
        is_removed=np.zeros(count, dtype=np.bool_),
        keys=np.zeros(count),
        absent=np.zeros(count, dtype=np.int32),
        absent_count=np.zeros(1, dtype=np.int64),
        last_stamp=np.zeros(1, dtype=np.int64),
        starts=np.zeros(STARTS, dtype=np.int64),
        chosen=np.zeros((2 * WAY_ROWS, CREW_LIMIT), dtype=np.int64),
        dice=dice_of(seed),
    )


def _longest_route(workday: Workday, seats: Sequence[Seat], duties: Sequence[Duty]) -> int:
    """How many jobs fit into the longest duty at most, drives aside, at the pace of the fastest; and calls, two of them to try."""
    room_s = max(duty.latest_end_s - duty.available_s for duty in duties)
    fastest = min(duty.technician.pace_percent for duty in duties)
    shortest = accumulate(sorted(seat.job.duration_s * fastest // 100 for seat in seats))
    calls = len(workday.depots) + 2 if workday.depots else 0
    return max(1, sum(total_s <= room_s for total_s in shortest)) + calls


def _scale(tables: Tables) -> float:
    """The price of an average drive to one of a task's nearest neighbours, which makes temperatures fit any map."""
    near = tables.near[:, 1 : NEIGHBOURS + 1]
    drives = tables.seconds[tables.place[: tables.task_count, None], tables.place[near]]
    reachable = drives[drives < 10**8]
    return max(1.0, float(tables.travel_price * reachable.mean())) if reachable.size else 1.0
