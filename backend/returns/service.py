"""Use cases of returns: a unit that should come back is seen, reminded of, charged for, fetched and given up.

What should come back is found in `expecting`, how it ends is in `ending`.
"""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from backend.billing import service as billing
from backend.customers import service as customers
from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.jobs.schemas import UnitPart
from backend.kernel import outbox
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.kernel.money import Money
from backend.kernel.paging import Page, decode_cursor, page_of
from backend.returns import queries
from backend.returns.ending import came_back, end
from backend.returns.expecting import follow_activations, follow_order, follow_premises, follow_service, reinstated
from backend.returns.lifecycle import OUTSTANDING, ReturnCommand, ReturnState
from backend.returns.models import ExpectedReturn
from backend.returns.schemas import (
    AskForRecovery,
    ExpectedReturnView,
    NotOutstanding,
    RecoveryUnderWay,
    RecoveryView,
    ReturnNotice,
    UnknownReturn,
)
from backend.workforce import service as workforce

__all__ = [
    "ask_for_recovery",
    "came_back",
    "follow_activations",
    "follow_job",
    "follow_order",
    "follow_premises",
    "follow_service",
    "look",
    "notice",
    "reinstated",
    "see_return",
    "see_returns",
    "waive",
]

# Nobody is charged while we are about to fetch it, nor on the day after we did not get it: the office may try again.
FETCHING = timedelta(days=1)


async def follow_job(tx: Transaction, job_id: UUID) -> None:
    """A job has ended: what it was to fetch and did not is looked at again, not before a day has gone by."""
    job = await jobs.job_view(tx, job_id)
    for row in await queries.lock_of_work_order(tx, job.work_order_id):
        if row.state is ReturnState.EXPECTED:
            row.finish_work(again_at=max(row.return_by, tx.now + FETCHING))


async def look(tx: Transaction, return_id: UUID) -> None:
    """Remind of a unit, or charge for one that did not come in time. Event `return.reminded`. Raises UnknownReturn."""
    row = await tx.get(ExpectedReturn, return_id, UnknownReturn, lock=True)
    if row.state is not ReturnState.EXPECTED:
        row.finish_work()
    elif await _is_being_fetched(tx, row):
        row.finish_work(again_at=tx.now + FETCHING)
    elif tx.now < row.return_by:
        _remind(tx, row)
        row.finish_work(again_at=row.return_by)
    else:
        await _charge(tx, row)
        row.finish_work()


async def ask_for_recovery(
    tx: Transaction, principal: Principal, return_id: UUID, wanted: AskForRecovery
) -> RecoveryView:
    """A job that fetches this unit, with all else that is outstanding at its premises. Event `job.created`.

    Raises UnknownReturn, NotOutstanding, RecoveryUnderWay, UnknownWork.
    """
    premises_id = (await see_return(tx, principal, return_id)).premises_id
    # All of them in one order: two who ask for two units of one home do not wait for each other.
    there = {row.id: row for row in await queries.lock_at(tx, premises_id)}
    asked = there[return_id]
    if asked.state not in OUTSTANDING:
        raise NotOutstanding(return_id=str(asked.id), state=asked.state)
    if await _is_being_fetched(tx, asked):
        raise RecoveryUnderWay(return_id=str(asked.id), work_order_id=str(asked.work_order_id))
    outstanding = [row for row in there.values() if row.state in OUTSTANDING]
    rows = [row for row in outstanding if not await _is_being_fetched(tx, row)]
    units = [UnitPart(serial=row.serial, model=row.model) for row in rows]
    work_order = await jobs.place_recovery(tx, asked.premises_id, units, work=wanted.work, order_id=asked.order_id)
    for row in rows:
        row.work_order_id = work_order.id
    return RecoveryView(job=work_order.jobs[0], returns=[_view(tx, row) for row in rows])


async def waive(tx: Transaction, principal: Principal, return_id: UUID, reason: str) -> ExpectedReturnView:
    """Ask for a unit no more, and take back what was charged for it. Raises UnknownReturn, IllegalMove."""
    row = await _visible(tx, principal, return_id)
    await end(tx, row, ReturnCommand.WAIVE, because=reason)
    row.reason = reason
    return _view(tx, row)


async def see_return(tx: Transaction, principal: Principal, return_id: UUID) -> ExpectedReturnView:
    """Raises UnknownReturn, also for one that the principal may not see."""
    row = await queries.visible_return(tx, principal, return_id)
    if row is None:
        raise UnknownReturn(id=str(return_id))
    return _view(tx, row)


async def see_returns(
    tx: Transaction,
    principal: Principal,
    *,
    state: ReturnState | None,
    premises_id: UUID | None,
    page_size: int,
    cursor: str | None,
) -> Page[ExpectedReturnView]:
    """The returns that the principal may see, the oldest first. Raises BadCursor."""
    after = decode_cursor(cursor) if cursor else None
    rows = await queries.returns_after(
        tx, principal, state=state, premises_id=premises_id, after=after, limit=page_size + 1
    )
    return page_of([_view(tx, row) for row in rows], [row.id for row in rows], page_size)


async def notice(tx: Transaction, return_id: UUID) -> ReturnNotice | None:
    """What the customer is told of a return and of all that is due with it; None when nothing is any more."""
    row = await tx.get(ExpectedReturn, return_id, UnknownReturn)
    rows = await queries.outstanding_beside(tx, row)
    if not rows:
        return None
    place, account = await customers.premises(tx, row.premises_id), await customers.account(tx, row.account_id)
    return ReturnNotice(
        premises_id=place.id,
        email=account.email,
        name=account.name,
        language=account.language,
        units=[f"{one.model} {one.serial}" for one in rows],
        where=f"{place.street}, {place.city}",
        return_by=row.return_by,
        zone=(await workforce.territory(tx, row.territory_id)).zone,
        charge_minor=sum(one.charge_minor for one in rows),
        currency=row.currency,
    )


def _remind(tx: Transaction, row: ExpectedReturn) -> None:
    if row.remind_at is not None and row.remind_at <= tx.now and row.reminded_at is None:
        row.reminded_at = tx.now
        outbox.record(tx, "return.reminded", row.id)


async def _charge(tx: Transaction, row: ExpectedReturn) -> None:
    """What the policy of its day asks, once for the return; where it asks nothing, the unit stays expected."""
    if row.charge_minor == 0:
        return
    move(tx, row, ReturnCommand.CHARGE, occurred_at=row.return_by)
    row.charged_at = tx.now
    await billing.charge(
        tx,
        fact_id=row.id,
        account_id=row.account_id,
        order_id=row.order_id,
        price=Money(amount_minor=row.charge_minor, currency=row.currency),
        reason=f"{row.policy}: {row.model} {row.serial} did not come back",
        occurred_at=row.return_by,
    )


async def _is_being_fetched(tx: Transaction, row: ExpectedReturn) -> bool:
    return row.work_order_id is not None and await jobs.is_open(tx, row.work_order_id)


async def _visible(tx: Transaction, principal: Principal, return_id: UUID) -> ExpectedReturn:
    row = await queries.visible_return(tx, principal, return_id, lock=True)
    if row is None:
        raise UnknownReturn(id=str(return_id))
    return row


def _view(tx: Transaction, row: ExpectedReturn) -> ExpectedReturnView:
    told: Collection[str] = set(ExpectedReturnView.__struct_fields__) - {"age_days", "is_overdue"}
    return ExpectedReturnView(
        **{name: getattr(row, name) for name in told},
        age_days=((row.ended_at or tx.now) - row.expected_at).days,
        is_overdue=row.state in OUTSTANDING and tx.now >= row.return_by,
    )
