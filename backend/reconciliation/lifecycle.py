"""The life of a reconciliation run, and of a break. Pure tables.

Repairs (`repairProposed`, `repairing`, `waived`) have no moves yet: in this version a break ends when it is gone.
"""

from enum import StrEnum

from backend.kernel.lifecycle import Lifecycle, Move


class RunState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class RunCommand(StrEnum):
    BEGIN = "begin"
    FINISH = "finish"
    FAIL = "fail"


RUN = Lifecycle(
    "reconciliation_run",
    initial=RunState.QUEUED,
    moves={
        (RunState.QUEUED, RunCommand.BEGIN): Move(RunState.RUNNING),
        # A worker died at it: the next one begins anew.
        (RunState.RUNNING, RunCommand.BEGIN): Move(RunState.RUNNING),
        (RunState.RUNNING, RunCommand.FINISH): Move(RunState.DONE, event="reconciliation_run.done"),
        (RunState.RUNNING, RunCommand.FAIL): Move(RunState.FAILED, event="reconciliation_run.failed"),
    },
)


class BreakState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class BreakCommand(StrEnum):
    CLOSE = "close"


BREAK = Lifecycle(
    "service_break",
    initial=BreakState.OPEN,
    moves={(BreakState.OPEN, BreakCommand.CLOSE): Move(BreakState.CLOSED, event="service_break.closed")},
)
