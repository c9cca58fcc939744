"""The life of an activation, and the names of its steps. Pure."""

from collections.abc import Collection
from enum import StrEnum

from backend.kernel.lifecycle import Lifecycle, Move


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
    ROLL_BACK = "rollBack"
    FINISH_ROLL_BACK = "finishRollBack"
    ABANDON = "abandon"
    EXPIRE = "expire"


S, C = ActivationState, ActivationCommand


def every_step_done(done: Collection[bool]) -> bool:
    """done: for each step of the round, whether the network confirmed it."""
    return bool(done) and all(done)


ACTIVATION = Lifecycle(
    "activation",
    initial=S.ARMED,
    moves={
        (S.ARMED, C.RUN): Move(S.RUNNING),
        (S.ARMED, C.EXPIRE): Move(S.EXPIRED),
        (S.RETRY_WAIT, C.RUN): Move(S.RUNNING),
        (S.RUNNING, C.WAIT): Move(S.RETRY_WAIT),
        (S.RUNNING, C.SUCCEED): Move(S.SUCCEEDED, guard=every_step_done),
        (S.RUNNING, C.FALL_OUT): Move(S.FALLOUT, event="activation.fallout"),
        (S.FALLOUT, C.RETRY): Move(S.RUNNING),
        (S.FALLOUT, C.ROLL_BACK): Move(S.ROLLING_BACK),
        (S.FALLOUT, C.ABANDON): Move(S.ABANDONED),
        (S.ROLLING_BACK, C.FINISH_ROLL_BACK): Move(S.ROLLED_BACK),
    },
)
