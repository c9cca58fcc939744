"""The bridge to `sync.operations`: which use case carries out which named operation of a technician."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from backend.inventory.schemas import LocationView
from backend.jobs import equipment, fieldrecords, fieldwork, observing, vanwork
from backend.jobs.answers import Answer
from backend.jobs.models import Job
from backend.kernel.db import Transaction
from sync import operations
from sync import vanwork as van_operations

Subject: TypeAlias = Job | LocationView
"""What an operation is about: a job, or the technician's own van."""

FieldOperation = Callable[[Transaction, Any, UUID, Any, datetime], Awaitable[Answer]]
"""Its second argument is a Subject of the operation's kind."""

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
    operations.SerialInstalled: equipment.serial_installed,
    operations.SerialRecovered: equipment.serial_recovered,
    operations.SerialSwapped: equipment.serial_swapped,
    operations.HazardAcknowledged: fieldrecords.hazard_acknowledged,
    operations.TimeEntry: fieldrecords.time_entry,
    operations.PartsConsumed: equipment.parts_consumed,
    operations.SafetyCheckIn: fieldrecords.safety_check_in,
    operations.FollowUp: fieldrecords.follow_up,
    operations.Observe: observing.observe,
    operations.RestoreValue: observing.restore_value,
    van_operations.TransferReceived: vanwork.transfer_received,
    van_operations.HandedOver: vanwork.handed_over,
    van_operations.StockCounted: vanwork.stock_counted,
    van_operations.PartsRequested: vanwork.parts_requested,
    van_operations.UnitFaulty: vanwork.unit_faulty,
}

MOVES_JOB = frozenset(
    {
        operations.EnRoute,
        operations.Arrive,
        operations.Start,
        operations.Suspend,
        operations.Resume,
        operations.Complete,
        operations.NotDone,
    }
)
"""What needs the job to be the technician's; whatever else is recorded whosesoever it is."""
