"""Use cases of messages: write what a customer is to be told. Sending is in `tasks`, facts of visits in `telling`."""

from datetime import datetime

import msgspec

from backend.kernel.db import Transaction
from backend.messages.kinds import Channel
from backend.messages.models import Message
from backend.messages.schemas import AppointmentNotice
from backend.returns.schemas import ReturnNotice

RETURN_EXPECTED, RETURN_REMINDED = "return.expected", "return.reminded"


async def tell_of_return(tx: Transaction, kind: str, notice: ReturnNotice) -> None:
    """Write that equipment is expected back (RETURN_EXPECTED) or will be due soon (RETURN_REMINDED).

    One letter for all that is due from the same premises on the same day, however often it is called.
    """
    key = f"{kind}:{notice.premises_id}:{notice.return_by.isoformat()}"
    await write(tx, kind, key, notice, channel=Channel.EMAIL, recipient=notice.email or "", due_at=tx.now)


async def write(
    tx: Transaction,
    kind: str,
    dedup_key: str,
    notice: AppointmentNotice | ReturnNotice,
    *,
    channel: Channel,
    recipient: str,
    due_at: datetime,
) -> None:
    """One row for this key, whoever writes it first."""
    row = tx.upsert(Message).values(
        id=tx.new_id(),
        dedup_key=dedup_key,
        kind=kind,
        channel=channel,
        language=notice.language,
        recipient=recipient,
        params=msgspec.to_builtins(notice),
        written_at=tx.now,
        due_at=due_at,
    )
    await tx.session.execute(row.on_conflict_do_nothing(index_elements=["dedup_key"]))
