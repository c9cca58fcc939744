"""The planner's moves as a proposal's rows. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.dispatch.placings import Placing
from backend.dispatch.translation import Translation
from backend.jobs.schemas import JobView
from scheduling import Move, Reason


def describe(move: Move, translation: Translation, job: JobView, reasons: Mapping[str, Reason]) -> dict[str, Any]:
    """A move of the planner as columns of `ProposalMove`. reasons: job id → why nobody can take it."""
    after = _place_in_time(move, translation, job)
    unserved = reasons.get(move.job)
    return {
        "job_id": job.id,
        "job_version": job.version,
        "kind": str(move.kind),
        "reason": str(move.reason),
        "params": {} if unserved is None else {"unserved": str(unserved)},
        "from_technician_id": job.technician_id,
        "from_helpers": job.helper_ids,
        "from_start": job.planned_start,
        "from_end": job.planned_end,
        "to_technician_id": after.crew[0] if after.crew else None,
        "to_helpers": list(after.crew[1:]),
        "to_start": after.starts_at,
        "to_end": after.ends_at,
        "cost_delta_seconds": move.cost_delta_s,
        "touches_promise": move.touches_promise,
    }


def _place_in_time(move: Move, translation: Translation, job: JobView) -> Placing:
    if move.after is None:
        return Placing(job_id=job.id, crew=(), starts_at=None, ends_at=None)
    crew = (UUID(move.after.technician), *(UUID(helper) for helper in move.helpers_after))
    start = translation.instant(move.after.start_s)
    return Placing(job_id=job.id, crew=crew, starts_at=start, ends_at=start + timedelta(seconds=job.duration_seconds))
