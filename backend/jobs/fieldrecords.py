"""What a technician records at a job: notes, answers, photos, serials. Facts, recorded in whatever state the job is.

Each is `operation(tx, job, technician_id, args, occurred_at)` like those of `fieldwork`, and answers None, or the
reason for which a review card was opened. Raises UnknownJob for a technician who never had the job.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from backend.catalogue import service as catalogue
from backend.files import service as files
from backend.inventory import service as inventory
from backend.jobs import queries
from backend.jobs.attendance import require_attendance
from backend.jobs.completion import fits
from backend.jobs.errors import WrongAnswer
from backend.jobs.lifecycle import ReviewKind
from backend.jobs.models import (
    FieldRecord,
    HazardAcknowledgement,
    Job,
    JobAnswer,
    JobMeasurement,
    JobNote,
    JobPhoto,
    JobSerial,
    JobSignature,
    PartConsumption,
    TimeEntry,
)
from backend.jobs.reviews import open_review
from backend.kernel.db import Transaction
from backend.kernel.errors import Conflict, NotFound
from sync import operations
from sync.operations import ChecklistAnswer, HazardAcknowledged, Measure, Note, PartsConsumed, Photo, SerialInstalled

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def note(tx: Transaction, job: Job, technician_id: UUID, args: Note, occurred_at: datetime) -> None:
    await _record(tx, JobNote, job, technician_id, occurred_at, text=args.text)


async def answer(tx: Transaction, job: Job, technician_id: UUID, args: ChecklistAnswer, occurred_at: datetime) -> None:
    """Raises WrongAnswer."""
    work = await catalogue.work_specification(tx, job.work)
    item = next((item for item in work.checklist if item.code == args.item), None)
    if item is None or not fits(item, args.value):
        raise WrongAnswer(item=args.item, kind=item.kind if item else None)
    await _record(tx, JobAnswer, job, technician_id, occurred_at, item=args.item, value=args.value)


async def photo(tx: Transaction, job: Job, technician_id: UUID, args: Photo, occurred_at: datetime) -> None:
    """The photo itself may come later. One that the job has already is not recorded again."""
    if any(row.sha256 == args.sha256 for row in await queries.records(tx, JobPhoto, [job.id])):
        return
    values = {"sha256": args.sha256, "media_type": args.media_type, "size_bytes": args.bytes}
    await _record(tx, JobPhoto, job, technician_id, occurred_at, **values)
    await files.refer(tx, args.sha256)


async def signature(
    tx: Transaction, job: Job, technician_id: UUID, args: operations.Signature, occurred_at: datetime
) -> None:
    """The last signature counts; its image may come later."""
    values = {"sha256": args.sha256, "signer_name": args.signer_name}
    await _record(tx, JobSignature, job, technician_id, occurred_at, **values)
    await files.refer(tx, args.sha256)


async def measure(tx: Transaction, job: Job, technician_id: UUID, args: Measure, occurred_at: datetime) -> None:
    values = {"name": args.name, "value": args.value, "unit": args.unit}
    await _record(tx, JobMeasurement, job, technician_id, occurred_at, **values)


async def hazard_acknowledged(
    tx: Transaction, job: Job, technician_id: UUID, args: HazardAcknowledged, occurred_at: datetime
) -> None:
    await _record(tx, HazardAcknowledgement, job, technician_id, occurred_at, hazard=args.hazard)


async def time_entry(
    tx: Transaction, job: Job, technician_id: UUID, args: operations.TimeEntry, occurred_at: datetime
) -> None:
    """args: with times that are corrected by the mutation's offset already."""
    started_at, ended_at = (EPOCH + timedelta(milliseconds=ms) for ms in (args.start_ms, args.end_ms))
    values = {"activity": args.activity, "started_at": started_at, "ended_at": ended_at}
    await _record(tx, TimeEntry, job, technician_id, occurred_at, **values)


async def parts_consumed(
    tx: Transaction, job: Job, technician_id: UUID, args: PartsConsumed, occurred_at: datetime
) -> None:
    await _record(tx, PartConsumption, job, technician_id, occurred_at, part=args.part, quantity=args.quantity)


async def serial_installed(
    tx: Transaction, job: Job, technician_id: UUID, args: SerialInstalled, occurred_at: datetime
) -> str | None:
    """A unit was put in. When inventory knows better, the claim is kept unverified and a person looks at it.

    Answers the reason then: unknown_serial, serial_in_use, not_in_van. Raises WrongSerial for a misread label. A serial
    that the job has already is not recorded again.
    """
    await require_attendance(tx, job, technician_id)
    if any(row.serial == args.serial for row in await queries.records(tx, JobSerial, [job.id])):
        return None
    model, reason = await _install(tx, job, technician_id, args, occurred_at)
    await _record(
        tx,
        JobSerial,
        job,
        technician_id,
        occurred_at,
        serial=args.serial,
        model=model,
        method=args.method,
        order_item_id=args.order_item_id,
        is_verified=reason is None,
        reason=reason,
    )
    if reason is not None:
        params = {"serial": args.serial, "technician_id": str(technician_id)}
        await open_review(tx, kind=ReviewKind.SERIAL, reason=reason, subject=args.serial, job_id=job.id, params=params)
    return reason


async def _install(
    tx: Transaction, job: Job, technician_id: UUID, args: SerialInstalled, occurred_at: datetime
) -> tuple[str | None, str | None]:
    """(model, None) as inventory knows it, or (model as claimed, the code of what it objects to)."""
    try:
        async with tx.savepoint():
            unit = await inventory.install(
                tx,
                serial=args.serial,
                premises_id=job.premises_id,
                technician_id=technician_id,
                job_id=job.id,
                occurred_at=min(occurred_at, tx.now),
                order_id=job.order_id,
            )
    except (Conflict, NotFound) as objection:
        return args.model, objection.code
    return unit.model, None


async def _record(
    tx: Transaction, table: type[FieldRecord], job: Job, technician_id: UUID, occurred_at: datetime, **values: Any
) -> None:
    """Append one record; the job's version grows with it."""
    await require_attendance(tx, job, technician_id)
    tx.add(
        table(
            id=tx.new_id(),
            job_id=job.id,
            technician_id=technician_id,
            occurred_at=min(occurred_at, tx.now),
            recorded_at=tx.now,
            **values,
        )
    )
    job.record_count += 1
    await tx.flush()
