"""Use cases of messages: write what a customer is to be told. Sending is in `tasks`."""

from uuid import UUID

import msgspec
from sqlalchemy import select

from backend.kernel.db import Transaction
from backend.messages.models import Message
from backend.messages.schemas import AppointmentNotice
from backend.returns.schemas import ReturnNotice

CONFIRMATION = "appointment.confirmed"
RETURN_EXPECTED, RETURN_REMINDED = "return.expected", "return.reminded"


async def confirm_appointment(tx: Transaction, notice: AppointmentNotice) -> None:
    """Write the confirmation of an appointment; exactly one row, however often it is called."""
    await _write(tx, CONFIRMATION, _confirmation_key(notice.appointment_id), notice)


async def tell_of_return(tx: Transaction, kind: str, notice: ReturnNotice) -> None:
    """Write that equipment is expected back (RETURN_EXPECTED) or will be due soon (RETURN_REMINDED).

    One letter for all that is due from the same premises on the same day, however often it is called.
    """
    await _write(tx, kind, f"{kind}:{notice.premises_id}:{notice.return_by.isoformat()}", notice)


async def has_confirmed(tx: Transaction, appointment_id: UUID) -> bool:
    """Whether the confirmation was written before: ask this before making a new link for it."""
    found = await tx.session.scalars(select(Message.id).where(Message.dedup_key == _confirmation_key(appointment_id)))
    return found.first() is not None


async def _write(tx: Transaction, kind: str, dedup_key: str, notice: AppointmentNotice | ReturnNotice) -> None:
    row = tx.upsert(Message).values(
        id=tx.new_id(),
        dedup_key=dedup_key,
        kind=kind,
        language=notice.language,
        recipient=notice.email,
        params=msgspec.to_builtins(notice),
        written_at=tx.now,
        due_at=tx.now,
    )
    await tx.session.execute(row.on_conflict_do_nothing(index_elements=["dedup_key"]))


def _confirmation_key(appointment_id: UUID) -> str:
    return f"{CONFIRMATION}:{appointment_id}"
