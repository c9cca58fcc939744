"""Days that can be planned again: what was known of a day when it was first planned or sent is kept, to hold policies against each other.

Only what planning needs is kept, hence of customers' places no more than where they are.
"""

from dataclasses import replace
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import select

from backend.dispatch.errors import NothingKept, OnlyAReplay
from backend.dispatch.models import DayInputs, OptimisationRun
from backend.dispatch.schemas import RequestRun
from backend.dispatch.translation import Situation
from backend.kernel.db import Transaction


async def keep(tx: Transaction, situation: Situation) -> None:
    """Remember a day as it is now, unless it is remembered already; of several days at once none is."""
    [day, *more] = situation.days
    if more or await _is_kept(tx, situation.territory.id, day):
        return
    row = DayInputs(
        id=tx.new_id(),
        territory_id=situation.territory.id,
        day=day,
        taken_at=situation.now,
        situation=msgspec.to_builtins(_without_words(situation), str_keys=True),
    )
    tx.add(row)


async def check(tx: Transaction, wanted: RequestRun) -> None:
    """Whether a day can be planned again. Raises NothingKept."""
    if wanted.replays and (wanted.days != 1 or not await _is_kept(tx, wanted.territory_id, wanted.day)):
        raise NothingKept(day=wanted.day.isoformat())


async def kept(tx: Transaction, territory_id: UUID, day: date) -> Situation:
    """The day as it was known then. Raises NothingKept."""
    query = select(DayInputs).where(DayInputs.territory_id == territory_id, DayInputs.day == day)
    row = (await tx.session.scalars(query)).first()
    if row is None:
        raise NothingKept(day=day.isoformat())
    return msgspec.convert(row.situation, Situation, str_keys=True)


def refuse_replay(run: OptimisationRun) -> None:
    """Raises OnlyAReplay for a run whose day has passed."""
    if run.replays:
        raise OnlyAReplay(run_id=str(run.id))


async def _is_kept(tx: Transaction, territory_id: UUID, day: date) -> bool:
    query = select(DayInputs.id).where(DayInputs.territory_id == territory_id, DayInputs.day == day)
    return (await tx.session.scalars(query)).first() is not None


def _without_words(situation: Situation) -> Situation:
    places = {
        id_: msgspec.structs.replace(place, street="", access_notes=None) for id_, place in situation.places.items()
    }
    return replace(situation, places=places)
