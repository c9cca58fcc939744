"""Can this job go there? An insertion test whose cost does not grow with the route, exact with floating breaks.

A state is the number of breaks taken. Per position and state a packed route keeps the earliest moment one is ready to leave
and the latest moment one may arrive (forward time slack: Savelsbergh 1992, "The vehicle routing problem with time windows:
minimizing route duration", doi 10.1287/ijoc.4.2.146). Time and roads only; skills, parts and the like are in `eligibility`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scheduling.duties import Duty, Workday
from scheduling.problem import Job, Window
from scheduling.travel import UNREACHABLE

# One moment per state; None = this state cannot be.
States = tuple[int | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PackedRoute:
    """One duty with its open jobs in order, ready for insertion tests.

    places: n + 2 of them: where the duty's future begins, the jobs' places, the end place.
    ready: n + 1 rows: earliest moment to leave each place but the last.
    latest: n + 1 rows: latest arrival at each place but the first from which the rest can still be done.
    soonest, limit: the least of each row of ready and the greatest of each of latest; None where there is none.
    """

    duty: Duty
    jobs: tuple[Job, ...]
    places: tuple[int, ...]
    ready: tuple[States, ...]
    latest: tuple[States, ...]
    soonest: States
    limit: States


def pack_route(workday: Workday, duty: Duty, jobs: Sequence[Job]) -> PackedRoute:
    """Pack a duty with its open jobs in order; the frozen ones are already in the duty."""
    places = (duty.from_place, *(job.place for job in jobs), duty.shift.end_place)
    drives_s = [workday.drive_s(origin, destination) for origin, destination in pairwise(places)]
    ready = [_at_start(duty)]
    for job, drive_s in zip(jobs, drives_s[:-1], strict=True):
        ready.append(_done(_arrivals(duty, ready[-1], drive_s), workday.windows(job), duty.work_s(job)))
    latest = [at_end(duty)]
    for job, drive_s in zip(reversed(jobs), reversed(drives_s[1:]), strict=True):
        latest.append(_due(_departures(duty, latest[-1], drive_s), workday.windows(job), duty.work_s(job)))
    latest.reverse()
    return PackedRoute(
        duty=duty,
        jobs=tuple(jobs),
        places=places,
        ready=tuple(ready),
        latest=tuple(latest),
        soonest=tuple(_least(iter(row)) for row in ready),
        limit=tuple(_most(iter(row)) for row in latest),
    )


def can_insert(workday: Workday, packed: PackedRoute, job: Job, position: int) -> bool:
    """Whether the job fits in time before open job `position` (0..n)."""
    windows = workday.windows(job)
    if not _might_fit(packed, position, windows, packed.duty.work_s(job)):
        return False
    to_job_s = workday.drive_s(packed.places[position], job.place)
    to_next_s = workday.drive_s(job.place, packed.places[position + 1])
    if to_job_s >= UNREACHABLE or to_next_s >= UNREACHABLE:
        return False
    arrivals = _arrivals(packed.duty, packed.ready[position], to_job_s)
    done = _done(arrivals, windows, packed.duty.work_s(job))
    next_arrivals = _arrivals(packed.duty, done, to_next_s)
    return any(
        arrival_s is not None and limit_s is not None and arrival_s <= limit_s
        for arrival_s, limit_s in zip(next_arrivals, packed.latest[position], strict=True)
    )


def feasible_positions(workday: Workday, packed: PackedRoute, job: Job) -> Iterator[int]:
    """The positions, in order, before which the job fits in time."""
    windows, duty = workday.windows(job), packed.duty
    if windows[-1].end_s < duty.available_s or windows[0].start_s > duty.latest_end_s:
        return
    yield from (at for at in range(len(packed.jobs) + 1) if can_insert(workday, packed, job, at))


def _might_fit(packed: PackedRoute, position: int, windows: Sequence[Window], work_s: int) -> bool:
    """What can be seen before looking at roads and breaks: most positions are too early or too late for the windows."""
    soonest_s, limit_s = packed.soonest[position], packed.limit[position]
    if soonest_s is None or limit_s is None or soonest_s > windows[-1].end_s:
        return False
    return max(soonest_s, windows[0].start_s) + work_s <= limit_s


def first_start(arrival_s: int, windows: Sequence[Window]) -> int | None:
    """The earliest start of work from an arrival on, or None when every window has passed."""
    for window in windows:
        if arrival_s <= window.end_s:
            return max(arrival_s, window.start_s)
    return None


def last_start(by_s: int, windows: Sequence[Window]) -> int | None:
    """The latest start of work up to a moment, or None when no window has opened by then."""
    for window in reversed(windows):
        if by_s >= window.start_s:
            return min(by_s, window.end_s)
    return None


def at_end(duty: Duty) -> States:
    """The latest arrival at the end place: breaks still owed may be taken there, inside the shift."""
    owed = (runs[-1] for runs in duty.runs)
    return tuple(None if run is None else min(duty.latest_end_s, run.depart_by_s) for run in owed)


def _at_start(duty: Duty) -> States:
    return (duty.available_s, *(None for _ in duty.shift.breaks))


def _arrivals(duty: Duty, ready: States, drive_s: int) -> States:
    """Earliest arrival per state, whatever breaks are taken on the leg."""
    if drive_s >= UNREACHABLE:
        return tuple(None for _ in ready)
    return tuple(
        _least(
            run.arrival_s(moment_s, drive_s)
            for before, moment_s in enumerate(ready[: after + 1])
            if moment_s is not None and (run := duty.runs[before][after]) is not None
        )
        for after in range(len(ready))
    )


def _departures(duty: Duty, latest: States, drive_s: int) -> States:
    """Latest departure per state that still keeps the latest arrivals, whatever breaks are taken on the leg."""
    if drive_s >= UNREACHABLE:
        return tuple(None for _ in latest)
    return tuple(
        _most(
            run.latest_departure_s(moment_s, drive_s)
            for after, moment_s in enumerate(latest)
            if moment_s is not None and (run := duty.runs[before][after]) is not None
        )
        for before in range(len(latest))
    )


def _done(arrivals: States, windows: Sequence[Window], duration_s: int) -> States:
    starts = (None if moment_s is None else first_start(moment_s, windows) for moment_s in arrivals)
    return tuple(None if start_s is None else start_s + duration_s for start_s in starts)


def _due(departures: States, windows: Sequence[Window], duration_s: int) -> States:
    return tuple(None if moment_s is None else last_start(moment_s - duration_s, windows) for moment_s in departures)


def _least(moments: Iterator[int | None]) -> int | None:
    return min((moment_s for moment_s in moments if moment_s is not None), default=None)


def _most(moments: Iterator[int | None]) -> int | None:
    return max((moment_s for moment_s in moments if moment_s is not None), default=None)
