"""What is asked: technicians, jobs and travel of several days, as frozen data. `validation.validate` says whether it makes sense.

All times are whole seconds from one epoch that the caller chooses (say, midnight UTC of the first day); the library knows no
calendar and no zone. All places are indexes into `Problem.places`, which is also the order of the travel matrix.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from scheduling.plan import Plan
from scheduling.travel import Place, TravelMatrix


def _nothing() -> Mapping[str, int]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When work may START: start_s <= start of work <= end_s."""

    start_s: int
    end_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A floating break: it STARTS within earliest_s..latest_s and lasts duration_s; it lies inside its shift."""

    earliest_s: int
    latest_s: int
    duration_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One working day of one technician: one route at most.

    start_s..end_s: paid time; the route may end up to overtime_s later, at a price.
    breaks: in the order in which they are taken; a break that is already over is left out by the caller.
    """

    start_s: int
    end_s: int
    start_place: int
    end_place: int
    overtime_s: int = 0
    breaks: tuple[Break, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """level: 1 is the lowest. valid_until_s: the skill counts in a shift only when it is valid to the shift's end."""

    name: str
    level: int = 1
    valid_until_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Technician:
    """stock: part -> pieces in the van, for the jobs still to do over all shifts (no restocking on the way yet).

    territories: where the technician may work; empty = everywhere.
    cost_per_hour_minor: what an hour of work costs in minor units of money; only a contractor's is counted, since the
        operator's own people are paid anyway.
    """

    id: str
    shifts: tuple[Shift, ...]
    skills: tuple[Skill, ...] = ()
    stock: Mapping[str, int] = field(default_factory=_nothing)
    territories: frozenset[str] = frozenset()
    contractor: bool = False
    cost_per_hour_minor: int = 0


class Lock(StrEnum):
    """What of the previous plan's assignment a new plan must keep."""

    NONE = "none"
    TIME = "time"
    TECHNICIAN = "technician"
    BOTH = "both"


TIME_LOCKS = frozenset({Lock.TIME, Lock.BOTH})
TECHNICIAN_LOCKS = frozenset({Lock.TECHNICIAN, Lock.BOTH})


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """A job that is started, done, or under way: a fact, not a decision. shift: index into the technician's shifts."""

    technician: str
    shift: int
    start_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of work.

    duration_s: > 0; of a frozen job, as long as it took or is now expected to take.
    windows: disjoint, in order; empty = any time. promised: a customer was told the window, so that moving it is dearer.
    priority: 1..1000; what leaving it undone costs is the policy's business. due_s: when it should be finished, at a price.
    skills: name -> least level. parts: part -> pieces taken from the van.
    preferred: technicians the customer likes (others cost a little); forbidden: never sent.
    crew_size, after: two-person jobs and jobs that wait for others; refused with UnsupportedFeature for the time being.
    """

    id: str
    place: int
    duration_s: int
    windows: tuple[Window, ...] = ()
    promised: bool = False
    priority: int = 1
    due_s: int | None = None
    skills: Mapping[str, int] = field(default_factory=_nothing)
    parts: Mapping[str, int] = field(default_factory=_nothing)
    preferred: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()
    territory: str | None = None
    lock: Lock = Lock.NONE
    frozen: Frozen | None = None
    crew_size: int = 1
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """now_s: nothing that is not frozen is driven to or begun before it.

    previous: the plan in force, which locks hold to and stability is measured against; None for a blank day.
    """

    places: tuple[Place, ...]
    travel: TravelMatrix
    technicians: tuple[Technician, ...]
    jobs: tuple[Job, ...]
    now_s: int = 0
    previous: Plan | None = field(default=None)
