"""What is asked of a day before anything is done, and what it answers."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from backend.dispatch.models import WorkSeconds
from backend.dispatch.schemas import Helpers, Instant, Seen

MOST_TRIED = 100  # moves that are tried out together: more than a dispatcher can keep in mind


class DropPlace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """start: of the work on site. helper_ids: as of AssignByHand. duration_seconds: if it were to take so long; null for as long as it is said to take."""

    technician_id: UUID
    helper_ids: Helpers = []
    start: Instant
    duration_seconds: WorkSeconds | None = None

    @property
    def crew(self) -> tuple[UUID, ...]:
        return (self.technician_id, *self.helper_ids)


class TriedMove(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A move that is only tried out. to: null for the backlog. seen: when it is said, a job that somebody has moved meanwhile stays where it is."""

    job_id: UUID
    to: DropPlace | None
    seen: Seen | None = None


TriedMoves = Annotated[list[TriedMove], msgspec.Meta(max_length=MOST_TRIED)]


class PreviewDrop(DropPlace, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """tried: moves that are tried out and taken as made before this one; of each job the last one counts."""

    tried: TriedMoves = []


class AskObstacles(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """day: where the job is. tried: as of PreviewDrop."""

    day: date
    tried: TriedMoves = []


class TryMoves(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """tried: as of PreviewDrop."""

    tried: TriedMoves


class ViolationView(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that would be broken. code: of scheduling.ViolationKind, or no_shift, start_in_the_past, technician_busy; params: its values."""

    code: str
    technician_id: UUID | None
    job_id: UUID | None
    params: dict[str, str | int]


class EtaView(msgspec.Struct, frozen=True, kw_only=True):
    """When a job would be reached, begun and done."""

    job_id: UUID
    arrival: datetime
    start: datetime
    end: datetime


class DropView(msgspec.Struct, frozen=True, kw_only=True):
    """What a drop would do. route: the open jobs of the technician's day in order, the dropped one among them.

    cost_delta_seconds: what the plan costs more, in seconds-equivalents of the policy in force; null without a shift that day.
    """

    job_id: UUID
    technician_id: UUID
    violations: list[ViolationView]
    cost_delta_seconds: float | None = None
    travel_delta_seconds: int | None = None
    route: list[EtaView] = []


class TriedView(msgspec.Struct, frozen=True, kw_only=True):
    """A move among all the others. violations: as of DropView, or out_of_order, places_exchanged.

    Or job_underway, planned_meanwhile (params: by): then the job stays where it is in all answers.
    """

    job_id: UUID
    violations: list[ViolationView]


class WhatIfView(msgspec.Struct, frozen=True, kw_only=True):
    """What moves that are tried out would do together, held against the plan in force. moves: of each job the last, in order.

    cost_delta_seconds: as of DropView, of all moves that can be tried; travel_delta_seconds: what is driven more.
    """

    cost_delta_seconds: float
    travel_delta_seconds: int
    moves: list[TriedView]


class ObstacleView(msgspec.Struct, frozen=True, kw_only=True):
    """What keeps a technician from a job that day: the last hurdle (scheduling.Reason), or null with the price of the gap."""

    technician_id: UUID
    reason: str | None
    start: datetime | None = None
    cost_delta_seconds: float | None = None


class ObstaclesView(msgspec.Struct, frozen=True, kw_only=True):
    """Why nobody has a job, or who could. counts: how many technicians each constraint stops; nearest: of who came nearest."""

    job_id: UUID
    day: date
    nearest: str
    counts: dict[str, int]
    technicians: list[ObstacleView]
