"""Tables of billing."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.billing.lifecycle import BILLING_TRIGGER, EARNED_TRIGGER, EarnedState, TriggerState
from backend.billing.schemas import Evidence, Obligation
from backend.catalogue.schemas import Period
from backend.kernel.facts import FactRow, Stateful
from backend.kernel.tables import StructJson, Table, Versioned
from backend.kernel.tasks import WorkRow
from clients.billing.messages import Kind


class BillingSequence(Table):
    """The last number given out in a stream (a service, or a charge line where there is no service)."""

    __tablename__ = "billing_sequence"
    audited = False

    stream_id: Mapped[UUID] = mapped_column(primary_key=True)
    last: Mapped[int]


class BillingTriggerFact(FactRow):
    __tablename__ = "billing_trigger_fact"


class BillingTrigger(WorkRow, Stateful, Versioned):
    """One thing that billing has to do, exactly as it is told; only what becomes of it changes later.

    fact_key: the business fact, in words, so that no fact is billed twice. amount_minor: for the whole quantity.
    ledger_entry_id, reason: what billing said of it. Work of it: deliver.
    """

    __tablename__ = "billing_trigger"
    __table_args__ = (UniqueConstraint("stream_id", "sequence"),)
    lifecycle = BILLING_TRIGGER
    facts = BillingTriggerFact

    fact_key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[Kind]
    stream_id: Mapped[UUID] = mapped_column(ForeignKey("billing_sequence.stream_id"))
    sequence: Mapped[int]
    order_id: Mapped[UUID] = mapped_column(ForeignKey("product_order.id"), index=True)
    order_number: Mapped[str]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    charge_line_id: Mapped[UUID] = mapped_column(ForeignKey("charge_line.id"), index=True)
    charge_code: Mapped[str]
    description: Mapped[str]
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("service.id"), index=True)
    effective_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    quantity: Mapped[int]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    period: Mapped[Period]
    supersedes: Mapped[UUID | None] = mapped_column(ForeignKey("billing_trigger.id"))
    state: Mapped[TriggerState] = mapped_column(index=True)
    acknowledged_at: Mapped[datetime | None]
    ledger_entry_id: Mapped[str | None]
    reason: Mapped[str | None]


class EarnedTriggerFact(FactRow):
    __tablename__ = "earned_trigger_fact"


class EarnedTrigger(Stateful, Versioned):
    """Revenue of one performance obligation, for finance, with what proves it.

    Goods and labour are earned at once, at earned_from. A service is earned day by day from earned_from to
    earned_until (None: it goes on). amount_minor: for the quantity, each period.
    """

    __tablename__ = "earned_trigger"
    lifecycle = EARNED_TRIGGER
    facts = EarnedTriggerFact

    billing_trigger_id: Mapped[UUID] = mapped_column(ForeignKey("billing_trigger.id"), unique=True)
    obligation: Mapped[Obligation]
    order_id: Mapped[UUID] = mapped_column(ForeignKey("product_order.id"), index=True)
    charge_line_id: Mapped[UUID] = mapped_column(ForeignKey("charge_line.id"))
    earned_from: Mapped[datetime]
    earned_until: Mapped[datetime | None]
    recorded_at: Mapped[datetime]
    quantity: Mapped[int]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    period: Mapped[Period]
    evidence: Mapped[Evidence] = mapped_column(StructJson(Evidence))
    state: Mapped[EarnedState] = mapped_column(index=True)
