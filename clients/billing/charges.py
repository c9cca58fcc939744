"""The rule of billing: which entries of the ledger make which billed periods. Pure: no clock, no database.

The ledger only grows. What is billed is read from the entries of a stream each time, in the order in which they
were made; an entry that supersedes another stands in that one's place, and the other counts no more.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from clients.billing.messages import Kind, Trigger


class Effect(StrEnum):
    """What an entry does to the bill."""

    SUBSCRIPTION_STARTED = "subscription_started"
    SUBSCRIPTION_STOPPED = "subscription_stopped"
    SUBSCRIPTION_SUSPENDED = "subscription_suspended"
    SUBSCRIPTION_RESUMED = "subscription_resumed"
    SUBSCRIPTION_CHANGED = "subscription_changed"
    CHARGED_ONCE = "charged_once"
    CREDITED = "credited"


class Refused(Exception):
    """The trigger makes no sense for this ledger; it is acknowledged as rejected. `reason` is a stable code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger, never changed afterwards. `effective_at` is UTC; `amount_minor` is for the quantity."""

    trigger_id: UUID
    effect: Effect
    supersedes: UUID | None
    service_id: UUID | None
    charge_line_id: UUID | None
    charge_code: str
    description: str
    order_number: str | None
    account_id: UUID
    effective_at: datetime
    quantity: int
    amount_minor: int
    currency: str

    @property
    def stream(self) -> str:
        """What is billed together, in order (see `Trigger.stream`)."""
        return str(self.service_id or self.charge_line_id or self.account_id)


class BilledPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of time billed on the terms of `entry`, or one charge made once.

    until is None while it runs on, and always for a charge made once.
    """

    kind: Literal["subscription", "one_off"]
    entry: Entry
    since: datetime
    until: datetime | None = None
    ended_by: Effect | None = None

    @property
    def is_running(self) -> bool:
        return self.kind == "subscription" and self.until is None


def entry_for(trigger: Trigger, *, superseded: Entry | None) -> Entry:
    """Turn a trigger into the entry it asks for.

    superseded: the entry that `trigger.supersedes` names, None when there is no such entry.
    Raises Refused.
    """
    effect = _corrected_effect(trigger, superseded) if trigger.kind is Kind.CORRECT else _effect(trigger)
    # A credit says how much is given back, a charge how much is owed. A negative one could be read as the other.
    if effect is Effect.CREDITED and trigger.amount_minor < 0:
        raise Refused("credit_amount_negative")
    if trigger.charge_line_id is None and trigger.amount_minor < 0:
        raise Refused("charge_amount_negative")
    return Entry(
        trigger_id=trigger.trigger_id,
        effect=effect,
        supersedes=trigger.supersedes,
        service_id=trigger.service_id,
        charge_line_id=trigger.charge_line_id,
        charge_code=trigger.charge_code,
        description=trigger.description,
        order_number=trigger.order_number,
        account_id=trigger.account_id,
        effective_at=trigger.effective_at,
        quantity=trigger.quantity,
        amount_minor=trigger.amount_minor,
        currency=trigger.currency,
    )


def standing(entries: Sequence[Entry]) -> list[Entry]:
    """Leave out every superseded entry and put its successor in its place; the order is kept otherwise.

    entries: of one stream or of all, in the order in which they were made.
    Raises Refused when one is superseded twice: the second correction did not know the first.
    """
    place_of: dict[UUID, UUID] = {}
    places: dict[UUID, Entry] = {}
    for entry in entries:
        place = place_of[entry.supersedes] if entry.supersedes else entry.trigger_id
        if entry.supersedes and places[place].trigger_id != entry.supersedes:
            raise Refused("trigger_already_superseded")
        place_of[entry.trigger_id] = place
        places[place] = entry
    return list(places.values())


def billed_periods(entries: Sequence[Entry]) -> list[BilledPeriod]:
    """Read from all entries of one stream, in the order in which they were made, what is billed for it.

    Periods of a subscription do not overlap and come in the order of time. A quantity of 0 bills nothing and is left
    out. A credit is money back, no period. Raises Refused when the entries contradict one another.
    """
    periods: list[BilledPeriod] = []
    for entry in standing(entries):
        _STEPS[entry.effect](periods, entry)
    return [period for period in periods if period.entry.quantity > 0]


_EFFECTS = {
    Kind.STOP: Effect.SUBSCRIPTION_STOPPED,
    Kind.SUSPEND: Effect.SUBSCRIPTION_SUSPENDED,
    Kind.RESUME: Effect.SUBSCRIPTION_RESUMED,
    Kind.CHANGE: Effect.SUBSCRIPTION_CHANGED,
    Kind.CREDIT: Effect.CREDITED,
    Kind.CHARGE: Effect.CHARGED_ONCE,
}


def _effect(trigger: Trigger) -> Effect:
    if trigger.supersedes is not None:
        raise Refused("only_a_correction_supersedes")
    # What is started or fulfilled is a subscription or a single charge by its period alone: a rented gateway is
    # handed over (fulfil) and paid by the month, a switch-on fee is provisioned (start) and paid once.
    opening = Effect.SUBSCRIPTION_STARTED if trigger.period == "month" else Effect.CHARGED_ONCE
    return _EFFECTS.get(trigger.kind, opening)


def _corrected_effect(trigger: Trigger, superseded: Entry | None) -> Effect:
    if trigger.supersedes is None:
        raise Refused("correction_supersedes_nothing")
    if superseded is None:
        raise Refused("superseded_trigger_not_applied")
    if superseded.stream != trigger.stream:
        raise Refused("superseded_trigger_of_another_stream")
    return superseded.effect


def _start(periods: list[BilledPeriod], entry: Entry) -> None:
    last = _last_subscription(periods)
    if last is not None and (last.until is None or last.ended_by is Effect.SUBSCRIPTION_SUSPENDED):
        raise Refused("subscription_already_started")
    if last is not None and last.until is not None and entry.effective_at < last.until:
        raise Refused("starts_before_the_last_period_ended")
    periods.append(BilledPeriod(kind="subscription", entry=entry, since=entry.effective_at))


def _stop(periods: list[BilledPeriod], entry: Entry) -> None:
    last = _last_subscription(periods)
    if last is not None and last.ended_by is Effect.SUBSCRIPTION_SUSPENDED:
        # The suspension already ended this period: a stop can end it earlier, never later.
        _end_period(periods, last, entry)
    else:
        _end(periods, entry)


def _resume(periods: list[BilledPeriod], entry: Entry) -> None:
    last = _last_subscription(periods)
    if last is None or last.until is None or last.ended_by is not Effect.SUBSCRIPTION_SUSPENDED:
        raise Refused("subscription_not_suspended")
    if entry.effective_at < last.until:
        raise Refused("starts_before_the_last_period_ended")
    periods.append(BilledPeriod(kind="subscription", entry=entry, since=entry.effective_at))


def _change(periods: list[BilledPeriod], entry: Entry) -> None:
    _end(periods, entry)
    periods.append(BilledPeriod(kind="subscription", entry=entry, since=entry.effective_at))


def _end(periods: list[BilledPeriod], entry: Entry) -> None:
    last = _last_subscription(periods)
    if last is None or last.until is not None:
        raise Refused("subscription_not_running")
    _end_period(periods, last, entry)


def _end_period(periods: list[BilledPeriod], period: BilledPeriod, entry: Entry) -> None:
    if entry.effective_at < period.since:
        raise Refused("ends_before_it_started")
    until = min(period.until or entry.effective_at, entry.effective_at)
    periods[periods.index(period)] = msgspec.structs.replace(period, until=until, ended_by=entry.effect)


def _charge_once(periods: list[BilledPeriod], entry: Entry) -> None:
    # A charge line may be fulfilled in parts: one mesh unit today, the other on the next visit.
    periods.append(BilledPeriod(kind="one_off", entry=entry, since=entry.effective_at))


def _credit(_periods: list[BilledPeriod], _entry: Entry) -> None:
    """Money back changes no period."""


def _last_subscription(periods: list[BilledPeriod]) -> BilledPeriod | None:
    return next((period for period in reversed(periods) if period.kind == "subscription"), None)


_STEPS: dict[Effect, Callable[[list[BilledPeriod], Entry], None]] = {
    Effect.SUBSCRIPTION_STARTED: _start,
    Effect.SUBSCRIPTION_STOPPED: _stop,
    Effect.SUBSCRIPTION_SUSPENDED: _end,
    Effect.SUBSCRIPTION_RESUMED: _resume,
    Effect.SUBSCRIPTION_CHANGED: _change,
    Effect.CHARGED_ONCE: _charge_once,
    Effect.CREDITED: _credit,
}
