"""What slices show of their rows, without any row."""

from typing import Any
from uuid import UUID

import msgspec

from backend.jobs.lifecycle import AssignmentState, JobLock, JobState
from backend.jobs.schemas import JobView

_JOB = JobView(
    id=UUID(int=1),
    number="J-1",
    version=1,
    state=JobState.PENDING,
    assignment=AssignmentState.UNASSIGNED,
    lock=JobLock.NONE,
    work="INSTALL-FTTP",
    work_order_id=UUID(int=1),
    order_id=None,
    account_id=UUID(int=1),
    premises_id=UUID(int=1),
    territory_id=UUID(int=1),
    follows_job_id=None,
    duration_seconds=3600,
    skills=[],
    parts={},
    priority=1,
    technician_id=None,
    organisation_id=None,
    planned_start=None,
    planned_end=None,
    window=None,
    service_day=None,
    needs_review=False,
    outcome=None,
    reason=None,
    ended_at=None,
)


def job_view(**changes: Any) -> JobView:
    """A pending job that nobody has, but for what changes say."""
    return msgspec.structs.replace(_JOB, **changes)
