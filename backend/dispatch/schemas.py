"""What dispatch takes and shows."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from backend.dispatch.lifecycle import MoveState, RunState, StepKind, StepState, TimeKind
from backend.dispatch.models import Figures, Remedy, RunError, Standing, Trouble, Weights, WorkSeconds
from backend.jobs.lifecycle import JobLock

LONGEST_SOLVE_SECONDS = 60  # a dispatcher waits for it; longer searches gain a fraction of a per cent
MOST_MOVES = 2_000  # more jobs than a territory does in a day

MOST_RUN_DAYS = 5  # a working week: rosters are not sure further ahead, and each day makes the search larger

PolicyName = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
MOST_HELPERS = 3  # the planner's largest crew, less who leads it
Helpers = Annotated[list[UUID], msgspec.Meta(max_length=MOST_HELPERS)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
PartCode = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
PartCount = Annotated[int, msgspec.Meta(ge=0, le=1000)]


class RequestRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Plan a territory's local days, so many from `day` on.

    seconds: how long to search; the same seed repeats a search as far as time allows. policy, policy_version: what the plan is
    worth; the newest version for null. disturbance_limit: how many planned jobs may go to others, null for any number.
    replays: plan the day as it was known when it was first planned; nothing of that can be applied.
    trouble: what has happened today; the plan repairs it, with the policy's price of moves for repairs, and accepting any of it says that it is so.
    """

    territory_id: UUID
    day: date
    days: Annotated[int, msgspec.Meta(ge=1, le=MOST_RUN_DAYS)] = 1
    policy: PolicyName = "standard"
    policy_version: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None
    disturbance_limit: Annotated[int, msgspec.Meta(ge=0, le=MOST_MOVES)] | None = None
    seconds: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_SOLVE_SECONDS)] = 5
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] = 1
    trouble: Trouble | None = None
    replays: bool = False


class AcceptMoves(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """move_ids: which moves of the proposal; null for all that are still open."""

    move_ids: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=MOST_MOVES)] | None = None


class Seen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the caller sees a job in the plan; nulls when nobody has it. helper_ids: null where the caller does not say."""

    technician_id: UUID | None
    start: Instant | None
    helper_ids: Helpers | None = None


class AssignByHand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """start: of the work on site. helper_ids: everybody else of the crew that the job takes, which `technician_id` leads.

    seen: when it is said, nothing is done to a job that somebody has moved meanwhile.
    """

    technician_id: UUID
    helper_ids: Helpers = []
    start: Instant
    seen: Seen | None = None

    @property
    def crew(self) -> tuple[UUID, ...]:
        return (self.technician_id, *self.helper_ids)


class ResizeByHand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """duration_seconds: of the work on site. seen: when it is said, nothing is done to a job that somebody has moved meanwhile."""

    duration_seconds: WorkSeconds
    seen: Seen | None = None


class SplitByHand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a second visit does: so many seconds of the work, and it brings these parts (model → pieces). seen: as for the others."""

    duration_seconds: WorkSeconds
    parts: Annotated[dict[PartCode, PartCount], msgspec.Meta(max_length=50)] = {}
    seen: Seen | None = None


class SetLock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """lock: what of the job's plan the planner may not change; none to take the lock away."""

    lock: JobLock


class SayPresence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The job that the caller has open or in hand; null for none."""

    job_id: UUID | None


class PresenceDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Also the document "presence": who of the office is on a job, and until when that holds unless it is said again."""

    id: UUID
    user_id: UUID
    name: str
    job_id: UUID
    until: datetime


class StepView(msgspec.Struct, frozen=True, kw_only=True):
    """A step by hand, with the job as it found it and as it left it."""

    id: UUID
    job_id: UUID
    kind: StepKind
    before: Standing
    after: Standing
    made_at: datetime
    state: StepState


class StepsView(msgspec.Struct, frozen=True, kw_only=True):
    items: list[StepView]


class AlertView(msgspec.Struct, frozen=True, kw_only=True):
    """A window that may be missed. probability: 0 to 1; remedies: the cheapest first; computed_at: how old this is."""

    job_id: UUID
    technician_id: UUID
    window_end: datetime
    probability: float
    expected_start: datetime
    remedies: list[Remedy]
    computed_at: datetime


class AlertsView(msgspec.Struct, frozen=True, kw_only=True):
    items: list[AlertView]


class ArrivalView(msgspec.Struct, frozen=True, kw_only=True):
    """When work is expected to begin: between earliest and latest in 90 of 100 cases, before expected in half of them."""

    earliest: datetime
    expected: datetime
    latest: datetime
    computed_at: datetime


class ArrivalAccuracy(msgspec.Struct, frozen=True, kw_only=True):
    """How the intervals that were told two hours ahead held. share_inside: 0 to 1; 0.9 is meant; None without arrivals."""

    since: date
    until: date
    arrivals: int
    inside: int
    share_inside: float | None
    median_width_minutes: float | None


class TimeView(msgspec.Struct, frozen=True, kw_only=True):
    """Time of a technician that is taken, [starts_at, ends_at)."""

    id: UUID
    technician_id: UUID
    job_id: UUID
    kind: TimeKind
    subject_id: UUID
    starts_at: datetime
    ends_at: datetime


class MoveView(msgspec.Struct, frozen=True, kw_only=True):
    """One job's change. kind and reason: as in scheduling.MoveKind and MoveReason; refusal: why it was not applied.

    from_helpers, to_helpers: who comes with that technician, who leads them.
    """

    id: UUID
    job_id: UUID
    sequence: int
    kind: str
    reason: str
    params: dict[str, Any]
    from_technician_id: UUID | None
    from_helpers: list[UUID]
    from_start: datetime | None
    from_end: datetime | None
    to_technician_id: UUID | None
    to_helpers: list[UUID]
    to_start: datetime | None
    to_end: datetime | None
    cost_delta_seconds: float
    touches_promise: bool
    state: MoveState
    refusal: str | None


class SavePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The next version of a policy; weights that are left out are those of the planner."""

    name: PolicyName
    weights: Weights


class PolicyView(msgspec.Struct, frozen=True, kw_only=True):
    """created_at: null for what the planner comes with."""

    name: str
    version: int
    weights: Weights
    created_at: datetime | None


class PoliciesView(msgspec.Struct, frozen=True, kw_only=True):
    items: list[PolicyView]


class ProgressView(msgspec.Struct, frozen=True, kw_only=True):
    """How far a search is: solutions so far, of the best its cost and how many open jobs it serves, seconds since it began."""

    iteration: int
    best_cost: float | None
    served: int | None
    seconds: float


class RunNews(msgspec.Struct, frozen=True, kw_only=True):
    """What is streamed of a run."""

    run_id: UUID
    state: RunState
    progress: ProgressView | None


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A run without its moves, to be held beside others. figures: the same under every policy, unlike costs."""

    id: UUID
    day: date
    day_count: int
    policy_name: str
    policy_version: int
    disturbance_limit: int | None
    seed: int
    stop_seconds: int
    state: RunState
    cost_before: float | None
    cost_after: float | None
    figures_before: Figures | None
    figures_after: Figures | None
    trouble: Trouble | None
    replays: bool


class RunsView(msgspec.Struct, frozen=True, kw_only=True):
    """The newest runs of a territory's day, newest first."""

    items: list[RunSummary]


class RunView(RunSummary, frozen=True, kw_only=True):
    """An optimisation run with its moves in order. Costs in seconds-equivalents; unserved: job id → reason."""

    version: int
    territory_id: UUID
    travel_sources: list[str]
    unserved: dict[str, str]
    error: RunError | None
    progress: ProgressView | None = None
    moves: list[MoveView] = []


class WayView(msgspec.Struct, frozen=True, kw_only=True):
    """A technician's day along the roads, from home over the jobs in order and back: longitudes and latitudes, WGS 84."""

    technician_id: UUID
    line: list[tuple[float, float]]


class WaysView(msgspec.Struct, frozen=True, kw_only=True):
    """on_roads: false where there is no map, and lines go straight from place to place."""

    items: list[WayView]
    on_roads: bool


class WhereaboutView(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody was last known to be, WGS 84. at: since when they are there, or when they left; null at home, where the day begins.

    heading_to: the job that they have said to be on the way to; where on that way nobody knows.
    """

    technician_id: UUID
    source: Literal["home", "at_job", "left_job"]
    latitude: float
    longitude: float
    at: datetime | None
    job_id: UUID | None
    heading_to: UUID | None


class WhereaboutsView(msgspec.Struct, frozen=True, kw_only=True):
    items: list[WhereaboutView]


class DayDispatched(msgspec.Struct, frozen=True, kw_only=True):
    """The jobs that were sent to the phones now."""

    territory_id: UUID
    day: date
    job_ids: list[UUID]
