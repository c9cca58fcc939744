"""A serial unit as a document: on the phone of the technician in whose van it is, and on no other."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from backend.inventory.models import SerialUnit, StockLocation
from backend.inventory.reading import grammars
from backend.inventory.schemas import SerialUnitDocument
from backend.kernel.db import Transaction
from backend.kernel.feed import DocumentKind, Placement, by_column
from sync.serials import Grammar


async def place(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, Placement]:
    """The scope of the van that each unit is in; none for a unit in a depot or at a customer's."""
    query = select(SerialUnit.id, StockLocation.technician_id)
    rows = await tx.session.execute(query.join(StockLocation).where(SerialUnit.id.in_(ids)))
    return {row.id: Placement(scopes=_scopes(row.technician_id)) for row in rows}


async def render(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, SerialUnitDocument]:
    units = await tx.session.scalars(select(SerialUnit).where(SerialUnit.id.in_(ids)))
    known = {grammar.model: grammar for grammar in await grammars(tx)}
    return {unit.id: _document(unit, known[unit.model]) for unit in units}


def _document(unit: SerialUnit, grammar: Grammar) -> SerialUnitDocument:
    return SerialUnitDocument(
        serial=unit.serial, model=unit.model, state=unit.state, pattern=grammar.pattern, check=grammar.check
    )


def _scopes(technician_id: UUID | None) -> frozenset[str]:
    return frozenset({f"technician:{technician_id}"}) if technician_id else frozenset()


DOCUMENTS = [DocumentKind(kind="serial_unit", watches={"serial_unit": by_column("id")}, place=place, render=render)]
