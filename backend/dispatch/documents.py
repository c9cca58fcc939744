"""The document "presence": who of the office is on a job, for the boards of the job's territory."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from backend.dispatch import queries
from backend.dispatch.schemas import PresenceDocument
from backend.identity.queries import user_names
from backend.kernel.db import Transaction
from backend.kernel.feed import DocumentKind, Placement, by_column


async def place(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, Placement]:
    rows = await queries.presences_by_id(tx, ids)
    return {row.id: Placement(scopes=frozenset({f"territory:{row.territory_id}"})) for row in rows}


async def render(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, PresenceDocument]:
    rows = await queries.presences_by_id(tx, ids)
    names = await user_names(tx, {row.user_id for row in rows})
    return {
        row.id: PresenceDocument(
            id=row.id, user_id=row.user_id, name=names[row.user_id], job_id=row.job_id, until=row.until
        )
        for row in rows
    }


PRESENCE = DocumentKind(kind="presence", watches={"job_presence": by_column("id")}, place=place, render=render)

DOCUMENTS = (PRESENCE,)
