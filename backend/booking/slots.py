"""Which windows can be kept for a job, by whom, at what price, and why are the others closed?

Asked in two steps, as no transaction may wait for the roads: `ask` reads the plan of the days in one snapshot, `answer`
works on that with the driving times. Planned jobs keep their technician and their time; the gaps are what is offered.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from backend.booking.errors import NeedsCrew, NotAWindow
from backend.booking.schemas import HoldWindow, SlotsView, SlotView
from backend.booking.windows import TWO_HOURS, OfferedWindow, windows_of
from backend.dispatch import service as dispatch
from backend.dispatch.translation import Situation, Translation
from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.jobs.errors import JobUnderway
from backend.jobs.lifecycle import JobState
from backend.jobs.schemas import JobView, Window
from backend.kernel.db import Transaction
from backend.workforce import service as workforce
from scheduling import ClosedWindow, Place, Slot, SlotAnswer, TravelMatrix, find_slots, go_live
from scheduling import Window as Span


@dataclass(frozen=True)
class SlotQuestion:
    """A job, the windows that are asked for, and the plan of their days."""

    job: JobView
    windows: tuple[OfferedWindow, ...]
    situation: Situation

    @cached_property
    def translation(self) -> Translation:
        return Translation(self.situation)

    @property
    def places(self) -> Sequence[Place]:
        return self.translation.places

    @property
    def depart_at(self) -> datetime:
        return self.situation.depart_at

    def seen(self, technician_id: UUID) -> frozenset[UUID]:
        """What was known of this technician's time, for later: is it still so?"""
        return frozenset(time.id for time in self.situation.times if time.technician_id == technician_id)


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One technician who can keep a window, and when the work would be."""

    technician_id: UUID
    starts_at: datetime
    ends_at: datetime
    cost_seconds: float


async def bookable(tx: Transaction, principal: Principal, job_id: UUID) -> JobView:
    """A job that can still be given a window. Raises UnknownJob, JobUnderway."""
    job = await jobs.see_job_view(tx, principal, job_id)
    if job.state is not JobState.PENDING:
        raise JobUnderway(job_id=str(job_id), state=job.state)
    return job


async def ask(tx: Transaction, principal: Principal, job_id: UUID, *, first: date, day_count: int) -> SlotQuestion:
    """The question for all windows of some local days. Raises UnknownJob, JobUnderway, NeedsCrew."""
    job = await bookable(tx, principal, job_id)
    territory = await workforce.territory(tx, job.territory_id)
    days = [first + timedelta(days=n) for n in range(day_count)]
    return await _question(tx, job, days, windows_of(days, territory.zone))


async def ask_window(tx: Transaction, principal: Principal, job_id: UUID, wanted: HoldWindow) -> SlotQuestion:
    """The question for one window. Raises UnknownJob, JobUnderway, NeedsCrew, NotAWindow."""
    job = await bookable(tx, principal, job_id)
    territory = await workforce.territory(tx, job.territory_id)
    day = wanted.window_start.astimezone(ZoneInfo(territory.zone)).date()
    for window in windows_of([day], territory.zone):
        if (window.start, window.end) == (wanted.window_start, wanted.window_end):
            return await _question(tx, job, [day], (window,))
    raise NotAWindow(window_start=wanted.window_start.isoformat(), window_end=wanted.window_end.isoformat())


def answer(question: SlotQuestion, travel: TravelMatrix) -> SlotsView:
    """Every window, open with its price or closed with the reasons."""
    found = _find(question, travel)
    ways: dict[Span, list[Slot]] = {}
    for slot in found.slots:
        ways.setdefault(slot.window, []).append(slot)
    closed = {window.window: window for window in found.closed}
    spans = [_span(question, window) for window in question.windows]
    return SlotsView(
        job_id=question.job.id,
        policy=f"{TWO_HOURS.name}/{TWO_HOURS.version}",
        travel_sources=list(travel.used_sources),
        slots=[
            _slot(window, ways.get(span, []), closed.get(span))
            for window, span in zip(question.windows, spans, strict=True)
        ],
    )


def candidates(question: SlotQuestion, travel: TravelMatrix) -> list[Candidate]:
    """Who can keep the question's one window, cheapest first."""
    instant = question.translation.instant
    return [
        Candidate(
            technician_id=UUID(slot.technician),
            starts_at=instant(slot.start_s),
            ends_at=instant(slot.end_s),
            cost_seconds=slot.cost_delta_s,
        )
        for slot in _find(question, travel).slots
    ]


def window_view(window: OfferedWindow) -> Window:
    return Window(start=window.start, end=window.end, zone=window.zone, local=window.local)


async def _question(
    tx: Transaction, job: JobView, days: Sequence[date], windows: tuple[OfferedWindow, ...]
) -> SlotQuestion:
    situation = await dispatch.read_situation(tx, job.territory_id, days, asked=[job.id])
    crew_size = situation.crew_sizes[job.work]
    if crew_size > 1:
        raise NeedsCrew(work=job.work, crew_size=crew_size)
    return SlotQuestion(job, windows, _without_own_time(situation, job))


def _without_own_time(situation: Situation, job: JobView) -> Situation:
    """What the job itself holds or is planned for becomes free as soon as it goes elsewhere."""
    others = tuple(time for time in situation.times if time.job_id != job.id)
    return replace(situation, times=others)


def _find(question: SlotQuestion, travel: TravelMatrix) -> SlotAnswer:
    problem = question.translation.problem(travel, fixed=True)
    assert problem.previous is not None, "a situation always has a plan in force, be it empty"
    live = go_live(problem, problem.previous)
    job = question.translation.candidate(question.job)
    return find_slots(live, question.situation.policy, job, [_span(question, window) for window in question.windows])


def _span(question: SlotQuestion, window: OfferedWindow) -> Span:
    """Work that begins on the last stroke belongs to the next window."""
    second = question.translation.second
    return Span(start_s=max(0, second(window.start)), end_s=second(window.end) - 1)


def _slot(window: OfferedWindow, ways: Sequence[Slot], closed: ClosedWindow | None) -> SlotView:
    shown = window_view(window)
    if not ways:
        return SlotView(day=window.day, window=shown, state="closed", reasons=_reasons(closed))
    return SlotView(
        day=window.day,
        window=shown,
        state="open",
        cost_seconds=ways[0].cost_delta_s,
        travel_seconds=ways[0].travel_delta_s,
        technician_count=len(ways),
    )


def _reasons(closed: ClosedWindow | None) -> dict[str, int]:
    assert closed is not None, "every window is either open or closed"
    return {str(reason): count for reason, count in closed.reasons.items()} or {str(closed.nearest): 0}
