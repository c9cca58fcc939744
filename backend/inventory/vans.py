"""The document of a van, on the phone of its technician: what is in it by number, on its way to it, and due in it.

Its units are documents of their own (see `documents`), as a scan moves one of them and not the rest.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from backend.catalogue import service as catalogue
from backend.inventory import queries
from backend.inventory.lifecycle import TransferState
from backend.inventory.models import LocationKind, SerialUnit, StockCount, StockLocation, TransferOrder
from backend.inventory.transfers import lacking_parts, lacking_serials
from backend.inventory.van_schemas import ComingTransfer, ComingUnit, HandInPlace, VanDocument, VanLevel
from backend.kernel.changes import Change
from backend.kernel.db import Transaction
from backend.kernel.feed import DocumentKind, Placement, by_column

HAND_IN = frozenset({LocationKind.DEPOT, LocationKind.RETURNS})
MOST_COMING = 20  # transfers, the oldest first


async def place(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, Placement]:
    """The scope of its technician; none for a place that is no van, or that nobody drives."""
    found = await _vans(tx, ids)
    return {van.id: Placement(scopes=frozenset({f"technician:{van.technician_id}"})) for van in found}


async def render(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, VanDocument]:
    vans = await _vans(tx, ids)
    counted = [model.code for model in await catalogue.cpe_models(tx) if not model.is_serialised]
    balances = await queries.balance(tx, ids)
    levels = await queries.levels(tx, ids)
    coming = await _coming(tx, ids)
    last_counts = await _last_counts(tx, ids)
    places = await _hand_in_places(tx)
    return {
        van.id: VanDocument(
            id=van.id,
            name=van.name,
            parts={model: balances.get((van.id, model), 0) for model in counted},
            levels={
                one.model: VanLevel(minimum=one.minimum, maximum=one.maximum)
                for one in levels
                if one.location_id == van.id
            },
            counted=last_counts.get(van.id, {}),
            transfers=coming.get(van.id, []),
            places=places,
        )
        for van in vans
    }


async def _vans(tx: Transaction, ids: Sequence[UUID]) -> Sequence[StockLocation]:
    driven = select(StockLocation).where(StockLocation.id.in_(ids), StockLocation.technician_id.is_not(None))
    return list(await tx.session.scalars(driven))


async def _coming(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, list[ComingTransfer]]:
    """Van → what is on its way, of each transfer what has not arrived yet."""
    is_under_way = TransferOrder.state.in_([TransferState.SHIPPED, TransferState.SHORT])
    query = select(TransferOrder).where(TransferOrder.to_location_id.in_(ids), is_under_way)
    orders = list(await tx.session.scalars(query.order_by(TransferOrder.id)))
    if not orders:
        return {}
    givers = await queries.locations(tx, {order.from_location_id for order in orders})
    models = await _models(tx, {serial for order in orders for serial in lacking_serials(order)})
    coming: dict[UUID, list[ComingTransfer]] = {}
    for order in orders:
        of_van = coming.setdefault(order.to_location_id, [])
        if len(of_van) < MOST_COMING:
            of_van.append(_coming_transfer(order, givers[order.from_location_id].name, models))
    return coming


def _coming_transfer(order: TransferOrder, from_name: str, models: Mapping[str, str]) -> ComingTransfer:
    return ComingTransfer(
        id=order.id,
        from_name=from_name,
        state=order.state,
        shipped_at=order.shipped_at,
        units=[ComingUnit(serial=serial, model=models[serial]) for serial in lacking_serials(order)],
        parts=lacking_parts(order),
    )


async def _models(tx: Transaction, serials: set[str]) -> dict[str, str]:
    rows = await tx.session.execute(select(SerialUnit.serial, SerialUnit.model).where(SerialUnit.serial.in_(serials)))
    return {row.serial: row.model for row in rows}


async def _last_counts(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, dict[str, datetime]]:
    """Van → model → when it was last counted."""
    query = select(StockCount.location_id, StockCount.model, func.max(StockCount.at))
    mine = query.where(StockCount.location_id.in_(ids)).group_by(StockCount.location_id, StockCount.model)
    found: dict[UUID, dict[str, datetime]] = {}
    for location_id, model, at in await tx.session.execute(mine):
        found.setdefault(location_id, {})[model] = at
    return found


async def _hand_in_places(tx: Transaction) -> list[HandInPlace]:
    """Depots and places of returns. Other vans are told by the name on them: no phone has the list of all."""
    query = select(StockLocation).where(StockLocation.kind.in_(HAND_IN)).order_by(StockLocation.name, StockLocation.id)
    return [HandInPlace(id=one.id, name=one.name, kind=one.kind) for one in await tx.session.scalars(query)]


async def _of_lines(_tx: Transaction, changes: Sequence[Change]) -> Iterable[UUID]:
    """Both ends of a line of counted parts; a unit that moves is a document of its own."""
    lines = [change.row for change in changes if change.row.serial_unit_id is None]
    return {end for line in lines for end in (line.from_location_id, line.to_location_id)} - {None}


async def _of_places(tx: Transaction, changes: Sequence[Change]) -> Iterable[UUID]:
    """The van itself; of a depot or a place of returns, all vans."""
    if any(change.row.kind in HAND_IN for change in changes):
        return {van.id for van in await queries.vans(tx)}
    return {change.row_id for change in changes if change.row.kind is LocationKind.VAN}


async def _of_models(tx: Transaction, changes: Sequence[Change]) -> Iterable[UUID]:
    """All vans, of a model that is counted, or was."""
    is_about_parts = any(
        not one.row.is_serialised or (one.kind == "update" and "is_serialised" in one.fields) for one in changes
    )
    return {van.id for van in await queries.vans(tx)} if is_about_parts else ()


VAN = DocumentKind(
    kind="van",
    watches={
        "stock_location": _of_places,
        "stock_level": by_column("location_id"),
        "stock_count": by_column("location_id"),
        "transfer_order": by_column("to_location_id"),
        "stock_move": _of_lines,
        "cpe_model": _of_models,
    },
    place=place,
    render=render,
)
