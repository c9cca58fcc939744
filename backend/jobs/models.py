"""Tables of jobs: work orders, jobs, visits, and the append-only records of what a technician did on site."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.catalogue.schemas import SkillNeed
from backend.jobs.lifecycle import (
    ASSIGNMENT,
    JOB,
    REVIEW,
    WORK_ORDER,
    AssignmentState,
    JobLock,
    JobState,
    ReviewCommand,
    ReviewKind,
    ReviewState,
    WorkOrderCause,
    WorkOrderState,
)
from backend.jobs.schemas import Helper, UnitPart
from backend.kernel.facts import FactRow, Stateful
from backend.kernel.leases import WorkRow
from backend.kernel.tables import Row, StructJson, Table, Versioned
from sync.fields import Field
from sync.merge import Side
from sync.operations import Activity, CaptureMethod, Outcome, Safety


class Series(Table):
    """The last human number that was given out in a series, such as J for jobs."""

    __tablename__ = "job_series"
    audited = False

    prefix: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


class WorkOrderFact(FactRow):
    __tablename__ = "work_order_fact"


class WorkOrder(Stateful, Versioned):
    """The work that an order, a trouble, plant maintenance or a return needs. external_reference: the cause's own number.

    order_id: what it is a part of; recovers_order_id: the ended order whose equipment it fetches, which it is no part of.
    """

    __tablename__ = "work_order"
    __table_args__ = (UniqueConstraint("order_id", "work"),)
    lifecycle = WORK_ORDER
    facts = WorkOrderFact

    number: Mapped[str] = mapped_column(unique=True)
    cause: Mapped[WorkOrderCause]
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("product_order.id"))
    external_reference: Mapped[str | None]
    recovers_order_id: Mapped[UUID | None] = mapped_column(ForeignKey("product_order.id"))
    work: Mapped[str]
    state: Mapped[WorkOrderState]


class JobFact(FactRow):
    __tablename__ = "job_fact"


class AssignmentFact(FactRow):
    __tablename__ = "assignment_fact"


_ON_CREWS_PHONES = text("crew_size > 1 AND released_at IS NULL")


class Job(WorkRow, Stateful, Versioned):
    """One piece of field work. Its work row says when it leaves the technician's phone (`released_at`).

    window_*: what the customer was promised, with its zone and the words it was promised in; planned_*: the plan.
    visit_pin: what customer and technician compare at the door. service_day: local date of the plan, else of the window.
    planned_by: the user who changed the plan last, None for nobody of the office. parts: model → quantity to be brought;
    to_recover: units to be taken out.
    follows_job_id: the suspended job that this one takes up. crew_size: how many people start it together; technician_id: who
    leads them, or does it alone; helpers: the others.
    """

    __tablename__ = "job"
    # Whose phone shows a job as one of its helpers is looked up among the crews' jobs that are still on phones.
    __table_args__ = (Index("ix_job_crew", "id", sqlite_where=_ON_CREWS_PHONES, postgresql_where=_ON_CREWS_PHONES),)
    lifecycle = JOB
    facts = JobFact

    number: Mapped[str] = mapped_column(unique=True)
    work_order_id: Mapped[UUID] = mapped_column(ForeignKey("work_order.id"), index=True)
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("product_order.id"), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    premises_id: Mapped[UUID] = mapped_column(ForeignKey("premises.id"), index=True)
    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"), index=True)
    follows_job_id: Mapped[UUID | None] = mapped_column(ForeignKey("job.id"), index=True)

    work: Mapped[str]
    duration_seconds: Mapped[int]
    skills: Mapped[list[SkillNeed]] = mapped_column(StructJson(list[SkillNeed]))
    parts: Mapped[dict[str, int]] = mapped_column(StructJson(dict[str, int]))
    to_recover: Mapped[list[UnitPart]] = mapped_column(StructJson(list[UnitPart]), default=list)
    priority: Mapped[int]
    needs_signature: Mapped[bool]

    state: Mapped[JobState] = mapped_column(index=True)
    assignment: Mapped[AssignmentState]
    lock: Mapped[JobLock] = mapped_column(default=JobLock.NONE)
    crew_size: Mapped[int] = mapped_column(default=1, server_default="1")
    technician_id: Mapped[UUID | None] = mapped_column(ForeignKey("technician.id"), index=True)
    helpers: Mapped[list[Helper]] = mapped_column(StructJson(list[Helper]), default=list, server_default="[]")
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    planned_start: Mapped[datetime | None]
    planned_end: Mapped[datetime | None]
    window_start: Mapped[datetime | None]
    window_end: Mapped[datetime | None]
    window_zone: Mapped[str | None]
    window_local: Mapped[str | None]
    visit_pin: Mapped[str | None]
    service_day: Mapped[date | None] = mapped_column(index=True)
    planned_by: Mapped[UUID | None]

    needs_review: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[Outcome | None]
    undone: Mapped[list[str]] = mapped_column(StructJson(list[str]), default=list)
    reason: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]

    @property
    def helper_ids(self) -> list[UUID]:
        return [helper.technician_id for helper in self.helpers]


class JobWait(Row):
    """A job that waits for another one: it begins when that has ended, or later."""

    __tablename__ = "job_wait"
    __table_args__ = (
        UniqueConstraint("job_id", "waits_for_id"),
        CheckConstraint("job_id <> waits_for_id", name="another"),
    )

    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"))
    waits_for_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"), index=True)


class Assignment(Stateful):
    """The second lifecycle of a job: `facts.move` reads and writes `job.assignment` through it."""

    lifecycle = ASSIGNMENT
    facts = AssignmentFact

    def __init__(self, job: Job) -> None:
        self._job = job
        self.id = job.id

    @property
    def state(self) -> AssignmentState:
        return self._job.assignment

    @state.setter
    def state(self, state: AssignmentState) -> None:
        self._job.assignment = state


class Visit(Versioned):
    """One attendance of a technician at a job; open until `ended_at`.

    is_beside: the job was not the technician's by then: kept as it happened, and counted for nothing.
    """

    __tablename__ = "visit"
    __table_args__ = (
        # The truth about one started job per technician: whatever the code does, the second fails here.
        Index(
            "uq_visit_technician_id_started",
            "technician_id",
            unique=True,
            sqlite_where=text("started_at IS NOT NULL AND ended_at IS NULL AND is_beside = 0"),
            postgresql_where=text("started_at IS NOT NULL AND ended_at IS NULL AND NOT is_beside"),
        ),
        Index("ix_visit_technician_id_en_route_at", "technician_id", "en_route_at"),
    )

    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"), index=True)
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technician.id"))
    en_route_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[JobState | None]
    is_beside: Mapped[bool] = mapped_column(default=False)

    @property
    def has_arrived(self) -> bool:
        return self.arrived_at is not None


class FieldRecord(Row):
    """What a technician recorded at a job: when it happened and when we learned of it. Never changed."""

    __abstract__ = True
    audited = False  # a record is itself the account of who did what

    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"), index=True)
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technician.id"))
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]


class JobNote(FieldRecord):
    __tablename__ = "job_note"

    text: Mapped[str]


class JobAnswer(FieldRecord):
    """An answer to a checklist item; the one that happened last counts, and null takes it back."""

    __tablename__ = "job_answer"

    item: Mapped[str]
    value: Mapped[bool | float | str | None] = mapped_column(StructJson(bool | int | float | str | None))


class JobPhoto(FieldRecord):
    __tablename__ = "job_photo"
    __table_args__ = (UniqueConstraint("job_id", "sha256"),)

    sha256: Mapped[str] = mapped_column(index=True)
    media_type: Mapped[str]
    size_bytes: Mapped[int]


class JobMeasurement(FieldRecord):
    __tablename__ = "job_measurement"

    name: Mapped[str]
    value: Mapped[float]
    unit: Mapped[str]


class JobSignature(FieldRecord):
    __tablename__ = "job_signature"

    sha256: Mapped[str] = mapped_column(index=True)
    signer_name: Mapped[str]


class JobSerial(FieldRecord):
    """A unit that was put in. is_verified: inventory agreed; else `reason` says why not, and a review card is open."""

    __tablename__ = "job_serial"
    __table_args__ = (UniqueConstraint("job_id", "serial"),)

    serial: Mapped[str]
    model: Mapped[str | None]
    method: Mapped[CaptureMethod]
    order_item_id: Mapped[str | None]
    is_verified: Mapped[bool]
    reason: Mapped[str | None]


class JobRecovery(FieldRecord):
    """A unit that was taken out. replaced_by: the serial that was put in its place, when that is one fact."""

    __tablename__ = "job_recovery"
    __table_args__ = (UniqueConstraint("job_id", "serial"),)

    serial: Mapped[str]
    model: Mapped[str | None]
    method: Mapped[CaptureMethod]
    replaced_by: Mapped[str | None]
    is_verified: Mapped[bool]
    reason: Mapped[str | None]


class HazardAcknowledgement(FieldRecord):
    __tablename__ = "hazard_acknowledgement"

    hazard: Mapped[str]


class TimeEntry(FieldRecord):
    """Time spent. billable, cost_rate_minor (per hour), approved_at: decided later, in the office."""

    __tablename__ = "time_entry"

    activity: Mapped[Activity]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    billable: Mapped[bool | None]
    cost_rate_minor: Mapped[int | None]
    approved_at: Mapped[datetime | None]


class PartConsumption(FieldRecord):
    __tablename__ = "part_consumption"

    part: Mapped[str]
    quantity: Mapped[int]


class SafetyRecord(FieldRecord):
    """A technician's sign of life, or call for help."""

    __tablename__ = "safety_check_in"

    state: Mapped[Safety]
    note: Mapped[str | None]


class FollowUpRequest(FieldRecord):
    """Another job that a technician asked for."""

    __tablename__ = "follow_up_request"

    work: Mapped[str]
    reason: Mapped[str]
    note: Mapped[str | None]


class Observation(FieldRecord):
    """A field that a technician found otherwise. was: what the technician saw of it before."""

    __tablename__ = "observation"

    field: Mapped[Field]
    value: Mapped[Any] = mapped_column(StructJson(Any), nullable=True)
    was: Mapped[Any] = mapped_column(StructJson(Any), nullable=True)


class LostValue(FieldRecord):
    """A value that was overruled, by a merge or by another that was restored, and can itself be restored.

    technician_id: whose observation it began with; restores_id: the lost value whose return overruled this one.
    A value is back as soon as another row restores it.
    """

    __tablename__ = "lost_value"
    __table_args__ = (UniqueConstraint("restores_id"),)
    audited = True  # a dispatcher may restore, whom no field record names

    field: Mapped[Field]
    value: Mapped[Any] = mapped_column(StructJson(Any), nullable=True)
    side: Mapped[Side]
    restores_id: Mapped[UUID | None] = mapped_column(ForeignKey("lost_value.id"))


class ReviewFact(FactRow):
    __tablename__ = "review_card_fact"


class ReviewCard(WorkRow, Stateful, Versioned):
    """Something that a person must decide. subject: what it is about; reason: a stable code, with its params.

    technician_id: whose work it is about, on whose phone it therefore is until some time after the decision
    (`released_at`, as its work row says); mutations: the uids of that work. resolution, note: the decision, and why.
    """

    __tablename__ = "review_card"
    lifecycle = REVIEW
    facts = ReviewFact

    kind: Mapped[ReviewKind]
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("job.id"), index=True)
    territory_id: Mapped[UUID | None] = mapped_column(ForeignKey("territory.id"), index=True)
    subject: Mapped[str]
    reason: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(StructJson(dict[str, Any]))
    technician_id: Mapped[UUID | None] = mapped_column(ForeignKey("technician.id"), index=True)
    mutations: Mapped[list[str]] = mapped_column(StructJson(list[str]), default=list)
    state: Mapped[ReviewState] = mapped_column(index=True)
    opened_at: Mapped[datetime]
    resolution: Mapped[ReviewCommand | None]
    note: Mapped[str | None]
    released_at: Mapped[datetime | None]
