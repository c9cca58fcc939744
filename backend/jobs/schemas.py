"""Wire structs of jobs: what is asked for, what is shown, and the document that phones and boards hold."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from backend.catalogue.schemas import ChecklistItem, SkillNeed
from backend.inventory.schemas import Stay
from backend.jobs.lifecycle import (
    AssignmentState,
    JobLock,
    JobState,
    ReviewCommand,
    ReviewKind,
    ReviewState,
    WorkOrderCause,
    WorkOrderState,
)
from sync.fields import Field
from sync.merge import Side
from sync.operations import Activity, CaptureMethod, Outcome, Safety

MOST_WAITS = 50  # a job with more before it is a project
HIGHEST_PRIORITY = 1000  # as the planner counts it: 1 is usual, higher is more urgent

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class UnitPart(msgspec.Struct, frozen=True, kw_only=True):
    """One unit that a job is to bring back."""

    serial: str
    model: str


class Helper(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes to a job with the technician who leads it. acknowledged_at: when they took it; None as long as they have not."""

    technician_id: UUID
    acknowledged_at: datetime | None = None


class PlaceWorkOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Work that no order asks for. external_reference: number of the trouble ticket or the maintenance plan."""

    cause: Literal["trouble", "plant"]
    work: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    premises_id: UUID
    external_reference: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    priority: Annotated[int, msgspec.Meta(ge=1, le=HIGHEST_PRIORITY)] = 1


class SetWaits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """waits_for: the jobs that have to be done before; none to wait for nothing."""

    waits_for: Annotated[list[UUID], msgspec.Meta(max_length=MOST_WAITS)]


class WaitsView(msgspec.Struct, frozen=True, kw_only=True):
    """What a job waits for, and what waits for it."""

    job_id: UUID
    waits_for: list[UUID]
    followed_by: list[UUID]


class CancelJob(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: Reason


class ResolveReview(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """resolution: what was decided; note: why, for the technician to read."""

    resolution: ReviewCommand
    note: Reason


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """A promised window. zone: IANA; local: the words of the promise."""

    start: datetime
    end: datetime
    zone: str
    local: str


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """A job as lists and other slices need it. technician_id: who leads its crew of `crew_size`; helper_ids: the others."""

    id: UUID
    number: str
    version: int
    state: JobState
    assignment: AssignmentState
    lock: JobLock
    work: str
    work_order_id: UUID
    order_id: UUID | None
    account_id: UUID
    premises_id: UUID
    territory_id: UUID
    follows_job_id: UUID | None
    duration_seconds: int
    skills: list[SkillNeed]
    parts: dict[str, int]
    priority: int
    crew_size: int = 1
    technician_id: UUID | None
    helper_ids: list[UUID] = []
    organisation_id: UUID | None
    planned_start: datetime | None
    planned_end: datetime | None
    window: Window | None
    visit_pin: str | None = None
    service_day: date | None
    needs_review: bool
    outcome: Outcome | None
    reason: str | None
    ended_at: datetime | None

    @property
    def crew(self) -> tuple[UUID, ...]:
        """Everybody who has the job, the lead first; nobody while it is in the backlog."""
        return () if self.technician_id is None else (self.technician_id, *self.helper_ids)


class VisitView(msgspec.Struct, frozen=True, kw_only=True):
    """One attendance of a technician at a job; what has not happened is None."""

    technician_id: UUID
    en_route_at: datetime | None
    arrived_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None


class WorkOrderView(msgspec.Struct, frozen=True, kw_only=True):
    """recovers_order_id: the ended order whose equipment is fetched; it is no work of that order."""

    id: UUID
    number: str
    cause: WorkOrderCause
    external_reference: str | None
    recovers_order_id: UUID | None
    work: str
    state: WorkOrderState
    jobs: list[JobView]


class JobFactView(msgspec.Struct, frozen=True, kw_only=True):
    """One move of a job or its assignment. actor_name: None for programs, customers, and for whoever may not know."""

    lifecycle: Literal["job", "assignment"]
    command: str
    from_state: str
    to_state: str
    occurred_at: datetime
    recorded_at: datetime
    actor_kind: str
    actor_name: str | None
    detail: dict[str, Any]


class CompletedJob(msgspec.Struct, frozen=True, kw_only=True):
    """What a completed job leaves to the slices that go on from it.

    occurred_at: when it was completed on site; arrived_at: no effect of the visit lies before it.
    installed: model → serials that inventory agreed to; swapped: serial that went out → the one in its place; undone:
    what a partial completion named.
    """

    job_id: UUID
    order_id: UUID | None
    account_id: UUID
    premises_id: UUID
    technician_id: UUID
    arrived_at: datetime
    occurred_at: datetime
    outcome: Outcome
    installed: dict[str, list[str]]
    swapped: dict[str, str] = {}
    parts_consumed: dict[str, int]
    undone: list[str]


class ReviewCardView(msgspec.Struct, frozen=True, kw_only=True):
    """Also the document "review_card". mutations: uids of the work that it is about, `resolved` with the card."""

    id: UUID
    version: int
    kind: ReviewKind
    job_id: UUID | None
    subject: str
    reason: str
    params: dict[str, Any]
    technician_id: UUID | None
    mutations: list[str]
    state: ReviewState
    opened_at: datetime
    resolution: ReviewCommand | None
    note: str | None


class WorkPart(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    name: str
    checklist: list[ChecklistItem]


class CrewPart(msgspec.Struct, frozen=True, kw_only=True):
    """One of the people who do a job together. leads: exactly one does; acknowledged: they have taken the job."""

    technician_id: UUID
    name: str
    leads: bool
    acknowledged: bool


class CustomerPart(msgspec.Struct, frozen=True, kw_only=True):
    """phone: the account's present one, so that a change in the office reaches the technician."""

    name: str
    phone: str | None


class PremisesPart(msgspec.Struct, frozen=True, kw_only=True):
    street: str
    postcode: str
    city: str
    latitude: float
    longitude: float
    access_notes: str | None
    hazards: list[str]


class ServicePart(msgspec.Struct, frozen=True, kw_only=True):
    """A service at the premises. resources: pool kind → value."""

    kind: str
    state: str
    resources: dict[str, str]


class NotePart(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    occurred_at: datetime
    technician_id: UUID


class PhotoPart(msgspec.Struct, frozen=True, kw_only=True):
    sha256: str
    media_type: str
    bytes: int


class SerialPart(msgspec.Struct, frozen=True, kw_only=True):
    serial: str
    model: str | None
    method: CaptureMethod
    order_item_id: str | None
    is_verified: bool
    reason: str | None


class RecoveryPart(msgspec.Struct, frozen=True, kw_only=True):
    serial: str
    model: str | None
    method: CaptureMethod
    replaced_by: str | None
    is_verified: bool
    reason: str | None


class MeasurementPart(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    value: float
    unit: str


class PastVisit(msgspec.Struct, frozen=True, kw_only=True):
    """A job that was visited before. state: completed, notDone or suspended; reason: why it was not done.

    technician: the first name; notes: the last ones, cut where they are long.
    """

    ended_at: datetime
    work: str
    state: JobState
    outcome: Outcome | None
    reason: str | None
    technician: str | None
    notes: list[str]
    light_level: MeasurementPart | None


class PremisesHistory(msgspec.Struct, frozen=True, kw_only=True):
    """What happened before at the premises of a job, newest first, and what is installed there."""

    visits: list[PastVisit]
    installed: list[Stay]


class SignaturePart(msgspec.Struct, frozen=True, kw_only=True):
    sha256: str
    signer_name: str


class TimePart(msgspec.Struct, frozen=True, kw_only=True):
    activity: Activity
    start_ms: int
    end_ms: int


class PartPart(msgspec.Struct, frozen=True, kw_only=True):
    part: str
    quantity: int


class SafetyPart(msgspec.Struct, frozen=True, kw_only=True):
    state: Safety
    note: str | None
    occurred_at: datetime


class FollowUpPart(msgspec.Struct, frozen=True, kw_only=True):
    work: str
    reason: str
    note: str | None


class LostValueView(msgspec.Struct, frozen=True, kw_only=True):
    """An overruled value of a field. side: who wrote it; id: by which it is restored."""

    id: UUID
    field: Field
    value: str | list[str] | None
    side: Side


class Records(msgspec.Struct, frozen=True, kw_only=True):
    """What technicians recorded at one job, each list in order of happening. last_at: when the last of it happened."""

    last_at: datetime | None = None
    notes: list[NotePart] = []
    checklist: dict[str, bool | int | float | str] = {}
    photos: list[PhotoPart] = []
    serials: list[SerialPart] = []
    recovered: list[RecoveryPart] = []
    measurements: list[MeasurementPart] = []
    signature: SignaturePart | None = None
    hazards_acknowledged: list[str] = []
    time_entries: list[TimePart] = []
    parts_consumed: list[PartPart] = []
    safety_check_ins: list[SafetyPart] = []
    follow_ups: list[FollowUpPart] = []
    lost_values: list[LostValueView] = []


class JobDocument(Records, frozen=True, kw_only=True):
    """The job as phones and boards hold it. hazards: of the work; those of the place are in `premises`.

    to_recover: what a full completion has taken out. crew: who does it together, the lead first; none where one person comes alone.
    visit_pin: what the customer's page shows, too. planned_by: the user who changed the plan last; null for nobody of the office.
    """

    id: UUID
    number: str
    order_id: UUID | None = None
    state: JobState
    assignment: AssignmentState
    lock: JobLock
    arrived: bool
    work: WorkPart
    duration_seconds: int
    skills: list[SkillNeed]
    priority: int
    territory_id: UUID
    technician_id: UUID | None
    crew_size: int = 1
    crew: list[CrewPart] = []
    planned_start: datetime | None
    planned_end: datetime | None
    window: Window | None
    visit_pin: str | None = None
    service_day: date | None
    planned_by: UUID | None = None
    customer: CustomerPart
    premises: PremisesPart
    hazards: list[str]
    parts: dict[str, int]
    to_recover: list[UnitPart] = []
    services: list[ServicePart]
    needs_signature: bool
    outcome: Outcome | None
    undone: list[str]
    reason: str | None
    needs_review: bool
