"""A workday under a policy as arrays: what the machine code reads and never changes."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scheduling.costs import contractor_price, moving_price, retiming_price, route_cost, unserved_cost
from scheduling.duties import Duty, Loading, Visit, Workday
from scheduling.policy import Policy
from scheduling.search.eligible import eligible
from scheduling.search.goods import goods_of
from scheduling.search.seats import Seat, coupling
from scheduling.timetable import schedule_route
from scheduling.travel import UNREACHABLE

Ints = NDArray[np.int64]
SmallInts = NDArray[np.int32]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Later than any moment and any sum of legs; what is NEVER reached is impossible.
NEVER = 10**12
# A ruin touches few routes around its seed: so many neighbours always reach them.
NEIGHBOUR_LIMIT = 200


class Tables(NamedTuple):
    """n tasks (seats of open jobs), K duties, S states (breaks taken, of the duty with most breaks + 1), V vans, D depots, Q goods, P places.

    A call at depot d is visit n + d: what is asked of every visit (place, work, windows, fixed, prices) has n + D rows.

    seconds[a, b], seconds_to[b, a]: the drive from a to b, so that both the way to and from a place lie in one row.
    work[c, x]: seconds that task x takes at pace c. opens, closes: all windows; those of task x are first_window[x]..[x + 1].
    duties: all duties that may do a task, those of x are first_duty[x]..[x + 1]. fixed[x, k]: what x costs in k whatever its time.
    penalty: what leaving x undone costs. due, late_price: lateness per second; retime_after, retime_price: stability per second.
    run_by, run_length, run_free[k, a, b]: the breaks a..b-1 of k as one (see duties.BreakRun); run_by = -1 where they cannot be. has_facts[k]: whether frozen jobs come first.
    idle_price: of a duty without open jobs; base_price: what its frozen jobs add to one with them. idle_leg: seconds home, if it idles.
    fair_price: fairness per square second of work. shifts[x, k]: 1 if doing x in k is a move against the plan in force.
    near[x]: other tasks, the nearest first. crew_first, crew_size: the seats of a task's job. coupled: the tasks whose start other routes
    depend on (is_coupled). waits[first_wait[x]..]: leads of the jobs after which it comes; followers likewise; rank: how many in a row.
    gaps[first_gap[x]..]: lead, least and greatest seconds from its start on. floor, ceiling: between them x starts for the frozen ones' sake.
    need[x, q], stock[v, q], shelf[d, q]: pieces wanted, in the van, and at the depot. gives[d, x]: whether a depot has some of what x
    needs. of_van[first_of_van[v]..]: a van's duties in order. is_local[x]: whether a route alone says if the goods for x are there.
    """

    task_count: int
    depot_count: int
    travel_price: float
    wait_price: float
    move_limit: int
    seconds: SmallInts
    seconds_to: SmallInts
    place: SmallInts
    work: Ints
    first_window: Ints
    opens: Ints
    closes: Ints
    first_duty: Ints
    duties: Ints
    fixed: Floats
    penalty: Floats
    due: Ints
    late_price: Floats
    retime_after: Ints
    retime_price: Floats
    is_timed: Flags
    need: Ints
    has_need: Flags
    near: SmallInts
    shifts: NDArray[np.uint8]
    crew_first: Ints
    crew_size: Ints
    is_coupled: Flags
    coupled: Ints
    rank: Floats
    floor: Ints
    ceiling: Ints
    first_gap: Ints
    gaps: Ints
    first_wait: Ints
    waits: Ints
    first_follower: Ints
    followers: Ints
    pace: Ints
    start_place: SmallInts
    end_place: SmallInts
    available: Ints
    regular_end: Ints
    latest_end: Ints
    overtime_price: Floats
    has_facts: Flags
    states: Ints
    run_by: Ints
    run_length: Ints
    run_free: Ints
    van: Ints
    stock: Ints
    shelf: Ints
    gives: Flags
    first_of_van: Ints
    of_van: Ints
    is_local: Flags
    idle_price: Floats
    base_price: Floats
    idle_leg: Ints
    base_worked: Ints
    fair_price: Floats


def build(workday: Workday, policy: Policy, seats: Sequence[Seat], duties: Sequence[Duty]) -> Tables:
    """The tables of some seats and duties; their order gives the indexes.

    Machine code is compiled for a layout of arrays, so that each of them lies row by row, whatever its size.
    """
    travel = np.minimum(workday.problem.travel.seconds, UNREACHABLE).astype(np.int32)
    jobs = [seat.job for seat in seats]
    calls = [Loading(depot=depot, load={}) for depot in workday.problem.depots]
    visits: list[Visit] = [*jobs, *calls]
    place = np.array([visit.place for visit in visits], dtype=np.int32)
    allowed = eligible(workday, jobs, duties, [seat.lead for seat in seats])
    windows = [workday.windows(visit) for visit in visits]
    limit = workday.problem.disturbance_limit
    ties = coupling(workday, seats)
    penalty = [unserved_cost(workday, policy, seat.job) if seat.lead else 0.0 for seat in seats]
    return Tables(
        task_count=len(jobs),
        depot_count=len(calls),
        travel_price=float(policy.travel),
        wait_price=float(policy.waiting),
        move_limit=-1 if limit is None else limit,
        seconds=np.ascontiguousarray(travel),
        seconds_to=np.ascontiguousarray(travel.T),
        place=place,
        first_window=_offsets([len(own) for own in windows]),
        opens=_ints([window.start_s for own in windows for window in own]),
        closes=_ints([window.end_s for own in windows for window in own]),
        first_duty=_offsets([int(row.sum()) for row in allowed]),
        duties=np.nonzero(allowed)[1].astype(np.int64),
        penalty=_floats([*penalty, *(0.0 for _ in calls)]),
        near=_near(travel, place[: len(jobs)]),
        coupled=np.nonzero(ties["is_coupled"])[0].astype(np.int64),
        **ties,
        **goods_of(workday, seats, duties),
        **_times(workday, policy, seats),
        **_fixed(workday, policy, seats, calls, duties),
        **_duties(workday, policy, duties),
        **_runs(duties),
    )


def _times(workday: Workday, policy: Policy, seats: Sequence[Seat]) -> dict[str, Any]:
    """What depends on when a task is done: lateness, and starting later than in the plan in force."""
    planned = [workday.planned.get(seat.job.id) for seat in seats]
    share = np.array([1 / seat.job.crew_size for seat in seats])
    rest = len(workday.problem.depots)
    late = share * [policy.lateness if seat.job.due_s is not None else 0.0 for seat in seats]
    retime = share * [
        retiming_price(policy, seat.job) if own else 0.0 for seat, own in zip(seats, planned, strict=True)
    ]
    after = [own[0].start_s + policy.retime_tolerance_s if own else NEVER for own in planned]
    return {
        "due": _ints([*(NEVER if seat.job.due_s is None else seat.job.due_s for seat in seats), *[NEVER] * rest]),
        "late_price": _floats([*late, *[0.0] * rest]),
        "retime_after": _ints([*after, *[NEVER] * rest]),
        "retime_price": _floats([*retime, *[0.0] * rest]),
        "is_timed": np.array([*((_floats(late) > 0) | (_floats(retime) > 0)), *[False] * rest], dtype=np.bool_),
    }


def _fixed(
    workday: Workday, policy: Policy, seats: Sequence[Seat], calls: Sequence[Loading], duties: Sequence[Duty]
) -> dict[str, Any]:
    """How long visits take at each pace, and what they cost in each duty whatever their time."""
    index = {duty.key: k for k, duty in enumerate(duties)}
    paces = {duty.technician.pace_percent: duty for duty in duties}
    order = list(paces)
    pace = _ints([order.index(duty.technician.pace_percent) for duty in duties])
    visits: list[Visit] = [*(seat.job for seat in seats), *calls]
    work = _ints([[duty.work_s(visit) for visit in visits] for duty in paces.values()]).reshape(len(paces), len(visits))
    hourly = _floats([contractor_price(workday, policy, duty.technician.id) for duty in duties])
    fixed = np.ascontiguousarray(work[pace].T * hourly[None, :])
    fixed[len(seats) :] = 0.0
    shifts = np.zeros((len(seats), len(duties)), dtype=np.uint8)
    for x, job in enumerate(seat.job for seat in seats):
        planned = workday.planned.get(job.id, ())
        if planned:
            shifts[x] = 1
            shifts[x, [index[member.duty] for member in planned if member.duty in index]] = 0
            fixed[x] += moving_price(policy, job) / job.crew_size * shifts[x]
        if job.preferred:
            unwanted = [duty.technician.id not in job.preferred for duty in duties]
            fixed[x] += policy.not_preferred_s / job.crew_size * _floats(unwanted)
    return {"work": work, "pace": pace, "fixed": fixed, "shifts": shifts}


def _duties(workday: Workday, policy: Policy, duties: Sequence[Duty]) -> dict[str, Any]:
    idle_routes = [schedule_route(workday, duty, ()) for duty in duties]
    idle_legs = [route.travel_s if route else 0 for route in idle_routes]
    idle = [route_cost(workday, policy, route) if route and route.stops else 0.0 for route in idle_routes]
    worked = [sum(stop.end_s - stop.start_s for stop in route.stops) if route else 0 for route in idle_routes]
    overtime = [
        policy.overtime * max(0, route.end_s - duty.shift.end_s) if route and route.stops else 0.0
        for route, duty in zip(idle_routes, duties, strict=True)
    ]
    fair = [policy.fairness / max(1, duty.shift.end_s - duty.shift.start_s) for duty in duties]
    base = _floats(idle) - policy.travel * _ints(idle_legs) - _floats(overtime) - _floats(fair) * _ints(worked) ** 2
    return {
        "start_place": np.array([duty.from_place for duty in duties], dtype=np.int32),
        "end_place": np.array([duty.shift.end_place for duty in duties], dtype=np.int32),
        "available": _ints([duty.available_s for duty in duties]),
        "regular_end": _ints([duty.shift.end_s for duty in duties]),
        "latest_end": _ints([duty.latest_end_s for duty in duties]),
        "overtime_price": _floats([policy.overtime if duty.shift.overtime_s else 0.0 for duty in duties]),
        "has_facts": np.array([bool(duty.frozen) for duty in duties], dtype=np.bool_),
        "idle_price": _floats(idle),
        "base_price": base,
        "idle_leg": _ints(idle_legs),
        "base_worked": _ints(worked),
        "fair_price": _floats(fair),
    }


def _runs(duties: Sequence[Duty]) -> dict[str, Any]:
    most = max((len(duty.runs) for duty in duties), default=1)
    by = np.full((len(duties), most, most), -1, dtype=np.int64)
    length, free = np.zeros_like(by), np.zeros_like(by)
    for k, duty in enumerate(duties):
        for before, row in enumerate(duty.runs):
            for after, run in enumerate(row):
                if run is not None:
                    cell = k, before, after
                    by[cell], length[cell], free[cell] = run.depart_by_s, run.duration_s, run.free_from_s
    return {
        "states": _ints([len(duty.runs) for duty in duties]),
        "run_by": by,
        "run_length": length,
        "run_free": free,
    }


def _near(travel: SmallInts, places: SmallInts) -> SmallInts:
    """For each task all tasks (itself first), by seconds there and back."""
    both = travel[np.ix_(places, places)].astype(np.int64)
    both += both.T.copy()
    np.fill_diagonal(both, -1)
    return np.ascontiguousarray(both.argsort(axis=1, kind="stable")[:, :NEIGHBOUR_LIMIT], dtype=np.int32)


def _offsets(counts: Sequence[int]) -> Ints:
    return _ints(list(accumulate(counts, initial=0)))


def _ints(values: object) -> Ints:
    return np.array(values, dtype=np.int64)


def _floats(values: object) -> Floats:
    return np.array(values, dtype=np.float64)
