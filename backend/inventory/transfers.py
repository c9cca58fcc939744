"""Carrying stock between our own places: at once, or in two steps with what differs on arrival.

What is on its way in two steps is in transit: at no place, and nobody's to take. A unit is reserved again where it
arrives, when its order still wants it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from backend.inventory import ledger, queries
from backend.inventory.controls import require_released
from backend.inventory.ledger import Way
from backend.inventory.lifecycle import TRANSFER, SerialCommand, SerialState, TransferCommand, TransferState
from backend.inventory.models import LocationKind, MoveReason, SerialUnit, StockLocation, TransferOrder
from backend.inventory.parts import carry_parts
from backend.inventory.reservations import drop_parts, drop_unit
from backend.inventory.schemas import (
    NoSuchLocation,
    NoSuchTransfer,
    NotAtLocation,
    NothingCarried,
    SerialUnitView,
    TransferStock,
    UnknownSerial,
    WrongDestination,
)
from backend.inventory.views import unit_view
from backend.inventory.warehouse_schemas import (
    ReceiveTransfer,
    TransferOrderView,
)
from backend.kernel import outbox
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.kernel.paging import Page, decode_cursor, page_of

OURS = frozenset({LocationKind.DEPOT, LocationKind.VAN, LocationKind.RETURNS, LocationKind.SUPPLIER})
"""Between these, stock is carried. Premises are reached by installation, and what is nowhere by what happened to it."""

OUT_OF_SERVICE = frozenset({SerialState.RECOVERED, SerialState.QUARANTINED})
"""Units that stay what they are wherever they are carried; the ledger alone says who has them."""


async def transfer(
    tx: Transaction,
    serials: Sequence[str],
    from_location_id: UUID,
    to_location_id: UUID,
    *,
    parts: Mapping[str, int] | None = None,
    order_id: UUID | None = None,
) -> list[SerialUnitView]:
    """Carry units and counted parts from one location to another at once; a reserved unit stays reserved. All or none.

    Raises UnknownSerial, NotAtLocation(serials), OutOfStock, NeedsRelease, IllegalMove; WrongDestination for premises,
    nowhere new, and a unit out of service that is to go anywhere but to a place of returns.
    """
    source, target, units = await _loaded(tx, serials, from_location_id, to_location_id, parts or {})
    for one in units:
        _ship(tx, one, target, None)
    await _arrive(tx, units, target, None)
    await carry_parts(tx, parts or {}, Way(source.id, target.id), order_id=order_id)
    return [unit_view(one, target) for one in units]


async def ship_transfer(
    tx: Transaction, wanted: TransferStock, *, occurred_at: datetime | None = None
) -> TransferOrderView:
    """Let units and parts leave for another location; they are in transit until `receive_transfer`.

    occurred_at: when they left, now if not said. Raises as `transfer`.
    """
    source, target, units = await _loaded(
        tx, wanted.serials, wanted.from_location_id, wanted.to_location_id, wanted.parts
    )
    transit = await queries.nowhere(tx, LocationKind.TRANSIT)
    order = TransferOrder(
        id=tx.new_id(),
        from_location_id=source.id,
        to_location_id=target.id,
        order_id=wanted.order_id,
        state=TRANSFER.initial,
        serials=[one.serial for one in units],
        parts=wanted.parts,
        received_serials=[],
        received_parts={},
        unexpected=[],
        unexpected_parts={},
        shipped_at=occurred_at or tx.now,
    )
    tx.add(order)
    for one in units:
        _ship(tx, one, transit, order.id, occurred_at)
    way = Way(source.id, transit.id)
    await carry_parts(tx, wanted.parts, way, subject_id=order.id, order_id=wanted.order_id, occurred_at=occurred_at)
    return _view(order)


async def receive_transfer(
    tx: Transaction, transfer_id: UUID, arrived: ReceiveTransfer, *, occurred_at: datetime | None = None
) -> TransferOrderView:
    """Take in what arrived. What lacks, and what came without being announced, differs: event `transfer.differed`.

    It may be said again for what arrives later. What is not on the paper is written down and moved by nobody.
    occurred_at: when it was unpacked, now if not said.
    Raises NoSuchTransfer, IllegalMove for a transfer that is received or closed.
    """
    order = await tx.get(TransferOrder, transfer_id, NoSuchTransfer, lock=True)
    target = await tx.get(StockLocation, order.to_location_id, NoSuchLocation)
    expected = lacking_serials(order)
    here = [serial for serial in dict.fromkeys(arrived.serials) if serial in expected]
    strange = set(arrived.serials) - set(order.serials) - set(order.unexpected)
    await _arrive(tx, await queries.lock_units(tx, here), target, order.id, occurred_at)
    order.received_serials = [*order.received_serials, *here]
    order.unexpected = [*order.unexpected, *sorted(strange)]
    surplus = await _take_in_parts(tx, order, target, arrived.parts, occurred_at)
    is_whole = len(order.received_serials) == len(order.serials) and order.received_parts == order.parts
    move(tx, order, TransferCommand.RECEIVE if is_whole else TransferCommand.RECEIVE_IN_PART)
    if not is_whole or strange or surplus:
        outbox.record(tx, "transfer.differed", order.id)
    return _view(order)


async def close_transfer(tx: Transaction, transfer_id: UUID, reason: str) -> TransferOrderView:
    """Give up what did not arrive: units are missing, parts are gone. Raises NoSuchTransfer, IllegalMove."""
    order = await tx.get(TransferOrder, transfer_id, NoSuchTransfer, lock=True)
    move(tx, order, TransferCommand.CLOSE, detail={"reason": reason})
    transit = await queries.nowhere(tx, LocationKind.TRANSIT)
    missing = await queries.nowhere(tx, LocationKind.MISSING)
    for one in await queries.lock_units(tx, lacking_serials(order)):
        move(tx, one, SerialCommand.LOSE, detail={"reason": reason})
        ledger.put(tx, one, missing.id, MoveReason.ADJUSTMENT, subject_id=order.id)
        await drop_unit(tx, one)
    for model, quantity in lacking_parts(order).items():
        way = Way(transit.id, missing.id)
        ledger.enter(tx, way, MoveReason.ADJUSTMENT, model=model, quantity=quantity, subject_id=order.id)
        await drop_parts(tx, model, transit.id, order.order_id)
    return _view(order)


async def transfer_order(tx: Transaction, transfer_id: UUID) -> TransferOrderView:
    """Raises NoSuchTransfer."""
    return _view(await tx.get(TransferOrder, transfer_id, NoSuchTransfer))


async def transfer_page(
    tx: Transaction, *, state: TransferState | None, page_size: int, cursor: str | None
) -> Page[TransferOrderView]:
    """Transfers in two steps, oldest first."""
    after = decode_cursor(cursor) if cursor else None
    rows = await queries.transfers_after(tx, state=state, after=after, limit=page_size + 1)
    return page_of([_view(row) for row in rows], [row.id for row in rows], page_size)


async def _loaded(
    tx: Transaction, serials: Sequence[str], from_id: UUID, to_id: UUID, parts: Mapping[str, int]
) -> tuple[StockLocation, StockLocation, list[SerialUnit]]:
    """The two places and the units, locked, of what may go from one to the other."""
    if not serials and not parts:
        raise NothingCarried
    source = await tx.get(StockLocation, from_id, NoSuchLocation)
    target = await tx.get(StockLocation, to_id, NoSuchLocation)
    if not {source.kind, target.kind} <= OURS or source is target:
        raise WrongDestination(from_kind=source.kind, to_kind=target.kind)
    units = await queries.lock_units(tx, serials)
    if unknown := sorted(set(serials) - {one.serial for one in units}):
        raise UnknownSerial(serials=unknown)
    if elsewhere := [one.serial for one in units if one.location_id != source.id]:
        raise NotAtLocation(serials=elsewhere)
    if target.kind is not LocationKind.RETURNS and any(one.state in OUT_OF_SERVICE for one in units):
        raise WrongDestination(from_kind=source.kind, to_kind=target.kind)
    await require_released(tx, {*(one.model for one in units), *parts}, location_id=target.id)
    return source, target, units


def _ship(
    tx: Transaction, one: SerialUnit, to: StockLocation, subject_id: UUID | None, occurred_at: datetime | None = None
) -> None:
    if one.state not in OUT_OF_SERVICE:
        move(tx, one, SerialCommand.SHIP, occurred_at=occurred_at)
    ledger.put(tx, one, to.id, MoveReason.TRANSFER, subject_id=subject_id, occurred_at=occurred_at)


async def _arrive(
    tx: Transaction,
    units: Sequence[SerialUnit],
    target: StockLocation,
    subject_id: UUID | None,
    occurred_at: datetime | None = None,
) -> None:
    wanted = await queries.reserved_ids(tx, [one.id for one in units])
    for one in units:
        if one.location_id != target.id:
            ledger.put(tx, one, target.id, MoveReason.TRANSFER, subject_id=subject_id, occurred_at=occurred_at)
        if one.state is not SerialState.IN_TRANSIT:
            continue
        move(tx, one, SerialCommand.ARRIVE, occurred_at=occurred_at)
        if one.id in wanted:
            move(tx, one, SerialCommand.RESERVE, occurred_at=occurred_at)


async def _take_in_parts(
    tx: Transaction,
    order: TransferOrder,
    target: StockLocation,
    arrived: Mapping[str, int],
    occurred_at: datetime | None,
) -> dict[str, int]:
    """Take in what was announced; model → what came beyond that, which a count of the place has to explain."""
    transit = await queries.nowhere(tx, LocationKind.TRANSIT)
    lacking = lacking_parts(order)
    taken = {model: min(quantity, lacking.get(model, 0)) for model, quantity in arrived.items()}
    taken = {model: quantity for model, quantity in taken.items() if quantity}
    way = Way(transit.id, target.id)
    await carry_parts(tx, taken, way, subject_id=order.id, order_id=order.order_id, occurred_at=occurred_at)
    order.received_parts = _sum(order.received_parts, taken)
    surplus = {m: quantity - taken.get(m, 0) for m, quantity in arrived.items() if quantity > taken.get(m, 0)}
    order.unexpected_parts = _sum(order.unexpected_parts, surplus)
    return surplus


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return dict(Counter(one) + Counter(other))


def lacking_serials(order: TransferOrder) -> list[str]:
    """What left and has not arrived."""
    return [serial for serial in order.serials if serial not in order.received_serials]


def lacking_parts(order: TransferOrder) -> dict[str, int]:
    """Model → how many left and have not arrived."""
    left = {model: quantity - order.received_parts.get(model, 0) for model, quantity in order.parts.items()}
    return {model: quantity for model, quantity in left.items() if quantity}


def _view(order: TransferOrder) -> TransferOrderView:
    return TransferOrderView(
        missing_serials=lacking_serials(order),
        missing_parts=lacking_parts(order),
        **{name: getattr(order, name) for name in _COLUMNS},
    )


_COLUMNS = [name for name in TransferOrderView.__struct_fields__ if name not in ("missing_serials", "missing_parts")]
