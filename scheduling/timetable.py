"""The times of an ordered route: each work as early as it can be, breaks where they delay least."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

from scheduling.duties import BreakRun, Duty, Loading, Visit, Workday
from scheduling.insertion import first_start
from scheduling.plan import DepotCall, Route, Stop, TakenBreak
from scheduling.travel import UNREACHABLE


class Leniency(IntEnum):
    """What a timetable may break, so that a dispatcher can be shown a route that does not work."""

    NOTHING = 0
    WINDOWS = 1
    WINDOWS_AND_BREAKS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One way to have reached a place: the breaks taken by then, when, and out of which state. At the end place ready = arrival."""

    taken: int
    arrival_s: int
    ready_s: int
    came_from: int = 0


def schedule_route(workday: Workday, duty: Duty, visits: Sequence[Visit]) -> Route | None:
    """Give a duty's open visits their times, in the given order; None when they cannot be done so.

    Each work starts as early as it can. Of all ways to place the breaks the one that ends the route earliest is taken, and
    among equals the one whose breaks come latest, so that customers come first. The first departure waits until it
    arrives in time. Frozen jobs come first, as facts; a route of frozen jobs only is never refused and owes no breaks.
    """
    return _schedule(workday, duty, visits, Leniency.NOTHING)


def schedule_route_anyway(workday: Workday, duty: Duty, visits: Sequence[Visit]) -> Route:
    """As schedule_route, but a route that cannot be done is timed too, breaking windows and the shift's end before breaks.

    `check` then says in words what is wrong with it, and by how much. An unreachable leg shows as UNREACHABLE seconds.
    """
    routes = (_schedule(workday, duty, visits, leniency) for leniency in Leniency)
    return next(route for route in routes if route is not None)


def route_along(workday: Workday, duty: Duty, visits: Sequence[Visit], path: Sequence[Moment]) -> Route:
    """A route from the moments of its visits, the duty's start before them and the end place after them."""
    drives_s = _drives_s(workday, duty, visits)
    stops, calls, breaks = list(_frozen_stops(duty)), list[DepotCall](), list[TakenBreak]()
    depart_s = stops[0].start_s if stops else duty.available_s
    for index, (before, after, drive_s) in enumerate(zip(path, path[1:], drives_s, strict=False)):
        taken = _place_breaks(duty, before, after.taken, drive_s)
        breaks += taken
        if index == len(visits):
            break
        start_s, arrival_s = after.ready_s - duty.work_s(visits[index]), after.arrival_s
        if not stops and not calls and not taken:
            depart_s, arrival_s = start_s - drive_s, start_s
        times = {"travel_s": drive_s, "arrival_s": arrival_s, "start_s": start_s, "end_s": after.ready_s}
        match visits[index]:
            case Loading() as loading:
                calls.append(DepotCall(depot=loading.depot.id, before=len(stops), load=loading.load, **times))
            case job:
                meeting = workday.meetings.get(job.id)
                stops.append(Stop(job=job.id, lead=meeting is None or meeting.lead == duty.key, **times))
    breaks += _place_breaks(duty, path[-1], len(duty.shift.breaks), 0)
    return Route(
        technician=duty.technician.id,
        shift=duty.shift_index,
        stops=tuple(stops),
        breaks=tuple(breaks),
        depart_s=depart_s,
        end_s=path[-1].arrival_s,
        travel_s=sum(drives_s),
        calls=tuple(calls),
    )


def _drives_s(workday: Workday, duty: Duty, visits: Sequence[Visit]) -> list[int]:
    places = [duty.from_place, *(visit.place for visit in visits), duty.shift.end_place]
    return [workday.drive_s(origin, place) for origin, place in pairwise(places)]


def _schedule(workday: Workday, duty: Duty, visits: Sequence[Visit], leniency: Leniency) -> Route | None:
    if not any(not isinstance(visit, Loading) for visit in visits):
        return _route_without_open_jobs(workday, duty)
    drives_s = _drives_s(workday, duty, visits)
    if leniency == Leniency.NOTHING and max(drives_s) >= UNREACHABLE:
        return None
    layers = [[Moment(taken=0, arrival_s=duty.available_s, ready_s=duty.available_s, came_from=0)]]
    for drive_s, visit in zip(drives_s, [*visits, None], strict=True):
        layers.append(_next_layer(workday, duty, layers[-1], drive_s, visit, leniency))
    path = _best_path(duty, layers, leniency)
    return None if path is None else route_along(workday, duty, visits, path)


def _next_layer(
    workday: Workday, duty: Duty, layer: list[Moment], drive_s: int, visit: Visit | None, leniency: Leniency
) -> list[Moment]:
    """The earliest way to be at the next place in each state; among equals the one that took its breaks latest."""
    best: dict[int, Moment] = {}
    for before in layer:
        for taken, run in enumerate(duty.runs[before.taken]):
            arrival_s = _arrival_s(run, before.ready_s, drive_s, leniency)
            if arrival_s is None:
                continue
            ready_s = _ready_s(workday, duty, visit, arrival_s, leniency)
            if ready_s is not None and (taken not in best or ready_s < best[taken].ready_s):
                best[taken] = Moment(taken=taken, arrival_s=arrival_s, ready_s=ready_s, came_from=before.taken)
    return [best[taken] for taken in sorted(best)]


def _arrival_s(run: BreakRun | None, ready_s: int, drive_s: int, leniency: Leniency) -> int | None:
    if run is None:
        return None
    if leniency == Leniency.WINDOWS_AND_BREAKS:
        return max(ready_s + drive_s + run.duration_s, run.free_from_s)
    return run.arrival_s(ready_s, drive_s)


def _ready_s(workday: Workday, duty: Duty, visit: Visit | None, arrival_s: int, leniency: Leniency) -> int | None:
    """When the work is done; at the end place, the arrival itself."""
    if visit is None:
        return arrival_s
    start_s = first_start(arrival_s, workday.windows(visit))
    if start_s is None and leniency > Leniency.NOTHING:
        start_s = arrival_s
    return None if start_s is None else start_s + duty.work_s(visit)


def _best_path(duty: Duty, layers: list[list[Moment]], leniency: Leniency) -> list[Moment] | None:
    """The moments from start to end of the way that ends earliest, or None when none ends in time."""
    ends = [moment for moment in layers[-1] if _may_end(duty, moment, leniency)]
    if not ends:
        return None
    path = [min(ends, key=lambda moment: moment.arrival_s)]
    for layer in reversed(layers[:-1]):
        path.append(next(moment for moment in layer if moment.taken == path[-1].came_from))
    return path[::-1]


def _may_end(duty: Duty, moment: Moment, leniency: Leniency) -> bool:
    owed = duty.runs[moment.taken][-1]
    if leniency == Leniency.WINDOWS_AND_BREAKS:
        return moment.taken == len(duty.shift.breaks)
    breaks_fit = owed is not None and moment.arrival_s <= owed.depart_by_s
    return breaks_fit and (leniency == Leniency.WINDOWS or moment.arrival_s <= duty.latest_end_s)


def _place_breaks(duty: Duty, before: Moment, taken: int, drive_s: int) -> list[TakenBreak]:
    """The breaks of one leg: the last one after as much driving as its window allows, those before it at once."""
    placed: list[TakenBreak] = []
    free_s, left_s = before.ready_s, drive_s
    for index in range(before.taken, taken):
        pause = duty.shift.breaks[index]
        start_s = max(free_s, pause.earliest_s)
        if index == taken - 1:
            start_s = max(start_s, min(pause.latest_s, free_s + left_s))
        placed.append(TakenBreak(start_s=start_s, end_s=start_s + pause.duration_s))
        left_s -= min(left_s, start_s - free_s)
        free_s = placed[-1].end_s
    return placed


def _route_without_open_jobs(workday: Workday, duty: Duty) -> Route:
    stops = tuple(_frozen_stops(duty))
    home_s = workday.drive_s(duty.from_place, duty.shift.end_place) if stops else 0
    # Someone who stands where the map knows no way home still gets home; there is no figure to plan with.
    travel_s = home_s if home_s < UNREACHABLE else 0
    return Route(
        technician=duty.technician.id,
        shift=duty.shift_index,
        stops=stops,
        breaks=(),
        depart_s=stops[0].start_s if stops else duty.available_s,
        end_s=stops[-1].end_s + travel_s if stops else duty.available_s,
        travel_s=travel_s,
    )


def _frozen_stops(duty: Duty) -> list[Stop]:
    return [
        Stop(
            job=job.id,
            travel_s=0,
            arrival_s=job.frozen.start_s,
            start_s=job.frozen.start_s,
            end_s=job.frozen.start_s + job.duration_s,
            lead=(job.frozen.technician, job.frozen.shift) == duty.key,
        )
        for job in duty.frozen
        if job.frozen
    ]
