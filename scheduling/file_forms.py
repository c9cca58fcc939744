"""The form of problems and plans as JSON: strict, with names for places and clock texts for times. `files` reads and writes it."""

from typing import Annotated

import msgspec

from scheduling.plan import Reason
from scheduling.problem import Lock

# Hours:minutes, or hours:minutes:seconds.
Clock = Annotated[str, msgspec.Meta(max_length=12, pattern=r"^\d{1,5}:[0-5]\d(:[0-5]\d)?$")]
Counts = dict[str, int]


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of a file."""


class PlaceEntry(Entry, frozen=True, kw_only=True):
    lat: float
    lon: float


class WindowEntry(Entry, frozen=True, kw_only=True):
    start: Clock
    end: Clock


class BreakEntry(Entry, frozen=True, kw_only=True):
    earliest: Clock
    latest: Clock
    duration: Clock


class ShiftEntry(Entry, frozen=True, kw_only=True, rename={"start_place": "from", "end_place": "to"}):
    """to: where the shift ends; without it, where it began."""

    start: Clock
    end: Clock
    start_place: str
    end_place: str | None = None
    overtime: Clock = "0:00"
    breaks: list[BreakEntry] = []


class SkillEntry(Entry, frozen=True, kw_only=True):
    name: str
    level: int = 1
    valid_until: Clock | None = None


class TechnicianEntry(Entry, frozen=True, kw_only=True):
    id: str
    shifts: list[ShiftEntry]
    skills: list[SkillEntry] = []
    stock: Counts = {}
    tools: list[str] = []
    pace_percent: int = 100
    territories: list[str] = []
    contractor: bool = False
    cost_per_hour_minor: int = 0


class DepotEntry(Entry, frozen=True, kw_only=True):
    id: str
    place: str
    handling: Clock
    stock: Counts = {}
    tools: list[str] = []
    windows: list[WindowEntry] = []


class FrozenEntry(Entry, frozen=True, kw_only=True):
    technician: str
    shift: int
    start: Clock
    helpers: list[tuple[str, int]] = []


class GapEntry(Entry, frozen=True, kw_only=True):
    job: str
    least: Clock
    most: Clock


class JobEntry(Entry, frozen=True, kw_only=True):
    id: str
    place: str
    duration: Clock
    windows: list[WindowEntry] = []
    promised: bool = False
    priority: int = 1
    due: Clock | None = None
    skills: Counts = {}
    parts: Counts = {}
    tools: list[str] = []
    preferred: list[str] = []
    forbidden: list[str] = []
    territory: str | None = None
    lock: Lock = Lock.NONE
    frozen: FrozenEntry | None = None
    crew_size: int = 1
    helper_skills: Counts | None = None
    after: list[str] = []
    gaps: list[GapEntry] = []


class TravelEntry(Entry, frozen=True, kw_only=True):
    """Rows in the order of the file's places; null = no way leads there."""

    seconds: list[list[int | None]]
    metres: list[list[int | None]]
    source: str = "file"


class StopEntry(Entry, frozen=True, kw_only=True):
    job: str
    travel: Clock
    arrival: Clock
    start: Clock
    end: Clock
    lead: bool = True


class CallEntry(Entry, frozen=True, kw_only=True):
    depot: str
    before: int
    travel: Clock
    arrival: Clock
    start: Clock
    end: Clock
    load: Counts


class RestEntry(Entry, frozen=True, kw_only=True):
    start: Clock
    end: Clock


class RouteEntry(Entry, frozen=True, kw_only=True):
    technician: str
    shift: int
    depart: Clock
    end: Clock
    travel: Clock
    stops: list[StopEntry]
    breaks: list[RestEntry] = []
    calls: list[CallEntry] = []


class UnservedEntry(Entry, frozen=True, kw_only=True):
    job: str
    reason: Reason


class PlanFile(Entry, frozen=True, kw_only=True):
    """What is written, and what a later problem may hold as `previous`. cost: the objective's terms, in seconds of driving."""

    routes: list[RouteEntry]
    unserved: list[UnservedEntry] = []
    cost: dict[str, float] = {}


class ProblemFile(Entry, frozen=True, kw_only=True):
    places: dict[str, PlaceEntry]
    technicians: list[TechnicianEntry]
    jobs: list[JobEntry]
    depots: list[DepotEntry] = []
    travel: TravelEntry | None = None
    now: Clock = "0:00"
    previous: PlanFile | None = None
    disturbance_limit: int | None = None
