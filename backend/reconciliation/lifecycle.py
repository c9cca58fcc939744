"""The life of a reconciliation run, and of a break. Pure tables."""

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
    """repairProposed: a repair is prepared; repairing: it was approved and done; waived: a person lives with it."""

    OPEN = "open"
    REPAIR_PROPOSED = "repairProposed"
    REPAIRING = "repairing"
    CLOSED = "closed"
    WAIVED = "waived"


class BreakCommand(StrEnum):
    PROPOSE = "propose"
    APPROVE = "approve"
    REVERSE = "reverse"
    WITHDRAW = "withdraw"
    WAIVE = "waive"
    REOPEN = "reopen"
    CLOSE = "close"


S, C = BreakState, BreakCommand
CLOSED = Move(S.CLOSED, event="service_break.closed")

BREAK = Lifecycle(
    "service_break",
    initial=S.OPEN,
    moves={
        (S.OPEN, C.PROPOSE): Move(S.REPAIR_PROPOSED),
        (S.REPAIR_PROPOSED, C.APPROVE): Move(S.REPAIRING, event="service_break.repair_approved"),
        # What a later run found may ask for another repair, or leave none that a program could do.
        (S.REPAIR_PROPOSED, C.WITHDRAW): Move(S.OPEN),
        (S.REPAIRING, C.REVERSE): Move(S.REPAIR_PROPOSED, event="service_break.repair_reversed"),
        (S.OPEN, C.WAIVE): Move(S.WAIVED, event="service_break.waived"),
        (S.REPAIR_PROPOSED, C.WAIVE): Move(S.WAIVED, event="service_break.waived"),
        (S.WAIVED, C.REOPEN): Move(S.OPEN),
        # Only a run closes: it no longer finds the difference, whoever repaired it and how.
        (S.OPEN, C.CLOSE): CLOSED,
        (S.REPAIR_PROPOSED, C.CLOSE): CLOSED,
        (S.REPAIRING, C.CLOSE): CLOSED,
        (S.WAIVED, C.CLOSE): CLOSED,
    },
)

UNSETTLED = (S.OPEN, S.REPAIR_PROPOSED, S.REPAIRING)
"""The states of a break that somebody still has to care about."""
