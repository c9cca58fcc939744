"""Cycle counts: what is really there, entered against what the ledger says, with the reason and who counted.

A count corrects the ledger at once: what is not there is missing, what was missing and is there is found. A unit that
stock has at another place is not taken from there: event `stock_count.differed`, a person looks.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from backend.catalogue import service as catalogue
from backend.inventory import ledger, queries
from backend.inventory.ledger import Way
from backend.inventory.lifecycle import SerialCommand, SerialState
from backend.inventory.models import LocationKind, MoveReason, SerialUnit, StockCount, StockLocation
from backend.inventory.reservations import drop_unit
from backend.inventory.schemas import NoSuchLocation, WrongDestination
from backend.inventory.transfers import OURS
from backend.inventory.warehouse_schemas import (
    CountStock,
    StockCountView,
)
from backend.kernel import outbox
from backend.kernel.db import Transaction
from backend.kernel.errors import Invalid
from backend.kernel.facts import move

ON_THE_SHELF = frozenset({SerialState.AVAILABLE, SerialState.RESERVED})


class WrongCount(Invalid):
    """A model with serials is counted by serials, any other by number. params: model, is_serialised."""

    code = "wrong_count"


async def count_stock(tx: Transaction, seen: CountStock, *, counted_at: datetime | None = None) -> StockCountView:
    """Enter a count and correct the ledger by it, as of when it was made, now if not said.

    What came or left after that is no difference. Raises NoSuchLocation, UnknownModel, WrongCount, WrongDestination.
    """
    place = await tx.get(StockLocation, seen.location_id, NoSuchLocation)
    if place.kind not in OURS:
        raise WrongDestination(kind=place.kind)
    is_serialised = (await catalogue.cpe_model(tx, seen.model)).is_serialised
    if (seen.serials is not None, seen.quantity is not None) != (is_serialised, not is_serialised):
        raise WrongCount(model=seen.model, is_serialised=is_serialised)
    count = StockCount(
        id=tx.new_id(),
        location_id=place.id,
        model=seen.model,
        reason=seen.reason,
        at=counted_at or tx.now,
        actor_kind=tx.actor.kind,
        actor_id=tx.actor.id,
        missing=[],
        found=[],
        misplaced=[],
    )
    if seen.serials is not None:
        await _count_units(tx, count, place, list(dict.fromkeys(seen.serials)))
    else:
        await _count_parts(tx, count, place, seen.quantity or 0)
    tx.add(count)
    await tx.flush()
    if count.misplaced or count.counted != count.expected:
        outbox.record(tx, "stock_count.differed", count.id)
    return _view(count)


async def stock_count(tx: Transaction, count_id: UUID) -> StockCountView:
    return _view(await tx.session.get_one(StockCount, count_id))


async def _count_units(tx: Transaction, count: StockCount, place: StockLocation, serials: Sequence[str]) -> None:
    moved = await queries.units_moved_since(tx, place.id, count.at)
    here = [one for one in await queries.units_in(tx, [place.id]) if one.model == count.model]
    shelf = {one.serial: one for one in here if one.state in ON_THE_SHELF and one.id not in moved}
    known = {one.serial: one for one in await queries.lock_units(tx, [*serials, *shelf])}
    # What has left since was there when it was counted.
    unmoved = [serial for serial in serials if serial not in known or known[serial].id not in moved]
    count.expected, count.counted = len(shelf), len(unmoved)
    count.missing = sorted(shelf.keys() - set(serials))
    strange = [serial for serial in unmoved if serial not in {one.serial for one in here}]
    count.found = sorted(serial for serial in strange if _is_missing(known.get(serial), count.model))
    count.misplaced = sorted(set(strange) - set(count.found))
    missing = await queries.nowhere(tx, LocationKind.MISSING)
    for serial in count.missing:
        await _lose(tx, known[serial], missing, count)
    for serial in count.found:
        move(tx, known[serial], SerialCommand.FIND, occurred_at=count.at, detail={"reason": count.reason})
        ledger.put(tx, known[serial], place.id, MoveReason.ADJUSTMENT, subject_id=count.id, occurred_at=count.at)


async def _lose(tx: Transaction, unit: SerialUnit, missing: StockLocation, count: StockCount) -> None:
    move(tx, unit, SerialCommand.LOSE, occurred_at=count.at, detail={"reason": count.reason})
    ledger.put(tx, unit, missing.id, MoveReason.ADJUSTMENT, subject_id=count.id, occurred_at=count.at)
    await drop_unit(tx, unit)


async def _count_parts(tx: Transaction, count: StockCount, place: StockLocation, quantity: int) -> None:
    await queries.lock_locations(tx, [place.id])
    balances = await queries.balance(tx, [place.id], count.model, until=count.at)
    count.expected = balances.get((place.id, count.model), 0)
    count.counted = quantity
    if quantity == count.expected:
        return
    missing = await queries.nowhere(tx, LocationKind.MISSING)
    way = Way(missing.id, place.id) if quantity > count.expected else Way(place.id, missing.id)
    ledger.enter(
        tx,
        way,
        MoveReason.ADJUSTMENT,
        model=count.model,
        quantity=abs(quantity - count.expected),
        subject_id=count.id,
        occurred_at=count.at,
    )


def _is_missing(unit: SerialUnit | None, model: str) -> bool:
    return unit is not None and unit.model == model and unit.state is SerialState.MISSING


def _view(count: StockCount) -> StockCountView:
    return StockCountView(**{name: getattr(count, name) for name in StockCountView.__struct_fields__})
