"""Triggers for the tests of the receiver: valid ones, of which a test changes what it is about."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec

from clients.billing.messages import Callback, Kind, Trigger

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
SERVICE = UUID(int=1)
CHARGE_LINE = UUID(int=2)
ACCOUNT = UUID(int=3)


def trigger(number: int, kind: Kind = Kind.START, **changes) -> Trigger:
    """A trigger with the id `number`; without changes the start of a subscription for 49.90 EUR a month."""
    fields = {
        "trigger_id": UUID(int=1000 + number),
        "kind": kind,
        "service_id": SERVICE,
        "charge_line_id": CHARGE_LINE,
        "charge_code": "P1",
        "description": "Internet 500",
        "order_number": "O-100001",
        "account_id": ACCOUNT,
        "sequence": number,
        "effective_at": NOW,
        "quantity": 1,
        "amount_minor": 4990,
        "currency": "EUR",
        "period": "month",
        "supersedes": None,
    }
    return Trigger(**(fields | changes))


def body_of(one: Trigger) -> bytes:
    """The callback that carries the trigger."""
    return msgspec.json.encode(Callback(type=f"billing.{one.kind}", timestamp=NOW, data=one))
