"""Which windows can be kept for a job, by whom, at what price, and why are the others closed?

Asked in two steps, as no transaction may wait for the roads: `ask` sees in one snapshot which days are in memory as they are
now and reads the others (`dispatch.live`), `answer` works on the days. A planned job keeps its technician and its time; the gaps are
what is offered, each day by itself, because no route goes past midnight.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from backend.booking import quotas
from backend.booking.errors import NotAWindow
from backend.booking.schemas import HoldWindow, SlotsView, SlotView
from backend.booking.windows import TWO_HOURS, OfferedWindow, windows_of
from backend.dispatch.live import LiveDay, LiveDays, Reading
from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.jobs.errors import JobUnderway
from backend.jobs.lifecycle import JobState
from backend.jobs.schemas import JobView, Window
from backend.kernel.db import Transaction
from backend.workforce import service as workforce
from scheduling import ClosedWindow, Reason, Slot, SlotAnswer, find_slots
from scheduling import Window as Span

# The cheapest way to keep a window and how many technicians could (a crew's job: lead it), or why nobody can.
Found = tuple[Slot, int] | ClosedWindow


@dataclass(frozen=True)
class SlotQuestion:
    """A job, the windows that are asked for, how their days were read, and on which of them no more is given away."""

    job: JobView
    windows: tuple[OfferedWindow, ...]
    reading: Reading
    full_days: frozenset[date]


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One technician who can keep a window, with helpers where the job takes a crew, and when the work would be.

    seen: what was known of these people's time that day, for later: is it still so?
    """

    technician_id: UUID
    helper_ids: tuple[UUID, ...] = ()
    starts_at: datetime
    ends_at: datetime
    cost_seconds: float
    seen: frozenset[UUID]

    @property
    def crew(self) -> tuple[UUID, ...]:
        return (self.technician_id, *self.helper_ids)


async def bookable(tx: Transaction, principal: Principal, job_id: UUID) -> JobView:
    """A job that can still be given a window. Raises UnknownJob, JobUnderway."""
    job = await jobs.see_job_view(tx, principal, job_id)
    if job.state is not JobState.PENDING:
        raise JobUnderway(job_id=str(job_id), state=job.state)
    return job


async def ask(
    tx: Transaction, principal: Principal, live: LiveDays, job_id: UUID, *, first: date, day_count: int
) -> SlotQuestion:
    """The question for all windows of some local days. Raises UnknownJob, JobUnderway."""
    job = await bookable(tx, principal, job_id)
    territory = await workforce.territory(tx, job.territory_id)
    days = [first + timedelta(days=n) for n in range(day_count)]
    return await _question(tx, live, job, days, windows_of(days, territory.zone))


async def ask_window(
    tx: Transaction, principal: Principal, live: LiveDays, job_id: UUID, wanted: HoldWindow
) -> SlotQuestion:
    """The question for one window. Raises UnknownJob, JobUnderway, NotAWindow."""
    job = await bookable(tx, principal, job_id)
    territory = await workforce.territory(tx, job.territory_id)
    day = wanted.window_start.astimezone(ZoneInfo(territory.zone)).date()
    for window in windows_of([day], territory.zone):
        if (window.start, window.end) == (wanted.window_start, wanted.window_end):
            return await _question(tx, live, job, [day], (window,))
    raise NotAWindow(window_start=wanted.window_start.isoformat(), window_end=wanted.window_end.isoformat())


def answer(question: SlotQuestion, days: Sequence[LiveDay]) -> SlotsView:
    """Every window, open with its price or closed with the reasons. days: those of the question's reading."""
    found = _found(question, [day for day in days if day.situation.days[0] not in question.full_days])
    shown = [
        _full(window) if window.day in question.full_days else _slot(window, found[window])
        for window in question.windows
    ]
    return SlotsView(
        job_id=question.job.id,
        policy=f"{TWO_HOURS.name}/{TWO_HOURS.version}",
        travel_sources=sorted({source for day in days for source in day.travel.sources}),
        slots=shown,
    )


def candidates(question: SlotQuestion, day: LiveDay) -> list[Candidate]:
    """Who can keep the question's one window, alone or leading a crew, cheapest first."""
    [window] = question.windows
    room = _room(question, day, window)
    slots = _answer(question, day, [room]).slots if room else ()
    return [_candidate(question.job, day, slot) for slot in slots]


def window_view(window: OfferedWindow) -> Window:
    return Window(start=window.start, end=window.end, zone=window.zone, local=window.local)


async def _question(
    tx: Transaction, live: LiveDays, job: JobView, days: Sequence[date], windows: tuple[OfferedWindow, ...]
) -> SlotQuestion:
    full_days = await quotas.full_days(tx, job, days, windows[0].zone)
    return SlotQuestion(job, windows, await live.read(tx, job.territory_id, days, [job.id]), full_days)


def _candidate(job: JobView, day: LiveDay, slot: Slot) -> Candidate:
    helper_ids = tuple(UUID(technician) for technician, _ in slot.helpers)
    return Candidate(
        technician_id=UUID(slot.technician),
        helper_ids=helper_ids,
        starts_at=day.translation.instant(slot.start_s),
        ends_at=day.translation.instant(slot.end_s),
        cost_seconds=slot.cost_delta_s,
        seen=_seen(job, day, {UUID(slot.technician), *helper_ids}),
    )


def _seen(job: JobView, day: LiveDay, crew: Collection[UUID]) -> frozenset[UUID]:
    times = day.situation.times
    return frozenset(time.id for time in times if time.technician_id in crew and time.job_id != job.id)


def _found(question: SlotQuestion, days: Sequence[LiveDay]) -> dict[OfferedWindow, Found]:
    """Each day is asked once, for all its windows: most of an answer's work is the same for them."""
    found: dict[OfferedWindow, Found] = {}
    for day in days:
        rooms = {window: _room(question, day, window) for window in _windows_on(question, day)}
        answer = _answer(question, day, [room for room in rooms.values() if room])
        known: dict[Span | None, Found] = {slot.window: (slot, answer.counts[slot.window]) for slot in answer.best}
        known |= {closed.window: closed for closed in answer.closed}
        nowhere = ClosedWindow(window=Span(start_s=0, end_s=0), reasons={}, nearest=Reason.AFTER)
        found |= {window: known[room] if room else nowhere for window, room in rooms.items()}
    return found


def _answer(question: SlotQuestion, day: LiveDay, rooms: Sequence[Span]) -> SlotAnswer:
    gaps, candidate = day.gaps_without(question.job.id), day.translation.candidate(question.job)
    return find_slots(gaps, day.situation.policy, candidate, rooms)


def _room(question: SlotQuestion, day: LiveDay, window: OfferedWindow) -> Span | None:
    """What the window leaves for the start of work, as those stand that the job waits for."""
    return day.translation.room_for(question.job, _span(day, window))


def _windows_on(question: SlotQuestion, day: LiveDay) -> list[OfferedWindow]:
    return [window for window in question.windows if window.day == day.situation.days[0]]


def _span(day: LiveDay, window: OfferedWindow) -> Span:
    """When work may start. Work that begins on the last stroke belongs to the next window."""
    second = day.translation.second
    return Span(start_s=max(0, second(window.start)), end_s=second(window.end) - 1)


def _full(window: OfferedWindow) -> SlotView:
    return SlotView(day=window.day, window=window_view(window), state="closed", reasons={"quota": 0})


def _slot(window: OfferedWindow, found: Found) -> SlotView:
    shown = window_view(window)
    if isinstance(found, ClosedWindow):
        return SlotView(day=window.day, window=shown, state="closed", reasons=_reasons(found))
    best, count = found
    return SlotView(
        day=window.day,
        window=shown,
        state="open",
        cost_seconds=best.cost_delta_s,
        travel_seconds=best.travel_delta_s,
        technician_count=count,
    )


def _reasons(closed: ClosedWindow) -> dict[str, int]:
    return {str(reason): count for reason, count in closed.reasons.items()} or {str(closed.nearest): 0}
