"""The life of a logical resource, and of a service (TMF638 names). Pure tables."""

from datetime import datetime
from enum import StrEnum

from backend.kernel.lifecycle import Lifecycle, Move


class ResourceState(StrEnum):
    AVAILABLE = "available"
    RESERVED = "reserved"
    ASSIGNED = "assigned"
    QUARANTINED = "quarantined"
    BLOCKED = "blocked"
    RETIRED = "retired"


class ResourceCommand(StrEnum):
    RESERVE = "reserve"
    ASSIGN = "assign"
    FREE = "free"
    EXPIRE = "expire"
    QUARANTINE = "quarantine"
    FINISH_AGEING = "finishAgeing"
    BLOCK = "block"
    UNBLOCK = "unblock"
    RETIRE = "retire"
    RETURN = "return"
    HOLD_AGAIN = "holdAgain"


R, C = ResourceState, ResourceCommand

RESOURCE = Lifecycle(
    "resource",
    initial=R.AVAILABLE,
    moves={
        (R.AVAILABLE, C.RESERVE): Move(R.RESERVED),
        (R.RESERVED, C.ASSIGN): Move(R.ASSIGNED),
        (R.RESERVED, C.FREE): Move(R.AVAILABLE),
        (R.RESERVED, C.EXPIRE): Move(R.AVAILABLE),
        (R.ASSIGNED, C.FREE): Move(R.AVAILABLE),
        (R.ASSIGNED, C.QUARANTINE): Move(R.QUARANTINED),
        (R.QUARANTINED, C.FINISH_AGEING): Move(R.AVAILABLE),
        # What was given back by mistake, before anybody else got it.
        (R.QUARANTINED, C.HOLD_AGAIN): Move(R.ASSIGNED),
        (R.AVAILABLE, C.HOLD_AGAIN): Move(R.ASSIGNED),
        (R.AVAILABLE, C.BLOCK): Move(R.BLOCKED),
        (R.BLOCKED, C.UNBLOCK): Move(R.AVAILABLE),
        (R.AVAILABLE, C.RETIRE): Move(R.RETIRED),
        (R.BLOCKED, C.RETIRE): Move(R.RETIRED),
        (R.QUARANTINED, C.RETIRE): Move(R.RETIRED),
        (R.RETIRED, C.RETURN): Move(R.AVAILABLE),  # a number that was ported away comes back
    },
)


class ServiceState(StrEnum):
    """Source: TMF638 Service Inventory, ServiceStateType."""

    FEASIBILITY_CHECKED = "feasibilityChecked"
    DESIGNED = "designed"
    RESERVED = "reserved"
    INACTIVE = "inactive"
    ACTIVE = "active"
    TERMINATED = "terminated"


class ServiceCommand(StrEnum):
    DESIGN = "design"
    RESERVE = "reserve"
    PREPARE = "prepare"
    ACTIVATE = "activate"
    SUSPEND = "suspend"
    RESUME = "resume"
    CHANGE = "change"
    TERMINATE = "terminate"
    CANCEL = "cancel"


S, D = ServiceState, ServiceCommand


def never_ran(active_since: datetime | None) -> bool:
    """active_since: of the service, kept through suspensions."""
    return active_since is None


def has_run(active_since: datetime | None) -> bool:
    return active_since is not None


# A service starts once in its life and stops once, whatever lies between: a suspension ends in a resumption, not in a
# second activation, and a service that never ran is cancelled, not terminated.
SERVICE = Lifecycle(
    "service",
    initial=S.FEASIBILITY_CHECKED,
    moves={
        (S.FEASIBILITY_CHECKED, D.DESIGN): Move(S.DESIGNED),
        (S.DESIGNED, D.RESERVE): Move(S.RESERVED),
        (S.RESERVED, D.PREPARE): Move(S.INACTIVE),
        (S.INACTIVE, D.ACTIVATE): Move(S.ACTIVE, event="service.activated", guard=never_ran),
        (S.INACTIVE, D.RESUME): Move(S.ACTIVE, event="service.resumed", guard=has_run),
        (S.INACTIVE, D.TERMINATE): Move(S.TERMINATED, event="service.terminated", guard=has_run),
        (S.INACTIVE, D.CANCEL): Move(S.TERMINATED, event="service.cancelled", guard=never_ran),
        (S.ACTIVE, D.SUSPEND): Move(S.INACTIVE, event="service.suspended"),
        (S.ACTIVE, D.CHANGE): Move(S.ACTIVE, event="service.changed"),
        (S.ACTIVE, D.TERMINATE): Move(S.TERMINATED, event="service.terminated"),
    },
)
