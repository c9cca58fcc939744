"""What if? Moves that are tried out are made on a copy of a day in memory, and the copy is asked like the day itself. Pure.

A copy is the day with some changed jobs, made by what also mends a kept day (`amending`), so that there is one planner and one
way to bring a day up to date. Whatever it costs is priced against the plan that people know: a job that is moved twice, or moved
and put back, counts once or not at all. Therefore a draft's price is that of its copy, not a sum over its moves.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID, uuid5

import msgspec

from backend.dispatch import drops, obstacles
from backend.dispatch.amending import Changes
from backend.dispatch.errors import OutOfOrder
from backend.dispatch.lifecycle import TimeKind
from backend.dispatch.live import DayKey, LiveDay
from backend.dispatch.order import Order
from backend.dispatch.placings import Placing, exchanged
from backend.dispatch.posts import DutyKey, Post, in_force
from backend.dispatch.preview_schemas import (
    DropPlace,
    DropView,
    ObstaclesView,
    PreviewDrop,
    TriedView,
    ViolationView,
    WhatIfView,
)
from backend.dispatch.schemas import TimeView
from backend.dispatch.situation import Situation
from backend.jobs.lifecycle import AssignmentState, JobLock
from backend.jobs.schemas import JobView
from scheduling import Lock, Plan, Route
from scheduling.costs import route_cost, unserved_cost
from scheduling.plan import crews

MOST_COPIES = 4  # dispatchers who try something out on one day at a time; who comes next makes a copy anew
EXCHANGED = "places_exchanged"


@dataclass(frozen=True, kw_only=True)
class Tried:
    """Moves that are tried out, each job's once. jobs: as they really are. void: of those that cannot be tried any more, why.

    left, reached: by job, the days of territories that it is planned on, and those that it is tried on.
    """

    moves: tuple[Placing, ...] = ()
    jobs: Mapping[UUID, JobView] = field(default_factory=dict[UUID, JobView])
    void: Mapping[UUID, ViolationView] = field(default_factory=dict[UUID, ViolationView])
    left: Mapping[UUID, frozenset[DayKey]] = field(default_factory=dict[UUID, frozenset[DayKey]])
    reached: Mapping[UUID, frozenset[DayKey]] = field(default_factory=dict[UUID, frozenset[DayKey]])

    def jobs_on(self, territory_id: UUID, day: date) -> list[UUID]:
        """The jobs that are tried on a day, which that day has to know."""
        return [job_id for job_id, keys in self.reached.items() if (territory_id, day) in keys]

    @property
    def days(self) -> list[DayKey]:
        """All days that are another with these moves, in order."""
        keys = {key for move in self.moves for found in (self.left, self.reached) for key in found[move.job_id]}
        return sorted(keys, key=lambda key: (str(key[0]), key[1]))


NOTHING_TRIED = Tried()


def copy_of(day: LiveDay, tried: Tried) -> LiveDay:
    """The day with these moves made; itself when none of them is a matter of it. The latest copies are kept with the day."""
    if not tried.moves:
        return day
    kept = day.copies
    copy = kept.get(tried.moves) or _copied(day, tried)
    kept[tried.moves] = copy
    kept.move_to_end(tried.moves)
    while len(kept) > MOST_COPIES:
        kept.popitem(last=False)
    return copy


def preview(day: LiveDay, job: JobView, wanted: PreviewDrop, tried: Tried) -> DropView:
    """What a drop would do after these moves. job: as it really is."""
    copy = copy_of(day, tried)
    return drops.preview(copy, _as_tried(job, tried), wanted, real=day)


def obstacles_after(day: LiveDay, job: JobView, tried: Tried) -> ObstaclesView:
    """Who could take a job after these moves, and what keeps the others from it. job: as it really is."""
    return obstacles.answer(copy_of(day, tried), _as_tried(job, tried))


def answer(days: Mapping[DayKey, LiveDay], tried: Tried) -> WhatIfView:
    """What these moves would do together: their price, and of each what it breaks where all the others are made. days: `tried.days`.

    Priced is the plan as it would be written. Whoever cannot be somewhere in time is later there, which the answer to a drop counts.
    """
    copies = {key: copy_of(day, tried) for key, day in days.items()}
    pairs = [(day, copies[key]) for key, day in days.items()]
    exchanges = _exchanges(days.values(), tried)
    driven_s = [_driven_s(copy) - _driven_s(day) for day, copy in pairs]
    return WhatIfView(
        cost_delta_seconds=sum(_cost(day, copy) for day, copy in pairs) + _left_undone(pairs, tried),
        travel_delta_seconds=sum(driven_s),
        moves=[
            TriedView(job_id=job_id, violations=_broken(job_id, days, copies, tried) or exchanges.get(job_id, []))
            for job_id in tried.jobs
        ],
    )


def _copied(day: LiveDay, tried: Tried) -> LiveDay:
    """Only jobs that the day knows are a matter of it; of others it matters when they are done, to whom waits for them."""
    situation = day.situation
    moved = {move.job_id: _as_tried(tried.jobs[move.job_id], tried) for move in tried.moves}
    own = [move for move in tried.moves if move.job_id in situation.by_id]
    changes = Changes(
        views={move.job_id: moved[move.job_id] for move in own},
        times=[taken for move in own for taken in _times(situation, move)],
        places=situation.places,
        began={},
        order=Order(
            waits=[wait for wait in situation.order.waits if not moved.keys().isdisjoint(wait)],
            jobs={job_id: job for job_id, job in moved.items() if job_id in situation.order.jobs},
        ),
    )
    copy = day.now(changes, frozenset(moved), (), situation.policy)
    assert copy is not None, "a copy has no new places"
    return copy


def _as_tried(job: JobView, tried: Tried) -> JobView:
    """The job as if its move was made: who takes it back also takes its lock away."""
    move = next((move for move in tried.moves if move.job_id == job.id), None)
    if move is None:
        return job
    if move.starts_at is None or move.ends_at is None:
        return msgspec.structs.replace(
            job,
            technician_id=None,
            helper_ids=[],
            planned_start=None,
            planned_end=None,
            assignment=AssignmentState.UNASSIGNED,
            lock=JobLock.NONE,
        )
    return msgspec.structs.replace(
        job,
        technician_id=move.crew[0],
        helper_ids=list(move.crew[1:]),
        planned_start=move.starts_at,
        planned_end=move.ends_at,
        assignment=AssignmentState.ASSIGNED,
        duration_seconds=int((move.ends_at - move.starts_at).total_seconds()),
    )


def _times(situation: Situation, move: Placing) -> list[TimeView]:
    """What the moved job takes of anybody's time: held time stays, planned time is that of the move."""
    held = [taken for taken in situation.times if taken.job_id == move.job_id and taken.kind is TimeKind.HOLD]
    if move.starts_at is None or move.ends_at is None:
        return held
    planned = [
        TimeView(
            id=uuid5(move.job_id, str(technician_id)),
            technician_id=technician_id,
            job_id=move.job_id,
            kind=TimeKind.JOB,
            subject_id=move.job_id,
            starts_at=move.starts_at,
            ends_at=move.ends_at,
        )
        for technician_id in dict.fromkeys(move.crew)
    ]
    return [*held, *planned]


def _cost(day: LiveDay, copy: LiveDay) -> float:
    """What the copy's routes cost more than the day's."""
    before, after = _routes(day), _routes(copy)
    changed = [key for key in sorted(before.keys() | after.keys()) if before.get(key) != after.get(key)]
    policy, workday = day.situation.policy, replace(copy.workday, planned=day.workday.planned)
    spent = sum(route_cost(workday, policy, after[key]) for key in changed if key in after)
    return spent - sum(route_cost(day.workday, policy, before[key]) for key in changed if key in before)


def _left_undone(pairs: Sequence[tuple[LiveDay, LiveDay]], tried: Tried) -> float:
    """What it costs that nobody has some jobs now, less what is saved as somebody has others."""
    before = {name for day, _ in pairs for name in crews(day.problem.previous)}
    after = {name for _, copy in pairs for name in crews(copy.problem.previous)}
    total = 0.0
    for name in sorted((before ^ after) & {str(move.job_id) for move in tried.moves}):
        day, copy = next(pair for pair in pairs if any(name in side.workday.jobs for side in pair))
        side = day if name in day.workday.jobs else copy
        workday = replace(side.workday, planned=day.workday.planned)
        price = unserved_cost(workday, day.situation.policy, replace(side.workday.jobs[name], lock=Lock.NONE))
        total += price if name in before else -price
    return total


def _broken(
    job_id: UUID, days: Mapping[DayKey, LiveDay], copies: Mapping[DayKey, LiveDay], tried: Tried
) -> list[ViolationView]:
    """What a job breaks where it is tried, as of a drop onto the copy that lacks nothing but it."""
    if job_id in tried.void:
        return [tried.void[job_id]]
    job = _as_tried(tried.jobs[job_id], tried)
    keys = [key for key in days if key[0] == job.territory_id and key in tried.left[job_id] | tried.reached[job_id]]
    if job.technician_id is None or job.planned_start is None:
        other = next((found for key in keys if (found := copies[key].situation.order.obstacle(job_id, None, {}))), None)
        return [_out_of_order(other.id)] if other else []
    key = next(key for key in keys if copies[key].situation.epoch <= job.planned_start < copies[key].situation.end)
    wanted = DropPlace(technician_id=job.technician_id, helper_ids=job.helper_ids, start=job.planned_start)
    return drops.preview(_without(copies[key], job_id), job, wanted, real=days[key]).violations


def _exchanges(days: Iterable[LiveDay], tried: Tried) -> dict[UUID, list[ViolationView]]:
    """The moves that fit together and yet cannot be taken over, as that is done one by one."""
    times = [taken for day in days for taken in day.situation.times]
    return {
        move.job_id: [ViolationView(code=EXCHANGED, technician_id=move.crew[0], job_id=move.job_id, params={})]
        for move in exchanged(times, tried.moves)
    }


def _without(copy: LiveDay, job_id: UUID) -> LiveDay:
    """The copy, of whose routes one job is lifted: those that had it are as if it had never been there."""
    problem, plan = copy.problem, copy.problem.previous or Plan()
    names = copy.translation.seats.names_of(job_id)
    having = {key: route for key, route in _routes(copy).items() if any(stop.job in names for stop in route.stops)}
    posts = [
        Post(copy.workday.jobs[stop.job], key, stop.start_s, stop.lead)
        for key, route in having.items()
        for stop in route.stops
        if stop.job not in names
    ]
    others = tuple(route for key, route in _routes(copy).items() if key not in having)
    routes = (*others, *in_force(posts, problem.technicians, problem.travel))
    found = LiveDay(copy.situation, copy.places, copy.travel)
    found.__dict__["translation"] = copy.translation
    found.__dict__["problem"] = replace(problem, previous=replace(plan, routes=routes))
    found.__dict__["workday"] = copy.workday
    return found


def _out_of_order(other_id: UUID) -> ViolationView:
    return ViolationView(code=OutOfOrder.code, technician_id=None, job_id=other_id, params={})


def _routes(day: LiveDay) -> dict[DutyKey, Route]:
    return {(route.technician, route.shift): route for route in (day.problem.previous or Plan()).routes}


def _driven_s(day: LiveDay) -> int:
    return sum(route.travel_s for route in _routes(day).values())
