"""What a plan says: who does what when, and what is left undone and why. Frozen; engines make them, `check` judges them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a technician cannot take a job, in the order in which it is asked; the first that holds is told."""

    NO_TECHNICIAN = "no_technician"
    FORBIDDEN = "forbidden"
    TERRITORY = "territory"
    SKILL = "skill"
    TOOLS = "tools"
    LOCK = "lock"
    PARTS = "parts"
    UNREACHABLE = "unreachable"
    WINDOW = "window"
    AFTER = "after"
    CREW = "crew"
    FULL = "full"
    COST = "cost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One job in a route.

    travel_s: drive from the stop before (or the start place); 0 for a frozen job: that way is already driven.
    arrival_s <= start_s <= end_s: seconds from the problem's epoch.
    lead: whether this member leads the crew; always so when there is only one.
    """

    job: str
    travel_s: int
    arrival_s: int
    start_s: int
    end_s: int
    lead: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DepotCall:
    """Loading at a depot on the way. before: index of the stop that it comes before (the number of stops = on the way home).

    load: part -> pieces taken along, > 0 each. Times as of a stop.
    """

    depot: str
    before: int
    travel_s: int
    arrival_s: int
    start_s: int
    end_s: int
    load: Mapping[str, int]


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
    calls: at depots, in order.
    """

    technician: str
    shift: int
    stops: tuple[Stop, ...]
    breaks: tuple[TakenBreak, ...]
    depart_s: int
    end_s: int
    travel_s: int
    calls: tuple[DepotCall, ...] = ()

    def visits(self) -> list[Stop | DepotCall]:
        """Stops and calls in the order in which they are made."""
        made: list[Stop | DepotCall] = []
        for index, stop in enumerate(self.stops):
            made += [call for call in self.calls if call.before == index]
            made.append(stop)
        return [*made, *(call for call in self.calls if call.before == len(self.stops))]


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
    """Where a plan puts a member of a job's crew; most jobs have only one."""

    technician: str
    shift: int
    start_s: int
    lead: bool = True

    @property
    def duty(self) -> tuple[str, int]:
        return self.technician, self.shift


def assignments(plan: Plan | None) -> dict[str, Assignment]:
    """Every served job of a plan with its technician (of a crew, the lead), shift and start; empty for no plan."""
    return {job: min(members, key=lambda member: not member.lead) for job, members in crews(plan).items()}


def crews(plan: Plan | None) -> dict[str, tuple[Assignment, ...]]:
    """Every served job of a plan with all members of its crew, in the order of the routes."""
    found: defaultdict[str, list[Assignment]] = defaultdict(list)
    for route in plan.routes if plan else ():
        for stop in route.stops:
            found[stop.job].append(
                Assignment(technician=route.technician, shift=route.shift, start_s=stop.start_s, lead=stop.lead)
            )
    return {job: tuple(members) for job, members in found.items()}
