"""What orders take and show, and the errors that they name. Names follow TMF622 (product order)."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from backend.catalogue.schemas import ChargeKind, Code, EarnedPolicy, Period, PoolKind, Quantity, ServiceKind
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.orders.lifecycle import LineState, OrderState
from backend.resources.schemas import ServiceView

MAX_ITEMS = 50  # lines of one sale; more is a project with several orders


class UnknownOrder(NotFound):
    """No such order, or not yours to see."""

    code = "unknown_order"


class UnknownChargeLine(NotFound):
    code = "unknown_charge_line"


class UnknownHandover(NotFound):
    code = "unknown_handover"


class PremisesOfAnotherAccount(Invalid):
    """The premises belong to another account than the one that orders."""

    code = "premises_of_another_account"


class CannotBeHad(Conflict):
    """Something that the order needs is not free, so nothing was reserved. params: missing, a list of `Missing`."""

    code = "cannot_be_had"


class OrderExpired(Conflict):
    """The reservations of this order ran out: place it again. params: expires_at."""

    code = "order_expired"


class OrderAlreadySubmitted(Conflict):
    """Work on the order has begun: cancel its job, then what is left of the order ends with it. params: state."""

    code = "order_already_submitted"


class OrderedOffering(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An offering or a bundle, so many times."""

    offering_code: Code
    quantity: Quantity = 1


class PlaceOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    account_id: UUID
    premises_id: UUID
    items: Annotated[list[OrderedOffering], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """What cannot be had. what: a CPE model (kind goods) or a pool kind (kind resource)."""

    offering_code: str
    kind: Literal["goods", "resource"]
    what: str
    wanted: int
    available: int


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
    state: OrderState


class ChargeLineView(msgspec.Struct, frozen=True, kw_only=True):
    """What is billed by itself. amount_minor: of one piece, in the currency's smallest unit."""

    id: UUID
    order_id: UUID
    order_item_id: UUID
    code: str
    kind: ChargeKind
    description: str
    model: str | None
    service_kind: ServiceKind | None
    service_id: UUID | None
    quantity: int
    fulfilled_quantity: int
    amount_minor: int
    currency: str
    period: Period
    earned: EarnedPolicy
    state: LineState


class HandoverView(msgspec.Struct, frozen=True, kw_only=True):
    """The proof that so much of a charge line was delivered, by a job or (job_id None) by shipment or pick-up."""

    id: UUID
    charge_line_id: UUID
    quantity: int
    serials: list[str]
    job_id: UUID | None
    occurred_at: datetime


class StockReserved(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that waits for this order. expires_at: None once the order is submitted."""

    order_item_id: UUID
    model: str
    serial: str
    expires_at: datetime | None


class ResourceReserved(msgspec.Struct, frozen=True, kw_only=True):
    """A number, address, VLAN or port that waits for this order."""

    order_item_id: UUID
    kind: PoolKind
    value: str
    expires_at: datetime | None


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


class OrderView(OrderSummary, frozen=True, kw_only=True):
    """An order with all its parts. reservations and resources: what still waits for it and is not in use yet."""

    items: list[ItemView]
    charge_lines: list[ChargeLineView]
    handovers: list[HandoverView]
    reservations: list[StockReserved]
    resources: list[ResourceReserved]
    services: list[ServiceView]
