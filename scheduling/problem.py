"""What is asked: technicians, jobs and travel of several days, as frozen data. `validation.validate` says whether it makes sense.

All times are whole seconds from one epoch that the caller chooses (say, midnight UTC of the first day); the library knows no
calendar and no zone. All places are indexes into `Problem.places`, which is also the order of the travel matrix.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from scheduling.plan import Plan
from scheduling.travel import Place, TravelMatrix


def _nothing() -> Mapping[str, int]:
    return {}  # not a mapping proxy, which cannot be pickled: problems go to processes of their own


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
class Depot:
    """Where vans load on the way. stock: part -> pieces on its shelf, shared by everybody who calls.

    tools: lent to whoever calls, without limit; the van carries them from then on. windows: when loading may START; empty = any
    time. handling_s: >= 0, how long a call takes, however much is loaded.
    """

    id: str
    place: int
    handling_s: int
    stock: Mapping[str, int] = field(default_factory=_nothing)
    tools: frozenset[str] = frozenset()
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Technician:
    """stock: part -> pieces in the van, for the jobs still to do over all shifts; a call at a depot adds to it. tools: in the van.

    pace_percent: how long work takes, in percent of a job's duration, 10..1000; 120 = a fifth longer than usual.
    territories: where the technician may work; empty = everywhere.
    cost_per_hour_minor: what an hour of work costs in minor units of money; only a contractor's is counted, since the
        operator's own people are paid anyway.
    """

    id: str
    shifts: tuple[Shift, ...]
    skills: tuple[Skill, ...] = ()
    stock: Mapping[str, int] = field(default_factory=_nothing)
    tools: frozenset[str] = frozenset()
    pace_percent: int = 100
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
    """A job that is started, done, or under way: a fact, not a decision. shift: index into the technician's shifts.

    helpers: technician and shift of each other member of the crew; all began together.
    """

    technician: str
    shift: int
    start_s: int
    helpers: tuple[tuple[str, int], ...] = ()

    @property
    def members(self) -> tuple[tuple[str, int], ...]:
        """Technician and shift of everybody on the job, the lead first."""
        return ((self.technician, self.shift), *self.helpers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """How far apart two jobs start: least_s..most_s after the start of the other `job`; 0 <= least_s <= most_s."""

    job: str
    least_s: int
    most_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of work.

    duration_s: > 0, at a pace of 100 %; of a frozen job, as long as it took or is now expected to take.
    windows: disjoint, in order; empty = any time. promised: a customer was told the window, so that moving it is dearer.
    priority: 1..1000; what leaving it undone costs is the policy's business. due_s: when it should be finished, at a price.
    skills: name -> least level. parts: part -> pieces taken from the van. tools: what the van must carry.
    preferred: technicians the customer likes (others cost a little); forbidden: never sent.
    crew_size: 1..CREW_LIMIT people who start together. One of them leads: skills, parts and tools are asked of the lead, and
        helper_skills of each of the others (None = the same skills).
    after: jobs that must have ended before this one starts, anybody's; it is done only if they are.
    gaps: to other jobs, from start to start; it is done only if they are.
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
    tools: frozenset[str] = frozenset()
    preferred: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()
    territory: str | None = None
    lock: Lock = Lock.NONE
    frozen: Frozen | None = None
    crew_size: int = 1
    helper_skills: Mapping[str, int] | None = None
    after: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()

    @property
    def waits_for(self) -> tuple[str, ...]:
        """The jobs without which it is not done, and which start before it."""
        return (*self.after, *(gap.job for gap in self.gaps))

    def skills_of(self, *, lead: bool) -> Mapping[str, int]:
        """The skills that a member of the crew needs."""
        return self.skills if lead or self.helper_skills is None else self.helper_skills


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """now_s: nothing that is not frozen is driven to or begun before it.

    previous: the plan in force, which locks hold to and stability is measured against; None for a blank day.
    disturbance_limit: how many jobs of the plan in force may be given to other people or shifts; None = any number.
    """

    places: tuple[Place, ...]
    travel: TravelMatrix
    technicians: tuple[Technician, ...]
    jobs: tuple[Job, ...]
    depots: tuple[Depot, ...] = ()
    now_s: int = 0
    previous: Plan | None = field(default=None)
    disturbance_limit: int | None = None
