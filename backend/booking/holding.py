"""Holding a window: the time of whoever would come and the goods together, all or nothing, for some minutes."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from backend.booking import bundle, queries, quotas
from backend.booking.errors import SlotTaken, UnknownHold
from backend.booking.lifecycle import HOLD, HoldCommand, HoldState
from backend.booking.models import Hold
from backend.booking.slots import Candidate, bookable
from backend.booking.windows import OfferedWindow
from backend.dispatch import service as dispatch
from backend.dispatch.errors import OutOfOrder, TechnicianBusy
from backend.dispatch.lifecycle import TimeKind
from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.jobs.errors import UnknownJob
from backend.jobs.schemas import JobView
from backend.kernel import outbox
from backend.kernel.db import Transaction
from backend.kernel.errors import Conflict
from backend.kernel.facts import move

HELD_FOR = timedelta(minutes=10)  # a customer on the phone decides in less, and others wait for the time
MOST_CANDIDATES = 3  # who lost the cheapest three in a row asks again and sees what is left


class PlanMovedOn(Conflict):
    """One of these technicians was given other work since the question was asked."""

    code = "plan_moved_on"


async def hold(
    tx: Transaction, principal: Principal, job: JobView, window: OfferedWindow, candidates: Sequence[Candidate]
) -> Hold:
    """Hold a window for a job with the cheapest candidate who still has the time; another hold of the job ends.

    Event `hold.held`. Raises UnknownJob, JobUnderway, SlotTaken, QuotaFull, OutOfStock; then nothing is changed.
    """
    job = await bookable(tx, principal, job.id)
    earlier = await queries.live_hold(tx, job.id)
    if earlier is not None:
        await end(tx, earlier, HoldCommand.RELEASE)
    await quotas.require_room(tx, job, window)
    expires_at = tx.now + HELD_FOR
    reservation_ids = await bundle.secure(tx, job, expires_at)
    hold_id = tx.new_id()
    candidate = await _take_time(tx, job, window, candidates, hold_id)
    row = Hold(
        id=hold_id,
        job_id=job.id,
        technician_id=candidate.technician_id,
        helper_ids=list(candidate.helper_ids),
        starts_at=candidate.starts_at,
        ends_at=candidate.ends_at,
        window_start=window.start,
        window_end=window.end,
        window_zone=window.zone,
        window_local=window.local,
        expires_at=expires_at,
        due_at=expires_at,
        reservation_ids=reservation_ids,
        cost_seconds=candidate.cost_seconds,
        state=HOLD.initial,
    )
    tx.add(row)
    outbox.record(tx, "hold.held", row.id)
    await tx.flush()
    return row


async def taken_on(
    tx: Transaction, crew: Collection[UUID], window: OfferedWindow, *, but: UUID | None = None
) -> frozenset[UUID]:
    """What is taken of these technicians' time on the day of a window, a job's own time apart."""
    begins = dispatch.local_midnight(window.day, window.zone)
    ends = dispatch.local_midnight(window.day + timedelta(days=1), window.zone)
    taken = await dispatch.times_between(tx, crew, begins, ends)
    return frozenset(time.id for time in taken if time.job_id != but)


async def release(tx: Transaction, principal: Principal, hold_id: UUID) -> Hold:
    """Give everything back at once. Raises UnknownHold, IllegalMove for one that has ended."""
    row = await visible_hold(tx, principal, hold_id)
    await end(tx, row, HoldCommand.RELEASE)
    return row


async def expire(tx: Transaction, hold_id: UUID) -> None:
    """Give everything back when the time is over; a hold that was consumed or released meanwhile is left alone."""
    row = await tx.get(Hold, hold_id, UnknownHold, lock=True)
    if row.state is not HoldState.HELD:
        row.finish_work()
    elif row.expires_at > tx.now:
        row.finish_work(again_at=row.expires_at)
    else:
        await end(tx, row, HoldCommand.EXPIRE)


async def end(tx: Transaction, row: Hold, command: HoldCommand) -> None:
    """End a hold that comes to nothing."""
    move(tx, row, command)
    row.finish_work()
    await dispatch.release_time(tx, row.id)
    await bundle.give_back(tx, await jobs.job_view(tx, row.job_id), row)


async def visible_hold(tx: Transaction, principal: Principal, hold_id: UUID) -> Hold:
    """A hold of a job that the principal may see, locked. Raises UnknownHold."""
    row = await tx.get(Hold, hold_id, UnknownHold, lock=True)
    try:
        await jobs.see_job_view(tx, principal, row.job_id)
    except UnknownJob:
        raise UnknownHold(id=str(hold_id)) from None
    return row


async def _take_time(
    tx: Transaction, job: JobView, window: OfferedWindow, candidates: Sequence[Candidate], hold_id: UUID
) -> Candidate:
    for candidate in candidates[:MOST_CANDIDATES]:
        try:
            async with tx.savepoint():
                await _take(tx, job, window, candidate, hold_id)
        except (TechnicianBusy, OutOfOrder, PlanMovedOn):
            continue
        return candidate
    raise SlotTaken(window_start=window.start.isoformat(), window_end=window.end.isoformat())


async def _take(tx: Transaction, job: JobView, window: OfferedWindow, candidate: Candidate, hold_id: UUID) -> None:
    """The constraint knows no roads: what was read must still be so, or the drives in between may not fit."""
    await dispatch.require_order(tx, job.id, (candidate.starts_at, candidate.ends_at))
    for technician_id in sorted(candidate.crew):  # one order for every transaction: no deadlock
        await dispatch.lock_technician(tx, technician_id)
    if await taken_on(tx, candidate.crew, window, but=job.id) != candidate.seen:
        raise PlanMovedOn(technician_id=str(candidate.technician_id))
    await dispatch.take_times(
        tx,
        candidate.crew,
        job_id=job.id,
        kind=TimeKind.HOLD,
        subject_id=hold_id,
        starts_at=candidate.starts_at,
        ends_at=candidate.ends_at,
    )
