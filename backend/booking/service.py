"""The door to booking for its routes and for the slices above.

Which windows can be kept is in `slots`, holding one in `holding`, what comes of it in `appointments`.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from backend.booking import appointments, holding, queries
from backend.booking.appointments import appointed_job, appointment_notice, follow_job
from backend.booking.errors import UnknownAppointment
from backend.booking.holding import expire, taken_on
from backend.booking.lifecycle import LIVE
from backend.booking.models import Appointment, Hold
from backend.booking.quotas import see_quotas, set_quota
from backend.booking.schemas import AppointmentView, BookingView, HoldView, Upcoming
from backend.booking.slots import Candidate, answer, ask, ask_window, candidates
from backend.booking.windows import OfferedWindow
from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.jobs.errors import UnknownJob
from backend.jobs.schemas import JobView, Window
from backend.kernel.db import Transaction

__all__ = [
    "agreed_at",
    "answer",
    "appointment",
    "appointed_job",
    "appointment_notice",
    "ask",
    "ask_window",
    "cancel",
    "candidates",
    "confirm",
    "confirmed_between",
    "expire",
    "follow_job",
    "hold",
    "is_live",
    "latest_appointment",
    "live_appointment",
    "release",
    "see_appointment",
    "see_booking",
    "see_quotas",
    "set_quota",
    "taken_on",
]


async def hold(
    tx: Transaction, principal: Principal, job: JobView, window: OfferedWindow, found: Sequence[Candidate]
) -> HoldView:
    """Hold a window with the first of these who still can (see `holding.hold`)."""
    return _hold_view(await holding.hold(tx, principal, job, window, found))


async def release(tx: Transaction, principal: Principal, hold_id: UUID) -> HoldView:
    """Give a hold back (see `holding.release`)."""
    return _hold_view(await holding.release(tx, principal, hold_id))


async def confirm(tx: Transaction, principal: Principal, hold_id: UUID) -> AppointmentView:
    """Make an appointment of a hold (see `appointments.confirm`)."""
    return _appointment_view(await appointments.confirm(tx, principal, hold_id))


async def cancel(tx: Transaction, principal: Principal, appointment_id: UUID, reason: str) -> AppointmentView:
    """Take a promise back, not the job (see `appointments.cancel`)."""
    row = await appointments.cancel(tx, principal, appointment_id, reason)
    await tx.flush()
    return _appointment_view(row)


async def see_appointment(tx: Transaction, principal: Principal, appointment_id: UUID) -> AppointmentView:
    """Raises UnknownAppointment, also for one whose job the principal may not see."""
    row = await tx.get(Appointment, appointment_id, UnknownAppointment)
    try:
        await jobs.see_job_view(tx, principal, row.job_id)
    except UnknownJob:
        raise UnknownAppointment(id=str(appointment_id)) from None
    return _appointment_view(row)


async def latest_appointment(tx: Transaction, job_id: UUID) -> AppointmentView | None:
    """What was promised last for a job, whatever became of it."""
    row = await queries.latest_appointment(tx, job_id)
    return None if row is None else _appointment_view(row)


async def live_appointment(tx: Transaction, job_id: UUID) -> AppointmentView | None:
    """What a job was promised for and is still to be kept."""
    row = await queries.live_appointment(tx, job_id)
    return None if row is None else _appointment_view(row)


async def appointment(tx: Transaction, appointment_id: UUID) -> AppointmentView:
    """Raises UnknownAppointment."""
    return _appointment_view(await tx.get(Appointment, appointment_id, UnknownAppointment))


async def is_live(tx: Transaction, appointment_id: UUID) -> bool:
    """Whether an appointment is still to be kept. Raises UnknownAppointment."""
    return (await tx.get(Appointment, appointment_id, UnknownAppointment)).state in LIVE


async def confirmed_between(tx: Transaction, start: datetime, end: datetime) -> list[Upcoming]:
    """Confirmed appointments whose window begins between two instants, in order."""
    return await queries.confirmed_between(tx, start, end)


async def agreed_at(tx: Transaction, appointment_id: UUID) -> datetime | None:
    """When the customer agreed to an appointment."""
    return await queries.confirmed_at(tx, appointment_id)


async def see_booking(tx: Transaction, principal: Principal, job_id: UUID) -> BookingView:
    """How far a job's booking is. Raises UnknownJob."""
    await jobs.see_job_view(tx, principal, job_id)
    hold, appointment = await queries.booking_of(tx, job_id)
    return BookingView(
        job_id=job_id,
        hold=hold and _hold_view(hold),
        appointment=appointment and _appointment_view(appointment),
    )


def _hold_view(row: Hold) -> HoldView:
    fields = {name: getattr(row, name) for name in HoldView.__struct_fields__ if name != "window"}
    return HoldView(**fields, window=_window(row))


def _appointment_view(row: Appointment) -> AppointmentView:
    fields = {name: getattr(row, name) for name in AppointmentView.__struct_fields__ if name != "window"}
    return AppointmentView(**fields, window=_window(row))


def _window(row: Hold | Appointment) -> Window:
    return Window(start=row.window_start, end=row.window_end, zone=row.window_zone, local=row.window_local)
