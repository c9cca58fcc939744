"""What became of a window that was held for a customer: for whoever keeps account of promises."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from backend.booking.appointments import RESCHEDULED
from backend.booking.errors import UnknownAppointment, UnknownHold
from backend.booking.lifecycle import AppointmentCommand, AppointmentState, HoldState
from backend.booking.models import Appointment, AppointmentFact, Hold
from backend.kernel.db import Transaction


@dataclass(frozen=True, kw_only=True)
class Promised:
    """A hold, and the appointment that it became, if it did. ended_at, ended_by: when and by whom it was cancelled; is_ended_by_customer: by the link, without the office."""

    hold_id: UUID
    hold: HoldState
    job_id: UUID
    window_start: datetime
    window_end: datetime
    window_zone: str
    appointment_id: UUID | None = None
    appointment: AppointmentState | None = None
    confirmed_at: datetime | None = None
    is_rescheduled: bool = False
    ended_at: datetime | None = None
    ended_by: UUID | None = None
    is_ended_by_customer: bool = False


async def hold_of(tx: Transaction, appointment_id: UUID) -> UUID:
    """Raises UnknownAppointment."""
    return (await tx.get(Appointment, appointment_id, UnknownAppointment)).hold_id


async def promised(tx: Transaction, hold_id: UUID) -> Promised:
    """Raises UnknownHold."""
    hold = await tx.get(Hold, hold_id, UnknownHold)
    known = Promised(
        hold_id=hold.id,
        hold=hold.state,
        job_id=hold.job_id,
        window_start=hold.window_start,
        window_end=hold.window_end,
        window_zone=hold.window_zone,
    )
    made = (await tx.session.scalars(select(Appointment).where(Appointment.hold_id == hold_id))).first()
    return known if made is None else await _with_appointment(tx, known, made)


async def _with_appointment(tx: Transaction, known: Promised, made: Appointment) -> Promised:
    facts = list(await tx.session.scalars(select(AppointmentFact).where(AppointmentFact.subject_id == made.id)))
    at = {fact.command: fact for fact in facts}
    cancelled = at.get(AppointmentCommand.CANCEL)
    return Promised(
        **{name: getattr(known, name) for name in ("hold_id", "hold", "job_id", "window_zone")},
        window_start=made.window_start,
        window_end=made.window_end,
        appointment_id=made.id,
        appointment=made.state,
        confirmed_at=at[AppointmentCommand.CONFIRM].recorded_at,
        is_rescheduled=made.reason == RESCHEDULED,
        ended_at=cancelled and cancelled.occurred_at,
        ended_by=cancelled and cancelled.actor_id,
        is_ended_by_customer=cancelled is not None and cancelled.actor_kind == "customer",
    )
