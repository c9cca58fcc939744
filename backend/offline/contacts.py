"""When each phone was last heard of, and what it told of itself: noted in memory, written now and then for all.

A pull writes nothing, and a note beside it would cost more than the pull. So what is lost when a process dies are the
notes of half a minute, which the phones' next calls make good.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct, structs
from sqlalchemy import func
from sqlalchemy.exc import SQLAlchemyError

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.statements import Insertion
from backend.offline.models import PhoneContact

log = logging.getLogger(__name__)

WRITE_AFTER_SECONDS = 30.0  # at the pace of a phone without news: every phone once, in one statement

Pause = Callable[[float], Awaitable[None]]


class Contact(Struct, frozen=True, kw_only=True):
    """One call of a phone. synced_at: when it had all there was, None if not with this call.

    app, waiting: name and version of what called, and how many mutations wait in its outbox; None from what tells neither.
    """

    device_id: UUID
    heard_at: datetime
    schema: int
    synced_at: datetime | None = None
    app: str | None = None
    waiting: int | None = None


class Contacts:
    """What this process heard of phones and has not written yet. database: where to, when it is written."""

    def __init__(self, database: Database, *, pause: Pause = asyncio.sleep) -> None:
        self.database = database
        self._pause = pause
        self._heard: dict[UUID, Contact] = {}
        self._writing: asyncio.Task[None] | None = None

    def note(self, contact: Contact) -> None:
        """The latest of each phone counts; what it does not tell stays as it was told before."""
        before = self._heard.get(contact.device_id)
        self._heard[contact.device_id] = contact if before is None else _merged(before, contact)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_later())

    async def close(self) -> None:
        """Write what is left."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        await self.write()

    async def write(self) -> None:
        """All at once. What cannot be written is let go of: the phones call again."""
        heard, self._heard = self._heard, {}
        if not heard:
            return
        rows = [
            structs.asdict(heard[device_id]) for device_id in sorted(heard)
        ]  # in one order, for who writes beside us
        try:
            async with self.database.transaction(SYSTEM, "phones heard of") as tx:
                await tx.put(_HEARD, *rows)
        except SQLAlchemyError as error:
            log.warning("%d calls of phones were not noted: %r", len(rows), error)

    async def _write_later(self) -> None:
        await self._pause(WRITE_AFTER_SECONDS)
        self._writing = None  # what is noted from here on is written by the next one
        await self.write()


def _merged(before: Contact, after: Contact) -> Contact:
    told = {name: value for name, value in structs.asdict(after).items() if value is not None}
    return structs.replace(before, **told)


def _hearing(insert: Any) -> Any:
    """A later call takes the place of an earlier one, whichever process writes first."""
    known, heard = PhoneContact.__table__.c, insert.excluded
    kept = {name: func.coalesce(heard[name], known[name]) for name in ("synced_at", "app", "waiting")}
    return insert.on_conflict_do_update(
        index_elements=["device_id"],
        set_={"heard_at": heard.heard_at, "schema": heard.schema, **kept},
        where=heard.heard_at >= known.heard_at,
    )


_HEARD = Insertion(PhoneContact.__table__, _hearing)
