"""Why is this job left undone? Each technician's last hurdle, counted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from scheduling.errors import UnknownReference
from scheduling.liveplan import LivePlan, blocks_by_technician, nearest_reason, without_job
from scheduling.plan import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """technicians: of each the first constraint that stops the shift that came nearest, COST when the job would fit there.

    counts: how many technicians each constraint stops. nearest: what stopped the one who came nearest.
    """

    job: str
    technicians: Mapping[str, Reason]
    counts: Mapping[Reason, int]
    nearest: Reason


def explain_unserved(live: LivePlan, job_id: str) -> Explanation:
    """Ask every technician about a job, as if it were not planned yet. Raises UnknownReference for an unknown job."""
    if job_id not in live.workday.jobs:
        raise UnknownReference(f"there is no job {job_id!r} in the problem", job=job_id)
    blocks = blocks_by_technician(without_job(live, job_id), live.workday.jobs[job_id])
    reasons = {technician: reason or Reason.COST for technician, reason in blocks.items()}
    return Explanation(
        job=job_id, technicians=reasons, counts=dict(Counter(reasons.values())), nearest=nearest_reason(blocks)
    )
