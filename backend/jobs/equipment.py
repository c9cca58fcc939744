"""What a technician puts in, takes out and uses up at a job. What was done is recorded; where stock knows better, a
person looks at it.

Each is an operation like those of `fieldrecords`. Objections of stock: unknown_serial, serial_in_use, not_in_van,
not_at_premises, no_van; of the job: wrong_model, for a unit of a model that it does not ask for, and unwanted_unit, for
one that it does not ask to take out. Raises WrongSerial for a misread label, unless the technician confirmed it: then it
is an objection, too. The card of an objection says what else could be meant.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.inventory import service as inventory
from backend.inventory.schemas import SerialUnitView, WrongSerial
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
from sync.serials import SerialCheck, normalised

NEGATIVE_BALANCE = "negative_balance"
WRONG_MODEL = "wrong_model"
UNWANTED_UNIT = "unwanted_unit"
THE_UNIT_ITSELF = frozenset({WRONG_MODEL, UNWANTED_UNIT})


async def serial_installed(
    tx: Transaction, job: Job, technician_id: UUID, args: SerialInstalled, occurred_at: datetime
) -> Answer:
    """A unit was put in. One that the job has already is not recorded again, but tried again while it is unverified."""
    at, serial = min(occurred_at, tx.now), normalised(args.serial)
    values = {"serial": serial, "method": args.method, "order_item_id": args.order_item_id, "model": args.model}

    async def install() -> SerialUnitView:
        return await inventory.install(
            tx,
            serial=serial,
            premises_id=job.premises_id,
            technician_id=technician_id,
            job_id=job.id,
            occurred_at=at,
            order_id=job.order_id,
        )

    async def judge() -> SerialCheck:
        return await inventory.check_installation(tx, serial, technician_id=technician_id, wanted=job.parts)

    claim = Claim(JobSerial, values, install, judge, is_confirmed=args.is_confirmed, wanted=frozenset(job.parts))
    return await _claim(tx, job, technician_id, claim, at)


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
    at, serial = min(occurred_at, tx.now), normalised(args.serial)
    values = {"serial": serial, "method": args.method, "model": args.model, "replaced_by": replaced_by}

    async def recover() -> SerialUnitView:
        return await inventory.recover(
            tx,
            serial=serial,
            premises_id=job.premises_id,
            technician_id=technician_id,
            job_id=job.id,
            occurred_at=at,
        )

    async def judge() -> SerialCheck:
        return await inventory.check_recovery(tx, serial, premises_id=job.premises_id)

    asked_for = frozenset(unit.serial for unit in job.to_recover)
    claim = Claim(JobRecovery, values, recover, judge, is_confirmed=args.is_confirmed, asked_for=asked_for)
    return await _claim(tx, job, technician_id, claim, at)


async def serial_swapped(
    tx: Transaction, job: Job, technician_id: UUID, args: SerialSwapped, occurred_at: datetime
) -> Answer:
    """One unit out, another in. Stock may agree to either alone; of two objections, the one to the new unit counts."""
    old = SerialRecovered(serial=args.recovered, method=args.method, is_confirmed=args.is_confirmed)
    new = SerialInstalled(
        serial=args.installed,
        method=args.method,
        model=args.model,
        order_item_id=args.order_item_id,
        is_confirmed=args.is_confirmed,
    )
    replaced_by = normalised(args.installed)
    out = await serial_recovered(tx, job, technician_id, old, occurred_at, replaced_by=replaced_by)
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
        order_id=job.order_id,
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


@dataclass(frozen=True)
class Claim:
    """What a technician says of a unit. change: the change of stock that it means; judge: what the serial looks like.

    values: of the row that keeps it; wanted: models that the job asks for, asked_for: serials; none when any will do.
    """

    table: type[JobSerial | JobRecovery]
    values: dict[str, Any]
    change: Callable[[], Awaitable[SerialUnitView]]
    judge: Callable[[], Awaitable[SerialCheck]]
    is_confirmed: bool
    wanted: frozenset[str] = frozenset()
    asked_for: frozenset[str] = frozenset()

    def objection(self, model: str) -> str | None:
        """Of the job, to a unit of this model that stock agreed to."""
        if self.wanted and model not in self.wanted:
            return WRONG_MODEL
        return UNWANTED_UNIT if self.asked_for and self.values["serial"] not in self.asked_for else None


async def _claim(tx: Transaction, job: Job, technician_id: UUID, claim: Claim, at: datetime) -> Answer:
    """Keep what the technician says of a unit, verified when the change of stock that it means is possible."""
    await require_attendance(tx, job, technician_id)
    serial = claim.values["serial"]
    known = next((row for row in await queries.records(tx, claim.table, [job.id]) if row.serial == serial), None)
    if known is not None and known.is_verified:
        return None
    model, reason = await _tried(tx, claim)
    found = {"model": model or claim.values["model"], "is_verified": model is not None, "reason": reason}
    if known is None:
        await record(tx, claim.table, job, technician_id, at, **claim.values | found)
    else:
        for name, value in found.items():
            setattr(known, name, value)
    return await _object(tx, job, technician_id, claim, reason) if reason else None


async def _tried(tx: Transaction, claim: Claim) -> tuple[str | None, str | None]:
    """(model as stock knows it, code of an objection): one of them, or both for a unit that nobody asked for."""
    try:
        async with tx.savepoint():
            model = (await claim.change()).model
    except WrongSerial as objection:
        if not claim.is_confirmed:
            raise
        return None, objection.code
    except (Conflict, NotFound) as objection:
        return None, objection.code
    return model, claim.objection(model)


async def _object(tx: Transaction, job: Job, technician_id: UUID, claim: Claim, reason: str) -> Asked:
    """Put it before a person, who gets to see what else could be meant: nothing, where the unit itself was found."""
    serial = claim.values["serial"]
    alike = [] if reason in THE_UNIT_ITSELF else [one.serial for one in (await claim.judge()).looks_like]
    card_id = await open_review(
        tx,
        kind=ReviewKind.SERIAL,
        reason=reason,
        subject=serial,
        job_id=job.id,
        technician_id=technician_id,
        params={"serial": serial, "looks_like": alike, "is_confirmed": claim.is_confirmed},
    )
    return Asked(reason=reason, card_id=card_id)
