"""From a hold to an appointment, and what becomes of it as its job goes on."""

from datetime import timedelta
from uuid import UUID

from backend.booking import bundle, holding, queries
from backend.booking.errors import HoldExpired, UnknownAppointment
from backend.booking.lifecycle import APPOINTMENT, AppointmentCommand, AppointmentState, HoldCommand, HoldState, undone
from backend.booking.models import Appointment, Hold
from backend.booking.schemas import NoticeFacts
from backend.catalogue import service as catalogue
from backend.customers import service as customers
from backend.dispatch import service as dispatch
from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.jobs.errors import UnknownJob
from backend.jobs.lifecycle import JobState
from backend.jobs.schemas import JobView
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.kernel.outbox import Event

LINK_OUTLIVES_WINDOW = timedelta(hours=24)  # the customer looks once more whether all is done, then it is of no use
RESCHEDULED = "rescheduled"


async def confirm(tx: Transaction, principal: Principal, hold_id: UUID) -> Appointment:
    """The customer agrees: the job is promised and assigned as held. An earlier appointment of the job is cancelled.

    Event `appointment.confirmed`. Raises UnknownHold, HoldExpired, IllegalMove, JobUnderway, OutOfOrder.
    """
    hold = await holding.visible_hold(tx, principal, hold_id)
    if hold.state is HoldState.HELD and hold.expires_at <= tx.now:
        raise HoldExpired(expires_at=hold.expires_at.isoformat())
    move(tx, hold, HoldCommand.CONSUME)
    hold.finish_work()
    [job] = (await jobs.jobs_by_id(tx, [hold.job_id], lock=True)).values()
    await bundle.keep(tx, job, hold)
    await _plan(tx, hold)
    return await _appoint(tx, hold)


async def cancel(tx: Transaction, principal: Principal, appointment_id: UUID, reason: str) -> Appointment:
    """Nobody comes in this window: the job goes back to the backlog with nothing promised, and its time is free.

    To move an appointment, hold another window and confirm that: the old one ends with the new one there.
    Event `appointment.cancelled`. Raises UnknownAppointment, JobUnderway, IllegalMove.
    """
    row = await visible_appointment(tx, principal, appointment_id)
    [job] = (await jobs.jobs_by_id(tx, [row.job_id], lock=True)).values()
    row.reason = reason
    move(tx, row, AppointmentCommand.CANCEL, detail={"reason": reason})
    if (hold := await queries.live_hold(tx, job.id)) is not None:
        await holding.end(tx, hold, HoldCommand.RELEASE)
    await jobs.withdraw_window(tx, job.id)
    if job.technician_id is not None:
        await dispatch.take_back(tx, job.id)
    return row


async def visible_appointment(tx: Transaction, principal: Principal, appointment_id: UUID) -> Appointment:
    """Locked. Raises UnknownAppointment, also for one whose job the principal may not see."""
    row = await tx.get(Appointment, appointment_id, UnknownAppointment, lock=True)
    try:
        await jobs.see_job_view(tx, principal, row.job_id)
    except UnknownJob:
        raise UnknownAppointment(id=str(appointment_id)) from None
    return row


async def follow_job(tx: Transaction, event: Event) -> None:
    """Bring the appointment of a job to where the job is now, whichever event is heard first."""
    job = await jobs.job_view(tx, event.subject_id)
    if job.state is JobState.CANCELLED and (hold := await queries.live_hold(tx, job.id)) is not None:
        await holding.end(tx, hold, HoldCommand.RELEASE)
    appointment = await queries.live_appointment(tx, job.id)
    if appointment is None:
        return
    for command in _steps(appointment.state, job):
        move(tx, appointment, command, occurred_at=event.occurred_at)
    if appointment.state in (AppointmentState.CANCELLED, AppointmentState.FAILED, AppointmentState.MISSED):
        appointment.reason = job.reason


async def appointed_job(tx: Transaction, appointment_id: UUID) -> JobView:
    """The job that an appointment is for, with its promised window. Raises UnknownAppointment."""
    return await jobs.job_view(tx, (await tx.get(Appointment, appointment_id, UnknownAppointment)).job_id)


async def appointment_notice(tx: Transaction, appointment_id: UUID) -> NoticeFacts:
    """What the customer is to be told of an appointment. Raises UnknownAppointment."""
    appointment = await tx.get(Appointment, appointment_id, UnknownAppointment)
    job = await jobs.job_view(tx, appointment.job_id)
    account = await customers.account(tx, job.account_id)
    premises = await customers.premises(tx, job.premises_id)
    return NoticeFacts(
        appointment_id=appointment.id,
        job_id=job.id,
        email=account.email if account.email_consent else None,
        phone=account.phone if account.sms_consent else None,
        name=account.name,
        language=account.language,
        window_start=appointment.window_start,
        window_end=appointment.window_end,
        zone=appointment.window_zone,
        what=(await catalogue.work_specification(tx, job.work)).name,
        where=f"{premises.street}, {premises.city}",
        link_expires_at=appointment.window_end + LINK_OUTLIVES_WINDOW,
    )


async def _plan(tx: Transaction, hold: Hold) -> None:
    await dispatch.require_order(tx, hold.job_id, (hold.starts_at, hold.ends_at))
    await dispatch.turn_into_job(tx, hold.id)
    await jobs.promise_window(
        tx,
        hold.job_id,
        start=hold.window_start,
        end=hold.window_end,
        zone=hold.window_zone,
        local=hold.window_local,
    )
    crew = {"technician_id": hold.technician_id, "helper_ids": hold.helper_ids}
    await jobs.assign(tx, hold.job_id, **crew, planned_start=hold.starts_at, planned_end=hold.ends_at)


async def _appoint(tx: Transaction, hold: Hold) -> Appointment:
    earlier = await queries.live_appointment(tx, hold.job_id)
    if earlier is not None:
        earlier.reason = RESCHEDULED
        move(tx, earlier, AppointmentCommand.CANCEL, detail={"reason": RESCHEDULED})
        await tx.flush()  # the partial unique index sees the old one gone before the new one comes
    appointment = Appointment(
        id=tx.new_id(),
        job_id=hold.job_id,
        hold_id=hold.id,
        window_start=hold.window_start,
        window_end=hold.window_end,
        window_zone=hold.window_zone,
        window_local=hold.window_local,
        state=APPOINTMENT.initial,
    )
    tx.add(appointment)
    move(tx, appointment, AppointmentCommand.CONFIRM)
    await tx.flush()
    return appointment


def _steps(state: AppointmentState, job: JobView) -> list[AppointmentCommand]:
    """The commands that lead an appointment to where its job is."""
    begin = [AppointmentCommand.BEGIN] if state is AppointmentState.CONFIRMED else []
    match job.state:
        case JobState.STARTED:
            return begin
        case JobState.COMPLETED:
            return [*begin, AppointmentCommand.COMPLETE]
        case JobState.NOT_DONE:
            return [undone(job.reason)]
        case JobState.CANCELLED:
            return [AppointmentCommand.CANCEL]
        case _:
            return []
