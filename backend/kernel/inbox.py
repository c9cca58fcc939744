"""Messages from outside are taken once: the sender's id is stored with the effect, in one transaction."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Transaction
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
    taken = (
        tx.upsert(InboxRow)
        .values(source=source, message_id=message_id, received_at=tx.now)
        .on_conflict_do_nothing()
        .returning(InboxRow.message_id)
    )
    return (await tx.session.scalars(taken)).first() is not None
