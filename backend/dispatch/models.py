"""Tables of dispatch: technicians' time, optimisation runs, and the moves that they propose."""

from datetime import date, datetime
from typing import Annotated, Any, cast
from uuid import UUID

import msgspec
from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy import Table as SqlTable
from sqlalchemy.orm import Mapped, mapped_column

from backend.dispatch.exclusion import attach
from backend.dispatch.lifecycle import (
    MOVE,
    RUN,
    STEP,
    MoveState,
    RemedyKind,
    RunState,
    StepKind,
    StepState,
    TimeKind,
    TroubleKind,
)
from backend.jobs.lifecycle import JobLock
from backend.kernel.facts import FactRow, Stateful
from backend.kernel.leases import WorkRow
from backend.kernel.tables import Row, StructJson, Table, Versioned
from backend.workforce.schemas import ShiftView

Weight = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
WorkSeconds = Annotated[int, msgspec.Meta(ge=5 * 60, le=12 * 3600)]  # of one job; longer work is several jobs


class RunError(msgspec.Struct, frozen=True, kw_only=True):
    """Why a run failed. code: name of the error; params: what is at fault."""

    code: str
    params: dict[str, Any] = {}


class TechnicianTime(Row):
    """Time on site that is taken, [starts_at, ends_at); no two rows of one technician overlap until one is released.

    technician_number: of the technician, here because the constraint compares ranges of numbers. subject_id: the hold
    or the job that takes the time; job_id: the job in either case.
    """

    __tablename__ = "technician_time"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="forward"),
        Index("ix_technician_time_technician_id_starts_at", "technician_id", "starts_at"),
    )

    technician_number: Mapped[int]
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technician.id"))
    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    kind: Mapped[TimeKind]
    subject_id: Mapped[UUID] = mapped_column(index=True)
    released_at: Mapped[datetime | None]


attach(cast(SqlTable, TechnicianTime.__table__))


class Weights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The weights of the objective: names, units and defaults of `scheduling.Policy`. A run is judged by one version of them."""

    unserved_priority_s: Weight = 3600
    travel: Weight = 1.0
    lateness: Weight = 1.0
    overtime: Weight = 2.0
    moved_s: Weight = 900
    repair_factor: Weight = 2.0
    retimed: Weight = 0.1
    retime_tolerance_s: Annotated[int, msgspec.Meta(ge=0, le=86_400)] = 900
    promised_factor: Weight = 4.0
    not_preferred_s: Weight = 600
    contractor: Weight = 1.0
    hour_value_minor: Annotated[int, msgspec.Meta(ge=1, le=10**9)] = 6000
    fairness: Weight = 0.0
    dropped_lock_s: Weight = 10_000_000


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan is in plain figures, the same under every policy, so that runs can be compared.

    served: open jobs; unserved_priority: of those that are not, summed up; seconds of driving, of lateness after due times, of overtime. moved: jobs with another technician or
    shift than in the plan in force, promised_moved: those of them whose window was promised.
    """

    served: int
    unserved_priority: float = 0
    travel_seconds: float
    late_seconds: float
    overtime_seconds: float
    moved: int = 0
    promised_moved: int = 0


class Trouble(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happened in a day that is under way. subject_id: the technician who is out, or the job.

    duration_seconds: of a job that overran, how long it takes altogether.
    """

    kind: TroubleKind
    subject_id: UUID
    duration_seconds: WorkSeconds | None = None


class BeforeTrouble(msgspec.Struct, frozen=True, kw_only=True):
    """What a trouble changed when it was written down, as it was before."""

    shifts: list[ShiftView] = []
    duration_seconds: int | None = None


class PlanningPolicy(Row):
    """One version of a policy; never changed."""

    __tablename__ = "planning_policy"
    __table_args__ = (UniqueConstraint("name", "version"),)

    name: Mapped[str]
    version: Mapped[int]
    weights: Mapped[Weights] = mapped_column(StructJson(Weights))
    created_at: Mapped[datetime]


class RunFact(FactRow):
    __tablename__ = "optimisation_run_fact"


class OptimisationRun(WorkRow, Stateful, Versioned):
    """One question to the optimiser: a territory's local days, and what came of it.

    day_count: so many days from `day` on. disturbance_limit: how many planned jobs may go to other people or shifts, None = any
    number. figures_before, figures_after: of the plan in force and of the proposal.
    cost_before, cost_after: of the plan in force and of the proposal, in seconds-equivalents of the policy.
    travel_sources: where the travel figures came from. unserved: job id → why nobody could take it.
    replays: plans the day as it was kept, and changes nothing. trouble: what the run repairs; before_trouble: set as long as the trouble is written down (`troubles`).
    """

    __tablename__ = "optimisation_run"
    lifecycle = RUN
    facts = RunFact

    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"), index=True)
    day: Mapped[date]
    day_count: Mapped[int] = mapped_column(default=1, server_default="1")
    disturbance_limit: Mapped[int | None]
    policy_name: Mapped[str]
    policy_version: Mapped[int]
    seed: Mapped[int]
    stop_seconds: Mapped[int]
    state: Mapped[RunState]
    cost_before: Mapped[float | None]
    cost_after: Mapped[float | None]
    figures_before: Mapped[Figures | None] = mapped_column(StructJson(Figures))
    figures_after: Mapped[Figures | None] = mapped_column(StructJson(Figures))
    travel_sources: Mapped[list[str]] = mapped_column(StructJson(list[str]), default=list)
    unserved: Mapped[dict[str, str]] = mapped_column(StructJson(dict[str, str]), default=dict)
    error: Mapped[RunError | None] = mapped_column(StructJson(RunError))
    trouble: Mapped[Trouble | None] = mapped_column(StructJson(Trouble))
    replays: Mapped[bool] = mapped_column(default=False, server_default=false())
    before_trouble: Mapped[BeforeTrouble | None] = mapped_column(StructJson(BeforeTrouble))


class DayInputs(Row):
    """What planning knew of a territory's local day at `taken_at` (`replaying`); never changed."""

    __tablename__ = "day_inputs"
    __table_args__ = (UniqueConstraint("territory_id", "day"),)

    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"))
    day: Mapped[date]
    taken_at: Mapped[datetime]
    situation: Mapped[dict[str, Any]] = mapped_column(StructJson(dict[str, Any]))


class RunProgress(Table):
    """How far a search is, written a few times a second while it lasts. best_cost, served: see scheduling.Progress.

    seconds: since the search began. Overwritten past the session and not audited: it is news, no fact.
    """

    __tablename__ = "run_progress"
    audited = False

    run_id: Mapped[UUID] = mapped_column(ForeignKey("optimisation_run.id"), primary_key=True)
    iteration: Mapped[int]
    best_cost: Mapped[float | None]
    served: Mapped[int | None]
    seconds: Mapped[float]


class MoveFact(FactRow):
    __tablename__ = "proposal_move_fact"


class ProposalMove(Stateful, Versioned):
    """One job's change that a run proposes; from_*, to_*: None = nobody has it; *_helpers: who comes with that technician.

    job_version: of the job when it was planned. reason: what the change is for (scheduling.MoveReason), or why there is
    none; refusal: why it could not be applied.
    """

    __tablename__ = "proposal_move"
    lifecycle = MOVE
    facts = MoveFact

    run_id: Mapped[UUID] = mapped_column(ForeignKey("optimisation_run.id"), index=True)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"))
    job_version: Mapped[int]
    sequence: Mapped[int]
    kind: Mapped[str]
    reason: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(StructJson(dict[str, Any]))
    from_technician_id: Mapped[UUID | None] = mapped_column(ForeignKey("technician.id"))
    from_helpers: Mapped[list[UUID]] = mapped_column(StructJson(list[UUID]), default=list, server_default="[]")
    from_start: Mapped[datetime | None]
    from_end: Mapped[datetime | None]
    to_technician_id: Mapped[UUID | None] = mapped_column(ForeignKey("technician.id"))
    to_helpers: Mapped[list[UUID]] = mapped_column(StructJson(list[UUID]), default=list, server_default="[]")
    to_start: Mapped[datetime | None]
    to_end: Mapped[datetime | None]
    cost_delta_seconds: Mapped[float]
    touches_promise: Mapped[bool]
    state: Mapped[MoveState]
    refusal: Mapped[str | None]


class SecondVisit(msgspec.Struct, frozen=True, kw_only=True):
    """What was left to a second job when one was split."""

    job_id: UUID
    duration_seconds: int
    parts: dict[str, int]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a job stands in the plan; without a technician also without times. helper_ids: who comes with the technician.

    duration_seconds: null in steps of older versions. second: of a job that the step split.
    """

    technician_id: UUID | None
    helper_ids: list[UUID] = []
    start: datetime | None
    end: datetime | None
    lock: JobLock
    duration_seconds: int | None = None
    second: SecondVisit | None = None


class StepFact(FactRow):
    __tablename__ = "manual_step_fact"


class ManualStep(Stateful, Versioned):
    """What one dispatcher did to one job by hand. user_id: whose step it is; before, after: the job at either end of it."""

    __tablename__ = "manual_step"
    __table_args__ = (Index("ix_manual_step_user_id_id", "user_id", "id"),)
    lifecycle = STEP
    facts = StepFact

    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("app_user.id"))
    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"), index=True)
    kind: Mapped[StepKind]
    before: Mapped[Standing] = mapped_column(StructJson(Standing))
    after: Mapped[Standing] = mapped_column(StructJson(Standing))
    made_at: Mapped[datetime]
    state: Mapped[StepState]


class Remedy(msgspec.Struct, frozen=True, kw_only=True):
    """What could be done for a job at risk. helper_ids: who would come with the technician. price_seconds: what the plan costs more, in seconds-equivalents (less: negative)."""

    kind: RemedyKind
    technician_id: UUID
    helper_ids: list[UUID] = []
    start: datetime
    price_seconds: float


class JeopardyAlert(Row):
    """A promised window that may be missed, as it looked at `computed_at`; worked out anew each minute, hence not audited."""

    __tablename__ = "jeopardy_alert"
    __table_args__ = (Index("ix_jeopardy_alert_territory_id_day", "territory_id", "day"),)
    audited = False

    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"))
    day: Mapped[date]
    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"), unique=True)
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technician.id"))
    window_end: Mapped[datetime]
    probability: Mapped[float]
    expected_start: Mapped[datetime]
    remedies: Mapped[list[Remedy]] = mapped_column(StructJson(list[Remedy]))
    computed_at: Mapped[datetime]


class JobPresence(Row):
    """One of the office is on a job, as far as their page said; over at `until` unless it says so again. Hence not audited."""

    __tablename__ = "job_presence"
    audited = False

    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"), unique=True)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"))
    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"))
    until: Mapped[datetime]


class ArrivalEstimate(Row):
    """When work on a planned job is expected to begin, worked out anew each minute, hence not audited.

    ahead_*: what was said two hours before; None where nothing was planned then. delays: how often it became late enough to be
    told of, the last time at delayed_at, when delay_told was expected; arrived_at: when somebody came.
    """

    __tablename__ = "arrival_estimate"
    __table_args__ = (
        UniqueConstraint("job_id", "day"),
        Index("ix_arrival_estimate_territory_id_day", "territory_id", "day"),
    )
    audited = False

    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"))
    day: Mapped[date]
    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"))
    earliest: Mapped[datetime]
    expected: Mapped[datetime]
    latest: Mapped[datetime]
    computed_at: Mapped[datetime]
    ahead_earliest: Mapped[datetime | None]
    ahead_latest: Mapped[datetime | None]
    ahead_at: Mapped[datetime | None]
    delayed_at: Mapped[datetime | None]
    delays: Mapped[int] = mapped_column(default=0, server_default="0")
    delay_told: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
