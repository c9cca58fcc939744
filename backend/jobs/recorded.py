"""What technicians recorded at jobs, as their documents show it: read per table for many jobs at once."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from msgspec import Struct

from backend.jobs import queries
from backend.jobs.models import (
    FieldRecord,
    FollowUpRequest,
    HazardAcknowledgement,
    JobAnswer,
    JobMeasurement,
    JobNote,
    JobPhoto,
    JobRecovery,
    JobSerial,
    JobSignature,
    LostValue,
    PartConsumption,
    SafetyRecord,
    TimeEntry,
)
from backend.jobs.schemas import (
    FollowUpPart,
    LostValueView,
    MeasurementPart,
    NotePart,
    PartPart,
    PhotoPart,
    Records,
    RecoveryPart,
    SafetyPart,
    SerialPart,
    SignaturePart,
    TimePart,
)
from backend.kernel.db import Transaction

R = TypeVar("R", bound=FieldRecord)
P = TypeVar("P", bound=Struct)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


async def records_of(tx: Transaction, job_ids: Collection[UUID]) -> dict[UUID, Records]:
    """Job → what was recorded at it."""
    rows: dict[UUID, dict[type[Any], list[Any]]] = {job_id: {} for job_id in job_ids}
    for model in await queries.kinds_recorded(tx, job_ids):
        for row in await queries.records(tx, model, job_ids):
            rows[row.job_id].setdefault(model, []).append(row)
    return {job_id: _records(found) for job_id, found in rows.items()}


def with_more(before: Records, rows: Sequence[FieldRecord]) -> Records | None:
    """These records and some new ones; None when only all of them together can tell.

    What happened before the last of the old ones belongs between them, and a value that came back must leave them.
    """
    later = sorted(rows, key=lambda row: (row.occurred_at, row.id))
    if any(isinstance(row, LostValue) for row in later):
        return None
    if later and before.last_at is not None and later[0].occurred_at <= before.last_at:
        return None
    found: dict[type[Any], list[Any]] = {}
    for row in later:
        found.setdefault(type(row), []).append(row)
    return _joined(before, _records(found), found.get(JobAnswer, []))


def _joined(before: Records, new: Records, answers: Sequence[JobAnswer]) -> Records:
    lists = {
        name: getattr(before, name) + getattr(new, name)
        for name in Records.__struct_fields__
        if isinstance(getattr(new, name), list)
    }
    answered = before.checklist | {answer.item: answer.value for answer in answers}
    return Records(
        **lists
        | {
            "last_at": new.last_at or before.last_at,
            "checklist": {item: value for item, value in answered.items() if value is not None},
            "signature": new.signature or before.signature,
            "hazards_acknowledged": list(dict.fromkeys(before.hazards_acknowledged + new.hazards_acknowledged)),
        }
    )


def _records(found: dict[type[Any], list[Any]]) -> Records:
    def of(model: type[R]) -> list[R]:
        return found.get(model, [])

    answers = {row.item: row.value for row in of(JobAnswer)}
    return Records(
        last_at=max((row.occurred_at for rows in found.values() for row in rows), default=None),
        notes=[
            NotePart(text=row.text, occurred_at=row.occurred_at, technician_id=row.technician_id) for row in of(JobNote)
        ],
        checklist={item: value for item, value in answers.items() if value is not None},
        photos=[PhotoPart(sha256=row.sha256, media_type=row.media_type, bytes=row.size_bytes) for row in of(JobPhoto)],
        serials=[_part(SerialPart, row) for row in of(JobSerial)],
        recovered=[_part(RecoveryPart, row) for row in of(JobRecovery)],
        measurements=[MeasurementPart(name=row.name, value=row.value, unit=row.unit) for row in of(JobMeasurement)],
        signature=_last_signature(of(JobSignature)),
        hazards_acknowledged=list(dict.fromkeys(row.hazard for row in of(HazardAcknowledgement))),
        time_entries=[
            TimePart(activity=row.activity, start_ms=_ms(row.started_at), end_ms=_ms(row.ended_at))
            for row in of(TimeEntry)
        ],
        parts_consumed=[_part(PartPart, row) for row in of(PartConsumption)],
        safety_check_ins=[_part(SafetyPart, row) for row in of(SafetyRecord)],
        follow_ups=[_part(FollowUpPart, row) for row in of(FollowUpRequest)],
        lost_values=[_part(LostValueView, row) for row in _still_lost(of(LostValue))],
    )


def _part(shape: type[P], row: FieldRecord) -> P:
    return shape(**{name: getattr(row, name) for name in shape.__struct_fields__})


def _still_lost(rows: list[LostValue]) -> list[LostValue]:
    restored = {row.restores_id for row in rows}
    return [row for row in rows if row.id not in restored]


def _last_signature(rows: list[JobSignature]) -> SignaturePart | None:
    return SignaturePart(sha256=rows[-1].sha256, signer_name=rows[-1].signer_name) if rows else None


def _ms(at: datetime) -> int:
    return (at - EPOCH) // MILLISECOND
