"""Problems and plans as JSON, so that the library is of use without a database. README.md has an example.

Bytes in, bytes out: nothing is read or written here. The form names places, and says times as people do: "8:30", counted from the
midnight that is the problem's epoch; "32:30" is half past eight on the next day. How long something takes is said alike.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from scheduling.errors import InvalidProblem
from scheduling.file_forms import (
    CallEntry,
    DepotEntry,
    FrozenEntry,
    JobEntry,
    PlanFile,
    ProblemFile,
    RestEntry,
    RouteEntry,
    ShiftEntry,
    StopEntry,
    TechnicianEntry,
    TravelEntry,
    UnservedEntry,
    WindowEntry,
)
from scheduling.plan import DepotCall, Plan, Route, Stop, TakenBreak, Unserved
from scheduling.policy import Policy
from scheduling.problem import Break, Depot, Frozen, Gap, Job, Problem, Shift, Skill, Technician, Window
from scheduling.travel import MAX_PLACES, UNREACHABLE, Place, TravelMatrix, great_circle_matrix
from scheduling.validation import validate


class BadFile(InvalidProblem):
    """The file is not in the form, or names what it does not have; the text says where."""


def read_problem(data: bytes) -> Problem:
    """The problem of a JSON file; without `travel`, drives are estimated by great circle. Raises BadFile, InvalidProblem."""
    file = _decoded(data, ProblemFile)
    if len(file.places) > MAX_PLACES:
        raise BadFile(f"places: {len(file.places)} are more than {MAX_PLACES}")
    numbers = {name: number for number, name in enumerate(file.places)}
    places = tuple(Place(lat=place.lat, lon=place.lon) for place in file.places.values())
    problem = Problem(
        places=places,
        travel=_travel(file.travel, len(places)) if file.travel else great_circle_matrix(places),
        technicians=tuple(_technician(entry, n, numbers) for n, entry in enumerate(file.technicians)),
        jobs=tuple(_job(entry, n, numbers) for n, entry in enumerate(file.jobs)),
        depots=tuple(_depot(entry, n, numbers) for n, entry in enumerate(file.depots)),
        now_s=_s(file.now),
        previous=_plan(file.previous) if file.previous else None,
        disturbance_limit=file.disturbance_limit,
    )
    validate(problem)
    return problem


def read_policy(data: bytes) -> Policy:
    """A policy of a JSON file; weights that it does not name are the standard ones. Raises BadFile."""
    given = _decoded(data, dict[str, Any])
    names = set(Policy.__dataclass_fields__)
    if unknown := sorted(set(given) - names):
        raise BadFile(f"$: a policy has no {', '.join(unknown)}; it has {', '.join(sorted(names))}")
    if negative := sorted(name for name, value in given.items() if isinstance(value, int | float) and value < 0):
        raise BadFile(f"$.{negative[0]}: a weight is 0 or more")
    try:
        return msgspec.convert(given, Policy)
    except msgspec.ValidationError as error:
        raise BadFile(str(error)) from None


def write_plan(plan: Plan, cost: Mapping[str, float]) -> bytes:
    """The plan as JSON. cost: as of `cost_terms`."""
    file = PlanFile(
        routes=[_route_entry(route) for route in plan.routes],
        unserved=[UnservedEntry(job=left.job, reason=left.reason) for left in plan.unserved],
        cost=dict(cost),
    )
    return msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n"


def read_plan(data: bytes) -> Plan:
    """The plan of a file that write_plan made. Raises BadFile."""
    return _plan(_decoded(data, PlanFile))


def clock_text(seconds: int) -> str:
    """Seconds as the form has them."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes // 60}:{minutes % 60:02}" + (f":{rest:02}" if rest else "")


def _decoded(data: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadFile(str(error)) from None
    except RecursionError:
        raise BadFile("the file is nested too deeply") from None


def _s(text: str) -> int:
    hours, minutes, seconds = (*map(int, text.split(":")), 0)[:3]
    return hours * 3600 + minutes * 60 + seconds


def _number(name: str, numbers: Mapping[str, int], where: str) -> int:
    if name not in numbers:
        raise BadFile(f"{where}: there is no place {name!r}")
    return numbers[name]


def _travel(entry: TravelEntry, place_count: int) -> TravelMatrix:
    seconds, metres = (
        _square(rows, name, place_count) for name, rows in (("seconds", entry.seconds), ("metres", entry.metres))
    )
    return TravelMatrix.of(seconds, metres, entry.source)


def _square(rows: list[list[int | None]], name: str, count: int) -> Any:
    if len(rows) != count:
        raise BadFile(f"travel.{name}: {len(rows)} rows for {count} places")
    for number, row in enumerate(rows):
        if len(row) != count:
            raise BadFile(f"travel.{name}[{number}]: {len(row)} figures for {count} places")
        if any(figure is not None and figure >= UNREACHABLE for figure in row):
            raise BadFile(f"travel.{name}[{number}]: a figure is too large; null is for where no way leads")
    figures = [[UNREACHABLE if figure is None else figure for figure in row] for row in rows]
    return np.array(figures, dtype=np.int64).reshape(count, count)


def _technician(entry: TechnicianEntry, number: int, numbers: Mapping[str, int]) -> Technician:
    where = f"technicians[{number}]"
    return Technician(
        id=entry.id,
        shifts=tuple(_shift(shift, f"{where}.shifts[{n}]", numbers) for n, shift in enumerate(entry.shifts)),
        skills=tuple(
            Skill(
                name=skill.name,
                level=skill.level,
                valid_until_s=None if skill.valid_until is None else _s(skill.valid_until),
            )
            for skill in entry.skills
        ),
        stock=entry.stock,
        tools=frozenset(entry.tools),
        pace_percent=entry.pace_percent,
        territories=frozenset(entry.territories),
        contractor=entry.contractor,
        cost_per_hour_minor=entry.cost_per_hour_minor,
    )


def _shift(entry: ShiftEntry, where: str, numbers: Mapping[str, int]) -> Shift:
    start = _number(entry.start_place, numbers, f"{where}.from")
    return Shift(
        start_s=_s(entry.start),
        end_s=_s(entry.end),
        start_place=start,
        end_place=start if entry.end_place is None else _number(entry.end_place, numbers, f"{where}.to"),
        overtime_s=_s(entry.overtime),
        breaks=tuple(
            Break(earliest_s=_s(pause.earliest), latest_s=_s(pause.latest), duration_s=_s(pause.duration))
            for pause in entry.breaks
        ),
    )


def _depot(entry: DepotEntry, number: int, numbers: Mapping[str, int]) -> Depot:
    return Depot(
        id=entry.id,
        place=_number(entry.place, numbers, f"depots[{number}].place"),
        handling_s=_s(entry.handling),
        stock=entry.stock,
        tools=frozenset(entry.tools),
        windows=_windows(entry.windows),
    )


def _job(entry: JobEntry, number: int, numbers: Mapping[str, int]) -> Job:
    return Job(
        id=entry.id,
        place=_number(entry.place, numbers, f"jobs[{number}].place"),
        duration_s=_s(entry.duration),
        windows=_windows(entry.windows),
        promised=entry.promised,
        priority=entry.priority,
        due_s=None if entry.due is None else _s(entry.due),
        skills=entry.skills,
        parts=entry.parts,
        tools=frozenset(entry.tools),
        preferred=frozenset(entry.preferred),
        forbidden=frozenset(entry.forbidden),
        territory=entry.territory,
        lock=entry.lock,
        frozen=_frozen(entry.frozen),
        crew_size=entry.crew_size,
        helper_skills=entry.helper_skills,
        after=tuple(entry.after),
        gaps=tuple(Gap(job=gap.job, least_s=_s(gap.least), most_s=_s(gap.most)) for gap in entry.gaps),
    )


def _frozen(entry: FrozenEntry | None) -> Frozen | None:
    if entry is None:
        return None
    return Frozen(technician=entry.technician, shift=entry.shift, start_s=_s(entry.start), helpers=tuple(entry.helpers))


def _windows(entries: list[WindowEntry]) -> tuple[Window, ...]:
    return tuple(Window(start_s=_s(entry.start), end_s=_s(entry.end)) for entry in entries)


def _plan(file: PlanFile) -> Plan:
    return Plan(
        routes=tuple(map(_route, file.routes)),
        unserved=tuple(Unserved(job=left.job, reason=left.reason) for left in file.unserved),
    )


def _route(entry: RouteEntry) -> Route:
    return Route(
        technician=entry.technician,
        shift=entry.shift,
        stops=tuple(Stop(job=stop.job, lead=stop.lead, **_times(stop)) for stop in entry.stops),
        breaks=tuple(TakenBreak(start_s=_s(rest.start), end_s=_s(rest.end)) for rest in entry.breaks),
        depart_s=_s(entry.depart),
        end_s=_s(entry.end),
        travel_s=_s(entry.travel),
        calls=tuple(
            DepotCall(depot=call.depot, before=call.before, load=call.load, **_times(call)) for call in entry.calls
        ),
    )


def _times(entry: StopEntry | CallEntry) -> dict[str, int]:
    return {f"{name}_s": _s(getattr(entry, name)) for name in ("travel", "arrival", "start", "end")}


def _route_entry(route: Route) -> RouteEntry:
    return RouteEntry(
        technician=route.technician,
        shift=route.shift,
        depart=clock_text(route.depart_s),
        end=clock_text(route.end_s),
        travel=clock_text(route.travel_s),
        stops=[StopEntry(job=stop.job, lead=stop.lead, **_texts(stop)) for stop in route.stops],
        breaks=[RestEntry(start=clock_text(rest.start_s), end=clock_text(rest.end_s)) for rest in route.breaks],
        calls=[
            CallEntry(depot=call.depot, before=call.before, load=dict(call.load), **_texts(call))
            for call in route.calls
        ],
    )


def _texts(visit: Stop | DepotCall) -> dict[str, str]:
    return {name: clock_text(getattr(visit, f"{name}_s")) for name in ("travel", "arrival", "start", "end")}
