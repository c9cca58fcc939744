"""What people call a service: what it is, of which order, and where. An address only for whoever may look places up."""

from collections.abc import Collection
from uuid import UUID

from backend.customers import service as customers
from backend.identity.access import ACCESS
from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.orders import service as orders
from backend.orders.schemas import ServiceName
from backend.resources import service as resources

READS_PLACES = ACCESS["GET", "/api/v1/premises/{premises_id:uuid}"]


async def names_of_services(
    tx: Transaction, principal: Principal, service_ids: Collection[UUID]
) -> dict[UUID, ServiceName]:
    """Service → its name; unknown ids are left out."""
    services = await resources.services_by_id(tx, service_ids)
    numbers = await orders.numbers_of_items(tx, {one.order_item_id for one in services})
    places = await names_of_places(tx, principal, {one.premises_id for one in services})
    return {
        one.id: ServiceName(
            service_kind=one.kind, order_number=numbers.get(one.order_item_id), place=places.get(one.premises_id)
        )
        for one in services
    }


async def names_of_places(tx: Transaction, principal: Principal, premises_ids: Collection[UUID]) -> dict[UUID, str]:
    """Premises → their address; none for whoever may not look them up."""
    if principal.role not in READS_PLACES:
        return {}
    found = await customers.premises_by_id(tx, premises_ids)
    return {one.id: f"{one.street}, {one.postcode} {one.city}" for one in found.values()}
