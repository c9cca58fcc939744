"""Slots of the library: a hundred technicians with full routes on five days, and customers who ask for any of 55 windows."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from backend.bench.scheduling.days import HOUR_S, DayShape, day
from scheduling import Job, LivePlan, Place, Policy, Problem, Technician, TravelMatrix, Window, find_slots
from scheduling.duties import Duty, Workday, prepare
from scheduling.eligibility import static_block
from scheduling.liveplan import DutyKey, pack_orders
from scheduling.timetable import schedule_route

DAYS, DAY_S = 5, 24 * HOUR_S
WINDOWS_A_DAY, FIRST_WINDOW_H, WINDOW_S = 11, 7, 2 * HOUR_S
SEED = 1
# A route is filled by trying so many of the nearest jobs in turn.
NEAREST = 12


def windows() -> tuple[Window, ...]:
    """Two hours each, one begun every hour from seven to five, on five days."""
    starts = [day * DAY_S + hour * HOUR_S for day in range(DAYS) for hour in _hours()]
    return tuple(Window(start_s=start_s, end_s=start_s + WINDOW_S - 1) for start_s in starts)


def week(
    technicians: int, *, roads: Callable[[Sequence[Place]], TravelMatrix] | None = None
) -> tuple[LivePlan, list[Job]]:
    """A plan of five days with routes as full as they get by appending near jobs, and the jobs that found no place.

    roads: other driving times than those of the generated town.
    """
    problem = _five_days(day(DayShape(technicians=technicians, jobs_per_technician=8.0 * DAYS), SEED))
    if roads is not None:
        problem = replace(problem, travel=roads(problem.places))
    workday = prepare(problem)
    left = {job.id: job for job in problem.jobs}
    orders: dict[DutyKey, list[Job]] = {}
    for key, duty in workday.duties.items():
        orders[key] = _filled(workday, duty, left)
        for job in orders[key]:
            del left[job.id]
    return pack_orders(workday, orders), list(left.values())


def slot_milliseconds(
    live: LivePlan, asked: list[Job], *, clock: Callable[[], float], most_seconds: float
) -> list[float]:
    """How long each search took, as many as there are jobs or time. The first is not counted: it compiles."""
    offered, policy = windows(), Policy()
    find_slots(live, policy, asked[0], offered)
    taken: list[float] = []
    ends_at = clock() + most_seconds
    for job in asked:
        began = time.perf_counter()
        answer = find_slots(live, policy, job, offered)
        taken.append(1000 * (time.perf_counter() - began))
        answered = len(answer.best) + len(answer.closed)
        assert answered == len(offered), f"{answered} of {len(offered)} windows were answered"
        if clock() > ends_at:
            break
    return taken


def _hours() -> range:
    return range(FIRST_WINDOW_H, FIRST_WINDOW_H + WINDOWS_A_DAY)


def _five_days(problem: Problem) -> Problem:
    """Every technician on five days, and each job's window on one of them."""
    draw = np.random.default_rng(SEED)
    jobs = tuple(replace(job, windows=_later(job, int(draw.integers(DAYS)))) for job in problem.jobs)
    return replace(problem, technicians=tuple(map(_every_day, problem.technicians)), jobs=jobs)


def _later(job: Job, days: int) -> tuple[Window, ...]:
    return tuple(Window(start_s=w.start_s + days * DAY_S, end_s=w.end_s + days * DAY_S) for w in job.windows)


def _every_day(technician: Technician) -> Technician:
    (shift,) = technician.shifts
    shifts = tuple(
        replace(
            shift,
            start_s=shift.start_s + n * DAY_S,
            end_s=shift.end_s + n * DAY_S,
            breaks=tuple(
                replace(pause, earliest_s=pause.earliest_s + n * DAY_S, latest_s=pause.latest_s + n * DAY_S)
                for pause in shift.breaks
            ),
        )
        for n in range(DAYS)
    )
    return replace(technician, shifts=shifts)


def _filled(workday: Workday, duty: Duty, left: dict[str, Job]) -> list[Job]:
    order: list[Job] = []
    able = [job for job in left.values() if static_block(workday, job, duty) is None]
    while able:
        place = order[-1].place if order else duty.from_place
        able.sort(key=lambda job: workday.drive_s(place, job.place))
        fits = (job for job in able[:NEAREST] if schedule_route(workday, duty, [*order, job]) is not None)
        following = next(fits, None)
        if following is None:
            break
        order.append(following)
        able.remove(following)
    return order
