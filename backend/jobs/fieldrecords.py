"""What a technician records at a job: notes, answers, photos, calls. Facts, recorded in whatever state the job is.

Each is `operation(tx, job, technician_id, args, occurred_at)` like those of `fieldwork`, and answers None. Raises
UnknownJob for a technician who never had the job.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from backend.catalogue import service as catalogue
from backend.files import service as files
from backend.jobs import queries
from backend.jobs.completion import fits
from backend.jobs.errors import WrongAnswer
from backend.jobs.lifecycle import ReviewKind
from backend.jobs.models import (
    FollowUpRequest,
    HazardAcknowledgement,
    Job,
    JobAnswer,
    JobMeasurement,
    JobNote,
    JobPhoto,
    JobSignature,
    SafetyRecord,
    TimeEntry,
)
from backend.jobs.recording import record
from backend.jobs.reviews import open_review
from backend.kernel.db import Transaction
from sync import operations
from sync.operations import (
    ChecklistAnswer,
    FollowUp,
    HazardAcknowledged,
    Measure,
    Note,
    Photo,
    Safety,
    SafetyCheckIn,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HELP_WANTED = "help_wanted"
FOLLOW_UP_WANTED = "follow_up_wanted"


async def note(tx: Transaction, job: Job, technician_id: UUID, args: Note, occurred_at: datetime) -> None:
    await record(tx, JobNote, job, technician_id, occurred_at, text=args.text)


async def answer(tx: Transaction, job: Job, technician_id: UUID, args: ChecklistAnswer, occurred_at: datetime) -> None:
    """Raises WrongAnswer."""
    work = await catalogue.work_specification(tx, job.work)
    item = next((item for item in work.checklist if item.code == args.item), None)
    if item is None or not fits(item, args.value):
        raise WrongAnswer(item=args.item, kind=item.kind if item else None)
    await record(tx, JobAnswer, job, technician_id, occurred_at, item=args.item, value=args.value)


async def photo(tx: Transaction, job: Job, technician_id: UUID, args: Photo, occurred_at: datetime) -> None:
    """The photo itself may come later. One that the job has already is not recorded again."""
    if any(row.sha256 == args.sha256 for row in await queries.records(tx, JobPhoto, [job.id])):
        return
    values = {"sha256": args.sha256, "media_type": args.media_type, "size_bytes": args.bytes}
    await record(tx, JobPhoto, job, technician_id, occurred_at, **values)
    await files.refer(tx, args.sha256)


async def signature(
    tx: Transaction, job: Job, technician_id: UUID, args: operations.Signature, occurred_at: datetime
) -> None:
    """The last signature counts; its image may come later."""
    values = {"sha256": args.sha256, "signer_name": args.signer_name}
    await record(tx, JobSignature, job, technician_id, occurred_at, **values)
    await files.refer(tx, args.sha256)


async def measure(tx: Transaction, job: Job, technician_id: UUID, args: Measure, occurred_at: datetime) -> None:
    values = {"name": args.name, "value": args.value, "unit": args.unit}
    await record(tx, JobMeasurement, job, technician_id, occurred_at, **values)


async def hazard_acknowledged(
    tx: Transaction, job: Job, technician_id: UUID, args: HazardAcknowledged, occurred_at: datetime
) -> None:
    await record(tx, HazardAcknowledgement, job, technician_id, occurred_at, hazard=args.hazard)


async def time_entry(
    tx: Transaction, job: Job, technician_id: UUID, args: operations.TimeEntry, occurred_at: datetime
) -> None:
    """args: with times that are corrected by the mutation's offset already."""
    started_at, ended_at = (EPOCH + timedelta(milliseconds=ms) for ms in (args.start_ms, args.end_ms))
    values = {"activity": args.activity, "started_at": started_at, "ended_at": ended_at}
    await record(tx, TimeEntry, job, technician_id, occurred_at, **values)


async def safety_check_in(
    tx: Transaction, job: Job, technician_id: UUID, args: SafetyCheckIn, occurred_at: datetime
) -> None:
    """A call for help is before a dispatcher as soon as we hear of it."""
    await record(tx, SafetyRecord, job, technician_id, occurred_at, state=args.state, note=args.note)
    if args.state is Safety.HELP:
        params = {"note": args.note, "occurred_at": occurred_at.isoformat()}
        await _ask(tx, ReviewKind.SAFETY, HELP_WANTED, job.number, job, technician_id, params)


async def follow_up(tx: Transaction, job: Job, technician_id: UUID, args: FollowUp, occurred_at: datetime) -> None:
    """A dispatcher decides whether that work is ordered (see `reviews.apply`). Raises UnknownWork."""
    await catalogue.work_specification(tx, args.work)
    values = {"work": args.work, "reason": args.reason, "note": args.note}
    await record(tx, FollowUpRequest, job, technician_id, occurred_at, **values)
    await _ask(tx, ReviewKind.FOLLOW_UP, FOLLOW_UP_WANTED, args.work, job, technician_id, values)


async def _ask(
    tx: Transaction,
    kind: ReviewKind,
    reason: str,
    subject: str,
    job: Job,
    technician_id: UUID,
    params: dict[str, Any],
) -> None:
    await open_review(
        tx, kind=kind, reason=reason, subject=subject, job_id=job.id, technician_id=technician_id, params=params
    )
