"""Messages from outside are taken once: the sender's id is stored with the effect, in one transaction."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Transaction
from backend.kernel.statements import Insertion
from backend.kernel.tables import Table


class InboxRow(Table):
    """A message that was taken. source: who sent it; message_id: the sender's own id of it."""

    __tablename__ = "inbox"
    audited = False

    source: Mapped[str] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(primary_key=True)
    received_at: Mapped[datetime]


async def take(tx: Transaction, source: str, message_id: str) -> bool:
    """True the first time this message is seen: apply it. False: it was applied before, answer as then."""
    return bool(await take_together(tx, source, [message_id]))


async def take_together(tx: Transaction, source: str, message_ids: Collection[str]) -> set[str]:
    """Those of these messages that are seen for the first time."""
    rows = ({"source": source, "message_id": one, "received_at": tx.now} for one in sorted(set(message_ids)))
    return {message_id for (message_id,) in await tx.put(_TAKE, *rows)}


_INBOX = InboxRow.__table__
_TAKE = Insertion(_INBOX, lambda insert: insert.on_conflict_do_nothing().returning(_INBOX.c.message_id))
