"""What can go wrong with booking, in the words of whoever talks to the customer."""

from backend.kernel.errors import Conflict, Invalid, NotFound


class UnknownHold(NotFound):
    """No such hold, or not yours to see."""

    code = "unknown_hold"


class UnknownAppointment(NotFound):
    """No such appointment, or not yours to see."""

    code = "unknown_appointment"


class NotAWindow(Invalid):
    """We do not offer this window. Ask for the slots of the day. params: window_start, window_end."""

    code = "not_a_window"


class SlotTaken(Conflict):
    """Nobody can keep this window (any more). Ask for the slots again. params: window_start, window_end."""

    code = "slot_taken"


class HoldExpired(Conflict):
    """The hold's time is over and everything was given back: hold a window again. params: expires_at."""

    code = "hold_expired"


class QuotaFull(Conflict):
    """No more windows of that day are given away for this kind of work. params: day, work, daily_limit."""

    code = "quota_full"
