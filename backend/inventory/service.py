"""Use cases of physical stock. Every change of place is one line of the ledger, in the same transaction."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from backend.catalogue import service as catalogue
from backend.inventory import queries
from backend.inventory.lifecycle import SERIAL, SerialCommand, SerialState
from backend.inventory.models import LocationKind, MoveReason, SerialUnit, StockLocation, StockMove
from backend.inventory.reservations import (
    extend_reservations,
    free_quantities,
    release_reservations,
    reserve,
    reserved,
    settle,
)
from backend.inventory.schemas import (
    BalanceView,
    LocationView,
    NoSuchLocation,
    NotAtLocation,
    NotInVan,
    NotSerialised,
    SerialInUse,
    SerialKnown,
    SerialUnitHistory,
    SerialUnitView,
    StockView,
    UnitEvent,
    UnknownSerial,
    WrongDestination,
    WrongSerial,
)
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.kernel.paging import Page, decode_cursor, page_of

__all__ = [
    "add_location",
    "extend_reservations",
    "free_quantities",
    "history",
    "install",
    "installed_at",
    "location_page",
    "receive",
    "release_reservations",
    "reserve",
    "reserved",
    "stock_page",
    "transfer",
    "unit",
    "van_stock",
]


async def add_location(
    tx: Transaction,
    *,
    kind: LocationKind,
    name: str,
    technician_id: UUID | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
) -> LocationView:
    """A new depot, van (of `technician_id`), or place of returns. latitude, longitude: degrees."""
    location = StockLocation(
        id=tx.new_id(), kind=kind, name=name, technician_id=technician_id, latitude=latitude, longitude=longitude
    )
    tx.add(location)
    await tx.flush()
    return _location_view(location)


async def receive(tx: Transaction, model: str, serials: Sequence[str], location_id: UUID) -> list[SerialUnitView]:
    """Take new units into stock, in the order given.

    Raises WrongSerial when one does not fit the model's grammar, SerialKnown when one was received before.
    """
    shape = await catalogue.cpe_model(tx, model)
    if not shape.is_serialised:
        raise NotSerialised(model=model)
    if wrong := [serial for serial in serials if not re.fullmatch(shape.serial_pattern, serial)]:
        raise WrongSerial(serials=wrong, model=model)
    twice = [serial for serial, count in Counter(serials).items() if count > 1]
    if known := [*await queries.known_serials(tx, serials), *twice]:
        raise SerialKnown(serials=known)
    location = await tx.get(StockLocation, location_id, NoSuchLocation)
    units = [_new_unit(tx, model, serial, location) for serial in serials]
    tx.add(*units)
    await tx.flush()
    for new in units:
        move(tx, new, SerialCommand.PUT_AWAY)
        tx.add(_ledger_line(tx, new, None, location.id, MoveReason.RECEIPT))
    return [_unit_view(new, location) for new in units]


async def transfer(
    tx: Transaction, serials: Sequence[str], from_location_id: UUID, to_location_id: UUID
) -> list[SerialUnitView]:
    """Carry units from one location to another; a reserved unit stays reserved. All or none.

    Raises UnknownSerial, NotAtLocation(serials), WrongDestination (premises, or nowhere new), IllegalMove.
    """
    source = await tx.get(StockLocation, from_location_id, NoSuchLocation)
    target = await tx.get(StockLocation, to_location_id, NoSuchLocation)
    if LocationKind.PREMISES in {source.kind, target.kind} or source is target:
        raise WrongDestination(from_kind=source.kind, to_kind=target.kind)
    units = await queries.lock_units(tx, serials)
    if unknown := sorted(set(serials) - {one.serial for one in units}):
        raise UnknownSerial(serials=unknown)
    if elsewhere := [one.serial for one in units if one.location_id != source.id]:
        raise NotAtLocation(serials=elsewhere)
    for one in units:
        _carry(tx, one, target)
    return [_unit_view(one, target) for one in units]


async def install(
    tx: Transaction,
    *,
    serial: str,
    premises_id: UUID,
    technician_id: UUID,
    job_id: UUID,
    occurred_at: datetime,
    order_id: UUID | None = None,
) -> SerialUnitView:
    """Move a unit from the technician's van to the premises, as it happened there at `occurred_at`.

    order_id: the order that the job serves; its reservation of the model is used up (see `reservations.settle`).
    A unit that is at these premises already is answered as it is.
    Raises WrongSerial, UnknownSerial, SerialInUse, NotInVan.
    """
    found = await _lock_known(tx, serial)
    place = await _premises_location(tx, premises_id)
    if found.state is SerialState.INSTALLED:
        if found.location_id != place.id:
            raise SerialInUse(serial=serial)
        return _unit_view(found, place)
    van = await queries.location_of(tx, technician_id=technician_id)
    if van is None or found.location_id != van.id:
        raise NotInVan(serial=serial)
    await settle(tx, found, order_id)
    move(tx, found, SerialCommand.INSTALL, occurred_at=occurred_at, detail={"job_id": str(job_id)})
    _put(tx, found, place.id, MoveReason.INSTALLATION, subject_id=job_id, occurred_at=occurred_at)
    return _unit_view(found, place)


async def unit(tx: Transaction, serial: str) -> SerialUnitView:
    """One unit by its serial. Raises UnknownSerial."""
    found = await queries.unit_by_serial(tx, serial)
    if found is None:
        raise UnknownSerial(serial=serial)
    return (await _unit_views(tx, [found]))[0]


async def history(tx: Transaction, serial: str) -> SerialUnitHistory:
    """One unit and the facts of its life, oldest first. Raises UnknownSerial."""
    view = await unit(tx, serial)
    facts = await queries.unit_facts(tx, view.id)
    return SerialUnitHistory(
        unit=view,
        facts=[
            UnitEvent(
                command=fact.command,
                state=fact.to_state,
                occurred_at=fact.occurred_at,
                recorded_at=fact.recorded_at,
            )
            for fact in facts
        ],
    )


async def van_stock(tx: Transaction, technician_id: UUID) -> list[SerialUnitView]:
    """The units in a technician's van, by model and serial; none when there is no van."""
    van = await queries.location_of(tx, technician_id=technician_id)
    return [] if van is None else [_unit_view(one, van) for one in await queries.units_in(tx, [van.id])]


async def installed_at(tx: Transaction, premises_id: UUID) -> list[SerialUnitView]:
    """The units that are installed at these premises."""
    place = await queries.location_of(tx, premises_id=premises_id)
    return [] if place is None else [_unit_view(one, place) for one in await queries.units_in(tx, [place.id])]


async def location_page(
    tx: Transaction, *, kind: LocationKind | None, page_size: int, cursor: str | None
) -> Page[LocationView]:
    """Locations; without a kind all but premises."""
    after = decode_cursor(cursor) if cursor else None
    found = await queries.location_page(tx, kind=kind, location_id=None, after=after, limit=page_size + 1)
    return page_of([_location_view(one) for one in found], [one.id for one in found], page_size)


async def stock_page(
    tx: Transaction,
    *,
    kind: LocationKind | None = None,
    location_id: UUID | None = None,
    model: str | None = None,
    page_size: int,
    cursor: str | None,
) -> Page[StockView]:
    """Balances of one page of locations; without a filter all but premises."""
    after = decode_cursor(cursor) if cursor else None
    found = await queries.location_page(tx, kind=kind, location_id=location_id, after=after, limit=page_size + 1)
    ids = [one.id for one in found]
    totals, free = await queries.balance(tx, ids, model), await queries.free_units(tx, ids)
    views = [StockView(location=_location_view(one), balances=_balances(one.id, totals, free)) for one in found]
    return page_of(views, ids, page_size)


async def _lock_known(tx: Transaction, serial: str) -> SerialUnit:
    found = await queries.lock_units(tx, [serial])
    if found:
        return found[0]
    patterns = [model.serial_pattern for model in await catalogue.cpe_models(tx) if model.is_serialised]
    if not any(re.fullmatch(pattern, serial) for pattern in patterns):
        raise WrongSerial(serials=[serial])
    raise UnknownSerial(serial=serial)


async def _premises_location(tx: Transaction, premises_id: UUID) -> StockLocation:
    """The location of these premises, made when the first unit arrives; the unique column settles a race."""
    made = tx.upsert(StockLocation).values(
        id=tx.new_id(), kind=LocationKind.PREMISES, name="", technician_id=None, premises_id=premises_id
    )
    await tx.session.execute(made.on_conflict_do_nothing(index_elements=["premises_id"]))
    place = await queries.location_of(tx, premises_id=premises_id)
    assert place is not None, f"no location for premises {premises_id} right after it was made"
    return place


def _new_unit(tx: Transaction, model: str, serial: str, location: StockLocation) -> SerialUnit:
    return SerialUnit(id=tx.new_id(), serial=serial, model=model, location_id=location.id, state=SERIAL.initial)


def _carry(tx: Transaction, carried: SerialUnit, target: StockLocation) -> None:
    was_reserved = carried.state is SerialState.RESERVED
    move(tx, carried, SerialCommand.SHIP)
    _put(tx, carried, target.id, MoveReason.TRANSFER)
    move(tx, carried, SerialCommand.ARRIVE)
    if was_reserved:
        move(tx, carried, SerialCommand.RESERVE)


def _put(
    tx: Transaction,
    moved: SerialUnit,
    to_location_id: UUID,
    reason: MoveReason,
    *,
    subject_id: UUID | None = None,
    occurred_at: datetime | None = None,
) -> None:
    """Change the unit's place and write the ledger line of it."""
    line = _ledger_line(tx, moved, moved.location_id, to_location_id, reason)
    line.subject_id, line.occurred_at = subject_id, occurred_at or tx.now
    tx.add(line)
    moved.location_id = to_location_id


def _ledger_line(
    tx: Transaction, moved: SerialUnit, from_location_id: UUID | None, to_location_id: UUID, reason: MoveReason
) -> StockMove:
    return StockMove(
        id=tx.new_id(),
        model=moved.model,
        quantity=1,
        serial_unit_id=moved.id,
        from_location_id=from_location_id,
        to_location_id=to_location_id,
        at=tx.now,
        occurred_at=tx.now,
        reason=reason,
    )


async def _unit_views(tx: Transaction, units: Collection[SerialUnit]) -> list[SerialUnitView]:
    places = await queries.locations(tx, {one.location_id for one in units})
    return [_unit_view(one, places[one.location_id]) for one in units]


def _unit_view(one: SerialUnit, place: StockLocation) -> SerialUnitView:
    return SerialUnitView(
        id=one.id, serial=one.serial, model=one.model, state=one.state, location=_location_view(place)
    )


def _location_view(location: StockLocation) -> LocationView:
    return LocationView(
        id=location.id,
        kind=location.kind,
        name=location.name,
        technician_id=location.technician_id,
        premises_id=location.premises_id,
        latitude=location.latitude,
        longitude=location.longitude,
    )


def _balances(
    location_id: UUID, totals: dict[tuple[UUID, str], int], free: dict[tuple[UUID, str], int]
) -> list[BalanceView]:
    held = sorted((model, quantity) for (place, model), quantity in totals.items() if place == location_id)
    return [
        BalanceView(model=model, quantity=quantity, free=free.get((location_id, model), 0)) for model, quantity in held
    ]
