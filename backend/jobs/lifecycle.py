"""The states of work orders, jobs, assignments and review cards. Pure tables, exported to the clients as data.

State names are those of the field: OFS activities for jobs, TMF697 for work orders.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Protocol

from backend.kernel.lifecycle import Lifecycle, Move


class JobState(StrEnum):
    PENDING = "pending"
    EN_ROUTE = "enRoute"
    STARTED = "started"
    COMPLETED = "completed"
    NOT_DONE = "notDone"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


class JobCommand(StrEnum):
    EN_ROUTE = "en_route"
    ARRIVE = "arrive"
    START = "start"
    SUSPEND = "suspend"
    RESUME = "resume"
    COMPLETE = "complete"
    NOT_DONE = "not_done"
    CANCEL = "cancel"
    REOPEN = "reopen"


class Arrival(Protocol):
    """What the guard of `arrive` looks at: the visit."""

    @property
    def has_arrived(self) -> bool: ...


def has_not_arrived(visit: Arrival) -> bool:
    return not visit.has_arrived


# Arriving is a time of the visit, not a state of the job: the technician is there, work has not begun, and a customer
# who is not at home makes it `notDone` from here. So `arrive` leads from enRoute to enRoute, once per visit.
JOB = Lifecycle(
    "job",
    initial=JobState.PENDING,
    moves={
        (JobState.PENDING, JobCommand.EN_ROUTE): Move(JobState.EN_ROUTE, "job.en_route"),
        (JobState.PENDING, JobCommand.CANCEL): Move(JobState.CANCELLED, "job.cancelled"),
        (JobState.EN_ROUTE, JobCommand.ARRIVE): Move(JobState.EN_ROUTE, "job.arrived", has_not_arrived),
        (JobState.EN_ROUTE, JobCommand.START): Move(JobState.STARTED, "job.started"),
        (JobState.EN_ROUTE, JobCommand.NOT_DONE): Move(JobState.NOT_DONE, "job.not_done"),
        (JobState.EN_ROUTE, JobCommand.CANCEL): Move(JobState.CANCELLED, "job.cancelled"),
        (JobState.STARTED, JobCommand.COMPLETE): Move(JobState.COMPLETED, "job.completed"),
        (JobState.STARTED, JobCommand.NOT_DONE): Move(JobState.NOT_DONE, "job.not_done"),
        (JobState.STARTED, JobCommand.SUSPEND): Move(JobState.SUSPENDED, "job.suspended"),
        (JobState.SUSPENDED, JobCommand.RESUME): Move(JobState.STARTED, "job.started"),
        (JobState.CANCELLED, JobCommand.REOPEN): Move(JobState.PENDING),
    },
)

ENDED = frozenset({JobState.COMPLETED, JobState.NOT_DONE, JobState.SUSPENDED, JobState.CANCELLED})

# A technician who forgot a button did not leave out the step: the steps before are recorded at the same instant, so
# that every path stays legal and no honest day's work is refused.
FORGOTTEN: dict[tuple[JobState, JobCommand], tuple[JobCommand, ...]] = {
    (JobState.PENDING, JobCommand.ARRIVE): (JobCommand.EN_ROUTE,),
    (JobState.PENDING, JobCommand.START): (JobCommand.EN_ROUTE,),
    (JobState.PENDING, JobCommand.NOT_DONE): (JobCommand.EN_ROUTE,),
    (JobState.PENDING, JobCommand.COMPLETE): (JobCommand.EN_ROUTE, JobCommand.START),
    (JobState.EN_ROUTE, JobCommand.COMPLETE): (JobCommand.START,),
}


def steps(state: JobState, command: JobCommand) -> tuple[JobCommand, ...]:
    """The commands that lead from `state` through `command`: itself, after those that were forgotten."""
    return (*FORGOTTEN.get((state, command), ()), command)


BEING_THERE = frozenset({JobCommand.EN_ROUTE, JobCommand.ARRIVE})
BEGINNING = BEING_THERE | {JobCommand.START}

# What is behind a job in each state: told again, or by a second phone, it is history and moves nothing.
HISTORY: dict[JobState, frozenset[JobCommand]] = {
    JobState.EN_ROUTE: frozenset({JobCommand.EN_ROUTE}),
    JobState.STARTED: BEGINNING,
    JobState.COMPLETED: BEGINNING,
    JobState.NOT_DONE: BEGINNING,
    JobState.SUSPENDED: BEGINNING,
}


class Standing(StrEnum):
    """What a technician's step is to a job. holds: the job is theirs; takes: it went to another, who has not begun.

    beside: it is another's, and this changes nothing about that; overtaken: the office, or the other, was first.
    """

    HOLDS = "holds"
    TAKES = "takes"
    BESIDE = "beside"
    OVERTAKEN = "overtaken"


def standing(state: JobState, command: JobCommand, *, is_theirs: bool) -> Standing:
    """Whoever works has the job, until another has begun; being there contradicts nobody. is_theirs: by the office."""
    if state is JobState.CANCELLED:
        return Standing.OVERTAKEN
    if is_theirs:
        return Standing.HOLDS
    if command in {JobCommand.START, JobCommand.COMPLETE} and state in {JobState.PENDING, JobState.EN_ROUTE}:
        return Standing.TAKES
    return Standing.BESIDE if command in BEGINNING else Standing.OVERTAKEN


class AssignmentState(StrEnum):
    UNASSIGNED = "unassigned"
    TENTATIVE = "tentative"
    ASSIGNED = "assigned"
    DISPATCHED = "dispatched"
    ACKNOWLEDGED = "acknowledged"


class JobLock(StrEnum):
    """What of a job's plan nobody may change without being asked: its time, its technician, both."""

    NONE = "none"
    TIME = "time"
    TECHNICIAN = "technician"
    BOTH = "both"


class AssignmentCommand(StrEnum):
    PROPOSE = "propose"
    ASSIGN = "assign"
    UNASSIGN = "unassign"
    DISPATCH = "dispatch"
    ACKNOWLEDGE = "acknowledge"


# Another technician starts again at `assigned`: a phone gets a job only by being sent it.
ASSIGNMENT = Lifecycle(
    "assignment",
    initial=AssignmentState.UNASSIGNED,
    moves={
        (AssignmentState.UNASSIGNED, AssignmentCommand.PROPOSE): Move(AssignmentState.TENTATIVE),
        (AssignmentState.UNASSIGNED, AssignmentCommand.ASSIGN): Move(AssignmentState.ASSIGNED),
        (AssignmentState.TENTATIVE, AssignmentCommand.PROPOSE): Move(AssignmentState.TENTATIVE),
        (AssignmentState.TENTATIVE, AssignmentCommand.ASSIGN): Move(AssignmentState.ASSIGNED),
        (AssignmentState.TENTATIVE, AssignmentCommand.UNASSIGN): Move(AssignmentState.UNASSIGNED),
        (AssignmentState.ASSIGNED, AssignmentCommand.ASSIGN): Move(AssignmentState.ASSIGNED),
        (AssignmentState.ASSIGNED, AssignmentCommand.UNASSIGN): Move(AssignmentState.UNASSIGNED),
        (AssignmentState.ASSIGNED, AssignmentCommand.DISPATCH): Move(AssignmentState.DISPATCHED, "job.dispatched"),
        (AssignmentState.DISPATCHED, AssignmentCommand.ASSIGN): Move(AssignmentState.ASSIGNED),
        (AssignmentState.DISPATCHED, AssignmentCommand.UNASSIGN): Move(AssignmentState.UNASSIGNED),
        (AssignmentState.DISPATCHED, AssignmentCommand.ACKNOWLEDGE): Move(AssignmentState.ACKNOWLEDGED),
        (AssignmentState.ACKNOWLEDGED, AssignmentCommand.ASSIGN): Move(AssignmentState.ASSIGNED),
        (AssignmentState.ACKNOWLEDGED, AssignmentCommand.UNASSIGN): Move(AssignmentState.UNASSIGNED),
    },
)

ON_PHONE = frozenset({AssignmentState.DISPATCHED, AssignmentState.ACKNOWLEDGED})


class WorkOrderCause(StrEnum):
    """What asks for work. return: equipment of ours that nobody uses any more is fetched."""

    ORDER = "order"
    TROUBLE = "trouble"
    PLANT = "plant"
    RETURN = "return"


class WorkOrderState(StrEnum):
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "inProgress"
    COMPLETED = "completed"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"


class WorkOrderCommand(StrEnum):
    BEGIN = "begin"
    COMPLETE = "complete"
    COMPLETE_PARTLY = "complete_partly"
    FAIL = "fail"
    CANCEL = "cancel"
    REOPEN = "reopen"


WORK_ORDER = Lifecycle(
    "work_order",
    initial=WorkOrderState.ACKNOWLEDGED,
    moves={
        (WorkOrderState.ACKNOWLEDGED, WorkOrderCommand.BEGIN): Move(WorkOrderState.IN_PROGRESS),
        (WorkOrderState.ACKNOWLEDGED, WorkOrderCommand.FAIL): Move(WorkOrderState.FAILED),
        (WorkOrderState.ACKNOWLEDGED, WorkOrderCommand.CANCEL): Move(WorkOrderState.CANCELLED),
        (WorkOrderState.IN_PROGRESS, WorkOrderCommand.COMPLETE): Move(WorkOrderState.COMPLETED),
        (WorkOrderState.IN_PROGRESS, WorkOrderCommand.COMPLETE_PARTLY): Move(WorkOrderState.PARTIAL),
        (WorkOrderState.IN_PROGRESS, WorkOrderCommand.FAIL): Move(WorkOrderState.FAILED),
        (WorkOrderState.IN_PROGRESS, WorkOrderCommand.CANCEL): Move(WorkOrderState.CANCELLED),
        (WorkOrderState.CANCELLED, WorkOrderCommand.REOPEN): Move(WorkOrderState.IN_PROGRESS),
    },
)

RUNNING = frozenset({WorkOrderState.ACKNOWLEDGED, WorkOrderState.IN_PROGRESS})


def verdict(states: Collection[JobState], *, is_partial: bool) -> WorkOrderCommand | None:
    """What becomes of a work order whose jobs are in these states; None while one of them is still to be done.

    A suspended job says nothing: the job that follows it does. is_partial: a completed job left something undone.
    """
    if any(state not in ENDED for state in states):
        return None
    said = set(states) - {JobState.SUSPENDED}
    if JobState.COMPLETED in said:
        return WorkOrderCommand.COMPLETE_PARTLY if is_partial else WorkOrderCommand.COMPLETE
    return WorkOrderCommand.FAIL if JobState.NOT_DONE in said else WorkOrderCommand.CANCEL


class ReviewKind(StrEnum):
    """Where a review card comes from."""

    CONFLICT = "conflict"
    REJECTED_OPERATION = "rejected_operation"
    SERIAL = "serial"
    FALLOUT = "fallout"
    STOCK = "stock"
    PARTS = "parts"
    SAFETY = "safety"
    FOLLOW_UP = "follow_up"
    QUARANTINE = "quarantine"
    LEASE = "lease"


class ReviewState(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"


class ReviewCommand(StrEnum):
    """apply: what the card asks for is carried out; dismiss: things stay as the office has them."""

    APPLY = "apply"
    DISMISS = "dismiss"


REVIEW = Lifecycle(
    "review_card",
    initial=ReviewState.OPEN,
    moves={
        (ReviewState.OPEN, ReviewCommand.APPLY): Move(ReviewState.RESOLVED),
        (ReviewState.OPEN, ReviewCommand.DISMISS): Move(ReviewState.RESOLVED, "review_card.dismissed"),
    },
)

LIFECYCLES = (JOB, ASSIGNMENT, WORK_ORDER, REVIEW)
