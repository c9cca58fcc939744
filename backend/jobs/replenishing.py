"""What the coming jobs will take out of the vans, for whoever fills them."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

from backend.inventory import service as inventory
from backend.inventory.warehouse_schemas import (
    Replenishment,
)
from backend.jobs import queries
from backend.kernel.db import Transaction


async def replenishment(tx: Transaction, *, days: int) -> list[Replenishment]:
    """Transfers from depots to vans, by the jobs of today (in UTC) and the days after it. days: how many in all, ≥ 1."""
    first = tx.now.date()
    demand: Counter[tuple[UUID, str]] = Counter()
    for technician_id, parts in await queries.coming_parts(tx, first, first + timedelta(days=days - 1)):
        for model, quantity in parts.items():
            demand[technician_id, model] += quantity
    return await inventory.replenishment(tx, demand)
