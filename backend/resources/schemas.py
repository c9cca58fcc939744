"""What resources and services look like to others, and the errors that they name."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.catalogue.schemas import PoolKind, ServiceKind
from backend.kernel.errors import Conflict, NotFound
from backend.resources.lifecycle import ResourceState, ServiceState


class UnknownService(NotFound):
    code = "unknown_service"


class PoolExhausted(Conflict):
    """Not so many are free. params: pool_kind, wanted, available."""

    code = "pool_exhausted"


class NothingReserved(Conflict):
    """The order item holds no resource of these kinds (any more): reserve again. params: order_item_id, missing."""

    code = "nothing_reserved"


class ResourceView(msgspec.Struct, frozen=True, kw_only=True):
    """One resource. held_until: the end of its reservation or quarantine, None when it has none."""

    id: UUID
    pool_kind: PoolKind
    value: str
    state: ResourceState
    held_until: datetime | None


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
