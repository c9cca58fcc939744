"""What a phone knows of stock: the units of its technician's van, the van, and what serials of every model look like.

A unit is on the phone of the technician in whose van it is, and on no other; the grammars are on every phone. They are
one document, as a first pull costs by the document, and a catalogue has a few dozen of them that hardly ever change.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from backend.inventory.models import SerialUnit, StockLocation
from backend.inventory.reading import grammars
from backend.inventory.schemas import SerialGrammarsDocument, SerialUnitDocument
from backend.inventory.vans import VAN
from backend.kernel.changes import Change
from backend.kernel.db import Transaction
from backend.kernel.feed import DocumentKind, Placement, by_column

MODELS = "models"
"""The scope of the grammars. Every cursor of a phone names it, hence so short."""

GRAMMARS_ID = UUID(int=0)
"""Of the one document of grammars."""


async def place(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, Placement]:
    """The scope of the van that each unit is in; none for a unit in a depot or at a customer's."""
    query = select(SerialUnit.id, StockLocation.technician_id)
    rows = await tx.session.execute(query.join(StockLocation).where(SerialUnit.id.in_(ids)))
    return {row.id: Placement(scopes=_scopes(row.technician_id)) for row in rows}


async def render(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, SerialUnitDocument]:
    units = await tx.session.scalars(select(SerialUnit).where(SerialUnit.id.in_(ids)))
    return {unit.id: SerialUnitDocument(serial=unit.serial, model=unit.model, state=unit.state) for unit in units}


async def place_grammars(_tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, Placement]:
    """The scope of every phone."""
    return dict.fromkeys(ids, Placement(scopes=frozenset({MODELS})))


async def render_grammars(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, SerialGrammarsDocument]:
    return dict.fromkeys(ids, SerialGrammarsDocument(grammars=await grammars(tx)))


async def _of_all_models(_tx: Transaction, _changes: Sequence[Change]) -> Iterable[UUID]:
    return (GRAMMARS_ID,)


def _scopes(technician_id: UUID | None) -> frozenset[str]:
    return frozenset({f"technician:{technician_id}"}) if technician_id else frozenset()


DOCUMENTS = [
    DocumentKind(kind="serial_unit", watches={"serial_unit": by_column("id")}, place=place, render=render),
    DocumentKind(
        kind="serial_grammars", watches={"cpe_model": _of_all_models}, place=place_grammars, render=render_grammars
    ),
    VAN,
]
