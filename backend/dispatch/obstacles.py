"""Why does nobody have this job, and who could take it, that day, if nobody else's time is touched? Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from backend.dispatch.live import LiveDay
from backend.dispatch.preview_schemas import ObstaclesView, ObstacleView
from backend.jobs.schemas import JobView
from scheduling import Job, LivePlan, Lock, Reason, Window
from scheduling.liveplan import blocks_by_technician, cheapest_insertion, nearest_reason, with_candidate
from scheduling.validation import HORIZON_LIMIT_S


def answer(day: LiveDay, asked: JobView) -> ObstaclesView:
    """Each technician's last hurdle, or the cheapest gap that the job fits into; of a crew's job, for one of its people."""
    job = replace(day.translation.job(asked), lock=Lock.NONE, crew_size=1)
    live = with_candidate(day.gaps_without(asked.id), job)
    blocks = blocks_by_technician(live, job)
    if day.translation.room_for(asked, Window(start_s=0, end_s=HORIZON_LIMIT_S)) is None:
        blocks = dict.fromkeys(blocks, Reason.AFTER)  # whoever it was, it could not be done before what it waits for
    found = [
        ObstacleView(technician_id=UUID(technician), reason=str(reason)) if reason else _gap(day, live, job, technician)
        for technician, reason in sorted(blocks.items())
    ]
    return ObstaclesView(
        job_id=asked.id,
        day=day.situation.days[0],
        nearest=str(_nearest(blocks, asked.crew_size)),
        counts={str(reason): count for reason, count in Counter(one for one in blocks.values() if one).items()},
        technicians=found,
    )


def _nearest(blocks: Mapping[str, Reason | None], crew_size: int) -> Reason:
    """Of a crew's job: whether somebody has a gap for it says nothing of the others."""
    can = sum(reason is None for reason in blocks.values())
    return Reason.CREW if 0 < can < crew_size else nearest_reason(blocks)


def _gap(day: LiveDay, live: LivePlan, job: Job, technician: str) -> ObstacleView:
    keys = [key for key in live.routes if key[0] == technician]
    way = cheapest_insertion(live, day.situation.policy, job, keys)
    assert way is not None, f"{technician} has a gap for {job.id}"
    stop = next(stop for stop in way.route.stops if stop.job == job.id)
    return ObstacleView(
        technician_id=UUID(technician),
        reason=None,
        start=day.translation.instant(stop.start_s),
        cost_delta_seconds=way.cost_delta_s,
    )
