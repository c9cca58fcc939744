"""What becomes of a promise by what is known of its hold, its appointment and the visit. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from backend.booking.lifecycle import AppointmentState, HoldState
from backend.promises.lifecycle import PromiseCommand, PromiseState
from backend.promises.policy import Policy
from backend.promises.schemas import Cause, Fault

# A technician who came in time may have had no signal until the evening: nobody is judged before that.
UNHEARD = timedelta(hours=12)

# What rests on when somebody was there: the phone of a second technician may tell of an earlier arrival.
BY_ARRIVAL = frozenset({Cause.NO_SHOW, Cause.LATE})


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known by now. appointment: None before the customer agreed. ended_at, ended_by: of a cancellation.

    zone: where the customer lives.

    arrived_at: of the first visit since the confirmation; has_begun: somebody was let in and began to work.
    """

    hold: HoldState
    appointment: AppointmentState | None
    is_rescheduled: bool = False
    ended_at: datetime | None = None
    ended_by: Fault | None = None
    window_start: datetime
    window_end: datetime
    zone: ZoneInfo
    arrived_at: datetime | None = None
    has_begun: bool = False


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The next move of a promise."""

    command: PromiseCommand
    fault: Fault | None = None
    cause: Cause | None = None


def judge(state: PromiseState, cause: Cause | None, known: Known, policy: Policy, now: datetime) -> Verdict | None:
    """The next move, if there is one by now. cause: of a broken promise, which may turn out to have been kept."""
    if state is PromiseState.OFFERED:
        return _offered(known)
    if state is PromiseState.CONFIRMED:
        return _confirmed(known, policy, now)
    if state is PromiseState.BROKEN and cause in BY_ARRIVAL and _came_in_time(known, policy) and known.has_begun:
        return Verdict(command=PromiseCommand.RESTATE)
    return None


def _offered(known: Known) -> Verdict | None:
    if known.appointment is not None:
        return Verdict(command=PromiseCommand.CONFIRM)
    return Verdict(command=PromiseCommand.LAPSE) if known.hold is not HoldState.HELD else None


def _confirmed(known: Known, policy: Policy, now: datetime) -> Verdict | None:
    if known.appointment is AppointmentState.CANCELLED:
        return _cancelled(known, policy)
    if known.arrived_at is None:
        return _nobody_came(known, now)
    if not _came_in_time(known, policy):
        return _broken(Fault.OPERATOR, Cause.LATE)
    if known.appointment is AppointmentState.FAILED:
        return _broken(Fault.CUSTOMER, Cause.NO_ACCESS)
    if known.appointment is AppointmentState.MISSED:
        return _broken(Fault.OPERATOR, Cause.UNDONE)
    if known.has_begun or known.appointment is AppointmentState.COMPLETED:
        return Verdict(command=PromiseCommand.KEEP)
    return None


def _cancelled(known: Known, policy: Policy) -> Verdict:
    """What we move or cancel at short notice is broken; what the customer does, or we in good time, is not."""
    cause = Cause.MOVED if known.is_rescheduled else Cause.CANCELLED
    is_short = known.ended_at is not None and known.ended_at > policy.notice_until(known.window_start, known.zone)
    if known.ended_by is Fault.OPERATOR and is_short:
        return _broken(Fault.OPERATOR, cause)
    command = PromiseCommand.MOVE if known.is_rescheduled else PromiseCommand.WITHDRAW
    return Verdict(command=command, fault=known.ended_by, cause=cause)


def _nobody_came(known: Known, now: datetime) -> Verdict | None:
    if known.appointment is AppointmentState.FAILED:
        return _broken(Fault.CUSTOMER, Cause.NO_ACCESS)
    if known.appointment is AppointmentState.MISSED or now >= known.window_end + UNHEARD:
        return _broken(Fault.OPERATOR, Cause.NO_SHOW)
    return None


def _came_in_time(known: Known, policy: Policy) -> bool:
    return known.arrived_at is not None and known.arrived_at <= known.window_end + policy.tolerance


def _broken(fault: Fault, cause: Cause) -> Verdict:
    return Verdict(command=PromiseCommand.BREAK, fault=fault, cause=cause)
