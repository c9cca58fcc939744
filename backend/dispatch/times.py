"""Taking, moving and giving back technicians' time. That no two pieces overlap is the database's word (`exclusion`)."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy.exc import DBAPIError

from backend.dispatch import queries
from backend.dispatch.errors import TechnicianBusy
from backend.dispatch.exclusion import OVERLAP
from backend.dispatch.lifecycle import TimeKind
from backend.dispatch.models import TechnicianTime
from backend.dispatch.schemas import TimeView
from backend.kernel.db import Transaction
from backend.workforce import service as workforce


async def take_time(
    tx: Transaction,
    *,
    technician_id: UUID,
    job_id: UUID,
    kind: TimeKind,
    subject_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
) -> TimeView:
    """Take a technician's time for a hold or a job. Raises TechnicianBusy, also for the loser of a race."""
    technician = await workforce.technician(tx, technician_id)
    row = TechnicianTime(
        id=tx.new_id(),
        technician_number=technician.number,
        technician_id=technician_id,
        job_id=job_id,
        starts_at=starts_at,
        ends_at=ends_at,
        kind=kind,
        subject_id=subject_id,
    )
    try:
        async with tx.savepoint():
            tx.add(row)
            await tx.flush()
    except DBAPIError as error:
        if OVERLAP not in str(error.orig):
            raise
        raise TechnicianBusy(
            technician_id=str(technician_id), starts_at=starts_at.isoformat(), ends_at=ends_at.isoformat()
        ) from None
    return time_view(row)


async def take_times(
    tx: Transaction,
    crew: Collection[UUID],
    *,
    job_id: UUID,
    kind: TimeKind,
    subject_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
) -> None:
    """Take the same time of everybody in a crew. Raises TechnicianBusy for the first who has it not; the caller undoes the rest."""
    for technician_id in sorted(crew):  # one order for every transaction: no deadlock
        await take_time(
            tx,
            technician_id=technician_id,
            job_id=job_id,
            kind=kind,
            subject_id=subject_id,
            starts_at=starts_at,
            ends_at=ends_at,
        )


async def release_time(tx: Transaction, *subject_ids: UUID) -> None:
    """Give back what these holds or jobs take; those that take nothing are passed over."""
    for row in await queries.times_of(tx, subject_ids):
        row.released_at = tx.now
    await tx.flush()


async def move_time(
    tx: Transaction, job_id: UUID, crew: Sequence[UUID], *, starts_at: datetime, ends_at: datetime
) -> None:
    """Take other time for a job, of other people or the same, instead of what it had.

    Raises TechnicianBusy; undo what was done till then by a savepoint.
    """
    await release_time(tx, job_id)
    span = {"starts_at": starts_at, "ends_at": ends_at}
    await take_times(tx, crew, job_id=job_id, kind=TimeKind.JOB, subject_id=job_id, **span)


async def turn_into_job(tx: Transaction, hold_id: UUID) -> None:
    """What a hold took is now the job's planned time; what the job had before is given back."""
    held = await queries.times_of(tx, [hold_id])
    await release_time(tx, *{row.job_id for row in held})
    for row in held:
        row.kind, row.subject_id = TimeKind.JOB, row.job_id
    await tx.flush()


async def stretch_time(tx: Transaction, job_id: UUID, seconds: int) -> None:
    """A job takes its technician's time for so long from when it was planned to begin, or until the next is planned to."""
    for row in await queries.times_of(tx, [job_id]):
        ends_at = row.starts_at + timedelta(seconds=seconds)
        following = await queries.times_between(tx, [row.technician_id], row.starts_at, ends_at)
        row.ends_at = min([ends_at, *(other.starts_at for other in following if other.starts_at > row.starts_at)])
    await tx.flush()


async def end_time(tx: Transaction, job_id: UUID, ended_at: datetime) -> None:
    """Work ended: what is left of its time is free for others; time that had not begun is given back as a whole."""
    for row in await queries.times_of(tx, [job_id]):
        if ended_at <= row.starts_at:
            row.released_at = tx.now
        else:
            row.ends_at = min(row.ends_at, ended_at)


async def times_between(
    tx: Transaction, technician_ids: Collection[UUID], start: datetime, end: datetime
) -> list[TimeView]:
    """What is taken of these technicians' time between two instants, in order."""
    return [time_view(row) for row in await queries.times_between(tx, technician_ids, start, end)]


def time_view(row: TechnicianTime) -> TimeView:
    return msgspec.convert(row, TimeView, from_attributes=True)
