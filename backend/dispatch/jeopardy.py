"""How likely is it that a promised window will be missed, and what could be done about it, at which price? Pure.

A window counts as missed when work would begin after its end, in the draws of the day that customers' times are read from, too
(`playing`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import numpy as np

from backend.dispatch import drops
from backend.dispatch.live import LiveDay
from backend.dispatch.models import Remedy, RemedyKind
from backend.dispatch.playing import Beginning
from backend.jobs.lifecycle import JobState
from backend.jobs.schemas import JobView
from scheduling import Job, Lock, Plan, Slot, Window, find_slots

AT_RISK = 0.2  # below it nobody does anything about it
MOST_REMEDIES = 5


@dataclass(frozen=True, kw_only=True)
class Risk:
    """probability: that work begins after the window; expected_start: the mean of its starts. Who has the job, the job says."""

    job: JobView
    probability: float
    expected_start: datetime


def risks(day: LiveDay, beginnings: Iterable[Beginning]) -> list[Risk]:
    """The promised jobs of a day that are at risk, the worst first. beginnings: of that day, played through."""
    found = [risk for one in beginnings if (risk := _risk(day, one))]
    return sorted(found, key=lambda risk: (-risk.probability, risk.job.number))


def remedies(day: LiveDay, risk: Risk) -> list[Remedy]:
    """What could be done, the cheapest first; nothing that breaks a rule. An appointment is moved only if it pays for that."""
    found = [*_given_to_others(day, risk), *_brought_forward(day, risk), *_moved(day, risk)]
    return sorted(found, key=lambda remedy: remedy.price_seconds)[:MOST_REMEDIES]


def _risk(day: LiveDay, one: Beginning) -> Risk | None:
    """Only of work that can still go elsewhere: nobody is on the way to it."""
    if one.job.window is None or one.job.state is not JobState.PENDING:
        return None
    missed = float(np.mean(one.starts_s > day.translation.second(one.job.window.end)))
    if missed < AT_RISK:
        return None
    start = day.translation.instant(int(np.mean(one.starts_s)))
    return Risk(job=one.job, probability=missed, expected_start=start)


def _bare(day: LiveDay, risk: Risk) -> Job:
    return replace(day.translation.job(risk.job), windows=(), lock=Lock.NONE)


def _given_to_others(day: LiveDay, risk: Risk) -> Iterator[Remedy]:
    """Another technician, or crew, with a gap in what is left of the window."""
    assert risk.job.window is not None, "only promised jobs are at risk"
    second = day.translation.second
    span = Window(start_s=max(second(risk.job.window.start), day.problem.now_s), end_s=second(risk.job.window.end))
    room = day.translation.room_for(risk.job, span) if span.start_s <= span.end_s else None
    if room is None:
        return
    for slot in find_slots(day.gaps_without(risk.job.id), day.situation.policy, _bare(day, risk), [room]).slots:
        crew = _crew_of(slot)
        if set(crew) != set(risk.job.crew):
            yield from _remedy(day, risk, RemedyKind.GIVE_TO_ANOTHER, crew, day.translation.instant(slot.start_s))


def _brought_forward(day: LiveDay, risk: Risk) -> Iterator[Remedy]:
    """The same people, before what is planned earlier for whoever leads and can wait."""
    lead = str(risk.job.technician_id)
    route = next(one for one in (day.problem.previous or Plan()).routes if one.technician == lead)
    for stop in route.stops:
        if stop.job == str(risk.job.id):
            return
        if not day.workday.jobs[stop.job].frozen:
            start = day.translation.instant(max(stop.start_s, day.problem.now_s))
            yield from _remedy(day, risk, RemedyKind.RESEQUENCE, risk.job.crew, start)


def _moved(day: LiveDay, risk: Risk) -> Iterator[Remedy]:
    """The earliest gap of the day that is left for the job, its window aside: to be agreed with the customer."""
    rest = Window(
        start_s=day.problem.now_s, end_s=max(day.problem.now_s, day.translation.second(day.situation.end) - 1)
    )
    room = day.translation.room_for(risk.job, rest)
    if room is None:
        return
    found = find_slots(day.gaps_without(risk.job.id), day.situation.policy, _bare(day, risk), [room]).slots
    policy = day.situation.policy
    for slot in sorted(found, key=lambda slot: slot.start_s)[:1]:
        yield Remedy(
            kind=RemedyKind.MOVE_APPOINTMENT,
            technician_id=UUID(slot.technician),
            helper_ids=list(_crew_of(slot)[1:]),
            start=day.translation.instant(slot.start_s),
            price_seconds=slot.cost_delta_s + policy.moved_s * policy.promised_factor,
        )


def _crew_of(slot: Slot) -> tuple[UUID, ...]:
    return (UUID(slot.technician), *(UUID(technician) for technician, _ in slot.helpers))


def _remedy(day: LiveDay, risk: Risk, kind: RemedyKind, crew: Sequence[UUID], start: datetime) -> Iterator[Remedy]:
    """The remedy, unless the drop that it is would break a rule."""
    seen = drops.answer(day, risk.job, crew, start)
    if not seen.violations and seen.cost_delta_seconds is not None:
        begins = next(one.start for one in seen.route if one.job_id == risk.job.id)
        lead_id, *helper_ids = crew
        yield Remedy(
            kind=kind,
            technician_id=lead_id,
            helper_ids=helper_ids,
            start=begins,
            price_seconds=seen.cost_delta_seconds,
        )
