"""The life of an activation, what it is for, and the names of its steps. Pure."""

from collections.abc import Collection
from enum import StrEnum

from backend.kernel.lifecycle import Lifecycle, Move


class Purpose(StrEnum):
    """What an activation does to its service on the network. reprovision: the same service on other equipment."""

    ACTIVATE = "activate"
    SUSPEND = "suspend"
    RESUME = "resume"
    CHANGE = "change"
    REPROVISION = "reprovision"
    TERMINATE = "terminate"


class Witness(StrEnum):
    """Who said that it is time: a technician's completed job, the equipment on the network, or somebody who asked."""

    FIELD = "field"
    NETWORK = "network"
    REQUEST = "request"


class StepName(StrEnum):
    """The first three write to the network, the others ask it."""

    PORT_PROFILE = "port_profile"
    RADIUS_SUBSCRIBER = "radius_subscriber"
    VOICE_LINE = "voice_line"
    READ_BACK = "read_back"
    TEST_AND_TURN_UP = "test_and_turn_up"


class ActivationState(StrEnum):
    ARMED = "armed"
    RUNNING = "running"
    RETRY_WAIT = "retryWait"
    SUCCEEDED = "succeeded"
    FALLOUT = "fallout"
    ROLLING_BACK = "rollingBack"
    ROLLED_BACK = "rolledBack"
    ABANDONED = "abandoned"
    EXPIRED = "expired"


class ActivationCommand(StrEnum):
    RUN = "run"
    WAIT = "wait"
    SUCCEED = "succeed"
    FALL_OUT = "fallOut"
    RETRY = "retry"
    OVERRIDE = "override"
    ROLL_BACK = "rollBack"
    FINISH_ROLL_BACK = "finishRollBack"
    ABANDON = "abandon"
    EXPIRE = "expire"


S, C = ActivationState, ActivationCommand

# A service has at most one activation in these states; the database holds it to that.
LIVE = (S.ARMED, S.RUNNING, S.RETRY_WAIT, S.FALLOUT, S.ROLLING_BACK)


def every_step_done(done: Collection[bool]) -> bool:
    """done: for each step of the round, whether the network confirmed it."""
    return bool(done) and all(done)


ACTIVATION = Lifecycle(
    "activation",
    initial=S.ARMED,
    moves={
        (S.ARMED, C.RUN): Move(S.RUNNING),
        (S.ARMED, C.EXPIRE): Move(S.EXPIRED),
        (S.ARMED, C.FALL_OUT): Move(S.FALLOUT, event="activation.fallout"),
        (S.RETRY_WAIT, C.RUN): Move(S.RUNNING),
        (S.RETRY_WAIT, C.ROLL_BACK): Move(S.ROLLING_BACK),
        (S.RUNNING, C.WAIT): Move(S.RETRY_WAIT),
        (S.RUNNING, C.SUCCEED): Move(S.SUCCEEDED, guard=every_step_done),
        (S.RUNNING, C.FALL_OUT): Move(S.FALLOUT, event="activation.fallout"),
        (S.RUNNING, C.ROLL_BACK): Move(S.ROLLING_BACK),
        (S.FALLOUT, C.RETRY): Move(S.RUNNING),
        (S.FALLOUT, C.OVERRIDE): Move(S.RUNNING),
        (S.FALLOUT, C.ROLL_BACK): Move(S.ROLLING_BACK),
        (S.FALLOUT, C.ABANDON): Move(S.ABANDONED, event="activation.abandoned"),
        (S.ROLLING_BACK, C.FALL_OUT): Move(S.FALLOUT, event="activation.fallout"),
        (S.ROLLING_BACK, C.FINISH_ROLL_BACK): Move(
            S.ROLLED_BACK, event="activation.rolled_back", guard=every_step_done
        ),
    },
)
