"""The document "technician": who can be planned in a territory, with skills and shifts, for the dispatchers' replicas."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

import msgspec

from backend.identity.queries import organisation_names
from backend.kernel.db import Transaction
from backend.kernel.feed import DocumentKind, Placement, by_column
from backend.workforce import queries
from backend.workforce.models import Technician
from backend.workforce.schemas import ShiftView, SkillView, TechnicianDocument

SHIFT_DAYS = 35  # five weeks: rosters are made a month ahead, and a replica stays small


async def place(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, Placement]:
    """A technician belongs to the own territory."""
    rows = await queries.technicians(tx, ids=ids)
    return {row.id: Placement(scopes=frozenset({f"territory:{row.territory_id}"})) for row in rows}


async def render(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, TechnicianDocument]:
    rows = await queries.technicians(tx, ids=ids)
    companies = await organisation_names(tx, {row.organisation_id for row in rows})
    shifts = await _coming_shifts(tx, ids)
    return {row.id: _document(row, companies[row.organisation_id], shifts[row.id]) for row in rows}


async def _coming_shifts(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, list[ShiftView]]:
    # From yesterday in UTC: somewhere west of Greenwich that is still today.
    first: date = (tx.now - timedelta(days=1)).date()
    coming: dict[UUID, list[ShiftView]] = defaultdict(list)
    for row in await queries.shifts_from(tx, ids, first, first + timedelta(days=SHIFT_DAYS)):
        coming[row.technician_id].append(msgspec.convert(row, ShiftView, from_attributes=True))
    return coming


def _document(row: Technician, organisation: str, shifts: list[ShiftView]) -> TechnicianDocument:
    return TechnicianDocument(
        id=row.id,
        number=row.number,
        name=row.name,
        organisation_id=row.organisation_id,
        organisation=organisation,
        territory_id=row.territory_id,
        home_latitude=row.home_latitude,
        home_longitude=row.home_longitude,
        is_contractor=row.is_contractor,
        skills=[SkillView(code=skill.code, level=skill.level, expires_on=skill.expires_on) for skill in row.skills],
        shifts=shifts,
    )


TECHNICIAN = DocumentKind(
    kind="technician",
    watches={
        "technician": by_column("id"),
        "technician_skill": by_column("technician_id"),
        "shift": by_column("technician_id"),
    },
    place=place,
    render=render,
)

DOCUMENTS = (TECHNICIAN,)
