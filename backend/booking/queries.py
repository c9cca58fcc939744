"""Reads of booking: holds and appointments, by job, with the rows that must not change meanwhile under lock."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from backend.booking.lifecycle import LIVE, AppointmentCommand, AppointmentState, HoldState
from backend.booking.models import Appointment, AppointmentFact, Hold
from backend.booking.schemas import Upcoming
from backend.kernel.db import Transaction
from backend.kernel.statements import Question, among
from backend.kernel.tables import Id

_APPOINTMENTS = Appointment.__table__.c
_OF_JOBS = Question(select(_APPOINTMENTS.id).where(among(_APPOINTMENTS.job_id, "ids", Id())))


async def live_hold(tx: Transaction, job_id: UUID) -> Hold | None:
    """The hold of a job, locked."""
    query = select(Hold).where(Hold.job_id == job_id, Hold.state == HoldState.HELD)
    return (await tx.session.scalars(query.with_for_update().execution_options(populate_existing=True))).first()


async def live_appointment(tx: Transaction, job_id: UUID) -> Appointment | None:
    """The appointment of a job that is still to be kept, locked."""
    query = select(Appointment).where(Appointment.job_id == job_id, Appointment.state.in_(LIVE))
    return (await tx.session.scalars(query.with_for_update().execution_options(populate_existing=True))).first()


async def latest_appointment(tx: Transaction, job_id: UUID) -> Appointment | None:
    """What was promised last for a job, whatever became of it."""
    query = select(Appointment).where(Appointment.job_id == job_id).order_by(Appointment.id.desc())
    return (await tx.session.scalars(query.limit(1))).first()


async def confirmed_at(tx: Transaction, appointment_id: UUID) -> datetime | None:
    """When an appointment was confirmed."""
    query = select(AppointmentFact.occurred_at).where(
        AppointmentFact.subject_id == appointment_id, AppointmentFact.command == AppointmentCommand.CONFIRM
    )
    return (await tx.session.scalars(query)).first()


async def confirmed_between(tx: Transaction, start: datetime, end: datetime) -> list[Upcoming]:
    """Confirmed appointments whose window begins between two instants, in order."""
    query = (
        select(Appointment.id, Appointment.window_start, Appointment.window_zone, AppointmentFact.occurred_at)
        .join(AppointmentFact, AppointmentFact.subject_id == Appointment.id)
        .where(
            Appointment.state == AppointmentState.CONFIRMED,
            Appointment.window_start > start,
            Appointment.window_start <= end,
            AppointmentFact.command == AppointmentCommand.CONFIRM,
        )
        .order_by(Appointment.window_start, Appointment.id)
    )
    return [
        Upcoming(appointment_id=id_, window_start=begins, zone=zone, confirmed_at=at)
        for id_, begins, zone, at in await tx.session.execute(query)
    ]


async def booking_of(tx: Transaction, job_id: UUID) -> tuple[Hold | None, Appointment | None]:
    """What is held for a job and what is promised, to be looked at only."""
    hold = select(Hold).where(Hold.job_id == job_id, Hold.state == HoldState.HELD)
    appointment = select(Appointment).where(Appointment.job_id == job_id, Appointment.state.in_(LIVE))
    return (await tx.session.scalars(hold)).first(), (await tx.session.scalars(appointment)).first()


async def appointments_by_id(tx: Transaction, ids: Collection[UUID]) -> list[Appointment]:
    return list(await tx.session.scalars(select(Appointment).where(Appointment.id.in_(ids)).order_by(Appointment.id)))


async def appointments_of_jobs(tx: Transaction, job_ids: Collection[UUID]) -> set[UUID]:
    return {appointment_id for (appointment_id,) in await tx.ask(_OF_JOBS, ids=list(job_ids))}
