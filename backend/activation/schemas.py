"""What activation shows, what it passes between its transactions, and the errors that it names."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from backend.activation.lifecycle import ActivationState, StepName
from backend.kernel.errors import NotFound


class UnknownActivation(NotFound):
    code = "unknown_activation"


class Reason(StrEnum):
    """Why an activation fell out: what a person has to look at."""

    NETWORK_REFUSED = "network_refused"
    NETWORK_UNREACHABLE = "network_unreachable"
    READ_BACK_DIFFERS = "read_back_differs"
    LINE_TEST_FAILED = "line_test_failed"


class Profiles(msgspec.Struct, frozen=True, kw_only=True):
    """What the network shall hold of a service: step name → attributes."""

    by_step: dict[StepName, dict[str, str]]


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One step that is about to be asked of the network. key: the same again after a crash, another in a new round."""

    activation_id: UUID
    step_id: UUID
    service_id: UUID
    name: StepName
    key: str
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


class StepView(msgspec.Struct, frozen=True, kw_only=True):
    """One step. attempts: calls so far; reason: of its last call that did not go well."""

    round: int
    name: StepName
    attempts: int
    called_at: datetime | None
    done_at: datetime | None
    reason: str | None
    evidence: dict[str, Any] | None


class ActivationView(msgspec.Struct, frozen=True, kw_only=True):
    """The activation of one service. due_at: of the next try, None when there is none."""

    id: UUID
    version: int
    service_id: UUID
    order_id: UUID
    job_id: UUID
    state: ActivationState
    effective_at: datetime
    equipment: list[str]
    round: int
    reason: str | None
    detail: dict[str, Any] | None
    due_at: datetime | None


class ActivationDetail(msgspec.Struct, frozen=True, kw_only=True):
    """An activation with the steps of all its rounds, in order."""

    activation: ActivationView
    steps: list[StepView]
