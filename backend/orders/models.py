"""Tables of orders."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.catalogue.schemas import ChargeKind, EarnedPolicy, Period, PointOfNoReturn, ServiceKind
from backend.kernel.facts import FactRow, Stateful
from backend.kernel.leases import WorkRow
from backend.kernel.tables import Row, StructJson, Table, Versioned
from backend.orders.lifecycle import (
    CHARGE_LINE,
    CONSIGNMENT,
    ITEM,
    ORDER,
    ConsignmentState,
    FulfilmentMethod,
    LineState,
    Milestone,
    OrderState,
)
from backend.orders.schemas import HandedOver


class OrderNumber(Table):
    """The last order number that was given out; one row."""

    __tablename__ = "order_number"
    audited = False

    singleton: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class OrderFact(FactRow):
    __tablename__ = "product_order_fact"


class ProductOrder(WorkRow, Stateful, Versioned):
    """What an account bought for some premises.

    territory_id: of the premises, copied so that scopes need no other table. expires_at: when the reservations end,
    None after submission; due_at follows it. work_ended_at: when the last job ended, None before.
    """

    __tablename__ = "product_order"
    lifecycle = ORDER
    facts = OrderFact

    number: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    premises_id: Mapped[UUID] = mapped_column(ForeignKey("premises.id"), index=True)
    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"), index=True)
    state: Mapped[OrderState]
    placed_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    work_ended_at: Mapped[datetime | None]


class ItemFact(FactRow):
    __tablename__ = "order_item_fact"


class OrderItem(Stateful, Versioned):
    """One simple offering. goods: model → pieces for the whole item; work: code of a work specification.

    fulfilment: how its goods reach the customer, as far as they have not yet; point_of_no_return: by the offering.
    service_count: how many services it takes, from its submission on. ordered_at: when it came into the order, the day
    of its terms and prices; None for what came with the order before this was kept.
    """

    __tablename__ = "order_item"
    lifecycle = ITEM
    facts = ItemFact

    order_id: Mapped[UUID] = mapped_column(ForeignKey("product_order.id"), index=True)
    offering_code: Mapped[str]
    bundle_code: Mapped[str | None]
    quantity: Mapped[int]
    work: Mapped[str | None]
    goods: Mapped[dict[str, int]] = mapped_column(StructJson(dict[str, int]))
    fulfilment: Mapped[FulfilmentMethod]
    point_of_no_return: Mapped[PointOfNoReturn]
    service_count: Mapped[int] = mapped_column(default=0)
    ordered_at: Mapped[datetime | None]
    state: Mapped[OrderState]


class LineFact(FactRow):
    __tablename__ = "charge_line_fact"


class ChargeLine(Stateful, Versioned):
    """What is billed and earned by itself. amount_minor: the price of one piece on the day of the order.

    fulfilment: how the goods of a fulfilment line come, or came; split_from: the line that this was a part of.
    """

    __tablename__ = "charge_line"
    lifecycle = CHARGE_LINE
    facts = LineFact

    order_id: Mapped[UUID] = mapped_column(ForeignKey("product_order.id"), index=True)
    order_item_id: Mapped[UUID] = mapped_column(ForeignKey("order_item.id"))
    code: Mapped[str]
    kind: Mapped[ChargeKind]
    description: Mapped[str]
    model: Mapped[str | None]
    service_kind: Mapped[ServiceKind | None]
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("service.id"), unique=True)
    fulfilment: Mapped[FulfilmentMethod | None]
    quantity: Mapped[int]
    split_from: Mapped[UUID | None] = mapped_column(ForeignKey("charge_line.id"))
    amount_minor: Mapped[int]
    currency: Mapped[str]
    period: Mapped[Period]
    earned: Mapped[EarnedPolicy]
    state: Mapped[LineState]


class OrderMilestone(Row):
    """A milestone that an order has to pass by `due_at`, and when it did."""

    __tablename__ = "order_milestone"
    __table_args__ = (UniqueConstraint("order_id", "name"),)

    order_id: Mapped[UUID] = mapped_column(ForeignKey("product_order.id"))
    name: Mapped[Milestone]
    due_at: Mapped[datetime]
    reached_at: Mapped[datetime | None]


class ConsignmentFact(FactRow):
    __tablename__ = "consignment_fact"


class Consignment(Stateful, Versioned):
    """Goods of an order that leave a depot together without a technician: a parcel, or what is handed over a counter.

    carrier, tracking_reference, sent_at: of a shipment; reference: of the delivery notice or the counter's receipt.
    """

    __tablename__ = "consignment"
    __table_args__ = (UniqueConstraint("carrier", "tracking_reference"),)
    lifecycle = CONSIGNMENT
    facts = ConsignmentFact

    order_id: Mapped[UUID] = mapped_column(ForeignKey("product_order.id"), index=True)
    method: Mapped[FulfilmentMethod]
    from_location_id: Mapped[UUID] = mapped_column(ForeignKey("stock_location.id"))
    goods: Mapped[list[HandedOver]] = mapped_column(StructJson(list[HandedOver]))
    carrier: Mapped[str | None]
    tracking_reference: Mapped[str | None]
    reference: Mapped[str | None]
    received_by: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    handed_over_at: Mapped[datetime | None]
    state: Mapped[ConsignmentState]


class Handover(Row):
    """The proof that a line was delivered. One job or consignment hands a line over once, however often we hear of it.

    method technician: a job, whose signature is the proof; else a consignment, with the reference of its paper.
    """

    __tablename__ = "handover"
    __table_args__ = (
        UniqueConstraint("charge_line_id", "job_id"),
        UniqueConstraint("charge_line_id", "consignment_id"),
    )

    charge_line_id: Mapped[UUID] = mapped_column(ForeignKey("charge_line.id"))
    method: Mapped[FulfilmentMethod]
    quantity: Mapped[int]
    serials: Mapped[list[str]] = mapped_column(StructJson(list[str]))
    job_id: Mapped[UUID | None]
    consignment_id: Mapped[UUID | None] = mapped_column(ForeignKey("consignment.id"))
    reference: Mapped[str | None]
    received_by: Mapped[str | None]
    occurred_at: Mapped[datetime]
