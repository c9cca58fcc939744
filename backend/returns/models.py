"""Tables of returns."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.facts import FactRow, Stateful
from backend.kernel.leases import WorkRow
from backend.kernel.tables import Versioned
from backend.returns.lifecycle import EXPECTED_RETURN, ReturnState


class ExpectedReturnFact(FactRow):
    __tablename__ = "expected_return_fact"


class ExpectedReturn(WorkRow, Stateful, Versioned):
    """One unit of ours that nobody uses any more, once for each time that it was put in. Due: to remind, to charge.

    installed_at: since when it is there; expected_at: since when it is wanted back; return_by: the end of the last day.
    order_id: the order that left it there, None when nobody knows. charge_minor: what it costs when it does not come, by
    the version policy_from (ISO date) of this policy. work_order_id: of the last job to fetch it; reason: of a waiver.
    """

    __tablename__ = "expected_return"
    # The truth about one return for one stay: whatever is heard twice, the second fails here.
    __table_args__ = (UniqueConstraint("serial_unit_id", "installed_at"),)
    lifecycle = EXPECTED_RETURN
    facts = ExpectedReturnFact

    state: Mapped[ReturnState] = mapped_column(index=True)
    serial_unit_id: Mapped[UUID] = mapped_column(ForeignKey("serial_unit.id"))
    serial: Mapped[str]
    model: Mapped[str]
    installed_at: Mapped[datetime]
    premises_id: Mapped[UUID] = mapped_column(ForeignKey("premises.id"), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"), index=True)
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("product_order.id"), index=True)
    expected_at: Mapped[datetime]
    return_by: Mapped[datetime]
    remind_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    charge_minor: Mapped[int]
    currency: Mapped[str]
    policy: Mapped[str]
    policy_from: Mapped[str]
    charged_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    work_order_id: Mapped[UUID | None] = mapped_column(ForeignKey("work_order.id"), index=True)
    reason: Mapped[str | None]
