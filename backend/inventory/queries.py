"""Reads of physical stock: units under lock, balances as sums of the ledger.

A locking read also refreshes what the session knew already (`populate_existing`): it sees what the lock waited for.
Places are locked FOR NO KEY UPDATE (`key_share`): rows that only name one, as every line of the ledger does, need not
wait. With FOR UPDATE two who had named a place and then want it to themselves would wait for each other.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select, union_all

from backend.inventory.lifecycle import ReservationState, SerialState, TransferState
from backend.inventory.models import (
    LocationKind,
    ReturnReceipt,
    SerialFact,
    SerialUnit,
    StockLevel,
    StockLocation,
    StockMove,
    StockReservation,
    TransferOrder,
)
from backend.kernel.db import Transaction
from backend.kernel.statements import among

LATEST_TRANSFERS = 20  # from one place to another: what is handed over again is of the last days
LONGEST_HISTORY = 200  # facts of one unit; a unit that moves daily for half a year


async def lock_free_units(
    tx: Transaction, model: str, quantity: int, *, location_id: UUID | None = None
) -> list[SerialUnit]:
    """Up to `quantity` free units of this place, None: of the depots; locked, oldest first.

    Units that another transaction is just taking are passed over and not waited for (SKIP LOCKED; on SQLite the
    transaction holds the write lock), so that a race has one winner per unit and no queue.
    """
    depots = select(StockLocation.id).where(StockLocation.kind == LocationKind.DEPOT)
    is_there = SerialUnit.location_id.in_(depots) if location_id is None else SerialUnit.location_id == location_id
    query = (
        select(SerialUnit)
        .where(SerialUnit.model == model, SerialUnit.state == SerialState.AVAILABLE, is_there)
        .order_by(SerialUnit.id)
        .limit(quantity)
    )
    return list(
        await tx.session.scalars(query.with_for_update(skip_locked=True).execution_options(populate_existing=True))
    )


async def count_free_units(tx: Transaction, models: Collection[str]) -> dict[str, int]:
    """Model → how many units of the depots are free; models without any are left out."""
    depots = select(StockLocation.id).where(StockLocation.kind == LocationKind.DEPOT)
    free = select(SerialUnit.model, func.count()).where(
        SerialUnit.model.in_(models), SerialUnit.state == SerialState.AVAILABLE, SerialUnit.location_id.in_(depots)
    )
    rows = await tx.session.execute(free.group_by(SerialUnit.model))
    return {row[0]: row[1] for row in rows}


async def lock_units(tx: Transaction, serials: Collection[str]) -> list[SerialUnit]:
    """The units with these serials, locked in one order for every transaction; unknown serials are left out."""
    query = select(SerialUnit).where(SerialUnit.serial.in_(serials)).order_by(SerialUnit.id)
    return list(await tx.session.scalars(query.with_for_update().execution_options(populate_existing=True)))


async def lock_units_by_id(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, SerialUnit]:
    query = select(SerialUnit).where(SerialUnit.id.in_(ids)).order_by(SerialUnit.id)
    return {
        unit.id: unit
        for unit in await tx.session.scalars(query.with_for_update().execution_options(populate_existing=True))
    }


async def known_serials(tx: Transaction, serials: Collection[str]) -> list[str]:
    query = select(SerialUnit.serial).where(SerialUnit.serial.in_(serials)).order_by(SerialUnit.serial)
    return list(await tx.session.scalars(query))


async def unit_by_serial(tx: Transaction, serial: str) -> SerialUnit | None:
    return (await tx.session.scalars(select(SerialUnit).where(SerialUnit.serial == serial))).first()


async def units_in(tx: Transaction, location_ids: Sequence[UUID]) -> list[SerialUnit]:
    query = select(SerialUnit).where(SerialUnit.location_id.in_(location_ids))
    return list(await tx.session.scalars(query.order_by(SerialUnit.model, SerialUnit.serial)))


async def stays_in(tx: Transaction, location_id: UUID) -> list[tuple[SerialUnit, datetime]]:
    """The installed units of a place, by model and serial, each with when it came to be installed there."""
    since = func.max(SerialFact.occurred_at)
    query = select(SerialUnit, since).join(SerialFact, SerialFact.subject_id == SerialUnit.id)
    installed = query.where(
        SerialUnit.location_id == location_id,
        SerialUnit.state == SerialState.INSTALLED,
        SerialFact.to_state == SerialState.INSTALLED,
    )
    rows = await tx.session.execute(installed.group_by(SerialUnit.id).order_by(SerialUnit.model, SerialUnit.serial))
    return [(unit, at) for unit, at in rows]


async def unit_facts(tx: Transaction, unit_id: UUID) -> list[SerialFact]:
    """The last facts of a unit, oldest first, at most LONGEST_HISTORY."""
    query = select(SerialFact).where(SerialFact.subject_id == unit_id)
    newest = query.order_by(SerialFact.recorded_at.desc(), SerialFact.id.desc()).limit(LONGEST_HISTORY)
    return list(await tx.session.scalars(newest))[::-1]


async def live_reservations(
    tx: Transaction, *, order_id: UUID | None = None, model: str | None = None, unit_id: UUID | None = None
) -> list[StockReservation]:
    """The reservations that still hold a unit, of an order (and model) or of a unit; locked, oldest first."""
    query = select(StockReservation).where(StockReservation.state == ReservationState.RESERVED)
    if order_id is not None:
        query = query.where(StockReservation.order_id == order_id)
    if model is not None:
        query = query.where(StockReservation.model == model)
    if unit_id is not None:
        query = query.where(StockReservation.serial_unit_id == unit_id)
    return list(
        await tx.session.scalars(
            query.order_by(StockReservation.id).with_for_update().execution_options(populate_existing=True)
        )
    )


async def reserved_ids(tx: Transaction, unit_ids: Collection[UUID]) -> set[UUID]:
    """Those of these units that a reservation still holds."""
    query = select(StockReservation.serial_unit_id).where(StockReservation.state == ReservationState.RESERVED)
    found = await tx.session.scalars(query.where(StockReservation.serial_unit_id.in_(unit_ids)))
    return {one for one in found if one is not None}


async def transfers_after(
    tx: Transaction, *, state: TransferState | None, after: UUID | None, limit: int
) -> list[TransferOrder]:
    query = select(TransferOrder).order_by(TransferOrder.id).limit(limit)
    if state is not None:
        query = query.where(TransferOrder.state == state)
    if after is not None:
        query = query.where(TransferOrder.id > after)
    return list(await tx.session.scalars(query))


async def reserved_parts(tx: Transaction, location_ids: Collection[UUID]) -> dict[tuple[UUID, str], int]:
    """(location, model) → how many counted parts are reserved there."""
    query = select(StockReservation.location_id, StockReservation.model, func.sum(StockReservation.quantity))
    held = query.where(
        StockReservation.location_id.in_(location_ids), StockReservation.state == ReservationState.RESERVED
    )
    grouped = held.group_by(StockReservation.location_id, StockReservation.model)
    return {(place, model): int(total) for place, model, total in await tx.session.execute(grouped) if place}


async def live_parts(
    tx: Transaction, model: str, *, location_ids: Collection[UUID] | None = None, order_id: UUID | None = None
) -> list[StockReservation]:
    """The reservations that still hold counted parts of a model, of places or of an order; oldest first."""
    query = select(StockReservation).where(
        StockReservation.state == ReservationState.RESERVED,
        StockReservation.model == model,
        StockReservation.serial_unit_id.is_(None),
    )
    if location_ids is not None:
        query = query.where(StockReservation.location_id.in_(location_ids))
    if order_id is not None:
        query = query.where(StockReservation.order_id == order_id)
    return list(await tx.session.scalars(query.order_by(StockReservation.id).execution_options(populate_existing=True)))


async def held_for(tx: Transaction, *order_ids: UUID) -> list[tuple[StockReservation, str | None]]:
    """What one order or more hold, each with the unit's serial, by model; nothing is locked."""
    query = select(StockReservation, SerialUnit.serial).outerjoin(SerialUnit)
    mine = query.where(among(StockReservation.order_id, order_ids), StockReservation.state == ReservationState.RESERVED)
    rows = await tx.session.execute(mine.order_by(StockReservation.model, SerialUnit.serial, StockReservation.id))
    return [(reservation, serial) for reservation, serial in rows]


async def location_of(
    tx: Transaction, *, technician_id: UUID | None = None, premises_id: UUID | None = None
) -> StockLocation | None:
    """The van of a technician, or the location of premises; None if nothing was ever there."""
    mine = StockLocation.technician_id == technician_id if technician_id else StockLocation.premises_id == premises_id
    return (await tx.session.scalars(select(StockLocation).where(mine))).first()


async def carrier(tx: Transaction, name: str) -> StockLocation | None:
    """The location of what is on the way with this carrier; None if it never carried anything."""
    mine = select(StockLocation).where(StockLocation.kind == LocationKind.CARRIER, StockLocation.name == name)
    return (await tx.session.scalars(mine)).first()


async def lock_van(tx: Transaction, technician_id: UUID) -> StockLocation | None:
    """The technician's van, locked, so that two who count its stock do not both miss what the other took."""
    mine = select(StockLocation).where(StockLocation.technician_id == technician_id)
    return (await tx.session.scalars(mine.with_for_update(key_share=True))).first()


async def lock_locations(tx: Transaction, ids: Collection[UUID]) -> None:
    """Nobody else takes counted parts from these places, or fills them, until the transaction ends."""
    mine = select(StockLocation.id).where(StockLocation.id.in_(ids)).order_by(StockLocation.id)
    await tx.session.execute(mine.with_for_update(key_share=True))


async def depots(tx: Transaction) -> list[StockLocation]:
    mine = select(StockLocation).where(StockLocation.kind == LocationKind.DEPOT)
    return list(await tx.session.scalars(mine.order_by(StockLocation.id)))


async def lock_depots(tx: Transaction) -> list[StockLocation]:
    """All depots, locked in one order for every transaction: the parts that they have free are counted now."""
    mine = select(StockLocation).where(StockLocation.kind == LocationKind.DEPOT).order_by(StockLocation.id)
    return list(await tx.session.scalars(mine.with_for_update(key_share=True)))


async def nowhere(tx: Transaction, kind: LocationKind) -> StockLocation:
    """The one place of this kind that is no place, made when it is first needed; the unique index settles a race."""
    made = tx.upsert(StockLocation).values(id=tx.new_id(), kind=kind, name=str(kind))
    await tx.session.execute(made.on_conflict_do_nothing())
    return (await tx.session.scalars(select(StockLocation).where(StockLocation.kind == kind))).one()


async def locations(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, StockLocation]:
    found = await tx.session.scalars(select(StockLocation).where(StockLocation.id.in_(ids)))
    return {location.id: location for location in found}


async def locations_of(tx: Transaction, kinds: Collection[LocationKind]) -> list[StockLocation]:
    """The places of these kinds, by name."""
    query = select(StockLocation).where(StockLocation.kind.in_(kinds))
    return list(await tx.session.scalars(query.order_by(StockLocation.name, StockLocation.id)))


async def locations_named(tx: Transaction, name: str) -> list[StockLocation]:
    """The places with this name or id, but no premises; two are enough to see that there are several."""
    mine = StockLocation.name == name
    with suppress(ValueError):
        mine |= StockLocation.id == UUID(name)
    query = select(StockLocation).where(mine, StockLocation.kind != LocationKind.PREMISES)
    return list(await tx.session.scalars(query.order_by(StockLocation.id).limit(2)))


async def location_page(
    tx: Transaction, *, kind: LocationKind | None, location_id: UUID | None, after: UUID | None, limit: int
) -> list[StockLocation]:
    """Locations by id. Without a filter all but premises, which are as many as customers."""
    query = select(StockLocation).order_by(StockLocation.id).limit(limit)
    if location_id is not None:
        query = query.where(StockLocation.id == location_id)
    elif kind is not None:
        query = query.where(StockLocation.kind == kind)
    else:
        query = query.where(StockLocation.kind != LocationKind.PREMISES)
    if after is not None:
        query = query.where(StockLocation.id > after)
    return list(await tx.session.scalars(query))


async def balance(
    tx: Transaction, location_ids: Collection[UUID], model: str | None = None, *, until: datetime | None = None
) -> dict[tuple[UUID, str], int]:
    """(location, model) → the sum of what came minus what left; pairs that sum to nothing are left out.

    until: only what happened up to then.
    """
    came = select(StockMove.to_location_id.label("place"), StockMove.model, StockMove.quantity.label("quantity"))
    left = select(StockMove.from_location_id.label("place"), StockMove.model, (-StockMove.quantity).label("quantity"))
    came, left = (
        came.where(StockMove.to_location_id.in_(location_ids)),
        left.where(StockMove.from_location_id.in_(location_ids)),
    )
    if model is not None:
        came, left = came.where(StockMove.model == model), left.where(StockMove.model == model)
    if until is not None:
        came, left = came.where(StockMove.occurred_at <= until), left.where(StockMove.occurred_at <= until)
    lines = union_all(came, left).subquery()
    sums = select(lines.c.place, lines.c.model, func.sum(lines.c.quantity)).group_by(lines.c.place, lines.c.model)
    # PostgreSQL sums BIGINT to NUMERIC: back to int.
    return {(place, code): int(total) for place, code, total in await tx.session.execute(sums) if total}


async def units_moved_since(tx: Transaction, location_id: UUID, instant: datetime) -> set[UUID]:
    """The units that came to this place or left it after an instant."""
    is_here = or_(StockMove.from_location_id == location_id, StockMove.to_location_id == location_id)
    query = select(StockMove.serial_unit_id).where(is_here, StockMove.occurred_at > instant)
    return {one for one in await tx.session.scalars(query) if one is not None}


async def serials_sent(tx: Transaction, from_id: UUID, to_id: UUID) -> set[str]:
    """The serials that left one place for another by the last transfers between them."""
    sent = select(TransferOrder.serials).where(
        TransferOrder.from_location_id == from_id, TransferOrder.to_location_id == to_id
    )
    newest = sent.order_by(TransferOrder.id.desc()).limit(LATEST_TRANSFERS)
    return {serial for serials in await tx.session.scalars(newest) for serial in serials}


async def free_units(tx: Transaction, location_ids: Collection[UUID]) -> dict[tuple[UUID, str], int]:
    """(location, model) → how many serial units nobody reserved."""
    return await _count_units(tx, location_ids, SerialState.AVAILABLE)


async def kept_units(tx: Transaction, location_ids: Collection[UUID]) -> dict[tuple[UUID, str], int]:
    """(location, model) → how many serial units are reserved."""
    return await _count_units(tx, location_ids, SerialState.RESERVED)


async def _count_units(
    tx: Transaction, location_ids: Collection[UUID], state: SerialState
) -> dict[tuple[UUID, str], int]:
    query = select(SerialUnit.location_id, SerialUnit.model, func.count())
    free = query.where(SerialUnit.location_id.in_(location_ids), SerialUnit.state == state)
    grouped = free.group_by(SerialUnit.location_id, SerialUnit.model)
    return {(place, code): count for place, code, count in await tx.session.execute(grouped)}


async def moves_of(tx: Transaction, unit_id: UUID) -> list[StockMove]:
    """The last moves of a unit, oldest first, at most LONGEST_HISTORY."""
    query = select(StockMove).where(StockMove.serial_unit_id == unit_id)
    newest = query.order_by(StockMove.at.desc(), StockMove.id.desc()).limit(LONGEST_HISTORY)
    return list(await tx.session.scalars(newest))[::-1]


async def receipts_of(tx: Transaction, unit_id: UUID) -> list[ReturnReceipt]:
    query = select(ReturnReceipt).where(ReturnReceipt.serial_unit_id == unit_id).order_by(ReturnReceipt.id)
    return list(await tx.session.scalars(query))


async def receipt_by_number(tx: Transaction, number: str) -> ReturnReceipt | None:
    return (await tx.session.scalars(select(ReturnReceipt).where(ReturnReceipt.number == number))).first()


async def unit_of_receipt(tx: Transaction, unit_id: UUID) -> SerialUnit:
    return await tx.session.get_one(SerialUnit, unit_id)


async def levels(tx: Transaction, location_ids: Collection[UUID] | None = None) -> list[StockLevel]:
    query = select(StockLevel).order_by(StockLevel.location_id, StockLevel.model)
    if location_ids is not None:
        query = query.where(StockLevel.location_id.in_(location_ids))
    return list(await tx.session.scalars(query))


async def vans(tx: Transaction) -> list[StockLocation]:
    mine = select(StockLocation).where(StockLocation.kind == LocationKind.VAN)
    return list(await tx.session.scalars(mine.order_by(StockLocation.id)))
