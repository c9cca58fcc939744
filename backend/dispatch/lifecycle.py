"""The states of optimisation runs and of the moves that they propose. Pure tables, exported to the clients as data."""

from enum import StrEnum

from backend.kernel.lifecycle import Lifecycle, Move


class TimeKind(StrEnum):
    """hold: kept for a customer who is deciding; job: planned work."""

    HOLD = "hold"
    JOB = "job"


class RunState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    PROPOSED = "proposed"
    APPLIED = "applied"
    PARTIALLY_APPLIED = "partiallyApplied"
    DISCARDED = "discarded"
    ROLLED_BACK = "rolledBack"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RunCommand(StrEnum):
    START = "start"
    PROPOSE = "propose"
    FAIL = "fail"
    CANCEL = "cancel"
    APPLY = "apply"
    APPLY_PARTLY = "apply_partly"
    DISCARD = "discard"
    ROLL_BACK = "roll_back"


RUN = Lifecycle(
    "optimisation_run",
    initial=RunState.QUEUED,
    moves={
        (RunState.QUEUED, RunCommand.START): Move(RunState.RUNNING),
        (RunState.QUEUED, RunCommand.CANCEL): Move(RunState.CANCELLED),
        (RunState.RUNNING, RunCommand.CANCEL): Move(RunState.CANCELLED),
        (RunState.RUNNING, RunCommand.PROPOSE): Move(RunState.PROPOSED),
        (RunState.RUNNING, RunCommand.FAIL): Move(RunState.FAILED),
        (RunState.PROPOSED, RunCommand.APPLY): Move(RunState.APPLIED),
        (RunState.PROPOSED, RunCommand.APPLY_PARTLY): Move(RunState.PARTIALLY_APPLIED),
        (RunState.PROPOSED, RunCommand.DISCARD): Move(RunState.DISCARDED),
        (RunState.PARTIALLY_APPLIED, RunCommand.APPLY_PARTLY): Move(RunState.PARTIALLY_APPLIED),
        (RunState.PARTIALLY_APPLIED, RunCommand.APPLY): Move(RunState.APPLIED),
        (RunState.PARTIALLY_APPLIED, RunCommand.ROLL_BACK): Move(RunState.ROLLED_BACK),
        (RunState.APPLIED, RunCommand.ROLL_BACK): Move(RunState.ROLLED_BACK),
    },
)


class MoveState(StrEnum):
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNDONE = "undone"


class MoveCommand(StrEnum):
    ACCEPT = "accept"
    REFUSE = "refuse"
    UNDO = "undo"


MOVE = Lifecycle(
    "proposal_move",
    initial=MoveState.PROPOSED,
    moves={
        (MoveState.PROPOSED, MoveCommand.ACCEPT): Move(MoveState.ACCEPTED),
        (MoveState.PROPOSED, MoveCommand.REFUSE): Move(MoveState.REFUSED),
        (MoveState.ACCEPTED, MoveCommand.UNDO): Move(MoveState.UNDONE),
    },
)


class StepKind(StrEnum):
    """What a dispatcher's hand does to a job. assign: nobody had it; lock: also to take a lock away; resize: longer or shorter;
    split: in two visits.
    """

    ASSIGN = "assign"
    MOVE = "move"
    UNASSIGN = "unassign"
    LOCK = "lock"
    RESIZE = "resize"
    SPLIT = "split"


class TroubleKind(StrEnum):
    """What goes wrong in a day. technician_out: for the rest of it; job_overran: takes longer; emergency: cannot wait."""

    TECHNICIAN_OUT = "technician_out"
    JOB_OVERRAN = "job_overran"
    EMERGENCY = "emergency"


class RemedyKind(StrEnum):
    """What saves a window. resequence: the same technician comes sooner; move_appointment: the customer agrees to another."""

    RESEQUENCE = "resequence"
    GIVE_TO_ANOTHER = "give_to_another"
    MOVE_APPOINTMENT = "move_appointment"


class StepState(StrEnum):
    DONE = "done"
    UNDONE = "undone"


class StepCommand(StrEnum):
    UNDO = "undo"
    REDO = "redo"


STEP = Lifecycle(
    "manual_step",
    initial=StepState.DONE,
    moves={
        (StepState.DONE, StepCommand.UNDO): Move(StepState.UNDONE),
        (StepState.UNDONE, StepCommand.REDO): Move(StepState.DONE),
    },
)

UNFINISHED = frozenset({RunState.QUEUED, RunState.RUNNING})

LIFECYCLES = (RUN, MOVE, STEP)
