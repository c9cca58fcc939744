"""What a technician puts in, takes out and uses up at a job. What was done is recorded; where stock knows better, a
person looks at it.

Each is an operation like those of `fieldrecords`. Objections of stock: unknown_serial, serial_in_use, not_in_van,
not_at_premises, no_van. Raises WrongSerial for a misread label.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.inventory import service as inventory
from backend.inventory.schemas import SerialUnitView
from backend.jobs import queries
from backend.jobs.answers import Answer, Asked
from backend.jobs.attendance import require_attendance
from backend.jobs.lifecycle import ReviewKind
from backend.jobs.models import Job, JobRecovery, JobSerial, PartConsumption
from backend.jobs.recording import record
from backend.jobs.reviews import open_review
from backend.kernel.db import Transaction
from backend.kernel.errors import Conflict, NotFound
from sync.operations import PartsConsumed, SerialInstalled, SerialRecovered, SerialSwapped

NEGATIVE_BALANCE = "negative_balance"


async def serial_installed(
    tx: Transaction, job: Job, technician_id: UUID, args: SerialInstalled, occurred_at: datetime
) -> Answer:
    """A unit was put in. One that the job has already is not recorded again, but tried again while it is unverified."""
    at = min(occurred_at, tx.now)
    values = {"serial": args.serial, "method": args.method, "order_item_id": args.order_item_id}

    async def install() -> SerialUnitView:
        return await inventory.install(
            tx,
            serial=args.serial,
            premises_id=job.premises_id,
            technician_id=technician_id,
            job_id=job.id,
            occurred_at=at,
            order_id=job.order_id,
        )

    return await _claim(tx, job, technician_id, JobSerial, {**values, "model": args.model}, at, install)


async def serial_recovered(
    tx: Transaction,
    job: Job,
    technician_id: UUID,
    args: SerialRecovered,
    occurred_at: datetime,
    *,
    replaced_by: str | None = None,
) -> Answer:
    """A unit was taken out; the technician has it now. Recorded and tried again like one that was put in."""
    at = min(occurred_at, tx.now)
    values = {"serial": args.serial, "method": args.method, "model": args.model, "replaced_by": replaced_by}

    async def recover() -> SerialUnitView:
        return await inventory.recover(
            tx,
            serial=args.serial,
            premises_id=job.premises_id,
            technician_id=technician_id,
            job_id=job.id,
            occurred_at=at,
        )

    return await _claim(tx, job, technician_id, JobRecovery, values, at, recover)


async def serial_swapped(
    tx: Transaction, job: Job, technician_id: UUID, args: SerialSwapped, occurred_at: datetime
) -> Answer:
    """One unit out, another in. Stock may agree to either alone; of two objections, the one to the new unit counts."""
    old = SerialRecovered(serial=args.recovered, method=args.method)
    new = SerialInstalled(serial=args.installed, method=args.method, model=args.model, order_item_id=args.order_item_id)
    out = await serial_recovered(tx, job, technician_id, old, occurred_at, replaced_by=args.installed)
    put_in = await serial_installed(tx, job, technician_id, new, occurred_at)
    return put_in or out


async def parts_consumed(
    tx: Transaction, job: Job, technician_id: UUID, args: PartsConsumed, occurred_at: datetime
) -> Answer:
    """Counted parts were used. The ledger takes them in any case; a van that had none of them is looked at."""
    at = min(occurred_at, tx.now)
    await record(tx, PartConsumption, job, technician_id, occurred_at, part=args.part, quantity=args.quantity)
    balance = await inventory.consume(
        tx,
        part=args.part,
        quantity=args.quantity,
        premises_id=job.premises_id,
        technician_id=technician_id,
        job_id=job.id,
        occurred_at=at,
    )
    if balance is not None and balance < 0:
        await open_review(
            tx,
            kind=ReviewKind.STOCK,
            reason=NEGATIVE_BALANCE,
            subject=args.part,
            job_id=job.id,
            technician_id=technician_id,
            params={"balance": balance, "quantity": args.quantity},
        )
    return None


async def _claim(
    tx: Transaction,
    job: Job,
    technician_id: UUID,
    table: type[JobSerial | JobRecovery],
    values: dict[str, Any],
    at: datetime,
    change: Callable[[], Awaitable[SerialUnitView]],
) -> Answer:
    """Keep what the technician says of a unit, verified when the `change` of stock that it means is possible."""
    await require_attendance(tx, job, technician_id)
    serial = values["serial"]
    known = next((row for row in await queries.records(tx, table, [job.id]) if row.serial == serial), None)
    if known is not None and known.is_verified:
        return None
    model, reason = await _tried(tx, change)
    found = {"model": model or values["model"], "is_verified": reason is None, "reason": reason}
    if known is None:
        await record(tx, table, job, technician_id, at, **values | found)
    else:
        for name, value in found.items():
            setattr(known, name, value)
    return await _object(tx, job, technician_id, serial, reason) if reason else None


async def _tried(tx: Transaction, change: Callable[[], Awaitable[SerialUnitView]]) -> tuple[str | None, str | None]:
    """(model, None) as stock knows it, or (None, the code of its objection)."""
    try:
        async with tx.savepoint():
            return (await change()).model, None
    except (Conflict, NotFound) as objection:
        return None, objection.code


async def _object(tx: Transaction, job: Job, technician_id: UUID, serial: str, reason: str) -> Asked:
    card_id = await open_review(
        tx,
        kind=ReviewKind.SERIAL,
        reason=reason,
        subject=serial,
        job_id=job.id,
        technician_id=technician_id,
        params={"serial": serial},
    )
    return Asked(reason=reason, card_id=card_id)
