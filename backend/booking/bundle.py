"""The goods that come with a hold: what the job has to bring is reserved for its order, or nothing is held.

Since its submission the order keeps what it reserved, and its services own their numbers and ports. So only what it
lost since (a unit that the field installed elsewhere) has to be found again; that ends with the hold.
"""

from collections import Counter
from datetime import datetime
from uuid import UUID

from backend.booking.models import Hold
from backend.catalogue import service as catalogue
from backend.inventory import service as inventory
from backend.jobs.schemas import JobView
from backend.kernel.db import Transaction
from backend.orders import service as orders
from backend.orders.schemas import ItemView


async def secure(tx: Transaction, job: JobView, expires_at: datetime) -> list[UUID]:
    """Reserve what the job brings and its order does not hold; the new reservations. Raises OutOfStock."""
    if job.order_id is None:
        return []
    held = Counter(one.model for one in await inventory.reserved(tx, job.order_id))
    serialised = {model.code for model in await catalogue.cpe_models(tx) if model.is_serialised}
    missing = {
        model: wanted - held[model]
        for model, wanted in sorted(job.parts.items())
        if model in serialised and wanted > held[model]
    }
    if not missing:
        return []
    items = (await orders.order_view(tx, job.order_id)).items
    taken: list[UUID] = []
    for model, quantity in missing.items():
        reserved = await inventory.reserve(
            tx,
            model=model,
            quantity=quantity,
            order_id=job.order_id,
            order_item_id=_item_of(items, model),
            expires_at=expires_at,
        )
        taken += [one.id for one in reserved]
    return taken


async def keep(tx: Transaction, job: JobView, hold: Hold) -> None:
    """The hold was confirmed: what it reserved does not expire any more."""
    if job.order_id is not None and hold.reservation_ids:
        await inventory.extend_reservations(tx, job.order_id, None, only=hold.reservation_ids)


async def give_back(tx: Transaction, job: JobView, hold: Hold) -> None:
    """The hold ended: what was reserved for it is free again; what the order had before stays with the order."""
    if job.order_id is not None and hold.reservation_ids:
        await inventory.release_reservations(tx, job.order_id, only=hold.reservation_ids)


def _item_of(items: list[ItemView], model: str) -> UUID:
    return next(item.id for item in items if model in item.goods)
