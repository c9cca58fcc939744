"""What is earned by what was billed: when, by which policy, with which proof, and what became of it later.

Source: IFRS 15, paragraphs 31 to 38 (satisfaction of performance obligations) and 38 e (acceptance).
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from backend.billing import queries
from backend.billing.lifecycle import EARNED_TRIGGER, EarnedCommand, EarnedState
from backend.billing.models import BillingTrigger, EarnedTrigger
from backend.billing.schemas import EarnedView, Evidence, NotEarnedOnAcceptance, Obligation, UnknownEarned
from backend.billing.triggers import Stated
from backend.catalogue.schemas import ChargeKind, EarnedPolicy
from backend.kernel.db import Transaction
from backend.kernel.facts import FactRow, move
from backend.kernel.paging import Page, decode_cursor, page_of
from backend.orders.schemas import ChargeLineView

OBLIGATIONS = {
    ChargeKind.FULFILMENT: Obligation.GOODS,
    ChargeKind.PROVISION: Obligation.SERVICE,
    ChargeKind.LABOUR: Obligation.LABOUR,
}
STANDING = frozenset({EarnedState.UNEARNED, EarnedState.EARNED})


def earn(
    tx: Transaction, trigger: BillingTrigger, line: ChargeLineView, evidence: Evidence, *, is_accepted: bool
) -> None:
    """The obligation of this line is billed: it is earned from now on, or (on acceptance) when it is accepted."""
    earned = _row(
        tx,
        trigger,
        obligation=OBLIGATIONS[line.kind],
        policy=line.earned,
        evidence=evidence,
    )
    if line.earned is not EarnedPolicy.ON_ACCEPTANCE or is_accepted:
        move(tx, earned, EarnedCommand.EARN, occurred_at=trigger.effective_at)


async def accept(tx: Transaction, earned_id: UUID, at: datetime) -> EarnedView:
    """The customer accepted it at `at`: from then on it is earned. The same again changes nothing.

    Raises UnknownEarned, NotEarnedOnAcceptance, IllegalMove (it was taken back).
    """
    earned = await tx.get(EarnedTrigger, earned_id, UnknownEarned, lock=True)
    if earned.policy is not EarnedPolicy.ON_ACCEPTANCE:
        raise NotEarnedOnAcceptance(policy=earned.policy)
    if earned.state is not EarnedState.EARNED:
        move(tx, earned, EarnedCommand.EARN, occurred_at=at)
        earned.earned_from = at
    return earned_view(earned)


async def end(tx: Transaction, by: BillingTrigger) -> None:
    """What its stream still earns day by day ended when this trigger took effect."""
    for earned in await queries.lock_running_earned(tx, by.stream_id):
        _end(tx, earned, by)


async def follow_correction(tx: Transaction, stated: Stated) -> None:
    """What the corrected trigger earned is restated, or reversed where nothing is billed any more; so is what it ended."""
    before, trigger = stated.instead_of, stated.trigger
    assert before is not None, f"{trigger.id} corrects nothing"
    if (earned := await queries.earned_by(tx, before.id)) is not None and earned.state in STANDING:
        if trigger.quantity == 0:
            move(tx, earned, EarnedCommand.REVERSE, occurred_at=trigger.effective_at)
        else:
            await _restate(tx, earned, trigger)
    for ended in await queries.lock_ended_by(tx, before.id):
        _end(tx, ended, trigger)


async def earned(tx: Transaction, earned_id: UUID) -> EarnedView:
    """Raises UnknownEarned."""
    return earned_view(await tx.get(EarnedTrigger, earned_id, UnknownEarned))


async def see(
    tx: Transaction, *, order_id: UUID | None, known_at: datetime | None, page_size: int, cursor: str | None
) -> Page[EarnedView]:
    """What was earned, in the order in which we learned of it; known_at: as we knew it then. Raises BadCursor."""
    after = decode_cursor(cursor) if cursor else None
    rows = await queries.earned_after(tx, order_id=order_id, known_at=known_at, after=after, limit=page_size + 1)
    views = [earned_view(row) for row in rows]
    if known_at is not None:
        facts = await queries.earned_facts(tx, [row.id for row in rows], known_at=known_at)
        views = [_as_known(view, facts.get(view.id, [])) for view in views]
    return page_of(views, [row.id for row in rows], page_size)


def earned_view(row: EarnedTrigger) -> EarnedView:
    return msgspec.convert(row, EarnedView, from_attributes=True)


def _as_known(view: EarnedView, facts: Sequence[FactRow]) -> EarnedView:
    """The row as its facts up to a moment, oldest first, tell it."""
    state, since, until = EARNED_TRIGGER.initial, view.earned_from, None
    for fact in facts:
        state = EarnedState(fact.to_state)
        if fact.command == EarnedCommand.EARN:
            since = fact.occurred_at
        elif fact.command == EarnedCommand.END:
            until = fact.occurred_at
    return msgspec.structs.replace(view, state=state, earned_from=since, earned_until=until)


def _end(tx: Transaction, earned: EarnedTrigger, by: BillingTrigger) -> None:
    if earned.state is EarnedState.EARNED:
        move(tx, earned, EarnedCommand.END, occurred_at=by.effective_at)
    earned.earned_until, earned.ended_by = by.effective_at, by.id


async def _restate(tx: Transaction, old: EarnedTrigger, trigger: BillingTrigger) -> None:
    was_earned = old.state is EarnedState.EARNED
    until, ended_by = old.earned_until, old.ended_by
    move(tx, old, EarnedCommand.RESTATE, occurred_at=trigger.effective_at)
    old.ended_by = None  # the new row is the one that follows corrections of the end
    new = _row(tx, trigger, obligation=old.obligation, policy=old.policy, evidence=old.evidence)
    if was_earned:
        move(tx, new, EarnedCommand.EARN, occurred_at=trigger.effective_at)
        if until is not None:
            move(tx, new, EarnedCommand.END, occurred_at=until)
            new.earned_until, new.ended_by = until, ended_by


def _row(
    tx: Transaction, trigger: BillingTrigger, *, obligation: Obligation, policy: EarnedPolicy, evidence: Evidence
) -> EarnedTrigger:
    assert trigger.order_id is not None, "what is earned was ordered"
    assert trigger.charge_line_id is not None, "what is earned was ordered"
    earned = EarnedTrigger(
        id=tx.new_id(),
        billing_trigger_id=trigger.id,
        stream_id=trigger.stream_id,
        obligation=obligation,
        policy=policy,
        order_id=trigger.order_id,
        charge_line_id=trigger.charge_line_id,
        earned_from=trigger.effective_at,
        recorded_at=tx.now,
        quantity=trigger.quantity,
        amount_minor=trigger.amount_minor,
        currency=trigger.currency,
        period=trigger.period,
        evidence=evidence,
        state=EARNED_TRIGGER.initial,
    )
    tx.add(earned)
    return earned
