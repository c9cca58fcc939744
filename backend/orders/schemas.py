"""What orders take and show. Names follow TMF622 (product order)."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from backend.catalogue.schemas import (
    ChargeKind,
    Code,
    EarnedPolicy,
    Period,
    PointOfNoReturn,
    PoolKind,
    Quantity,
    ServiceKind,
)
from backend.orders.lifecycle import (
    ConsignmentState,
    FulfilmentMethod,
    Jeopardy,
    LineState,
    Milestone,
    OrderState,
)
from backend.resources.schemas import ServiceView

MAX_ITEMS = 50  # lines of one sale; more is a project with several orders
MAX_SERIALS = 200  # units of one parcel; MAX_ITEMS of MAX_QUANTITY go as several

Serial = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Reference = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
PersonName = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class OrderedOffering(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An offering or a bundle, so many times.

    fulfilment: how its goods come; None: with the technician if one comes for the order, else by shipment.
    """

    offering_code: Code
    quantity: Quantity = 1
    fulfilment: FulfilmentMethod | None = None


class PlaceOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    account_id: UUID
    premises_id: UUID
    items: Annotated[list[OrderedOffering], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class Missing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What cannot be had. what: a CPE model (kind goods) or a pool kind (kind resource).

    at: the splitter or tap to which the premises are connected and whose legs are taken; left out where goods or resources may come from elsewhere.
    """

    offering_code: str
    kind: Literal["goods", "resource"]
    what: str
    wanted: int
    available: int
    at: str | None = None


class HandedOver(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of one model that the customer got. serials: empty for a counted model, else one of each piece."""

    model: str
    quantity: int
    serials: list[str] = []


class ItemView(msgspec.Struct, frozen=True, kw_only=True):
    """One simple offering of the order. bundle_code: the bundle it came with; goods: model → pieces in all."""

    id: UUID
    offering_code: str
    bundle_code: str | None
    quantity: int
    work: str | None
    goods: dict[str, int]
    fulfilment: FulfilmentMethod
    point_of_no_return: PointOfNoReturn
    state: OrderState


class ChargeLineView(msgspec.Struct, frozen=True, kw_only=True):
    """What is billed by itself. amount_minor: of one piece, in the currency's smallest unit.

    fulfilment: of goods, how they come; split_from: the line that this was a part of, until that part was delivered.
    """

    id: UUID
    order_id: UUID
    order_item_id: UUID
    code: str
    kind: ChargeKind
    description: str
    model: str | None
    service_kind: ServiceKind | None
    service_id: UUID | None
    fulfilment: FulfilmentMethod | None
    quantity: int
    split_from: UUID | None
    amount_minor: int
    currency: str
    period: Period
    earned: EarnedPolicy
    state: LineState


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """By what a unit came to its premises. is_sold: for one payment, neither rented nor lent along with something."""

    handover_id: UUID
    order_id: UUID
    order_item_id: UUID
    is_sold: bool


class HandoverView(msgspec.Struct, frozen=True, kw_only=True):
    """The proof that a charge line was delivered.

    method technician: by a job, whose signature proves it; else by a consignment, and reference is the number of the
    carrier's delivery notice or of the counter's receipt.
    """

    id: UUID
    charge_line_id: UUID
    method: FulfilmentMethod
    quantity: int
    serials: list[str]
    job_id: UUID | None
    consignment_id: UUID | None
    reference: str | None
    received_by: str | None
    occurred_at: datetime


class ConsignmentView(msgspec.Struct, frozen=True, kw_only=True):
    """Goods that left a depot together. carrier, tracking_reference, sent_at: None for a pick-up."""

    id: UUID
    order_id: UUID
    method: FulfilmentMethod
    state: ConsignmentState
    from_location_id: UUID
    goods: list[HandedOver]
    carrier: str | None
    tracking_reference: str | None
    reference: str | None
    received_by: str | None
    sent_at: datetime | None
    handed_over_at: datetime | None


class StockReserved(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that waits for this order. expires_at: None once the order is submitted."""

    order_item_id: UUID
    model: str
    serial: str | None
    quantity: int
    expires_at: datetime | None


class ResourceReserved(msgspec.Struct, frozen=True, kw_only=True):
    """A number, address, VLAN or port that waits for this order."""

    order_item_id: UUID
    kind: PoolKind
    value: str
    expires_at: datetime | None


class ServiceName(msgspec.Struct, frozen=True, kw_only=True):
    """What people call a service. order_number: None for a service that was taken over from elsewhere. place: None for whoever may not know."""

    service_kind: ServiceKind
    order_number: str | None
    place: str | None


class OrderSummary(msgspec.Struct, frozen=True, kw_only=True):
    """An order without its parts. expires_at: until when everything is reserved, None after submission."""

    id: UUID
    version: int
    number: str
    account_id: UUID
    premises_id: UUID
    territory_id: UUID
    state: OrderState
    placed_at: datetime
    expires_at: datetime | None


class MilestoneView(msgspec.Struct, frozen=True, kw_only=True):
    name: Milestone
    due_at: datetime
    reached_at: datetime | None
    jeopardy: Jeopardy


class Consequence(msgspec.Struct, frozen=True, kw_only=True):
    """What giving up an item means now. reached: how far it has come, None when nothing happened yet.

    stays_billed: charge lines that were delivered; at_customer: serials of theirs; ends: services that run.
    """

    item_id: UUID
    offering_code: str
    point_of_no_return: PointOfNoReturn
    reached: PointOfNoReturn | None
    is_free: bool
    stays_billed: list[UUID]
    at_customer: list[str]
    ends: list[UUID]


class ServiceDependency(msgspec.Struct, frozen=True, kw_only=True):
    """needs: services of the same order that have to run before this one."""

    service_id: UUID
    needs: list[UUID]


class OrderView(OrderSummary, frozen=True, kw_only=True):
    """An order with all its parts. reservations and resources: what still waits for it and is not in use yet.

    jeopardy: the worst of its milestones; cancellation: what giving it up means, while that is asked or under way.
    """

    items: list[ItemView]
    charge_lines: list[ChargeLineView]
    handovers: list[HandoverView]
    consignments: list[ConsignmentView]
    reservations: list[StockReserved]
    resources: list[ResourceReserved]
    services: list[ServiceView]
    dependencies: list[ServiceDependency]
    milestones: list[MilestoneView]
    jeopardy: Jeopardy
    cancellation: list[Consequence]


class DecideCancellation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether an order whose cancellation was assessed is given up, and why."""

    accept: bool
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class Amend(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Change an order that is under way. redirect: item → how what is left of its goods comes from now on."""

    add: Annotated[list[OrderedOffering], msgspec.Meta(max_length=MAX_ITEMS)] = []
    remove: Annotated[list[UUID], msgspec.Meta(max_length=MAX_ITEMS)] = []
    redirect: Annotated[dict[UUID, FulfilmentMethod], msgspec.Meta(max_length=MAX_ITEMS)] = {}


class Outgoing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Goods that a keeper takes from a depot's shelf. counted: model → pieces, of models without serials."""

    from_location_id: UUID
    serials: Annotated[list[Serial], msgspec.Meta(max_length=MAX_SERIALS)] = []
    counted: Annotated[dict[Code, Quantity], msgspec.Meta(max_length=MAX_ITEMS)] = {}


class Ship(Outgoing, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Give goods of an order to a carrier. tracking_reference: the carrier's, as it stands on the label."""

    carrier: PersonName
    tracking_reference: Reference


class PickUp(Outgoing, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hand goods of an order over the counter. receipt: number of the receipt that the customer signed."""

    receipt: Reference
    received_by: PersonName


class DeliveryNotice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the carrier says: delivered, when and to whom. notice: the number of its delivery notice."""

    notice: Reference
    received_by: PersonName
    occurred_at: Instant


class ComeBack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The carrier brought goods back. reason: as the carrier gives it."""

    to_location_id: UUID
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Outstanding(msgspec.Struct, frozen=True, kw_only=True):
    """What a depot has to send or to keep ready. goods: model → pieces; reserved: the units that wait for it."""

    order_id: UUID
    order_number: str
    method: FulfilmentMethod
    goods: dict[str, int]
    reserved: list[StockReserved]
    name: str
    street: str
    postcode: str
    city: str


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that an offering takes. kind: goods (a model), resource (a kind of pool), crew (people for a work)."""

    kind: str
    what: str
    wanted: int
    available: int
    is_met: bool


class Feasibility(msgspec.Struct, frozen=True, kw_only=True):
    """Whether so many of an offering could be delivered just now; nothing is reserved by asking."""

    offering_code: str
    quantity: int
    is_deliverable: bool
    needs: list[Need]
