"""What can be wrong with a plan: the rules by name, each with its sentence."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The rules, each with its sentence; fields in braces are the violation's parameters."""

    UNKNOWN_TECHNICIAN = "unknown_technician"
    UNKNOWN_SHIFT = "unknown_shift"
    UNKNOWN_JOB = "unknown_job"
    SHIFT_TWICE = "shift_twice"
    EMPTY_ROUTE = "empty_route"
    JOB_TWICE = "job_twice"
    JOB_MISSING = "job_missing"
    FROZEN_MOVED = "frozen_moved"
    FROZEN_NOT_FIRST = "frozen_not_first"
    FORBIDDEN = "forbidden"
    TERRITORY = "territory"
    SKILL = "skill"
    TOOLS = "tools"
    STOCK = "stock"
    LOCKED_TECHNICIAN = "locked_technician"
    LOCKED_TIME = "locked_time"
    DURATION = "duration"
    WINDOW = "window"
    BEFORE_ARRIVAL = "before_arrival"
    BEFORE_SHIFT = "before_shift"
    BEFORE_NOW = "before_now"
    UNREACHABLE = "unreachable"
    TRAVEL_TOO_SHORT = "travel_too_short"
    TRAVEL_FIGURE = "travel_figure"
    AFTER_SHIFT = "after_shift"
    CREW_SIZE = "crew_size"
    CREW_LEAD = "crew_lead"
    CREW_START = "crew_start"
    AFTER_UNSERVED = "after_unserved"
    AFTER_TOO_SOON = "after_too_soon"
    GAP_TOO_SHORT = "gap_too_short"
    GAP_TOO_LONG = "gap_too_long"
    UNKNOWN_DEPOT = "unknown_depot"
    CALL_ORDER = "call_order"
    CALL_LENGTH = "call_length"
    CALL_WINDOW = "call_window"
    CALL_LOAD = "call_load"
    DEPOT_STOCK = "depot_stock"
    DISTURBANCE = "disturbance"
    BREAK_COUNT = "break_count"
    BREAK_LENGTH = "break_length"
    BREAK_WINDOW = "break_window"
    BREAK_OVERLAP = "break_overlap"


SENTENCES = {
    Kind.UNKNOWN_TECHNICIAN: "there is no technician {technician}",
    Kind.UNKNOWN_SHIFT: "{technician} has no shift {shift}",
    Kind.UNKNOWN_JOB: "there is no job {job}",
    Kind.SHIFT_TWICE: "shift {shift} of {technician} has {count} routes",
    Kind.EMPTY_ROUTE: "the route of {technician} in shift {shift} has no stops",
    Kind.JOB_TWICE: "job {job} appears {count} times",
    Kind.JOB_MISSING: "job {job} is neither served nor listed as unserved",
    Kind.FROZEN_MOVED: "job {job} is frozen to {expected} and the plan has {found}",
    Kind.FROZEN_NOT_FIRST: "job {job} is a fact and comes after open jobs of {technician}",
    Kind.FORBIDDEN: "{technician} must not be sent to job {job}",
    Kind.TERRITORY: "{technician} does not work in {territory}, where job {job} is",
    Kind.SKILL: "job {job} needs {skill} at level {wanted}; {technician} has level {found}",
    Kind.TOOLS: "job {job} needs {tools}, which {technician} does not carry by then",
    Kind.STOCK: "{technician} needs {wanted} of {part} and carries {found}",
    Kind.LOCKED_TECHNICIAN: "job {job} is locked to {expected} and given to {technician}",
    Kind.LOCKED_TIME: "job {job} is locked to start at {expected_s} s and starts at {found_s} s",
    Kind.DURATION: "job {job} takes {technician} {expected_s} s and the plan gives it {found_s} s",
    Kind.WINDOW: "job {job} starts at {found_s} s, outside its windows {windows}",
    Kind.BEFORE_ARRIVAL: "{visit} starts {short_s} s before {technician} arrives",
    Kind.BEFORE_SHIFT: "{technician} leaves {early_s} s before the shift begins",
    Kind.BEFORE_NOW: "{technician} sets out {early_s} s in the past",
    Kind.UNREACHABLE: "no way leads from place {origin} to place {destination}, where {technician} goes next",
    Kind.TRAVEL_TOO_SHORT: "{technician} has {found_s} s for a drive of {expected_s} s to {destination}",
    Kind.TRAVEL_FIGURE: "the route of {technician} states {found_s} s of driving and has {expected_s} s",
    Kind.AFTER_SHIFT: "{technician} is home {late_s} s after the last moment allowed",
    Kind.CREW_SIZE: "job {job} needs {expected} people and gets {found}",
    Kind.CREW_LEAD: "{count} members of the crew of job {job} lead it instead of one",
    Kind.CREW_START: "the crew of job {job} starts at different times: {starts}",
    Kind.AFTER_UNSERVED: "job {job} waits for job {other}, which is left undone",
    Kind.AFTER_TOO_SOON: "job {job} starts {early_s} s before job {other}, which it waits for, has ended",
    Kind.GAP_TOO_SHORT: "job {job} starts {found_s} s after job {other} instead of {least_s} s or more",
    Kind.GAP_TOO_LONG: "job {job} starts {found_s} s after job {other} instead of {most_s} s or less",
    Kind.UNKNOWN_DEPOT: "there is no depot {depot}, where {technician} would load",
    Kind.CALL_ORDER: "{technician} calls at depot {depot} before stop {before}, which is not the next open one",
    Kind.CALL_LENGTH: "loading at depot {depot} takes {expected_s} s and the plan gives {technician} {found_s} s",
    Kind.CALL_WINDOW: "{technician} loads at depot {depot} at {found_s} s, outside its windows {windows}",
    Kind.CALL_LOAD: "{technician} loads {pieces} of {part} at depot {depot}",
    Kind.DEPOT_STOCK: "vans load {wanted} of {part} at depot {depot}, which has {found}",
    Kind.DISTURBANCE: "{found} jobs of the plan in force go to other people or shifts, {expected} may",
    Kind.BREAK_COUNT: "{technician} owes {expected} breaks in shift {shift} and takes {found}",
    Kind.BREAK_LENGTH: "break {index} of {technician} lasts {found_s} s instead of {expected_s} s",
    Kind.BREAK_WINDOW: "break {index} of {technician} starts at {found_s} s, outside {earliest_s}..{latest_s}",
    Kind.BREAK_OVERLAP: "break {index} of {technician} overlaps {other}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One broken rule. params: the values of its sentence, for callers who translate; technician, job: None if not concerned."""

    kind: Kind
    technician: str | None = None
    job: str | None = None
    params: tuple[tuple[str, str | int], ...] = ()

    def __str__(self) -> str:
        return SENTENCES[self.kind].format(technician=self.technician, job=self.job, **dict(self.params))


def violation(kind: Kind, *, technician: str | None = None, job: str | None = None, **params: str | int) -> Violation:
    """One broken rule with the values of its sentence."""
    return Violation(kind=kind, technician=technician, job=job, params=tuple(params.items()))
