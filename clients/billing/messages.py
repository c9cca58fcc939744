"""What goes over the wire: the billing callback, the feed of callbacks, the acknowledgement and the extract. Decoding happens only here.

Times are aware UTC; money is in minor units of an ISO 4217 currency and `amount_minor` is for the whole quantity.
"""

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal, TypeVar
from uuid import UUID

import msgspec

MAX_BODY_BYTES = 1024 * 1024
"""The largest body that is read. A callback has about 600 bytes."""

MAX_DEPTH = 32
"""The deepest nesting that is decoded. A callback is two deep; a decoder recurses, and a stack is finite."""

EARLIEST_YEAR, LATEST_YEAR = 2000, 2100
"""Years a bill may speak of. It also keeps a time with an offset from overflowing when it is turned into UTC."""

Message = TypeVar("Message", bound=msgspec.Struct)

Sequence = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Quantity = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
AmountMinor = Annotated[int, msgspec.Meta(ge=-(10**12), le=10**12)]
Currency = Annotated[str, msgspec.Meta(min_length=3, max_length=3, pattern=r"\A[A-Z]{3}\Z")]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
# NUL is legal in JSON, but not in the databases that a billing team may copy this text to.
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"\A[^\x00]*\Z")]
Description = Annotated[str, msgspec.Meta(max_length=500, pattern=r"\A[^\x00]*\Z")]


class Kind(StrEnum):
    """What a trigger asks of billing."""

    START = "start"
    STOP = "stop"
    SUSPEND = "suspend"
    RESUME = "resume"
    CHANGE = "change"
    FULFIL = "fulfil"
    CREDIT = "credit"
    CHARGE = "charge"
    CORRECT = "correct"


class Trigger(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that billing has to do.

    sequence counts up from 1 without gaps in each stream (see `stream`).
    charge_line_id is null for a credit or a charge to the account itself, order_number where no order is meant.
    quantity 0 is for corrections: nothing is billed after all.
    supersedes is the trigger that a `correct` replaces.
    """

    trigger_id: UUID
    kind: Kind
    service_id: UUID | None = None
    charge_line_id: UUID | None
    charge_code: Code
    description: Description
    order_number: Code | None
    account_id: UUID
    sequence: Sequence
    effective_at: Instant
    quantity: Quantity
    amount_minor: AmountMinor
    currency: Currency
    period: Literal["once", "month"]
    supersedes: UUID | None = None

    @property
    def stream(self) -> str:
        """What the sequence counts in: the service, else the charge line, else the account."""
        return str(self.service_id or self.charge_line_id or self.account_id)


class Callback(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /webhooks. `timestamp` is when it was sent and may differ at each redelivery."""

    type: str
    timestamp: Instant
    data: Trigger


class FeedItem(msgspec.Struct, frozen=True, kw_only=True):
    """A trigger as a webhook would tell it, and where it stands in the feed."""

    position: int
    callback: Callback


class FeedPage(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of POST {truckroll}/api/v1/billing-feed: some triggers in the order of the feed.

    next_after: the cursor to go on with, also when there are none yet.
    """

    items: list[FeedItem]
    next_after: int
    has_more: bool


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a trigger. `reason` is a stable code when rejected; `ledger_entry_id` is "" then."""

    trigger_id: UUID
    status: Literal["applied", "rejected"]
    reason: str | None
    ledger_entry_id: str


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """The body of POST {truckroll}/api/v1/billing/acknowledgements."""

    type: Literal["billing.acknowledgement"] = "billing.acknowledgement"
    timestamp: datetime
    data: Outcome


class Numbered(msgspec.Struct, frozen=True, kw_only=True):
    """One acknowledgement among others. message_id: the `webhook-id` under which it would come by itself."""

    message_id: str
    message: msgspec.Raw


class Acknowledgements(msgspec.Struct, frozen=True, kw_only=True):
    """The body of POST {truckroll}/api/v1/billing/acknowledgement-batches."""

    type: Literal["billing.acknowledgements"] = "billing.acknowledgements"
    timestamp: datetime
    data: list[Numbered]


class AcknowledgementsTaken(msgspec.Struct, frozen=True):
    """The answer: the `message_id` of each that need not come again."""

    taken: list[str]


class ExtractItem(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of time for which a charge line is billed, or one charge made once (`billed_until` is null).

    trigger_id: the trigger by which it is billed, so that the other side can name it in a correction.
    """

    service_id: UUID | None
    charge_line_id: UUID
    charge_code: str
    account_id: UUID
    kind: Literal["subscription", "one_off"]
    billed_since: datetime
    billed_until: datetime | None
    quantity: int
    amount_minor: int
    currency: str
    trigger_id: UUID | None = None


class Extract(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of GET /extract: everything that billing bills or has billed."""

    as_of: datetime
    items: list[ExtractItem]


class BadBody(Exception):
    """The body is not a billing callback; nothing of it was stored. `code` is stable."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def read_trigger(body: bytes, *, message_id: str) -> Trigger:
    """Decode a callback whose signature is proven; `effective_at` comes back in UTC.

    message_id: the `webhook-id` that was signed; it must be the trigger id, because duplicates are found by it.
    Raises BadBody.
    """
    trigger = trigger_of(_decode(body, Callback))
    if message_id != str(trigger.trigger_id):
        raise BadBody("message_id_differs", "webhook-id must be data.trigger_id in lower case with hyphens")
    return trigger


def read_page(body: bytes) -> FeedPage:
    """Decode a page of the feed; its triggers are not checked yet (`trigger_of`). Raises BadBody."""
    return _decode(body, FeedPage)


def trigger_of(callback: Callback) -> Trigger:
    """The trigger of a decoded callback, whichever way it came; `effective_at` comes back in UTC. Raises BadBody."""
    trigger = callback.data
    if callback.type != f"billing.{trigger.kind}":
        raise BadBody("type_differs", f"a trigger of kind {trigger.kind} has the type billing.{trigger.kind}")
    if not EARLIEST_YEAR <= trigger.effective_at.year <= LATEST_YEAR:
        raise BadBody("effective_at_out_of_range", f"data.effective_at lies in {EARLIEST_YEAR} to {LATEST_YEAR}")
    return msgspec.structs.replace(trigger, effective_at=trigger.effective_at.astimezone(UTC))


def _decode(body: bytes, message: type[Message]) -> Message:
    if _nesting(body) > MAX_DEPTH:
        raise BadBody("too_deep", f"the body nests deeper than {MAX_DEPTH}")
    try:
        return msgspec.json.decode(body, type=message)
    except msgspec.ValidationError as error:
        raise BadBody("field_invalid", str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadBody("json_malformed", "the body must be one JSON document in UTF-8") from error


_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_STEP = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}


def _nesting(body: bytes) -> int:
    """How deep the brackets outside strings nest; looks no further than one level past MAX_DEPTH."""
    depth = deepest = 0
    for token in _STRING_OR_BRACKET.finditer(body):
        depth += _STEP.get(token.group(), 0)
        deepest = max(deepest, depth)
        if deepest > MAX_DEPTH:
            break
    return deepest
