"""Serials as they are read: the catalogue's models as grammars, and the advice of `sync.serials` with what stock knows.

Phones give the same advice from their own replica, without a network.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

from backend.catalogue import service as catalogue
from backend.catalogue.schemas import CheckDigit, CpeModel
from backend.inventory import queries
from backend.inventory.lifecycle import SerialState
from backend.inventory.models import SerialUnit
from backend.kernel.db import Transaction
from sync import serials
from sync.serials import CheckRule, Grammar, SerialCheck, Unit

TO_PUT_IN = frozenset({SerialState.AVAILABLE, SerialState.RESERVED})
"""What may be put in; a unit that was taken out is in the van, too."""


def grammar_of(model: CpeModel) -> Grammar:
    """What serials of this model look like."""
    rule = None if model.check_digit is CheckDigit.NONE else CheckRule(model.check_digit)
    return Grammar(model=model.code, pattern=model.serial_pattern, check=rule)


async def grammars(tx: Transaction) -> list[Grammar]:
    """The grammars of all models that have serials."""
    return [grammar_of(model) for model in await catalogue.cpe_models(tx) if model.is_serialised]


async def is_well_formed(tx: Transaction, serial: str) -> bool:
    """Whether this is a serial of any model."""
    return any(serials.is_well_formed(serial, grammar) for grammar in await grammars(tx))


async def check_installation(
    tx: Transaction, serial: str, *, technician_id: UUID, wanted: Collection[str] = frozenset()
) -> SerialCheck:
    """Judge a serial that the technician wants to put in. wanted: models that the job still needs; none: any."""
    van = await queries.location_of(tx, technician_id=technician_id)
    held = await queries.units_in(tx, [van.id]) if van else []
    known = _units([unit for unit in held if unit.state in TO_PUT_IN], is_here=True)
    return await _check(tx, serial, known, wanted)


async def check_recovery(tx: Transaction, serial: str, *, premises_id: UUID) -> SerialCheck:
    """Judge a serial that a technician took out at these premises."""
    place = await queries.location_of(tx, premises_id=premises_id)
    installed = await queries.units_in(tx, [place.id]) if place else []
    return await _check(tx, serial, _units(installed, is_here=True))


async def _check(tx: Transaction, serial: str, known: list[Unit], wanted: Collection[str] = frozenset()) -> SerialCheck:
    elsewhere = await queries.unit_by_serial(tx, serials.normalised(serial))
    units = [*known, *_units([elsewhere] if elsewhere else [], is_here=False)]
    return serials.check(serial, units=units, grammars=await grammars(tx), wanted=wanted)


def _units(rows: Iterable[SerialUnit], *, is_here: bool) -> list[Unit]:
    return [Unit(serial=row.serial, model=row.model, is_here=is_here) for row in rows]
