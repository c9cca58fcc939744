"""Tables of promises."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.facts import FactRow, Stateful
from backend.kernel.leases import WorkRow
from backend.kernel.tables import Row, Versioned
from backend.promises.lifecycle import PROMISE, PromiseState
from backend.promises.schemas import Cause, CreditKind, Fault


class PromiseFact(FactRow):
    __tablename__ = "promise_fact"


class Promise(WorkRow, Stateful, Versioned):
    """A window that a customer was given. Due when nobody can have come any more of whom we have not heard."""

    __tablename__ = "promise"
    lifecycle = PROMISE
    facts = PromiseFact

    state: Mapped[PromiseState]
    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"), index=True)
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("product_order.id"), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"))
    hold_id: Mapped[UUID] = mapped_column(ForeignKey("hold.id"), unique=True)
    appointment_id: Mapped[UUID | None] = mapped_column(ForeignKey("appointment.id"))
    window_start: Mapped[datetime] = mapped_column(index=True)
    window_end: Mapped[datetime]
    window_zone: Mapped[str]
    offered_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    late_seconds: Mapped[int | None]
    fault: Mapped[Fault | None]
    cause: Mapped[Cause | None]


class PromiseCredit(Row):
    """Money back for a broken promise, once of each kind. policy_from: ISO date of the policy's version.

    taken_back_at: when the promise turned out to have been kept; None while the credit stands.
    """

    __tablename__ = "promise_credit"
    __table_args__ = (UniqueConstraint("promise_id", "kind"),)

    promise_id: Mapped[UUID] = mapped_column(ForeignKey("promise.id"))
    kind: Mapped[CreditKind]
    days: Mapped[int]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    policy: Mapped[str]
    policy_from: Mapped[str]
    credited_at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]
