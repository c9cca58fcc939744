"""Moves that are tried out, read as they stand now. Nothing is written; what they do to a day, `copies` works out.

A job or a technician that is not there, or not the caller's business, is an error as everywhere: a board never shows one. What the
day itself has overtaken (work has begun, or a colleague has moved the job) is no mistake of the caller's: such a move is left out,
as it could not be taken over either, and the answer for the whole says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.dispatch import queries, steps
from backend.dispatch.copies import NOTHING_TRIED, Tried
from backend.dispatch.errors import PlannedMeanwhile, TriedTooWide
from backend.dispatch.handwork import is_as_seen
from backend.dispatch.live import DayKey, LiveDays, Reading
from backend.dispatch.placings import Placing
from backend.dispatch.preview_schemas import TriedMove, ViolationView
from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.jobs.errors import JobUnderway
from backend.jobs.lifecycle import JobState
from backend.jobs.schemas import JobView
from backend.kernel.db import Transaction
from backend.workforce import service as workforce

MOST_DAYS = 14  # of territories, that are looked at together: a week of two of them


async def read_tried(tx: Transaction, principal: Principal, wanted: Sequence[TriedMove]) -> Tried:
    """The moves as they stand. Raises UnknownJob, UnknownTechnician."""
    if not wanted:
        return NOTHING_TRIED
    latest = {move.job_id: move for move in wanted}
    views = await jobs.see_job_views(tx, principal, list(latest))
    homes = await _homes(tx, principal, latest.values(), views)
    zones = await _zones(tx, {*homes.values(), *(view.territory_id for view in views.values())})
    void = {job_id: why for job_id, move in latest.items() if (why := await _void(tx, views[job_id], move))}
    moves = [_placing(views[job_id], move) for job_id, move in latest.items() if job_id not in void]
    return Tried(
        moves=tuple(moves),
        jobs=views,
        void=void,
        left={move.job_id: _left(views[move.job_id], homes, zones) for move in moves},
        reached={move.job_id: _reached(views[move.job_id], move, homes, zones) for move in moves},
    )


async def read_days(tx: Transaction, live: LiveDays, tried: Tried) -> dict[DayKey, Reading]:
    """The states of all days that the moves are a matter of, to be answered outside the snapshot. Raises TriedTooWide."""
    keys = tried.days
    if len(keys) > MOST_DAYS:
        raise TriedTooWide(most=MOST_DAYS)
    return {
        (territory_id, day): await live.read(tx, territory_id, [day], tried.jobs_on(territory_id, day))
        for territory_id, day in keys
    }


async def _homes(
    tx: Transaction, principal: Principal, wanted: Iterable[TriedMove], views: Mapping[UUID, JobView]
) -> dict[UUID, UUID]:
    """The territories of everybody who has one of the jobs, or is to have it."""
    asked = {technician_id for move in wanted if move.to for technician_id in move.to.crew}
    homes = await workforce.territories_of(tx, asked | {one for view in views.values() for one in view.crew})
    for technician_id in sorted(asked):
        if technician_id not in homes or not queries.sees_territory(principal, homes[technician_id]):
            raise workforce.UnknownTechnician(id=str(technician_id))
    return homes


async def _zones(tx: Transaction, territory_ids: Iterable[UUID]) -> dict[UUID, ZoneInfo]:
    return {one: ZoneInfo((await workforce.territory(tx, one)).zone) for one in territory_ids}


async def _void(tx: Transaction, job: JobView, move: TriedMove) -> ViolationView | None:
    """Why a move cannot be tried any more; None when it can."""
    if job.state is not JobState.PENDING:
        return ViolationView(code=JobUnderway.code, technician_id=job.technician_id, job_id=job.id, params={})
    if move.seen is None or is_as_seen(job, move.seen):
        return None
    by = await steps.made_by(tx, job)
    params: dict[str, str | int] = {} if by is None else {"by": by}
    return ViolationView(code=PlannedMeanwhile.code, technician_id=job.technician_id, job_id=job.id, params=params)


def _placing(job: JobView, move: TriedMove) -> Placing:
    if move.to is None:
        return Placing(job_id=job.id, crew=(), starts_at=None, ends_at=None)
    seconds = move.to.duration_seconds or job.duration_seconds
    ends_at = move.to.start + timedelta(seconds=seconds)
    return Placing(job_id=job.id, crew=move.to.crew, starts_at=move.to.start, ends_at=ends_at)


def _left(job: JobView, homes: Mapping[UUID, UUID], zones: Mapping[UUID, ZoneInfo]) -> frozenset[DayKey]:
    if job.planned_start is None or job.planned_end is None:
        return frozenset()
    territories = {homes[one] for one in job.crew}
    return _days(territories, zones, (job.planned_start, job.planned_end))


def _reached(
    job: JobView, move: Placing, homes: Mapping[UUID, UUID], zones: Mapping[UUID, ZoneInfo]
) -> frozenset[DayKey]:
    """The job's own territory judges where it goes, whosever time it takes."""
    if move.starts_at is None or move.ends_at is None:
        return frozenset()
    territories = {job.territory_id, *(homes[one] for one in move.crew)}
    return _days(territories, zones, (move.starts_at, move.ends_at))


def _days(
    territory_ids: Iterable[UUID], zones: Mapping[UUID, ZoneInfo], span: tuple[datetime, datetime]
) -> frozenset[DayKey]:
    """The local days of these territories that a span of time touches at its ends."""
    return frozenset((one, instant.astimezone(zones[one]).date()) for one in territory_ids for instant in span)
