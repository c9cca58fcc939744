"""What each report counts, as SQL: one row per thing that is counted, with the columns that it can be told by.

Each function gives a select whose measures are whole numbers, to be summed up (`making`); nothing is read here.
Whose rows are counted is decided over the same columns, in `making`.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, JSON, ColumnElement, SelectBase, and_, case, exists, func, literal, or_, select, type_coerce
from sqlalchemy.orm import aliased

from backend.activation.lifecycle import ActivationState
from backend.activation.models import Activation, ActivationFact
from backend.inventory.models import StockCount
from backend.jobs.lifecycle import JobState
from backend.jobs.models import Job, Visit
from backend.kernel.sqltimes import Earlier, Later, SecondsBetween, Shifted
from backend.kernel.tables import UtcDateTime
from backend.promises.lifecycle import PromiseState
from backend.promises.models import Promise
from backend.promises.schemas import Cause, Fault
from backend.reporting.periods import as_table, local_days
from backend.workforce.models import Shift, Technician, Territory
from sync.operations import Outcome

HOUR, DAY = 3600, 86_400
ATTENDED = (JobState.COMPLETED, JobState.NOT_DONE, JobState.SUSPENDED)
TIME_SHIFT = 80  # bits of an id behind its milliseconds (RFC 9562, section 5.7)
LATE = timedelta(hours=1)  # from the start of a transaction to the ids that it makes


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What to count. zones: those of all territories; office_zone: of what happens in none of them; now: the present."""

    first_day: date
    last_day: date
    within_days: int
    zones: frozenset[str]
    office_zone: str
    now: datetime

    @property
    def days(self) -> CTE:
        return as_table(local_days(self.first_day, self.last_day, self.zones))

    @property
    def office_days(self) -> CTE:
        return as_table(local_days(self.first_day, self.last_day, {self.office_zone}))

    def span(self, zones: frozenset[str]) -> tuple[datetime, datetime]:
        """From the first midnight of the period to its last, wherever that is."""
        days = local_days(self.first_day, self.last_day, zones)
        return min(day.starts_at for day in days), max(day.ends_at for day in days)


def on_time(asked: Counted) -> SelectBase:
    """Promised windows that were kept, or that we broke."""
    days = asked.days
    start, end = asked.span(asked.zones)
    is_late = Promise.cause == Cause.LATE
    query = select(
        days.c.day,
        Promise.territory_id,
        Job.technician_id,
        Job.organisation_id,
        Job.work,
        literal(1).label("windows"),
        _one_if(Promise.state == PromiseState.KEPT).label("kept"),
        _one_if(and_(Promise.state == PromiseState.BROKEN, is_late)).label("late"),
        case((is_late, func.coalesce(Promise.late_seconds, 0)), else_=0).label("late_seconds"),
    )
    query = query.join(Job, Job.id == Promise.job_id).join(Territory, Territory.id == Promise.territory_id)
    query = query.join(days, falls_on(days, Promise.window_start, Territory.zone))
    ours = and_(Promise.state == PromiseState.BROKEN, Promise.fault == Fault.OPERATOR)
    settled = or_(Promise.state == PromiseState.KEPT, ours)
    return query.where(settled, Promise.window_start >= start, Promise.window_start < end)


def first_time_fix(asked: Counted) -> SelectBase:
    """First attempts at a piece of work: jobs of a work order of which none was attended on an earlier day."""
    other = aliased(Job)
    of_same_work = and_(other.work_order_id == Job.work_order_id, other.id != Job.id)
    came_before = exists().where(of_same_work, other.state.in_(ATTENDED), other.service_day < Job.service_day)
    comes_again = exists().where(
        of_same_work,
        other.state != JobState.CANCELLED,
        or_(other.follows_job_id == Job.id, other.service_day.is_(None), other.service_day > Job.service_day),
    )
    is_done = and_(Job.state == JobState.COMPLETED, Job.outcome == Outcome.FULL, ~comes_again)
    query = _jobs(asked, literal(1).label("attempts"), _one_if(is_done).label("fixed"))
    return query.where(Job.follows_job_id.is_(None), ~came_before)


def repeat_visits(asked: Counted) -> SelectBase:
    """Attended jobs, and those after which somebody came to the same premises again."""
    later = aliased(Job)
    seconds = SecondsBetween(Job.ended_at, later.ended_at)
    again = exists().where(
        later.premises_id == Job.premises_id,
        later.state.in_(ATTENDED),
        later.service_day > Job.service_day,
        seconds <= asked.within_days * DAY,
    )
    return _jobs(asked, literal(1).label("attended"), _one_if(again).label("repeated"))


def utilisation(asked: Counted) -> SelectBase:
    """Shifts that are over, with what was travel and work in them. One row per shift."""
    began = func.coalesce(Visit.arrived_at, Visit.started_at)
    work = _inside(began, func.coalesce(Visit.ended_at, Shift.ends_at))
    travel = _inside(Visit.en_route_at, func.coalesce(Visit.arrived_at, Visit.started_at, Visit.ended_at))
    # Who set out the evening before is not asked about: the index finds the visits of a shift by when they set out.
    visits = and_(
        Visit.technician_id == Shift.technician_id,
        Visit.is_beside.is_(False),
        Visit.en_route_at < Shift.ends_at,
        Visit.en_route_at >= Shifted(Shift.starts_at, literal(-DAY // 2)),
    )
    by_shift = (
        select(
            Shift.id,
            Shift.day,
            Shift.technician_id,
            (SecondsBetween(Shift.starts_at, Shift.ends_at) - Shift.break_seconds).label("shift_seconds"),
            func.coalesce(func.sum(work), 0).label("work_seconds"),
            func.coalesce(func.sum(travel), 0).label("travel_seconds"),
        )
        .outerjoin(Visit, visits)
        .where(Shift.day.between(asked.first_day, asked.last_day), Shift.ends_at <= asked.now)
        .group_by(Shift.id, Shift.day, Shift.technician_id, Shift.starts_at, Shift.ends_at, Shift.break_seconds)
        .subquery()
    )
    idle = by_shift.c.shift_seconds - by_shift.c.work_seconds - by_shift.c.travel_seconds
    return select(
        by_shift.c.day,
        Technician.territory_id,
        by_shift.c.technician_id,
        Technician.organisation_id,
        literal(1).label("shifts"),
        by_shift.c.shift_seconds,
        by_shift.c.work_seconds,
        by_shift.c.travel_seconds,
        (by_shift.c.work_seconds + by_shift.c.travel_seconds).label("busy_seconds"),
        case((idle > 0, idle), else_=0).label("idle_seconds"),
    ).join(Technician, Technician.id == by_shift.c.technician_id)


def fallout_ageing(asked: Counted) -> SelectBase:
    """Fallouts that began in the period, and how long each waited for a person, or waits still."""
    days, left = asked.office_days, aliased(ActivationFact)
    left_at = (
        select(func.min(left.recorded_at))
        .where(
            left.subject_id == ActivationFact.subject_id,
            left.from_state == ActivationState.FALLOUT,
            left.id > ActivationFact.id,
        )
        .scalar_subquery()
    )
    age = SecondsBetween(ActivationFact.recorded_at, func.coalesce(left_at, _instant(asked.now)))
    reason = type_coerce(ActivationFact.detail, JSON)["reason"].as_string()
    fallouts = (
        select(
            days.c.day,
            ActivationFact.subject_id,
            func.coalesce(reason, "").label("reason"),
            _one_if(left_at.is_(None)).label("waiting"),
            age.label("age_seconds"),
        )
        .join(days, falls_on(days, ActivationFact.recorded_at, literal(asked.office_zone)))
        .where(ActivationFact.to_state == ActivationState.FALLOUT, *_made(ActivationFact.id, asked))
        .subquery()
    )
    seconds = fallouts.c.age_seconds
    query = select(
        fallouts.c.day,
        fallouts.c.reason,
        Job.territory_id,
        Job.technician_id,
        literal(1).label("fallouts"),
        fallouts.c.waiting,
        seconds,
        _one_if(seconds <= HOUR).label("within_hour"),
        _one_if(and_(seconds > HOUR, seconds <= DAY)).label("within_day"),
        _one_if(and_(seconds > DAY, seconds <= 3 * DAY)).label("within_three_days"),
        _one_if(seconds > 3 * DAY).label("older"),
    )
    query = query.join(Activation, Activation.id == fallouts.c.subject_id)
    return query.outerjoin(Job, Job.id == Activation.job_id)


def stock_accuracy(asked: Counted) -> SelectBase:
    """Counts of one model at one place, held against what the ledger said."""
    days = asked.office_days
    off = func.abs(StockCount.counted - StockCount.expected)
    query = select(
        days.c.day,
        StockCount.location_id,
        StockCount.model,
        literal(1).label("counts"),
        _one_if(off == 0).label("exact"),
        StockCount.expected,
        StockCount.counted,
        off.label("off"),
    )
    query = query.join(days, falls_on(days, StockCount.at, literal(asked.office_zone)))
    return query.where(*_made(StockCount.id, asked))


def _jobs(asked: Counted, *measures: ColumnElement[int]) -> Any:
    """Jobs of the period that somebody attended to the end."""
    by = (Job.service_day.label("day"), Job.territory_id, Job.technician_id, Job.organisation_id, Job.work)
    query = select(*by, *measures)
    return query.where(Job.service_day.between(asked.first_day, asked.last_day), Job.state.in_(ATTENDED))


def _one_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def falls_on(days: CTE, instant: Any, zone: Any) -> ColumnElement[bool]:
    return and_(days.c.zone == zone, instant >= days.c.starts_at, instant < days.c.ends_at)


def _inside(start: Any, end: Any) -> ColumnElement[int]:
    """The seconds of [start, end) that lie in the shift; 0 where either is unknown."""
    meets = and_(start < Shift.ends_at, end > Shift.starts_at)
    return case((meets, SecondsBetween(Later(start, Shift.starts_at), Earlier(end, Shift.ends_at))), else_=0)


def _made(id_: Any, asked: Counted) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Rows whose ids were made in the period, or soon after: found by their key, which begins with the time."""
    start, end = asked.span(frozenset({asked.office_zone}))
    return id_ >= first_id(start), id_ < first_id(end + LATE)


def first_id(instant: datetime) -> UUID:
    return UUID(int=max(0, int(instant.timestamp() * 1000)) << TIME_SHIFT)


def _instant(value: datetime) -> ColumnElement[datetime]:
    return literal(value, UtcDateTime())
