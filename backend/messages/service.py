"""Use cases of messages: write what a customer is to be told. Sending is in `tasks`."""

from uuid import UUID

import msgspec
from sqlalchemy import select

from backend.kernel.db import Transaction
from backend.messages.models import Message
from backend.messages.schemas import AppointmentNotice

CONFIRMATION = "appointment.confirmed"


async def confirm_appointment(tx: Transaction, notice: AppointmentNotice) -> None:
    """Write the confirmation of an appointment; exactly one row, however often it is called."""
    row = tx.upsert(Message).values(
        id=tx.new_id(),
        dedup_key=_confirmation_key(notice.appointment_id),
        kind=CONFIRMATION,
        language=notice.language,
        recipient=notice.email,
        params=msgspec.to_builtins(notice),
        written_at=tx.now,
        due_at=tx.now,
    )
    await tx.session.execute(row.on_conflict_do_nothing(index_elements=["dedup_key"]))


async def has_confirmed(tx: Transaction, appointment_id: UUID) -> bool:
    """Whether the confirmation was written before: ask this before making a new link for it."""
    found = await tx.session.scalars(select(Message.id).where(Message.dedup_key == _confirmation_key(appointment_id)))
    return found.first() is not None


def _confirmation_key(appointment_id: UUID) -> str:
    return f"{CONFIRMATION}:{appointment_id}"
