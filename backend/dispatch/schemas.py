"""What dispatch takes and shows."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from backend.dispatch.lifecycle import MoveState, RunState, TimeKind
from backend.dispatch.models import RunError

LONGEST_SOLVE_SECONDS = 60  # a dispatcher waits for it; longer searches gain a fraction of a per cent
MOST_MOVES = 2_000  # more jobs than a territory does in a day

Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class RequestRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Plan a territory's local day. seconds: how long to search; the same seed repeats a search as far as time allows."""

    territory_id: UUID
    day: date
    seconds: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_SOLVE_SECONDS)] = 5
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] = 1


class AcceptMoves(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """move_ids: which moves of the proposal; null for all that are still open."""

    move_ids: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=MOST_MOVES)] | None = None


class AssignByHand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """start: of the work on site."""

    technician_id: UUID
    start: Instant


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
    """One job's change. kind and reason: as in scheduling.MoveKind and MoveReason; refusal: why it was not applied."""

    id: UUID
    job_id: UUID
    sequence: int
    kind: str
    reason: str
    params: dict[str, Any]
    from_technician_id: UUID | None
    from_start: datetime | None
    from_end: datetime | None
    to_technician_id: UUID | None
    to_start: datetime | None
    to_end: datetime | None
    cost_delta_seconds: float
    touches_promise: bool
    state: MoveState
    refusal: str | None


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


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """An optimisation run with its moves in order. Costs in seconds-equivalents; unserved: job id → reason."""

    id: UUID
    version: int
    territory_id: UUID
    day: date
    policy_name: str
    policy_version: int
    seed: int
    stop_seconds: int
    state: RunState
    cost_before: float | None
    cost_after: float | None
    travel_sources: list[str]
    unserved: dict[str, str]
    error: RunError | None
    progress: ProgressView | None = None
    moves: list[MoveView] = []


class DayDispatched(msgspec.Struct, frozen=True, kw_only=True):
    """The jobs that were sent to the phones now."""

    territory_id: UUID
    day: date
    job_ids: list[UUID]
