"""What a technician found otherwise than the document said, and giving back the value that lost.

The value is merged field by field (`sync.merge`) by the policy of the field (`sync.fields`). Nothing that somebody
wrote is gone: a value that loses is kept, and comes back in one call by whoever may see the job; the value that it
displaces is then the lost one.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from backend.customers import service as customers
from backend.customers.schemas import ChangeContact, ChangePremises
from backend.identity.principal import Principal
from backend.jobs import queries
from backend.jobs.answers import Answer, Merged
from backend.jobs.attendance import job_for_work, require_attendance
from backend.jobs.errors import AlreadyRestored, UnknownLostValue, WrongValue
from backend.jobs.models import Job, LostValue, Observation
from backend.jobs.recording import record
from backend.jobs.schemas import LostValueView
from backend.kernel.db import Transaction
from sync.canonical import same
from sync.fields import POLICIES, Field
from sync.merge import Lost, merge_field, restore
from sync.operations import Observe, RestoreValue

COLUMNS = {Field.ACCESS_NOTES: "access_notes", Field.HAZARDS: "hazards", Field.PHONE: "phone", Field.NAME: "name"}
OF_PREMISES = frozenset({Field.ACCESS_NOTES, Field.HAZARDS})


async def observe(tx: Transaction, job: Job, technician_id: UUID, args: Observe, occurred_at: datetime) -> Answer:
    """Raises WrongValue."""
    values = {"field": args.field, "value": args.value, "was": args.was}
    await record(tx, Observation, job, technician_id, occurred_at, **values)
    office = await _read(tx, job, args.field)
    merge = merge_field(POLICIES[args.field], args.field, base=args.was, site=args.value, office=office)
    await _write(tx, job, args.field, merge.kept)
    for lost in merge.lost:
        await _keep(tx, job, technician_id, lost)
    is_alone = same(office, args.was) or (not office and not args.was)
    return None if is_alone else Merged(lost={lost.field: lost.value for lost in merge.lost})


async def restore_value(
    tx: Transaction, job: Job, technician_id: UUID, args: RestoreValue, occurred_at: datetime
) -> Answer:
    """The technician takes a lost value back; one that is back already stays so. Raises UnknownLostValue, WrongValue."""
    await require_attendance(tx, job, technician_id)
    lost = await _lost_value(tx, args.lost)
    if lost.job_id != job.id:
        raise UnknownLostValue(id=args.lost)
    if await queries.restored_by(tx, lost.id) is not None:
        return Merged()
    await _give_back(tx, job, lost)
    return None


async def see_restored(tx: Transaction, principal: Principal, lost_id: UUID) -> LostValueView:
    """Somebody in the office takes a lost value back; the value that it displaced, by which this is undone.

    Raises UnknownLostValue, also for one of a job that the principal may not see; AlreadyRestored, WrongValue.
    """
    lost = await _lost_value(tx, str(lost_id))
    if await queries.visible_job(tx, principal, lost.job_id) is None:
        raise UnknownLostValue(id=str(lost_id))
    job = await job_for_work(tx, lost.job_id)
    if await queries.restored_by(tx, lost.id) is not None:
        raise AlreadyRestored(id=str(lost_id))
    return msgspec.convert(await _give_back(tx, job, lost), LostValueView, from_attributes=True)


async def _lost_value(tx: Transaction, id_: str) -> LostValue:
    try:
        return await tx.get(LostValue, UUID(id_), UnknownLostValue)
    except ValueError:
        raise UnknownLostValue(id=id_) from None


async def _give_back(tx: Transaction, job: Job, lost: LostValue) -> LostValue:
    document: dict[str, Any] = {lost.field: await _read(tx, job, lost.field)}
    merge = restore(document, Lost(field=lost.field, value=lost.value, side=lost.side))
    await _write(tx, job, lost.field, merge.kept[lost.field])
    return await _keep(tx, job, lost.technician_id, merge.lost[0], restores_id=lost.id)


async def _keep(
    tx: Transaction, job: Job, technician_id: UUID, lost: Lost, *, restores_id: UUID | None = None
) -> LostValue:
    row = LostValue(
        id=tx.new_id(),
        job_id=job.id,
        technician_id=technician_id,
        occurred_at=tx.now,
        recorded_at=tx.now,
        field=Field(lost.field),
        value=lost.value,
        side=lost.side,
        restores_id=restores_id,
    )
    tx.add(row)
    await tx.flush()
    return row


async def _read(tx: Transaction, job: Job, field: Field) -> Any:
    """The value that the office has now; nobody else changes it until this transaction ends."""
    row = (
        await customers.premises(tx, job.premises_id, lock=True)
        if field in OF_PREMISES
        else await customers.account(tx, job.account_id, lock=True)
    )
    return getattr(row, COLUMNS[field])


async def _write(tx: Transaction, job: Job, field: Field, value: Any) -> None:
    change = {COLUMNS[field]: [] if field is Field.HAZARDS and value is None else value}
    try:
        if field in OF_PREMISES:
            await customers.change_premises(tx, job.premises_id, msgspec.convert(change, ChangePremises))
        else:
            await customers.change_contact(tx, job.account_id, msgspec.convert(change, ChangeContact))
    except msgspec.ValidationError as error:
        raise WrongValue(field=field, detail=str(error)) from None
