"""The states of holds and appointments (TMF646, MEF 137). Pure tables, exported to the clients as data."""

from enum import StrEnum

from backend.jobs.reasons import is_customers
from backend.kernel.lifecycle import Lifecycle, Move


class HoldState(StrEnum):
    HELD = "held"
    CONSUMED = "consumed"
    RELEASED = "released"
    EXPIRED = "expired"


class HoldCommand(StrEnum):
    CONSUME = "consume"
    RELEASE = "release"
    EXPIRE = "expire"


HOLD = Lifecycle(
    "hold",
    initial=HoldState.HELD,
    moves={
        (HoldState.HELD, HoldCommand.CONSUME): Move(HoldState.CONSUMED),
        (HoldState.HELD, HoldCommand.RELEASE): Move(HoldState.RELEASED, "hold.released"),
        (HoldState.HELD, HoldCommand.EXPIRE): Move(HoldState.EXPIRED, "hold.expired"),
    },
)


class AppointmentState(StrEnum):
    """missed: we failed; failed: the customer did."""

    INITIALIZED = "initialized"
    CONFIRMED = "confirmed"
    IN_PROGRESS = "inProgress"
    COMPLETED = "completed"
    MISSED = "missed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class AppointmentCommand(StrEnum):
    CONFIRM = "confirm"
    BEGIN = "begin"
    COMPLETE = "complete"
    MISS = "miss"
    FAIL = "fail"
    CANCEL = "cancel"


# A visit can end before anyone said that it began: nobody was at home. Hence `miss` and `fail` from `confirmed`, too.
APPOINTMENT = Lifecycle(
    "appointment",
    initial=AppointmentState.INITIALIZED,
    moves={
        (AppointmentState.INITIALIZED, AppointmentCommand.CONFIRM): Move(
            AppointmentState.CONFIRMED, "appointment.confirmed"
        ),
        (AppointmentState.INITIALIZED, AppointmentCommand.CANCEL): Move(
            AppointmentState.CANCELLED, "appointment.cancelled"
        ),
        (AppointmentState.CONFIRMED, AppointmentCommand.BEGIN): Move(AppointmentState.IN_PROGRESS),
        (AppointmentState.CONFIRMED, AppointmentCommand.MISS): Move(AppointmentState.MISSED, "appointment.missed"),
        (AppointmentState.CONFIRMED, AppointmentCommand.FAIL): Move(AppointmentState.FAILED, "appointment.failed"),
        (AppointmentState.CONFIRMED, AppointmentCommand.CANCEL): Move(
            AppointmentState.CANCELLED, "appointment.cancelled"
        ),
        (AppointmentState.IN_PROGRESS, AppointmentCommand.COMPLETE): Move(
            AppointmentState.COMPLETED, "appointment.completed"
        ),
        (AppointmentState.IN_PROGRESS, AppointmentCommand.MISS): Move(AppointmentState.MISSED, "appointment.missed"),
        (AppointmentState.IN_PROGRESS, AppointmentCommand.FAIL): Move(AppointmentState.FAILED, "appointment.failed"),
    },
)

LIVE = frozenset({AppointmentState.INITIALIZED, AppointmentState.CONFIRMED, AppointmentState.IN_PROGRESS})


def undone(reason: str | None) -> AppointmentCommand:
    """What a job that was not done makes of its appointment. reason: a path such as `no_access.dog_loose`."""
    return AppointmentCommand.FAIL if is_customers(reason) else AppointmentCommand.MISS


LIFECYCLES = (HOLD, APPOINTMENT)
