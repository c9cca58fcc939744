"""Use cases of physical stock. Every change of place is one line of the ledger, in the same transaction."""

from collections import Counter
from collections.abc import Collection, Sequence
from uuid import UUID

from backend.catalogue import service as catalogue
from backend.inventory import ledger, queries
from backend.inventory.controls import (
    release_export,
    release_page,
    require_released,
    restrict_location,
    revoke_release,
)
from backend.inventory.counting import count_stock, stock_count
from backend.inventory.fieldstock import consume, install, recover
from backend.inventory.filling import fill_request, fill_vans
from backend.inventory.importing import import_serials, take_list, try_serials
from backend.inventory.ledger import Way
from backend.inventory.levels import levels, replenishment, set_level
from backend.inventory.lifecycle import SERIAL, SerialCommand
from backend.inventory.models import LocationKind, MoveReason, SerialUnit, StockLocation
from backend.inventory.outbound import OutboundGoods, bring_back, deliver, hand_out, send
from backend.inventory.parts import receive_parts
from backend.inventory.reading import check_installation, check_recovery, grammar_of
from backend.inventory.reservations import (
    extend_reservations,
    free_quantities,
    release_reservations,
    reserve,
    reserved,
)
from backend.inventory.returns import accept_return, custody, dispose_of, premises_of, return_receipt
from backend.inventory.schemas import (
    AmbiguousLocation,
    BalanceView,
    LocationView,
    NoSuchLocation,
    NotSerialised,
    SerialKnown,
    SerialUnitHistory,
    SerialUnitView,
    Stay,
    StockView,
    UnitEvent,
    UnknownSerial,
    WrongSerial,
)
from backend.inventory.transfers import (
    close_transfer,
    receive_transfer,
    ship_transfer,
    transfer,
    transfer_order,
    transfer_page,
)
from backend.inventory.vanstock import drivers_of, hand_over, set_apart, van_of
from backend.inventory.views import location_view, unit_view
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.kernel.paging import Page, decode_cursor, page_of
from sync.serials import is_well_formed

__all__ = [
    "OutboundGoods",
    "accept_return",
    "add_location",
    "bring_back",
    "check_installation",
    "check_recovery",
    "close_transfer",
    "consume",
    "count_stock",
    "custody",
    "deliver",
    "dispose_of",
    "drivers_of",
    "extend_reservations",
    "fill_request",
    "fill_vans",
    "free_quantities",
    "hand_out",
    "hand_over",
    "history",
    "import_serials",
    "install",
    "installed_at",
    "levels",
    "location_named",
    "location_page",
    "premises_of_unit",
    "receive",
    "receive_parts",
    "receive_transfer",
    "recover",
    "release_export",
    "release_page",
    "release_reservations",
    "replenishment",
    "require_released",
    "reserve",
    "reserved",
    "restrict_location",
    "return_receipt",
    "revoke_release",
    "send",
    "set_apart",
    "set_level",
    "ship_transfer",
    "stays_at",
    "stock_count",
    "stock_page",
    "take_list",
    "transfer",
    "transfer_order",
    "transfer_page",
    "try_serials",
    "unit",
    "van_of",
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
    return location_view(location)


async def receive(tx: Transaction, model: str, serials: Sequence[str], location_id: UUID) -> list[SerialUnitView]:
    """Take new units into stock, in the order given.

    Raises WrongSerial when one does not fit the model's grammar, SerialKnown when one was received before.
    """
    shape = await catalogue.cpe_model(tx, model)
    if not shape.is_serialised:
        raise NotSerialised(model=model)
    grammar = grammar_of(shape)
    if wrong := [serial for serial in serials if not is_well_formed(serial, grammar)]:
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
        ledger.enter(tx, Way(None, location.id), MoveReason.RECEIPT, model=model, unit_id=new.id)
    return [unit_view(new, location) for new in units]


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
    return [] if van is None else [unit_view(one, van) for one in await queries.units_in(tx, [van.id])]


async def installed_at(tx: Transaction, premises_id: UUID) -> list[SerialUnitView]:
    """The units that are installed at these premises."""
    place = await queries.location_of(tx, premises_id=premises_id)
    return [] if place is None else [unit_view(one, place) for one in await queries.units_in(tx, [place.id])]


async def stays_at(tx: Transaction, premises_id: UUID) -> list[Stay]:
    """The units that are installed at these premises, each with since when."""
    place = await queries.location_of(tx, premises_id=premises_id)
    found = [] if place is None else await queries.stays_in(tx, place.id)
    return [Stay(unit_id=one.id, serial=one.serial, model=one.model, since=since) for one, since in found]


async def premises_of_unit(tx: Transaction, unit_id: UUID) -> UUID | None:
    """The premises that a unit is at, None anywhere else. Raises UnknownSerial."""
    return await premises_of(tx, await tx.get(SerialUnit, unit_id, UnknownSerial))


async def location_page(
    tx: Transaction, *, kind: LocationKind | None, page_size: int, cursor: str | None
) -> Page[LocationView]:
    """Locations; without a kind all but premises."""
    after = decode_cursor(cursor) if cursor else None
    found = await queries.location_page(tx, kind=kind, location_id=None, after=after, limit=page_size + 1)
    return page_of([location_view(one) for one in found], [one.id for one in found], page_size)


async def location_named(tx: Transaction, name: str) -> LocationView:
    """The one place of this name or id that is not premises. Raises NoSuchLocation, AmbiguousLocation."""
    found = await queries.locations_named(tx, name)
    if not found:
        raise NoSuchLocation(name=name)
    if len(found) > 1:
        raise AmbiguousLocation(name=name, ids=[str(one.id) for one in found])
    return location_view(found[0])


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
    totals = await queries.balance(tx, ids, model)
    serialised = {model.code for model in await catalogue.cpe_models(tx) if model.is_serialised}
    free = await queries.free_units(tx, ids)
    kept = await queries.reserved_parts(tx, ids)
    free |= {key: total - kept.get(key, 0) for key, total in totals.items() if key[1] not in serialised}
    views = [StockView(location=location_view(one), balances=_balances(one.id, totals, free)) for one in found]
    return page_of(views, ids, page_size)


def _new_unit(tx: Transaction, model: str, serial: str, location: StockLocation) -> SerialUnit:
    return SerialUnit(id=tx.new_id(), serial=serial, model=model, location_id=location.id, state=SERIAL.initial)


async def _unit_views(tx: Transaction, units: Collection[SerialUnit]) -> list[SerialUnitView]:
    places = await queries.locations(tx, {one.location_id for one in units})
    return [unit_view(one, places[one.location_id]) for one in units]


def _balances(
    location_id: UUID, totals: dict[tuple[UUID, str], int], free: dict[tuple[UUID, str], int]
) -> list[BalanceView]:
    held = sorted((model, quantity) for (place, model), quantity in totals.items() if place == location_id)
    return [
        BalanceView(model=model, quantity=quantity, free=free.get((location_id, model), 0)) for model, quantity in held
    ]
