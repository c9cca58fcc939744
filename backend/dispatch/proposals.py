"""What becomes of a proposal: applied whole or in part, discarded, rolled back. Asking for one is in `service`.

A proposal is as old as the facts that it was made from. Each move is therefore held against the day as it is now, and
refused with its reason where the day has gone on; the others are applied all at once.

Whoever changes a plan locks in one order: the jobs, then the technicians, then their time.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from uuid import UUID

from backend.dispatch import queries, replaying, times, troubles
from backend.dispatch.errors import UnknownMove, UnknownRun
from backend.dispatch.lifecycle import RUN, MoveCommand, MoveState, RunCommand, TimeKind
from backend.dispatch.models import OptimisationRun, ProposalMove
from backend.dispatch.order import in_order
from backend.dispatch.ordering import read_order
from backend.dispatch.placings import Placing, without_clashes
from backend.dispatch.schemas import TimeView
from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.jobs.lifecycle import JobLock, JobState
from backend.jobs.schemas import JobView
from backend.kernel.db import Transaction
from backend.kernel.facts import move

CANCELLED, UNDERWAY, LOCKED = "job_cancelled", "job_underway", "job_locked"
CHANGED, BUSY, OUT_OF_ORDER = "changed_meanwhile", "technician_busy", "out_of_order"
WAITS = "waits_for_moves"


async def accept(
    tx: Transaction, principal: Principal, run_id: UUID, move_ids: Sequence[UUID] | None
) -> OptimisationRun:
    """Apply these moves of a proposal, or all that are open.

    A move whose place only others of the proposal still have stays open, and says so. Raises UnknownRun, UnknownMove, OnlyAReplay,
    IllegalMove.
    """
    run = await _locked(tx, principal, run_id)
    replaying.refuse_replay(run)
    RUN.advance(run.state, RunCommand.APPLY_PARTLY)
    moves = await queries.moves_of(tx, run_id)
    wanted = _open(moves) if move_ids is None else _named(moves, move_ids)
    left = [one for one in _open(moves) if one not in wanted]
    applied = await _apply(tx, wanted, back=False)
    waiting = await _waiting(tx, [one for one, reason in applied if reason == BUSY], left)
    for proposed, reason in applied:
        proposed.refusal = WAITS if proposed in waiting else reason
        if proposed not in waiting:
            move(tx, proposed, MoveCommand.REFUSE if reason else MoveCommand.ACCEPT)
    if not moves or any(proposed.state is MoveState.ACCEPTED for proposed in moves):
        await troubles.record(tx, run)
    if all(proposed.state is MoveState.ACCEPTED for proposed in moves):
        move(tx, run, RunCommand.APPLY)
    elif any(proposed.state is MoveState.ACCEPTED for proposed in moves):
        move(tx, run, RunCommand.APPLY_PARTLY)
    return run


async def discard(tx: Transaction, principal: Principal, run_id: UUID) -> OptimisationRun:
    """Leave everything as it is. Raises UnknownRun, IllegalMove."""
    run = await _locked(tx, principal, run_id)
    move(tx, run, RunCommand.DISCARD)
    return run


async def roll_back(tx: Transaction, principal: Principal, run_id: UUID) -> OptimisationRun:
    """Take accepted moves back, each only if nothing happened to its job since. Raises UnknownRun, IllegalMove."""
    run = await _locked(tx, principal, run_id)
    RUN.advance(run.state, RunCommand.ROLL_BACK)
    await troubles.take_back(tx, run)  # first: what overran has others' time
    accepted = [one for one in await queries.moves_of(tx, run_id) if one.state is MoveState.ACCEPTED]
    for applied, reason in await _apply(tx, accepted, back=True):
        applied.refusal = reason
        if reason is None:
            move(tx, applied, MoveCommand.UNDO)
    move(tx, run, RunCommand.ROLL_BACK)
    return run


async def _locked(tx: Transaction, principal: Principal, run_id: UUID) -> OptimisationRun:
    run = await queries.visible_run(tx, principal, run_id, lock=True)
    if run is None:
        raise UnknownRun(id=str(run_id))
    return run


def _open(moves: Iterable[ProposalMove]) -> list[ProposalMove]:
    return [one for one in moves if one.state is MoveState.PROPOSED]


def _named(moves: Iterable[ProposalMove], ids: Sequence[UUID]) -> list[ProposalMove]:
    known = {one.id: one for one in _open(moves)}
    if unknown := [str(move_id) for move_id in ids if move_id not in known]:
        raise UnknownMove(move_ids=unknown)
    return [known[move_id] for move_id in dict.fromkeys(ids)]


async def _apply(
    tx: Transaction, moves: Sequence[ProposalMove], *, back: bool
) -> list[tuple[ProposalMove, str | None]]:
    """Do what can be done; each move with the reason why it could not be done, or None."""
    known = await jobs.jobs_by_id(tx, [one.job_id for one in moves], lock=True)
    reasons = {one.job_id: _obstacle(one, known[one.job_id], back=back) for one in moves}
    placings = [_placing(one, back=back) for one in moves if reasons[one.job_id] is None]
    order = await read_order(tx, [one.job_id for one in placings], lock=True)
    calendar = await _calendar(tx, placings)
    possible, left = placings, -1
    while len(possible) != left:  # who stays may be in another's way
        left = len(possible)
        for rule, reason in ((partial(without_clashes, calendar), BUSY), (partial(in_order, order), OUT_OF_ORDER)):
            possible, refused = rule(possible)
            reasons |= dict.fromkeys((placing.job_id for placing in refused), reason)
    await _place(tx, possible, known)
    return [(one, reasons[one.job_id]) for one in moves]


def _obstacle(proposed: ProposalMove, job: JobView, *, back: bool) -> str | None:
    """Why the day has gone on past this move; None when it has not."""
    if job.state is JobState.CANCELLED:
        return CANCELLED
    if job.state is not JobState.PENDING:
        return UNDERWAY
    if back:
        is_as_applied = (job.technician_id, job.planned_start) == (proposed.to_technician_id, proposed.to_start)
        return None if is_as_applied and set(job.helper_ids) == set(proposed.to_helpers) else CHANGED
    if job.version == proposed.job_version:
        return None
    return LOCKED if job.lock is not JobLock.NONE else CHANGED


def _placing(one: ProposalMove, *, back: bool) -> Placing:
    technician_id, helper_ids, start, end = (
        (one.from_technician_id, one.from_helpers, one.from_start, one.from_end)
        if back
        else (one.to_technician_id, one.to_helpers, one.to_start, one.to_end)
    )
    crew = () if technician_id is None else (technician_id, *helper_ids)
    return Placing(job_id=one.job_id, crew=crew, starts_at=start, ends_at=end)


async def _calendar(tx: Transaction, placings: Sequence[Placing]) -> list[TimeView]:
    starts = [placing.starts_at for placing in placings if placing.starts_at is not None]
    ends = [placing.ends_at for placing in placings if placing.ends_at is not None]
    if not starts:
        return []
    technician_ids = {technician_id for placing in placings for technician_id in placing.crew}
    for technician_id in sorted(technician_ids):  # one order for every transaction: no deadlock
        await queries.lock_technician(tx, technician_id)
    return await times.times_between(tx, technician_ids, min(starts), max(ends))


async def _waiting(
    tx: Transaction, refused: Sequence[ProposalMove], left: Sequence[ProposalMove]
) -> list[ProposalMove]:
    """Of moves to places that are taken, those that could be made with others of the proposal, which are left open."""
    others = {one.job_id for one in left}
    placings = [_placing(one, back=False) for one in refused]
    calendar = await _calendar(tx, placings)
    free = [time for time in calendar if time.kind is not TimeKind.JOB or time.job_id not in others]
    possible, _ = without_clashes(free, placings)
    with_others = {placing.job_id for placing in possible}
    return [one for one in refused if one.job_id in with_others]


async def _place(tx: Transaction, placings: Sequence[Placing], known: dict[UUID, JobView]) -> None:
    """All old times are given back before the first new one is taken: jobs may change places."""
    await times.release_time(tx, *(placing.job_id for placing in placings))
    for placing in placings:
        if not placing.crew or placing.starts_at is None or placing.ends_at is None:
            if known[placing.job_id].technician_id is not None:
                await jobs.unassign(tx, placing.job_id)
            continue
        span = {"starts_at": placing.starts_at, "ends_at": placing.ends_at}
        await times.take_times(
            tx, placing.crew, job_id=placing.job_id, kind=TimeKind.JOB, subject_id=placing.job_id, **span
        )
        lead_id, *helper_ids = placing.crew
        await jobs.assign(
            tx,
            placing.job_id,
            technician_id=lead_id,
            helper_ids=helper_ids,
            planned_start=placing.starts_at,
            planned_end=placing.ends_at,
        )
