"""The life of a promised window. Pure table."""

from enum import StrEnum

from backend.kernel.lifecycle import Lifecycle, Move


class PromiseState(StrEnum):
    """lapsed: offered and not taken; moved: to another window; withdrawn: cancelled in good time, or by the customer."""

    OFFERED = "offered"
    CONFIRMED = "confirmed"
    LAPSED = "lapsed"
    MOVED = "moved"
    WITHDRAWN = "withdrawn"
    KEPT = "kept"
    BROKEN = "broken"


class PromiseCommand(StrEnum):
    CONFIRM = "confirm"
    LAPSE = "lapse"
    MOVE = "move"
    WITHDRAW = "withdraw"
    KEEP = "keep"
    BREAK = "break"
    RESTATE = "restate"


S, C = PromiseState, PromiseCommand

PROMISE = Lifecycle(
    "promise",
    initial=S.OFFERED,
    moves={
        (S.OFFERED, C.CONFIRM): Move(S.CONFIRMED, event="promise.confirmed"),
        (S.OFFERED, C.LAPSE): Move(S.LAPSED),
        (S.CONFIRMED, C.MOVE): Move(S.MOVED, event="promise.moved"),
        (S.CONFIRMED, C.WITHDRAW): Move(S.WITHDRAWN),
        (S.CONFIRMED, C.KEEP): Move(S.KEPT, event="promise.kept"),
        (S.CONFIRMED, C.BREAK): Move(S.BROKEN, event="promise.broken"),
        # A phone without signal told late that somebody had come in time: what was given for it is taken back.
        (S.BROKEN, C.RESTATE): Move(S.KEPT, event="promise.restated"),
    },
)
