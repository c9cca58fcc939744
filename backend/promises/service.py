"""Use cases of promises: follow what becomes of each window, give credit for what we broke, report.

Everything may be heard in any order and more than once: a promise is brought to where its hold, its appointment and its
visit are now.
"""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from backend.billing import service as billing
from backend.booking import promised as booking
from backend.booking.promised import Promised
from backend.identity import service as identity
from backend.identity.principal import Role
from backend.jobs import service as jobs
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.kernel.paging import Page, decode_cursor, page_of
from backend.promises import queries
from backend.promises.lifecycle import PROMISE, PromiseCommand, PromiseState
from backend.promises.models import Promise, PromiseCredit
from backend.promises.planning import UNHEARD, Known, Verdict, judge
from backend.promises.policy import Pack, Policy, credit_minor
from backend.promises.schemas import (
    CreditKind,
    CreditView,
    Fault,
    PromiseReport,
    PromiseView,
    Share,
    UnknownPromise,
)

# Who moves a window from these desks does it for our own reasons; agents do it for a customer on the phone.
OUR_DESKS = frozenset({Role.DISPATCHER, Role.SUPERVISOR, Role.ADMINISTRATOR})


async def follow_hold(tx: Transaction, hold_id: UUID, pack: Pack) -> None:
    """Bring the promise of a held window to where it is now. Events `promise.confirmed`, `.moved`, `.kept`, `.broken`, `.restated`."""
    found = await booking.promised(tx, hold_id)
    promise = await queries.lock_of_hold(tx, hold_id) or await _offer(tx, found)
    while (verdict := await _judged(tx, promise, found, pack)) is not None:
        _take(tx, promise, found, verdict)


async def follow_appointment(tx: Transaction, appointment_id: UUID, pack: Pack) -> None:
    await follow_hold(tx, await booking.hold_of(tx, appointment_id), pack)


async def follow_job(tx: Transaction, job_id: UUID, pack: Pack) -> None:
    """Somebody came, or began, or it ended: every promise of the job is looked at."""
    for hold_id in await queries.holds_of_job(tx, job_id):
        await follow_hold(tx, hold_id, pack)


async def look(tx: Transaction, promise_id: UUID, pack: Pack) -> None:
    """Nobody was heard of until now: then nobody came."""
    promise = await tx.get(Promise, promise_id, UnknownPromise, lock=True)
    await follow_hold(tx, promise.hold_id, pack)
    promise.finish_work()


async def credit_missed(tx: Transaction, promise_id: UUID, pack: Pack) -> None:
    """We broke a promise: what the policy of its day gives for that, once."""
    promise = await tx.get(Promise, promise_id, UnknownPromise)
    if promise.fault is Fault.OPERATOR:
        await _credit(tx, promise, CreditKind.MISSED, pack, days=0)


async def credit_delay(tx: Transaction, job_id: UUID, done_at: datetime, pack: Pack) -> None:
    """The work is done: for each local day since the first promise of it that we broke, what the policy gives, once."""
    job = await jobs.job_view(tx, job_id)
    promise = await queries.first_broken_by_us(tx, job_id=job_id, order_id=job.order_id)
    if promise is not None:
        zone = ZoneInfo(promise.window_zone)
        days = (done_at.astimezone(zone).date() - promise.window_start.astimezone(zone).date()).days
        await _credit(tx, promise, CreditKind.DELAY, pack, days=days)


async def take_back(tx: Transaction, promise_id: UUID) -> None:
    """A promise that we took for broken was kept: what was given back for it is not, each credit once."""
    for credit in await queries.standing_credits(tx, promise_id):
        credit.taken_back_at = tx.now
        await billing.take_back_credit(tx, fact_id=credit.id, because="the promise was kept")


async def see_promises(
    tx: Transaction, *, order_id: UUID | None, state: PromiseState | None, page_size: int, cursor: str | None
) -> Page[PromiseView]:
    """Promises in the order in which they were made, each with its credits. Raises BadCursor."""
    after = decode_cursor(cursor) if cursor else None
    rows = await queries.promises_after(tx, order_id=order_id, state=state, after=after, limit=page_size + 1)
    given: dict[UUID, list[CreditView]] = {row.id: [] for row in rows}
    for credit in await queries.credits_of(tx, given.keys()):
        given[credit.promise_id].append(msgspec.convert(credit, CreditView, from_attributes=True))
    views = [_view(row, given[row.id]) for row in rows]
    return page_of(views, [row.id for row in rows], page_size)


async def report(tx: Transaction, *, since: datetime, until: datetime) -> PromiseReport:
    """What became of the windows that began in this time."""
    rows = await queries.counts(tx, since=since, until=until)
    total = sum(row[3] for row in rows)
    kept = sum(count for state, _, _, count in rows if state is PromiseState.KEPT)
    broken = sum(count for state, fault, _, count in rows if state is PromiseState.BROKEN and fault is Fault.OPERATOR)
    return PromiseReport(
        since=since,
        until=until,
        promises=total,
        kept_share=kept / (kept + broken) if kept + broken else None,
        shares=[
            Share(state=state, fault=fault, cause=cause, promises=count, share=count / total)
            for state, fault, cause, count in rows
        ],
        credited_minor=await queries.credited(tx, since=since, until=until),
    )


async def _offer(tx: Transaction, found: Promised) -> Promise:
    job = await jobs.job_view(tx, found.job_id)
    promise = Promise(
        id=tx.new_id(),
        state=PROMISE.initial,
        job_id=job.id,
        order_id=job.order_id,
        account_id=job.account_id,
        territory_id=job.territory_id,
        hold_id=found.hold_id,
        window_start=found.window_start,
        window_end=found.window_end,
        window_zone=found.window_zone,
        offered_at=tx.now,
    )
    tx.add(promise)
    await tx.flush()
    return promise


async def _judged(tx: Transaction, promise: Promise, found: Promised, pack: Pack) -> Verdict | None:
    arrived_at, has_begun = None, False
    if promise.confirmed_at is not None:
        arrived_at, has_begun = await jobs.first_arrival(tx, promise.job_id, promise.confirmed_at)
    known = Known(
        hold=found.hold,
        appointment=found.appointment,
        is_rescheduled=found.is_rescheduled,
        ended_at=found.ended_at,
        ended_by=await _by_whom(tx, found),
        window_start=promise.window_start,
        window_end=promise.window_end,
        zone=ZoneInfo(promise.window_zone),
        arrived_at=arrived_at,
        has_begun=has_begun,
    )
    promise.arrived_at = arrived_at
    return judge(promise.state, promise.cause, known, _policy(promise, pack), tx.now)


def _take(tx: Transaction, promise: Promise, found: Promised, verdict: Verdict) -> None:
    move(tx, promise, verdict.command, detail={"fault": verdict.fault, "cause": verdict.cause})
    promise.fault, promise.cause = verdict.fault, verdict.cause
    if verdict.command is PromiseCommand.CONFIRM:
        promise.appointment_id, promise.confirmed_at = found.appointment_id, found.confirmed_at
        promise.finish_work(again_at=promise.window_end + UNHEARD)
        return
    promise.settled_at = tx.now
    promise.finish_work()
    if promise.arrived_at is not None:
        promise.late_seconds = max(0, int((promise.arrived_at - promise.window_end).total_seconds()))


async def _by_whom(tx: Transaction, found: Promised) -> Fault | None:
    """On whose account an appointment was cancelled. What ends by itself, with nobody at it, is our doing."""
    if found.ended_at is None:
        return None
    if found.is_ended_by_customer:
        return Fault.CUSTOMER
    role = None if found.ended_by is None else await identity.role_of(tx, found.ended_by)
    return Fault.OPERATOR if role is None or role in OUR_DESKS else Fault.CUSTOMER


async def _credit(tx: Transaction, promise: Promise, kind: CreditKind, pack: Pack, *, days: int) -> None:
    policy = _policy(promise, pack)
    amount_minor = credit_minor(policy, kind, cause=promise.cause, days=days)
    if amount_minor <= 0 or await queries.credit_of(tx, promise.id, kind) is not None:
        return
    given = PromiseCredit(
        id=tx.new_id(),
        promise_id=promise.id,
        kind=kind,
        days=days,
        amount_minor=amount_minor,
        currency=policy.currency,
        policy=pack.code,
        policy_from=policy.valid_from.isoformat(),
        credited_at=tx.now,
    )
    tx.add(given)
    await billing.credit(
        tx,
        fact_id=given.id,
        account_id=promise.account_id,
        order_id=promise.order_id,
        amount_minor=amount_minor,
        currency=policy.currency,
        reason=f"{pack.code}: {kind}",
        occurred_at=promise.settled_at or tx.now,
    )


def _policy(promise: Promise, pack: Pack) -> Policy:
    """The version of the day that was promised, there where the customer lives."""
    return pack.on(promise.window_start.astimezone(ZoneInfo(promise.window_zone)).date())


def _view(row: Promise, given: list[CreditView]) -> PromiseView:
    known = {name: getattr(row, name) for name in PromiseView.__struct_fields__ if name != "credits"}
    return PromiseView(**known, credits=given)
