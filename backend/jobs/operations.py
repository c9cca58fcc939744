"""The bridge to `sync.operations`: which use case carries out which named operation of a technician."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.jobs import fieldrecords, fieldwork
from backend.jobs.models import Job
from backend.kernel.db import Transaction
from sync import operations

FieldOperation = Callable[[Transaction, Job, UUID, Any, datetime], Awaitable[str | None]]

OPERATIONS: Mapping[type[operations.Operation], FieldOperation] = {
    operations.Acknowledge: fieldwork.acknowledge,
    operations.EnRoute: fieldwork.en_route,
    operations.Arrive: fieldwork.arrive,
    operations.Start: fieldwork.start,
    operations.Suspend: fieldwork.suspend,
    operations.Resume: fieldwork.resume,
    operations.Complete: fieldwork.complete,
    operations.NotDone: fieldwork.not_done,
    operations.Note: fieldrecords.note,
    operations.ChecklistAnswer: fieldrecords.answer,
    operations.Photo: fieldrecords.photo,
    operations.Signature: fieldrecords.signature,
    operations.Measure: fieldrecords.measure,
    operations.SerialInstalled: fieldrecords.serial_installed,
    operations.HazardAcknowledged: fieldrecords.hazard_acknowledged,
    operations.TimeEntry: fieldrecords.time_entry,
    operations.PartsConsumed: fieldrecords.parts_consumed,
}
