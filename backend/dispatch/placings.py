"""Which changes of a plan can be made together: no technician may be in two places, before or after. Pure.

A crew's job goes with all of its people, or it does not go.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.dispatch.lifecycle import TimeKind
from backend.dispatch.schemas import TimeView


@dataclass(frozen=True, kw_only=True)
class Placing:
    """Where a job is to go. crew: who does it together, the lead first; nobody, then without times, for the backlog."""

    job_id: UUID
    crew: tuple[UUID, ...]
    starts_at: datetime | None
    ends_at: datetime | None


def without_clashes(times: Collection[TimeView], wanted: Sequence[Placing]) -> tuple[list[Placing], list[Placing]]:
    """Which placings can be done together, and which cannot because the technician is busy; the earlier ones win.

    times: what is taken now, the old times of the moved jobs included; those are free as soon as the jobs move.
    """
    possible, refused = list(wanted), list[Placing]()
    while True:
        moving = {placing.job_id for placing in possible}
        taken = [_span_of(time) for time in times if time.kind is TimeKind.HOLD or time.job_id not in moving]
        clash = _first_clash(taken, possible)
        if clash is None:
            return possible, refused
        possible.remove(clash)
        refused.append(clash)


def exchanged(times: Collection[TimeView], wanted: Sequence[Placing]) -> list[Placing]:
    """Of placings that are made one by one, those that cannot be in any order: each wants time that another of them still has."""
    left = list(wanted)
    while True:
        waiting = {placing.job_id for placing in left}
        held = [time for time in times if time.kind is TimeKind.JOB and time.job_id in waiting]
        ready = [placing for placing in left if not _wants_one_of(placing, held)]
        if not ready:
            return left
        left = [placing for placing in left if placing not in ready]


def _wants_one_of(placing: Placing, held: Collection[TimeView]) -> bool:
    if placing.starts_at is None or placing.ends_at is None:
        return False
    return any(
        time.job_id != placing.job_id
        and time.technician_id in placing.crew
        and time.starts_at < placing.ends_at
        and placing.starts_at < time.ends_at
        for time in held
    )


def _first_clash(taken: list[tuple[UUID, datetime, datetime]], wanted: Sequence[Placing]) -> Placing | None:
    for placing in wanted:
        if placing.starts_at is None or placing.ends_at is None:
            continue
        for technician_id, start, end in taken:
            if technician_id in placing.crew and start < placing.ends_at and placing.starts_at < end:
                return placing
        taken += [(technician_id, placing.starts_at, placing.ends_at) for technician_id in placing.crew]
    return None


def _span_of(time: TimeView) -> tuple[UUID, datetime, datetime]:
    return time.technician_id, time.starts_at, time.ends_at
