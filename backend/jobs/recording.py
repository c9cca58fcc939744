"""One more record at a job: how everything that is said of it from the field is kept."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backend.jobs.attendance import require_attendance
from backend.jobs.models import FieldRecord, Job
from backend.kernel.db import Transaction


async def record(
    tx: Transaction, table: type[FieldRecord], job: Job, technician_id: UUID, occurred_at: datetime, **values: Any
) -> None:
    """Append one record; values: the columns of its own. Raises UnknownJob for a technician who never had the job."""
    await require_attendance(tx, job, technician_id)
    tx.append(
        table,
        job_id=job.id,
        technician_id=technician_id,
        occurred_at=min(occurred_at, tx.now),
        recorded_at=tx.now,
        **values,
    )
    await tx.flush_if_careful()
