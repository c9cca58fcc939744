"""Filling the vans: the suggested moves that the keeper agrees with become transfer orders, each van's in one paper."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from backend.catalogue import service as catalogue
from backend.inventory import queries
from backend.inventory.levels import take, usable
from backend.inventory.schemas import OutOfStock, TransferStock
from backend.inventory.transfers import ship_transfer
from backend.inventory.warehouse_schemas import AgreedMove, TransferOrderView
from backend.kernel.db import Transaction


async def fill_vans(tx: Transaction, agreed: Sequence[AgreedMove]) -> list[TransferOrderView]:
    """Send what was agreed on its way, all or nothing: one transfer order for each pair of places, oldest units first.

    Raises OutOfStock(model, wanted, available) for what a depot has no longer, UnknownModel, and as `ship_transfer`.
    """
    serialised = {model.code for model in await catalogue.cpe_models(tx) if model.is_serialised}
    ways: dict[tuple[UUID, UUID], Counter[str]] = {}
    for one in agreed:
        ways.setdefault((one.from_location_id, one.to_location_id), Counter())[one.model] += one.quantity
    return [
        await ship_transfer(tx, await _paper(tx, giver, van, ways[giver, van], serialised))
        for giver, van in sorted(ways)  # everybody locks units in one order
    ]


async def fill_request(tx: Transaction, van_id: UUID, model: str, quantity: int) -> list[TransferOrderView]:
    """Send a van what it asked for, from the depots that have most; all of it or nothing.

    Raises OutOfStock(model, wanted, available), UnknownModel, NeedsRelease.
    """
    await catalogue.cpe_model(tx, model)
    free = await usable(tx, [depot.id for depot in await queries.depots(tx)], also_reserved=False)
    taken = take(free, model, quantity)
    if sum(taken.values()) < quantity:
        raise OutOfStock(model=model, wanted=quantity, available=sum(taken.values()))
    agreed = [
        AgreedMove(from_location_id=depot_id, to_location_id=van_id, model=model, quantity=count)
        for depot_id, count in taken.items()
    ]
    return await fill_vans(tx, agreed)


async def _paper(
    tx: Transaction, from_id: UUID, to_id: UUID, wanted: Counter[str], serialised: set[str]
) -> TransferStock:
    return TransferStock(
        from_location_id=from_id,
        to_location_id=to_id,
        serials=[
            serial
            for model in sorted(wanted.keys() & serialised)
            for serial in await _pick(tx, model, wanted[model], from_id)
        ],
        parts={model: wanted[model] for model in sorted(wanted.keys() - serialised)},
    )


async def _pick(tx: Transaction, model: str, quantity: int, location_id: UUID) -> list[str]:
    found = await queries.lock_free_units(tx, model, quantity, location_id=location_id)
    if len(found) < quantity:
        raise OutOfStock(model=model, wanted=quantity, available=len(found))
    return [one.serial for one in found]
