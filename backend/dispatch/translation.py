"""A territory's days as a `scheduling.Problem`, and the planner's seconds as instants again. Pure.

Seconds count from local midnight of the first day. Ids of technicians and jobs are their UUIDs as text. A crew's job is one job as
long as it can be planned anew; where its time is a fact, or only gaps are asked for, each member's time is a job of its own (`seats`),
so that routes stay independent. Goods are no matter here: what an order needs is reserved in a depot and loaded in the morning.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.customers.schemas import PremisesView
from backend.dispatch.lifecycle import TimeKind
from backend.dispatch.order import Order, span_of
from backend.dispatch.posts import DutyKey, Post, in_force
from backend.dispatch.schemas import TimeView
from backend.dispatch.seats import Seats
from backend.jobs.lifecycle import ENDED, JobState
from backend.jobs.schemas import JobView
from backend.workforce.schemas import ShiftView, SkillView, TechnicianView, TerritoryView
from scheduling import (
    Break,
    Frozen,
    Job,
    Lock,
    Place,
    Plan,
    Policy,
    Problem,
    Reason,
    Shift,
    Skill,
    Technician,
    TravelMatrix,
    Unserved,
    Window,
)
from scheduling.validation import HORIZON_LIMIT_S

ANY_TIME = Window(start_s=0, end_s=HORIZON_LIMIT_S)
STANDARD = Policy()  # what the planner comes with


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What planning needs to know of a territory on some days, read at one moment.

    days: in order. jobs: those that may be planned, and those of `times`; technicians and shifts: who can take them.
    places: premises by id. began: when work on a job really began. policy: what a plan is worth. order: which of them, and of
    others, have to follow one another. urgent: those without a window that are late from now on.
    """

    territory: TerritoryView
    days: tuple[date, ...]
    now: datetime
    technicians: tuple[TechnicianView, ...]
    shifts: tuple[ShiftView, ...]
    jobs: tuple[JobView, ...]
    times: tuple[TimeView, ...]
    places: Mapping[UUID, PremisesView]
    began: Mapping[UUID, datetime] = field(default_factory=dict)
    order: Order = field(default_factory=Order)
    policy: Policy = STANDARD
    urgent: frozenset[UUID] = frozenset()

    @cached_property
    def epoch(self) -> datetime:
        return local_midnight(self.days[0], self.territory.zone)

    @cached_property
    def end(self) -> datetime:
        return local_midnight(self.days[-1] + timedelta(days=1), self.territory.zone)

    @cached_property
    def by_id(self) -> Mapping[UUID, JobView]:
        """The jobs, in their order."""
        return {job.id: job for job in self.jobs}

    @cached_property
    def timed(self) -> frozenset[UUID]:
        """The jobs that take somebody's time."""
        return frozenset(taken.job_id for taken in self.times)

    @property
    def depart_at(self) -> datetime:
        """When the first drive can begin."""
        return max(self.now, self.epoch)


@dataclass(frozen=True)
class Translation:
    """A situation in the planner's terms, and the way back. known_places: of travel figures that are there, and hold all of its places."""

    situation: Situation
    known_places: tuple[Place, ...] | None = None

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every home and every premises once; their order is that of the travel matrix."""
        if self.known_places is not None:
            return self.known_places
        homes = (_home(technician) for technician in self.situation.technicians)
        sites = (self._site(job) for job in self.situation.jobs)
        return tuple(dict.fromkeys((*homes, *sites)))

    def problem(self, travel: TravelMatrix, *, fixed: bool = False, disturbance_limit: int | None = None) -> Problem:
        """The situation as a problem. fixed: planned jobs keep technician and time, only gaps are there to be filled.

        disturbance_limit: how many planned jobs may go to other people or shifts.
        """
        posts = [*self._frozen_posts(), *self._open_posts(fixed=fixed)]
        loose = [] if fixed else [self.job(job, beside=self.in_problem) for job in self._unplanned()]
        jobs = (*{post.job.id: post.job for post in posts}.values(), *loose)
        routes = in_force(posts, self._technicians, travel)
        left = tuple(Unserved(job=job.id, reason=Reason.NO_TECHNICIAN) for job in loose)
        return Problem(
            places=self.places,
            travel=travel,
            technicians=self._technicians,
            jobs=jobs,
            now_s=max(0, self.second(self.situation.now)),
            previous=Plan(routes=routes, unserved=left),
            disturbance_limit=disturbance_limit,
        )

    def candidate(self, job: JobView) -> Job:
        """A job of the situation by itself: nothing planned, no window of its own. Where it may go: `room_for`."""
        return self.job(job, windows=(), promised=False, due_s=None)

    def room_for(self, job: JobView, span: Window) -> Window | None:
        """What is left of a window for the start of a job's work, as those stand that it waits for and that wait for it."""
        return self._within(self._bounds(job), span)

    def waits_in_vain(self, job: JobView) -> bool:
        """Whether it waits for something that nobody has planned, and that is not for this problem to plan."""
        return self._bounds(job, self.in_problem).start_s >= HORIZON_LIMIT_S

    @cached_property
    def in_problem(self) -> frozenset[UUID]:
        """The jobs of the problem in which nothing is fixed: whoever waits for one of them is told so."""
        times = (taken for taken in self.situation.times if taken.kind is TimeKind.JOB and self.seats.is_first(taken))
        planned = {taken.job_id for taken in times if self._duty(taken)}
        known = {job.id for job in self.situation.jobs if job.id in planned and job.state is not JobState.CANCELLED}
        return frozenset(known | {job.id for job in self._unplanned()})

    def of(self, technicians: Collection[UUID]) -> "Translation":
        """The days of some technicians alone, with their jobs; places are the same."""
        whole = self.situation
        times = tuple(taken for taken in whole.times if taken.technician_id in technicians)
        job_ids = {taken.job_id for taken in times}
        situation = replace(
            whole,
            technicians=tuple(one for one in whole.technicians if one.id in technicians),
            shifts=tuple(shift for shift in whole.shifts if shift.technician_id in technicians),
            jobs=tuple(job for job in whole.jobs if job.id in job_ids),
            times=times,
        )
        part = Translation(situation, self.places)
        part.__dict__["index"] = self.index
        part.__dict__["seats"] = self.seats
        return part

    @cached_property
    def seats(self) -> Seats:
        """What taken time is called by itself."""
        return Seats(self.situation.times, self.situation.by_id)

    def second(self, instant: datetime) -> int:
        return int((instant - self.situation.epoch).total_seconds())

    def instant(self, second: int) -> datetime:
        return self.situation.epoch + timedelta(seconds=second)

    @cached_property
    def index(self) -> Mapping[Place, int]:
        """Where each place is in the travel matrix."""
        return {place: index for index, place in enumerate(self.places)}

    def _site(self, job: JobView) -> Place:
        return place_of(self.situation.places[job.premises_id])

    @cached_property
    def _shifts(self) -> Mapping[UUID, list[ShiftView]]:
        shifts: defaultdict[UUID, list[ShiftView]] = defaultdict(list)
        for shift in sorted(self.situation.shifts, key=lambda shift: shift.starts_at):
            shifts[shift.technician_id].append(shift)
        return shifts

    def _duty(self, taken: TimeView) -> DutyKey | None:
        """The shift of the local day on which the work begins; None when there is none (any more)."""
        day = taken.starts_at.astimezone(ZoneInfo(self.situation.territory.zone)).date()
        for index, shift in enumerate(self._shifts[taken.technician_id]):
            if shift.day == day:
                return str(taken.technician_id), index
        return None

    @cached_property
    def _technicians(self) -> tuple[Technician, ...]:
        return tuple(
            Technician(
                id=str(technician.id),
                shifts=tuple(self._shift(shift, technician) for shift in self._shifts[technician.id]),
                skills=tuple(self._skill(skill) for skill in technician.skills),
                stock={},
                contractor=technician.is_contractor,
            )
            for technician in self.situation.technicians
        )

    def _shift(self, shift: ShiftView, technician: TechnicianView) -> Shift:
        home = self.index[_home(technician)]
        return Shift(
            start_s=max(0, self.second(shift.starts_at)),
            end_s=max(0, self.second(shift.ends_at)),
            start_place=home,
            end_place=home,
            breaks=self._breaks(shift),
        )

    def _breaks(self, shift: ShiftView) -> tuple[Break, ...]:
        if shift.break_seconds == 0 or shift.break_from is None or shift.break_until is None:
            return ()
        latest_s = self.second(shift.break_until) - shift.break_seconds
        if latest_s < self.second(self.situation.now):
            return ()  # it was taken, or it is too late for it
        earliest_s = self.second(shift.break_from)
        return (Break(earliest_s=earliest_s, latest_s=latest_s, duration_s=shift.break_seconds),)

    def _skill(self, skill: SkillView) -> Skill:
        if skill.expires_on is None:
            return Skill(name=skill.code, level=skill.level)
        over = local_midnight(skill.expires_on + timedelta(days=1), self.situation.territory.zone)
        return Skill(name=skill.code, level=skill.level, valid_until_s=self.second(over))

    def job(self, job: JobView, *, beside: Collection[UUID] = (), **known: Any) -> Job:
        """A job of the situation as it is wanted: its window, its skills; nothing planned.

        beside: the jobs of the same problem. What it waits for among them it waits for there; all others are taken as they stand.
        known: fields that are otherwise.
        """
        windows, due_s = self._promise(job)
        wanted: dict[str, Any] = {
            "id": str(job.id),
            "place": self.index[self._site(job)],
            "duration_s": job.duration_seconds,
            "windows": self._bounded(self._bounds(job, beside), windows),
            "due_s": due_s,
            "promised": job.window is not None,
            "priority": job.priority,
            "skills": {need.code: need.level for need in job.skills},
            "crew_size": job.crew_size,
            "after": tuple(str(other.id) for other in self.situation.order.before(job.id) if other.id in beside),
        }
        return Job(**wanted | known)

    def _promise(self, job: JobView) -> tuple[tuple[Window, ...], int | None]:
        """The window as a rule; one that has passed only as a time that is missed the more, the later it gets."""
        if job.window is None:
            return (), max(0, self.second(self.situation.now)) if job.id in self.situation.urgent else None
        end_s = self.second(job.window.end)
        if job.window.end < self.situation.now:
            return (), max(0, end_s)
        return (Window(start_s=max(0, self.second(job.window.start)), end_s=end_s),), None

    def _bounds(self, job: JobView, beside: Collection[UUID] = ()) -> Window:
        """From when to when work may start, as those stand that are not beside it: what it waits for, and what waits for it."""
        order = self.situation.order
        if not order.waits:
            return ANY_TIME
        before = [span_of(other) for other in order.before(job.id) if other.id not in beside]
        behind = [span_of(other) for other in order.behind(job.id) if other.id not in beside]
        earliest_s = max((self.second(span[1]) if span else HORIZON_LIMIT_S for span in before), default=0)
        begins_s = min((self.second(span[0]) for span in behind if span), default=HORIZON_LIMIT_S)
        return Window(start_s=max(0, earliest_s), end_s=begins_s - job.duration_seconds)

    def _bounded(self, bounds: Window, windows: Sequence[Window]) -> tuple[Window, ...]:
        """The windows within the bounds; a moment that nobody can reach when nothing is left of them."""
        if bounds.start_s == 0 and bounds.end_s > self.second(self.situation.end):
            return tuple(windows)
        left = [self._within(bounds, window) for window in windows or (ANY_TIME,)]
        never = Window(start_s=HORIZON_LIMIT_S, end_s=HORIZON_LIMIT_S)
        return tuple(window for window in left if window) or (never,)

    @staticmethod
    def _within(bounds: Window, window: Window) -> Window | None:
        start_s, end_s = max(bounds.start_s, window.start_s), min(bounds.end_s, window.end_s)
        return Window(start_s=start_s, end_s=end_s) if start_s <= end_s else None

    def _unplanned(self) -> list[JobView]:
        """Jobs that nobody has, or somebody without a shift any more, and that may be done on these days."""
        held = {taken.job_id for taken in self.situation.times if taken.kind is TimeKind.HOLD}
        return [
            job
            for job in self.situation.jobs
            if job.id not in held
            and job.id not in self._kept
            and job.state is JobState.PENDING
            and not self._is_foreign(job)
            and self._is_of_these_days(job)
        ]

    def _is_of_these_days(self, job: JobView) -> bool:
        window = job.window
        return window is None or (window.start < self.situation.end and window.end > self.situation.epoch)

    @cached_property
    def _times_in_shifts(self) -> list[tuple[TimeView, JobView, DutyKey]]:
        jobs = self.situation.by_id
        return [(taken, jobs[taken.job_id], key) for taken in self.situation.times if (key := self._duty(taken))]

    @cached_property
    def _kept(self) -> frozenset[UUID]:
        """The planned jobs that stay so: of a crew of ours nobody may be without a shift, or it has to be planned anew."""
        posted = Counter(job.id for taken, job, _ in self._times_in_shifts if taken.kind is TimeKind.JOB)
        jobs = (self.situation.by_id[job_id] for job_id in posted)
        return frozenset(job.id for job in jobs if posted[job.id] == job.crew_size or not self._is_ours(job))

    def _open_posts(self, *, fixed: bool) -> list[Post]:
        """Planned work that has not begun, and held time."""
        posts: list[Post] = []
        for taken, job, key in self._times_in_shifts:
            start_s = max(self.second(taken.starts_at), self.second(self.situation.now))
            if taken.kind is TimeKind.HOLD:
                posts.append(Post(self._held_time(taken, job), key, start_s))
            elif job.state is JobState.PENDING and (fixed or job.id in self._kept):
                posts.append(self._open_post(taken, job, key, start_s, fixed=fixed))
        return posts

    def _open_post(self, taken: TimeView, job: JobView, key: DutyKey, start_s: int, *, fixed: bool) -> Post:
        alone: dict[str, Any] = {"id": self.seats.name(taken), "crew_size": 1, "lock": Lock.BOTH}
        if fixed:
            return Post(self.job(job, **alone, windows=(), duration_s=_seconds(taken)), key, start_s)
        if not self._is_ours(job):
            return Post(self.job(job, **alone, beside=self.in_problem), key, start_s)
        wanted = self.job(job, lock=Lock(job.lock.value), beside=self.in_problem)
        return Post(wanted, key, start_s, is_lead=self.seats.is_first(taken))

    def _held_time(self, taken: TimeView, job: JobView) -> Job:
        """What nothing may move until the customer has decided, or the hold has expired."""
        free = {"windows": (), "promised": False, "due_s": None, "skills": {}, "crew_size": 1}
        return self.job(job, id=self.seats.name(taken), duration_s=_seconds(taken), lock=Lock.BOTH, **free)

    def _is_ours(self, job: JobView) -> bool:
        """Whether a planned job may be planned anew here: it is the territory's own, and so is everybody who has it."""
        return not self._is_foreign(job) and self.seats.people(job) == job.crew_size

    def _is_foreign(self, job: JobView) -> bool:
        """Another territory's job that one of our technicians has: not ours to move."""
        return job.territory_id != self.situation.territory.id

    def _frozen_posts(self) -> list[Post]:
        """Work that is under way or over. Facts of the field may overlap by a little; then the later one gives way."""
        spans: defaultdict[DutyKey, list[tuple[int, int, str, JobView]]] = defaultdict(list)
        for taken, job, key in self._times_in_shifts:
            if taken.kind is TimeKind.JOB and job.state not in (JobState.PENDING, JobState.CANCELLED):
                spans[key].append((*self._span(job, taken), self.seats.name(taken), job))
        posts: list[Post] = []
        for key, facts in spans.items():
            free_s = 0
            for start_s, end_s, name, job in sorted(facts, key=lambda fact: fact[:2]):
                begin_s = max(start_s, free_s)
                free_s = max(end_s, begin_s + 1)
                fact = Frozen(technician=key[0], shift=key[1], start_s=begin_s)
                seat = {"id": name, "crew_size": 1, "duration_s": free_s - begin_s, "frozen": fact}
                known = self.job(job, **seat, windows=())
                posts.append(Post(known, key, begin_s))
        return posts

    def _span(self, job: JobView, taken: TimeView) -> tuple[int, int]:
        """When a job that is no longer pending began, and when it ended or is expected to end."""
        began = self.situation.began.get(job.id)
        if job.state is JobState.EN_ROUTE:
            began = max(taken.starts_at, self.situation.now)
        start_s = self.second(began or taken.starts_at)
        if job.state in ENDED and job.ended_at is not None:
            return start_s, self.second(job.ended_at)
        return start_s, max(start_s + job.duration_seconds, self.second(self.situation.now))


def place_of(premises: PremisesView) -> Place:
    """Where premises are."""
    return Place(premises.latitude, premises.longitude)


def local_midnight(day: date, zone: str) -> datetime:
    """When a local day begins."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))


def _home(technician: TechnicianView) -> Place:
    return Place(technician.home_latitude, technician.home_longitude)


def _seconds(taken: TimeView) -> int:
    return int((taken.ends_at - taken.starts_at).total_seconds())
