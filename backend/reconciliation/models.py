"""Tables of reconciliation."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.facts import FactRow, Stateful
from backend.kernel.leases import WorkRow
from backend.kernel.tables import StructJson, Versioned
from backend.reconciliation.lifecycle import BREAK, RUN, BreakState, RunState
from backend.reconciliation.schemas import BreakKind, Repair, RootCause, RowError


class RunFact(FactRow):
    __tablename__ = "reconciliation_run_fact"


class ReconciliationRun(WorkRow, Stateful, Versioned):
    """One comparison of the network with billing. as_of: of billing's extract. Work of it: run.

    source: `billing`, or the name of a file that somebody brought.
    """

    __tablename__ = "reconciliation_run"
    lifecycle = RUN
    facts = RunFact

    state: Mapped[RunState]
    source: Mapped[str]
    requested_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    as_of: Mapped[datetime | None]
    stage: Mapped[str] = mapped_column(default="")
    stage_done: Mapped[int] = mapped_column(default=0)
    stage_total: Mapped[int] = mapped_column(default=0)
    services_compared: Mapped[int | None]
    items_compared: Mapped[int | None]
    units_compared: Mapped[int | None]
    breaks_found: Mapped[int | None]
    breaks_opened: Mapped[int | None]
    breaks_closed: Mapped[int | None]
    failure: Mapped[str | None]
    errors: Mapped[list[RowError]] = mapped_column(StructJson(list[RowError]))


class BreakFact(FactRow):
    __tablename__ = "service_break_fact"


class ServiceBreak(Stateful, Versioned):
    """A difference between network, installed base and billing, from the run that found it to the one that did not.

    The ids are as the other side names them, and may be unknown to us: no foreign keys.
    """

    __tablename__ = "service_break"
    __table_args__ = (
        # Two runs at the same time open one break for one difference.
        Index(
            "uq_service_break_kind_subject_id_unclosed",
            "kind",
            "subject_id",
            unique=True,
            sqlite_where=text("state <> 'closed'"),
            postgresql_where=text("state <> 'closed'"),
        ),
    )
    lifecycle = BREAK
    facts = BreakFact

    kind: Mapped[BreakKind]
    state: Mapped[BreakState] = mapped_column(index=True)
    subject_id: Mapped[UUID] = mapped_column(index=True)
    subject: Mapped[str]
    service_id: Mapped[UUID | None] = mapped_column(index=True)
    charge_line_id: Mapped[UUID | None]
    account_id: Mapped[UUID | None]
    premises_id: Mapped[UUID | None]
    since: Mapped[datetime]
    found_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    risk_minor_per_day: Mapped[int]
    currency: Mapped[str]
    expected: Mapped[str | None]
    found: Mapped[str | None]
    root_cause: Mapped[RootCause] = mapped_column(StructJson(RootCause))
    repair: Mapped[Repair | None] = mapped_column(StructJson(Repair))
    waive_reason: Mapped[str | None]
    found_by: Mapped[UUID] = mapped_column(ForeignKey("reconciliation_run.id"))
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("reconciliation_run.id"))
