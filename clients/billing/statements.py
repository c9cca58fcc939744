"""What the ledger adds up to: the extract for reconciliation, the running subscriptions, the totals. Pure."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter

import msgspec

from clients.billing.charges import BilledPeriod, Effect, Entry, billed_periods, standing
from clients.billing.messages import Extract, ExtractItem


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """Sums of one currency in minor units: the running subscriptions of one month, all single charges, all credits.

    Credits are a positive figure; the bill is what was charged less what was credited.
    """

    currency: str
    monthly_minor: int
    once_minor: int
    credited_minor: int


def periods_of_all(entries: Sequence[Entry]) -> list[BilledPeriod]:
    """Billed periods of every stream, one stream after the other. `entries`: all, in the order made."""
    # The sort is stable, so the order within a stream stays the one in which the entries were made.
    by_stream = groupby(sorted(entries, key=attrgetter("stream")), key=attrgetter("stream"))
    return [period for _, of_one in by_stream for period in billed_periods(list(of_one))]


def running_subscriptions(entries: Sequence[Entry]) -> list[BilledPeriod]:
    """The subscriptions that are billed on and on. `entries`: all, in the order made."""
    return [period for period in periods_of_all(entries) if period.is_running]


def extract(entries: Sequence[Entry], *, as_of: datetime) -> Extract:
    """Everything that is billed or was of what was ordered, for the other side to compare.

    What an account itself was given or charged, beside all lines, is not in it.
    """
    ordered = [period for period in periods_of_all(entries) if period.entry.charge_line_id is not None]
    return Extract(as_of=as_of, items=[_item(period) for period in ordered])


def as_csv(extract: Extract) -> str:
    """An extract as CSV (RFC 4180) with a heading; what is null is an empty field. When it was made is not in it."""
    text = io.StringIO(newline="")
    lines = csv.writer(text)
    lines.writerow(ExtractItem.__struct_fields__)
    for item in extract.items:
        lines.writerow(msgspec.to_builtins(item).values())
    return text.getvalue()


def totals(entries: Sequence[Entry]) -> list[Total]:
    """One total for each currency, in the order of their codes. `entries`: all, in the order made."""
    periods = periods_of_all(entries)
    credits_given = [entry for entry in standing(entries) if entry.effect is Effect.CREDITED and entry.quantity > 0]
    return [
        Total(
            currency=currency,
            monthly_minor=_sum_minor([p.entry for p in periods if p.is_running], currency),
            once_minor=_sum_minor([p.entry for p in periods if p.kind == "one_off"], currency),
            credited_minor=_sum_minor(credits_given, currency),
        )
        for currency in sorted({entry.currency for entry in entries})
    ]


def _sum_minor(entries: Sequence[Entry], currency: str) -> int:
    return sum(entry.amount_minor for entry in entries if entry.currency == currency)


def _item(period: BilledPeriod) -> ExtractItem:
    entry = period.entry
    assert entry.charge_line_id is not None, "what an account was given or charged is left out"
    return ExtractItem(
        service_id=entry.service_id,
        charge_line_id=entry.charge_line_id,
        charge_code=entry.charge_code,
        account_id=entry.account_id,
        kind=period.kind,
        billed_since=period.since,
        billed_until=period.until,
        quantity=entry.quantity,
        amount_minor=entry.amount_minor,
        currency=entry.currency,
        trigger_id=entry.trigger_id,
    )
