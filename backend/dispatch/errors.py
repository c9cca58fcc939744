"""What can go wrong with technicians' time and with proposals, in the words of dispatchers."""

from backend.kernel.errors import Conflict, Invalid, NotFound


class UnknownRun(NotFound):
    """No such optimisation run, or not yours to see."""

    code = "unknown_run"


class UnknownPolicy(NotFound):
    """No policy of this name and version was saved. params: name, version (null for the newest)."""

    code = "unknown_policy"


class UnknownStep(NotFound):
    """No such step, or not one of yours."""

    code = "unknown_step"


class DayWentOn(Conflict):
    """The job is no longer as this step left it (or found it, to do it again). params: job_id, reason.

    reason: job_cancelled, job_underway, changed_meanwhile, start_in_the_past, out_of_order.
    """

    code = "day_went_on"


class PlannedMeanwhile(Conflict):
    """The job is no longer where the caller saw it. params: job_id, technician_id and start as they are now, null for nobody.

    by: the name of whoever moved it by hand, null when that was the planner.
    """

    code = "planned_meanwhile"


class NobodyHasIt(Conflict):
    """Only what somebody was given can be taken back or locked. params: job_id."""

    code = "nobody_has_it"


class UnknownMove(NotFound):
    """The run proposed no such move. params: move_ids."""

    code = "unknown_move"


class TechnicianBusy(Conflict):
    """The technician is somewhere else then. params: technician_id, starts_at, ends_at."""

    code = "technician_busy"


class TechnicianLacksSkill(Conflict):
    """The job asks for skills that the technician does not have that day. params: skills."""

    code = "technician_lacks_skill"


class OutsideShift(Conflict):
    """The work does not lie within a shift of the technician. params: technician_id, starts_at, ends_at."""

    code = "outside_shift"


class OutsideWindow(Conflict):
    """The customer was promised another time. params: window_start, window_end."""

    code = "outside_window"


class StartInThePast(Invalid):
    """Work is planned for a time to come. params: now."""

    code = "start_in_the_past"


class TriedTooWide(Invalid):
    """The moves that are tried out touch more days of territories than are looked at together. params: most."""

    code = "tried_too_wide"


class BadTrouble(Invalid):
    """Nothing can be repaired by this. params: reason.

    reason: not_today (only a day under way goes wrong), no_duration (how long does the job take now?), another_territory.
    """

    code = "bad_trouble"


class NothingKept(NotFound):
    """Of this day nothing was kept that could be planned again. params: day."""

    code = "nothing_kept"


class OnlyAReplay(Conflict):
    """The run planned a day as it was once: none of its moves can be applied. params: run_id."""

    code = "only_a_replay"


class OutOfOrder(Conflict):
    """One of the two jobs has to be done before the other begins. params: job_id, other_job_id."""

    code = "out_of_order"


class NoSuchTile(NotFound):
    """No zoom has a tile there. params: zoom, x, y."""

    code = "no_such_tile"
