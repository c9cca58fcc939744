"""Tables of billing."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.billing.lifecycle import BILLING_TRIGGER, EARNED_TRIGGER, EarnedState, TriggerState
from backend.billing.schemas import Evidence, Obligation
from backend.catalogue.schemas import EarnedPolicy, Period
from backend.kernel.facts import FactRow, Stateful
from backend.kernel.leases import WorkRow
from backend.kernel.tables import Row, StructJson, Table, Versioned
from clients.billing.messages import Kind

_STANDS = text("state <> 'superseded'")
_IS_DUE = text("is_due")
_WAITS = text("position IS NULL")


class BillingStream(WorkRow, Row):
    """What is told one after the other: the triggers of a service, of a charge line without one, or of an account.

    id: of that service, line or account; last: the last number given out. Work of it: tell what is due, in order.
    """

    __tablename__ = "billing_stream"
    audited = False

    last: Mapped[int] = mapped_column(default=0)


class BillingFeed(Table):
    """The last position that was given out in the feed; one row."""

    __tablename__ = "billing_feed"
    audited = False

    singleton: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class BillingFeedRepeat(Row):
    """A trigger that comes in the feed once more, because somebody asked for it. position: None until it is read."""

    __tablename__ = "billing_feed_repeat"
    __table_args__ = (
        Index(
            "uq_billing_feed_repeat_trigger_id_waiting",
            "trigger_id",
            unique=True,
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
    )
    audited = False

    trigger_id: Mapped[UUID] = mapped_column(ForeignKey("billing_trigger.id"))
    asked_at: Mapped[datetime]
    position: Mapped[int | None] = mapped_column(unique=True)


class BillingTriggerFact(FactRow):
    __tablename__ = "billing_trigger_fact"


class BillingTrigger(Stateful, Versioned):
    """One thing that billing has to do, exactly as it is told; only what becomes of it changes later.

    fact_key, revision: the business fact in words, so that none is billed twice, and how often it was corrected before.
    position: where it comes first in the feed, None until somebody reads it. correction_id, because: of whoever asked for this correction, and why. amount_minor: for the whole quantity. is_due: to be told (again);
    sent_at: when that was begun first; attempts, last_error: of it. ledger_entry_id, reason: what billing said of it.
    """

    __tablename__ = "billing_trigger"
    __table_args__ = (
        UniqueConstraint("fact_key", "revision"),
        # A trigger that was superseded before anybody heard of it leaves its number to its successor.
        Index(
            "uq_billing_trigger_place",
            "stream_id",
            "sequence",
            unique=True,
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        ),
        Index("ix_billing_trigger_due", "stream_id", "sequence", sqlite_where=_IS_DUE, postgresql_where=_IS_DUE),
    )
    lifecycle = BILLING_TRIGGER
    facts = BillingTriggerFact

    fact_key: Mapped[str]
    revision: Mapped[int]
    correction_id: Mapped[UUID | None] = mapped_column(unique=True)
    because: Mapped[str | None]
    kind: Mapped[Kind]
    stream_id: Mapped[UUID] = mapped_column(ForeignKey("billing_stream.id"))
    sequence: Mapped[int]
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("product_order.id"), index=True)
    order_number: Mapped[str | None]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    charge_line_id: Mapped[UUID | None] = mapped_column(ForeignKey("charge_line.id"), index=True)
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
    position: Mapped[int | None] = mapped_column(unique=True)
    state: Mapped[TriggerState] = mapped_column(index=True)
    is_due: Mapped[bool]
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    acknowledged_at: Mapped[datetime | None]
    ledger_entry_id: Mapped[str | None]
    reason: Mapped[str | None]


class BillingKey(Row):
    """One of our signing keys. sealed: the private key under that of the settings, which sealed_by names; "": itself."""

    __tablename__ = "billing_key"

    public_key: Mapped[str]
    sealed: Mapped[str]
    sealed_by: Mapped[str] = mapped_column(index=True)
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]


class EarnedTriggerFact(FactRow):
    __tablename__ = "earned_trigger_fact"


class EarnedTrigger(Stateful, Versioned):
    """Revenue of one performance obligation, for finance, with what proves it.

    policy: at one moment (earned_from), or day by day from earned_from to earned_until (None: it goes on, or there is no
    until). ended_by: the trigger that ended it. amount_minor: for the quantity, each period.
    """

    __tablename__ = "earned_trigger"
    lifecycle = EARNED_TRIGGER
    facts = EarnedTriggerFact

    billing_trigger_id: Mapped[UUID] = mapped_column(ForeignKey("billing_trigger.id"), unique=True)
    stream_id: Mapped[UUID] = mapped_column(ForeignKey("billing_stream.id"), index=True)
    obligation: Mapped[Obligation]
    policy: Mapped[EarnedPolicy]
    order_id: Mapped[UUID] = mapped_column(ForeignKey("product_order.id"), index=True)
    charge_line_id: Mapped[UUID] = mapped_column(ForeignKey("charge_line.id"))
    earned_from: Mapped[datetime]
    earned_until: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("billing_trigger.id"))
    recorded_at: Mapped[datetime]
    quantity: Mapped[int]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    period: Mapped[Period]
    evidence: Mapped[Evidence] = mapped_column(StructJson(Evidence))
    state: Mapped[EarnedState] = mapped_column(index=True)
