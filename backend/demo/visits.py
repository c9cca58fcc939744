"""A technician's day of the demo's past: windows are promised in the morning, and in the evening the phone tells how it went.

All of it by the product's own use cases, as a phone and an office would use them. Whoever calls sets the clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from uuid import UUID

from backend.booking import service as booking
from backend.booking.service import Candidate
from backend.booking.windows import OfferedWindow
from backend.catalogue import service as catalogue
from backend.customers import service as customers
from backend.demo.pictures import signature
from backend.demo.work import SEEDER
from backend.jobs import assigning, fieldrecords, fieldwork
from backend.jobs import service as jobs
from backend.jobs.attendance import job_for_work
from backend.jobs.models import Job
from backend.jobs.schemas import PlaceWorkOrder
from backend.kernel.db import Transaction
from sync.operations import (
    Arrive,
    ChecklistAnswer,
    Complete,
    EnRoute,
    HazardAcknowledged,
    NotDone,
    Outcome,
    Signature,
    Start,
)

WORK = (("REPAIR-FTTP", 0.7), ("UPGRADE-CPE", 0.2), ("DISCONNECT", 0.1))  # what every technician may do
LATE_SHARE, NOBODY_HOME_SHARE, PARTIAL_SHARE = 0.08, 0.05, 0.06
DRIVE_MINUTES = (4, 16)
INTO_WINDOW_MINUTES = (3, 50)
BEHIND_WINDOW_MINUTES = (15, 45)  # who comes late, after the window's end
AT_THE_DOOR_MINUTES = 10  # before a technician gives up
SIGNED = sha256(signature()).hexdigest()
ANSWERS = {"light_level": -18.5, "drop_intact": True}


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What was promised: to come to this job in this window."""

    job_id: UUID
    technician_id: UUID
    window: OfferedWindow


async def promise(
    tx: Transaction, random: Random, window: OfferedWindow, *, reference: str, premises_id: UUID, technician_id: UUID
) -> Visit:
    """A trouble is reported, its window held and confirmed, and the job sent to the technician's phone."""
    [work] = random.choices([work for work, _ in WORK], [share for _, share in WORK])
    wanted = PlaceWorkOrder(cause="trouble", work=work, premises_id=premises_id, external_reference=reference)
    job = await jobs.job_view(tx, (await jobs.place_work_order(tx, SEEDER, wanted)).jobs[0].id)
    candidate = Candidate(
        technician_id=technician_id,
        starts_at=window.start,
        ends_at=window.start + timedelta(seconds=job.duration_seconds),
        cost_seconds=0.0,
        seen=await booking.taken_on(tx, [technician_id], window),
    )
    held = await booking.hold(tx, SEEDER, job, window, [candidate])
    await booking.confirm(tx, SEEDER, held.id)
    await assigning.assign(
        tx, job.id, technician_id=technician_id, planned_start=candidate.starts_at, planned_end=candidate.ends_at
    )
    await assigning.dispatch(tx, job.id)
    return Visit(job_id=job.id, technician_id=technician_id, window=window)


async def play(tx: Transaction, random: Random, visits: Sequence[Visit]) -> None:
    """One technician's visits, one after the other, as far as they have ended by the transaction's instant."""
    free_at = visits[0].window.start - timedelta(hours=1)
    for visit in visits:
        job = await job_for_work(tx, visit.job_id)
        drive = timedelta(minutes=random.randint(*DRIVE_MINUTES))
        arrived_at = max(_arrival(random, visit.window), free_at + drive)
        work = timedelta(seconds=job.duration_seconds * random.uniform(0.7, 1.15))
        free_at = arrived_at + work
        if free_at > tx.now:
            return
        await fieldwork.en_route(tx, job, visit.technician_id, EnRoute(), arrived_at - drive)
        await fieldwork.arrive(tx, job, visit.technician_id, Arrive(), arrived_at)
        if random.random() < NOBODY_HOME_SHARE:
            free_at = arrived_at + timedelta(minutes=AT_THE_DOOR_MINUTES)
            await fieldwork.not_done(tx, job, visit.technician_id, NotDone(reason="no_access.nobody_home"), free_at)
        else:
            await _work(tx, random, job, visit.technician_id, arrived_at, free_at)


async def _work(
    tx: Transaction, random: Random, job: Job, technician_id: UUID, arrived_at: datetime, ended_at: datetime
) -> None:
    work = await catalogue.work_specification(tx, job.work)
    premises = await customers.premises(tx, job.premises_id)
    for hazard in (*work.hazards, *premises.hazards):
        read = HazardAcknowledged(hazard=hazard)
        await fieldrecords.hazard_acknowledged(tx, job, technician_id, read, arrived_at)
    await fieldwork.start(tx, job, technician_id, Start(), arrived_at)
    for item in work.checklist:
        if item.code in ANSWERS:
            said = ChecklistAnswer(item=item.code, value=ANSWERS[item.code])
            await fieldrecords.answer(tx, job, technician_id, said, ended_at)
    signed = Signature(sha256=SIGNED, signer_name=(await customers.account(tx, premises.account_id)).name)
    await fieldrecords.signature(tx, job, technician_id, signed, ended_at)
    is_partial = random.random() < PARTIAL_SHARE
    done = Complete(outcome=Outcome.PARTIAL, undone=(job.work,)) if is_partial else Complete(outcome=Outcome.FULL)
    await fieldwork.complete(tx, job, technician_id, done, ended_at)


def _arrival(random: Random, window: OfferedWindow) -> datetime:
    if random.random() < LATE_SHARE:
        return window.end + timedelta(minutes=random.randint(*BEHIND_WINDOW_MINUTES))
    return window.start + timedelta(minutes=random.randint(*INTO_WINDOW_MINUTES))
