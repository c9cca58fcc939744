"""What a plan says: who does what when, and what is left undone and why. Frozen; engines make them, `check` judges them."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a technician cannot take a job, in the order in which it is asked; the first that holds is told."""

    NO_TECHNICIAN = "no_technician"
    FORBIDDEN = "forbidden"
    TERRITORY = "territory"
    SKILL = "skill"
    LOCK = "lock"
    PARTS = "parts"
    UNREACHABLE = "unreachable"
    WINDOW = "window"
    FULL = "full"
    COST = "cost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One job in a route.

    travel_s: drive from the stop before (or the start place); 0 for a frozen job: that way is already driven.
    arrival_s <= start_s <= end_s: seconds from the problem's epoch.
    """

    job: str
    travel_s: int
    arrival_s: int
    start_s: int
    end_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBreak:
    """A break as planned; it lies at a place or in the middle of a drive, never inside work."""

    start_s: int
    end_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One technician's ordered jobs of one shift.

    shift: index into the technician's shifts.
    depart_s: when the technician leaves the start place, or is free after the last frozen job.
    end_s: arrival at the end place. travel_s: all drives that are still to come, the way home included.
    """

    technician: str
    shift: int
    stops: tuple[Stop, ...]
    breaks: tuple[TakenBreak, ...]
    depart_s: int
    end_s: int
    travel_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unserved:
    """A job left undone; reason: what stopped the technician who came nearest to doing it."""

    job: str
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """routes: only those with at least one stop, each shift at most once. Every job of the problem is in exactly one of both."""

    routes: tuple[Route, ...] = ()
    unserved: tuple[Unserved, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Where a plan puts a job."""

    technician: str
    shift: int
    start_s: int


def assignments(plan: Plan | None) -> dict[str, Assignment]:
    """Every served job of a plan with its technician, shift and start; empty for no plan."""
    return {
        stop.job: Assignment(technician=route.technician, shift=route.shift, start_s=stop.start_s)
        for route in (plan.routes if plan else ())
        for stop in route.stops
    }
