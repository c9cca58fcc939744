"""What activation shows and takes on the wire, and what it passes between its transactions."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec

from backend.activation.lifecycle import ActivationState, Purpose, StepName, Witness
from backend.catalogue.schemas import Code, ServiceKind
from backend.orders.schemas import ServiceName
from backend.resources.lifecycle import ServiceState

MAX_NAMED = 5  # fallouts of one reason in the inbox: more are no list to read there
MAX_BULK = 200  # fallouts in one retry: more are more than one cause, which somebody should look at

Explanation = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Label = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class Reason(StrEnum):
    """Why an activation fell out: what a person has to look at."""

    NETWORK_REFUSED = "network_refused"
    NETWORK_UNREACHABLE = "network_unreachable"
    READ_BACK_DIFFERS = "read_back_differs"
    LINE_TEST_FAILED = "line_test_failed"
    WITNESSES_DISAGREE = "witnesses_disagree"
    SERVICE_MOVED_ON = "service_moved_on"
    PREREQUISITE_ENDED = "prerequisite_ended"


class ContactVerdict(StrEnum):
    """What a first contact came to. started: the service's activation. agrees, differs: from what is known of its
    equipment. unawaited: nobody waits for it, or not yet then. unknown: no service is there."""

    STARTED = "started"
    AGREES = "agrees"
    DIFFERS = "differs"
    UNAWAITED = "unawaited"
    UNKNOWN = "unknown"


class Profiles(msgspec.Struct, frozen=True, kw_only=True):
    """What the network shall hold of a service: step name → attributes, None for a profile that shall not be there."""

    by_step: dict[StepName, dict[str, str] | None]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One step as the network is asked for it. key: the same again after a crash, another in a new round."""

    step_id: UUID
    name: StepName
    key: str


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What is about to be asked of the network for one activation: a step, and behind it those that only look."""

    activation_id: UUID
    service_id: UUID
    steps: tuple[Asked, ...]
    wanted: Profiles


class Verdict(StrEnum):
    """done: go on. refused: a person has to look. unanswered: ask again later."""

    DONE = "done"
    REFUSED = "refused"
    UNANSWERED = "unanswered"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one call. reason: None when it is done; detail: the network's answer, plain values."""

    verdict: Verdict
    reason: Reason | None = None
    detail: dict[str, Any] = {}


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """A call and what came of its steps, up to the first that was not done. jitter: 0 to 1, of the back-off if that has
    to be asked again."""

    call: Call
    outcomes: Sequence[Outcome]
    jitter: float


class StepView(msgspec.Struct, frozen=True, kw_only=True):
    """One step. attempts: calls so far; reason: of its last call that did not go well; undoes: it rolls back."""

    round: int
    name: StepName
    undoes: bool
    attempts: int
    called_at: datetime | None
    done_at: datetime | None
    reason: str | None
    evidence: dict[str, Any] | None


class Prerequisite(msgspec.Struct, frozen=True, kw_only=True):
    """A service of the same order that has to run first. state: its own; activation_id, activation_state, reason: of its
    newest activation, None when it has none; reason: why that fell out."""

    service_id: UUID
    kind: ServiceKind
    state: ServiceState
    activation_id: UUID | None
    activation_state: ActivationState | None
    reason: str | None


class ActivationView(msgspec.Struct, frozen=True, kw_only=True):
    """What is done to one service. witness, effective_at: who said that it happened, and when; None while it waits for
    that, until expires_at. because: why somebody asked for it. due_at: of the next try, None when there is none. waits_for: what has to run
    before it begins, though its own witness came; none once it began."""

    id: UUID
    version: int
    service_id: UUID
    purpose: Purpose
    order_id: UUID | None
    job_id: UUID | None
    state: ActivationState
    armed_at: datetime
    expires_at: datetime | None
    witness: Witness | None
    effective_at: datetime | None
    equipment: list[str]
    characteristics: dict[str, str] | None
    because: str | None
    round: int
    reason: str | None
    detail: dict[str, Any] | None
    due_at: datetime | None
    waits_for: list[Prerequisite] = []


class ActivationDetail(msgspec.Struct, frozen=True, kw_only=True):
    """An activation with the steps of all its rounds, in order."""

    activation: ActivationView
    steps: list[StepView]


class FalloutCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many activations wait for a person for one reason, and since when the oldest does.

    oldest: the names of the first MAX_NAMED of them.
    """

    reason: str
    count: int
    since: datetime
    oldest: list[ServiceName]


class Decide(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person decided of a fallout, and why."""

    reason: Explanation


class RetryFallouts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which fallouts to try again: all of one reason, oldest first, at most MAX_BULK; or all."""

    reason: Reason | None = None


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """One that was left as it is. code: of the problem that it would have been by itself."""

    activation_id: UUID
    code: str


class Retried(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a bulk retry. left: fallouts of this reason that were not even tried."""

    retried: list[UUID]
    refused: list[Refusal]
    left: int


class MoveService(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Suspend, resume or terminate a service. at: since when it counts, now if not said; never in the future."""

    reason: Explanation
    at: Instant | None = None


class ChangeService(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Give a service other characteristics. All that it shall have: what is not named is not kept."""

    reason: Explanation
    characteristics: dict[Code, Code]
    at: Instant | None = None


class ReportContact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The network saw equipment come up. message_id: its own id of that; port or username say where, or both."""

    message_id: Label
    occurred_at: Instant
    port: Label | None = None
    username: Label | None = None
    serial: Label | None = None


class ContactView(msgspec.Struct, frozen=True, kw_only=True):
    """What a contact came to. service_id: None when nobody is known there."""

    message_id: str
    verdict: ContactVerdict
    service_id: UUID | None
