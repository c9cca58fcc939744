"""What resources and services look like to others, and the errors that they name."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from backend.catalogue.schemas import Code, Name, PoolKind, ServiceKind, Text
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.resources.lifecycle import ResourceState, ServiceState

Block = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Value = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class PortingDirection(StrEnum):
    IN = "in"
    OUT = "out"


class DistributionKind(StrEnum):
    """splitter: of a passive optical network; tap: of a cable or telephone network."""

    SPLITTER = "splitter"
    TAP = "tap"


class UnknownService(NotFound):
    code = "unknown_service"


class PoolExhausted(Conflict):
    """Not so many are free. params: pool_kind, wanted, available."""

    code = "pool_exhausted"


class NoFreeLeg(PoolExhausted):
    """The splitter or tap that the premises are connected to has not so many legs left.

    params: pool_kind, wanted, available, distribution_point, group (node/card/port).
    """

    code = "no_free_leg"


class NotALeg(Conflict):
    """The port is no leg of the splitter or tap that the premises are connected to.

    params: value, distribution_point, group (node/card/port, with which the legs begin).
    """

    code = "not_a_leg"


class UnknownDistributionPoint(NotFound):
    """params: code."""

    code = "unknown_distribution_point"


class DistributionPointKnown(Conflict):
    """A splitter or tap of this code is there already. params: code."""

    code = "distribution_point_known"


class ResourceInUse(Conflict):
    """A service that lives uses it. params: resource_id, service_id."""

    code = "resource_in_use"


class NothingReserved(Conflict):
    """The order item holds no resource of these kinds (any more): reserve again. params: order_item_id, missing."""

    code = "nothing_reserved"


class ResourceTaken(Conflict):
    """This very one is not free. params: pool_kind, value, state."""

    code = "resource_taken"


class UnknownResource(NotFound):
    code = "unknown_resource"


class UnknownPool(NotFound):
    code = "unknown_pool"


class PoolKnown(Conflict):
    """A pool of this code is there already: fill that one. params: code."""

    code = "pool_known"


class BlockOverlaps(Conflict):
    """Some of it is in a pool already. params: block, other (the pool's code; null for the loser of a race)."""

    code = "block_overlaps"


class BadBlock(Invalid):
    """The text does not stand for resources of this kind. params: block, kind, why."""

    code = "bad_block"


class PortPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where an access port is: on an OLT with its PON and the leg of its splitter; leg: None on a CMTS or a DSLAM."""

    node: str
    card: int
    port: int
    leg: int | None


class ResourceView(msgspec.Struct, frozen=True, kw_only=True):
    """One resource. held_until: the end of its reservation or quarantine, None when it has none."""

    id: UUID
    pool_kind: PoolKind
    value: str
    state: ResourceState
    held_until: datetime | None


class PoolForecast(msgspec.Struct, frozen=True, kw_only=True):
    """How long a pool lasts. days: that were looked at; taken_per_day: their mean, what came back counted off.

    days_left, exhausted_on: None when it does not shrink.
    """

    pool_id: UUID
    days: int
    available: int
    taken_per_day: float
    days_left: float | None
    exhausted_on: date | None


class PathElement(msgspec.Struct, frozen=True, kw_only=True):
    """One thing on the way from premises to the network. kind: drop, splitter, tap, leg, port, card or node."""

    kind: str
    name: str


class ResourceUse(msgspec.Struct, frozen=True, kw_only=True):
    """One resource in the use of a service. shared_by: services that run on the same PON or port group, this included.

    path: of a port, every element between the premises and the network, in that order; without the first ones where
    nobody knows what the premises are connected to.
    """

    kind: PoolKind
    value: str
    pool_code: str
    place: PortPlace | None
    assigned_at: datetime
    shared_by: int | None
    path: list[PathElement] = []


class ServiceTrace(msgspec.Struct, frozen=True, kw_only=True):
    """The way from the premises to the network, for one service."""

    service_id: UUID
    kind: ServiceKind
    state: ServiceState
    resources: list[ResourceUse]


class PortingView(msgspec.Struct, frozen=True, kw_only=True):
    """A number that came from another operator, or went to one."""

    id: UUID
    number: str
    direction: PortingDirection
    operator: str
    reference: str
    occurred_at: datetime


class AddDistributionPoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A splitter or tap, and the PON or port group (node/card/port) that feeds it."""

    code: Code
    kind: DistributionKind
    node: Code
    card: Annotated[int, msgspec.Meta(ge=0, le=9999)]
    port: Annotated[int, msgspec.Meta(ge=0, le=9999)]


class ConnectPremises(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the drop of some premises ends. distribution_point: its code."""

    distribution_point: Code


class DistributionPointView(msgspec.Struct, frozen=True, kw_only=True):
    """legs: ports that it has; free: of them, for whoever orders next."""

    id: UUID
    code: str
    kind: DistributionKind
    node: str
    card: int
    port: int
    legs: int
    free: int


class DropView(msgspec.Struct, frozen=True, kw_only=True):
    premises_id: UUID
    distribution_point: DistributionPointView


class AddPool(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new pool with its first block (see `ranges` for how blocks are written)."""

    code: Code
    kind: PoolKind
    name: Name
    territory_id: UUID | None = None
    block: Block


class AddBlock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    block: Block


class ReserveResource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Keep a resource for an order item, a certain one if it is named; what the item held of the kind is given back.

    territory_id: where it has to be usable, unless it is named; None: where the order's premises are.
    """

    kind: PoolKind
    order_item_id: UUID
    value: Value | None = None
    territory_id: UUID | None = None


class MoveResource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take a free resource out of use, for a time or for good, or let it be used again."""

    command: Literal["block", "unblock", "retire"]
    reason: Text


class PortNumber(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number changes its operator. operator: the other one; order_item_id: for which one that comes in is kept."""

    direction: PortingDirection
    number: Value
    operator: Name
    reference: Code
    order_item_id: UUID | None = None


class PoolView(msgspec.Struct, frozen=True, kw_only=True):
    """How full a pool is. size: without retired ones; share: what cannot be reserved now, 0 to 1 of the size."""

    id: UUID
    code: str
    kind: PoolKind
    name: str
    territory_id: UUID | None
    size: int
    used: int
    reserved: int
    quarantined: int
    share: float


class ServiceView(msgspec.Struct, frozen=True, kw_only=True):
    """A service with the resources that it uses, by pool kind. active_since: when it came up, not when we heard.

    characteristics: what was sold of it, such as downstream_kbps; suspended_at: None unless it is suspended.
    """

    id: UUID
    version: int
    kind: ServiceKind
    account_id: UUID
    premises_id: UUID
    order_item_id: UUID
    state: ServiceState
    characteristics: dict[str, str]
    active_since: datetime | None
    suspended_at: datetime | None
    terminated_at: datetime | None
    resources: dict[PoolKind, str]
