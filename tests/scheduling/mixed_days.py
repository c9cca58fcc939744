"""Seeded small instances with every feature of the model mixed, small enough for a proof, and what each is without a feature."""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace

from scheduling import (
    Break,
    Depot,
    Frozen,
    Gap,
    Job,
    Lock,
    Plan,
    Policy,
    Problem,
    Route,
    RouteStop,
    Shift,
    Skill,
    Technician,
    Window,
)
from tests.scheduling.days import DAY_S, HOUR_S, problem_of

MINUTE_S = 60
POLICY = Policy(fairness=0.3, retimed=0.5, retime_tolerance_s=600, overtime=1.5)
SKILLS = ("fibre", "copper")


def mixed_day(seed: int) -> Problem:
    """Two or three technicians, one or two short days, six to nine jobs and a plan in force, on which the day may have gone on."""
    draw = random.Random(seed)
    day_count, job_count = draw.choice([1, 1, 2]), draw.choice([6, 7, 8, 9])
    technician_count = 2 if day_count == 2 else draw.choice([2, 3])
    homes = [job_count + number for number in range(technician_count)]
    depots = [_depot(draw, number, homes[-1] + 1 + number) for number in range(draw.choice([0, 1, 2]))]
    seconds = _legs(draw, homes[-1] + 1 + len(depots))
    technicians = [_technician(draw, number, home, day_count) for number, home in enumerate(homes)]
    jobs = _coupled(draw, [_job(draw, number, technicians, day_count) for number in range(job_count)])
    problem = replace(problem_of(seconds, technicians, jobs), depots=tuple(depots))
    day = _gone_on(draw, replace(problem, previous=_plan_in_force(draw, problem)))
    return replace(day, jobs=_with_gaps(random.Random(f"gaps {seed}"), day.jobs))


def _legs(draw: random.Random, place_count: int) -> list[list[int | None]]:
    """Drives of up to forty minutes, not symmetric; now and then no way."""
    points = [(draw.uniform(0, 30), draw.uniform(0, 20)) for _ in range(place_count)]

    def leg_s(origin: int, place: int) -> int | None:
        if origin == place:
            return 0
        if draw.random() < 0.01:
            return None
        air = sum((a - b) ** 2 for a, b in zip(points[origin], points[place], strict=True)) ** 0.5
        return round(air * draw.uniform(55, 80))

    return [[leg_s(origin, place) for place in range(place_count)] for origin in range(place_count)]


def _depot(draw: random.Random, number: int, place: int) -> Depot:
    opens_s = draw.choice([7, 8, 9]) * HOUR_S
    return Depot(
        id=f"d{number}",
        place=place,
        handling_s=draw.choice([0, 5, 10]) * MINUTE_S,
        stock={"ont": draw.choice([0, 1, 2])},
        tools=frozenset(draw.choice([(), ("splicer",)])),
        windows=draw.choice([(), (Window(start_s=opens_s, end_s=opens_s + 2 * HOUR_S),)]),
    )


def _technician(draw: random.Random, number: int, home: int, day_count: int) -> Technician:
    start_s = draw.choice([7, 8, 8]) * HOUR_S
    shifts = tuple(_shift(draw, home, day * DAY_S + start_s) for day in range(day_count))
    expires_s = draw.choice([None, None, None, shifts[-1].end_s - 1])
    levels = draw.choice([(1, 2), (2, 1), (2, 2), (2, 2)])
    skills = [
        Skill(name=name, level=level, valid_until_s=expires_s if level > 1 else None)
        for name, level in zip(SKILLS, levels, strict=True)
    ]
    return Technician(
        id=f"t{number}",
        shifts=shifts,
        skills=(*skills, *(Skill(name=skill.name) for skill in skills if skill.level > 1)),
        stock={"ont": draw.choice([0, 0, 1, 2])},
        tools=frozenset(draw.choice([(), ("splicer",)])),
        pace_percent=draw.choice([80, 100, 100, 125]),
        territories=frozenset(draw.choice([(), (), ("north",), ("south",)])),
        contractor=draw.random() < 0.3,
        cost_per_hour_minor=draw.choice([3000, 6000]),
    )


def _shift(draw: random.Random, home: int, start_s: int) -> Shift:
    coffee = Break(earliest_s=start_s + HOUR_S, latest_s=start_s + HOUR_S + draw.choice([10, 40]) * 60, duration_s=900)
    lunch = Break(earliest_s=start_s + 3 * HOUR_S, latest_s=start_s + 4 * HOUR_S, duration_s=draw.choice([30, 45]) * 60)
    return Shift(
        start_s=start_s,
        end_s=start_s + draw.choice([5, 6]) * HOUR_S,
        start_place=home,
        end_place=home,
        overtime_s=draw.choice([0, HOUR_S]),
        breaks=draw.choice([(), (lunch,), (coffee, lunch), (coffee, lunch)]),
    )


def _job(draw: random.Random, number: int, technicians: list[Technician], day_count: int) -> Job:
    names = [technician.id for technician in technicians]
    skill = draw.choice(SKILLS)
    return Job(
        id=f"j{number}",
        place=number,
        duration_s=draw.choice([30, 45, 60, 90]) * MINUTE_S,
        windows=_windows(draw, day_count),
        promised=draw.random() < 0.4,
        priority=draw.choice([1, 2, 4]),
        due_s=draw.choice([None, None, draw.choice([9, 10, 11]) * HOUR_S]),
        skills=draw.choice([{}, {skill: 1}, {skill: 2}, {skill: 2}]),
        helper_skills=draw.choice([None, {}]),
        parts=draw.choice([{}, {}, {"ont": 1}]),
        tools=frozenset(draw.choice([(), (), (), (), ("splicer",)])),
        preferred=frozenset(draw.sample(names, draw.choice([0, 0, 1]))),
        forbidden=frozenset(draw.sample(names, draw.choice([0, 0, 0, 0, 1]))),
        territory=draw.choice([None, None, None, "north", "south"]),
    )


def _windows(draw: random.Random, day_count: int) -> tuple[Window, ...]:
    if draw.random() < 0.4:
        return ()
    first_s = draw.randrange(day_count) * DAY_S + draw.choice([8, 9, 10]) * HOUR_S
    early = Window(start_s=first_s, end_s=first_s + draw.choice([0, 30, 60, 120]) * MINUTE_S)
    late = Window(start_s=first_s + 3 * HOUR_S, end_s=first_s + 4 * HOUR_S)
    return (early, late) if draw.random() < 0.3 else (early,)


def _coupled(draw: random.Random, jobs: list[Job]) -> list[Job]:
    """Some jobs want two people, some wait for another one."""
    for index in draw.sample(range(len(jobs)), draw.choice([0, 1, 1, 2])):
        jobs[index] = replace(jobs[index], crew_size=2)
    for _ in range(draw.choice([0, 1, 1, 2])):
        first, later = sorted(draw.sample(range(len(jobs)), 2))
        jobs[later] = replace(jobs[later], after=(jobs[first].id,))
    return jobs


def _with_gaps(draw: random.Random, jobs: tuple[Job, ...]) -> tuple[Job, ...]:
    """On some days one job starts a while after another one, and not too late."""
    if draw.random() < 0.6:
        return jobs
    first, later = sorted(draw.sample(range(len(jobs)), 2), key=lambda number: jobs[number].id)
    least_s = draw.choice([0, 20, 60]) * MINUTE_S
    gap = Gap(job=jobs[first].id, least_s=least_s, most_s=least_s + draw.choice([0, 10, 60]) * MINUTE_S)
    return tuple(replace(job, gaps=(gap,)) if number == later else job for number, job in enumerate(jobs))


def _plan_in_force(draw: random.Random, problem: Problem) -> Plan:
    """What might have been planned yesterday: jobs one after the other, whether rules allow it or not."""
    free_s = {
        (person.id, index): shift.start_s for person in problem.technicians for index, shift in enumerate(person.shifts)
    }
    stops: dict[tuple[str, int], list[RouteStop]] = {key: [] for key in free_s}
    for job in draw.sample(problem.jobs, len(problem.jobs) * 3 // 4):
        shift = draw.choice(range(len(problem.technicians[0].shifts)))
        crew = [(person.id, shift) for person in draw.sample(problem.technicians, job.crew_size)]
        start_s = max(free_s[key] for key in crew) + draw.choice([10, 20]) * MINUTE_S
        end_s = start_s + job.duration_s
        for key in crew:
            free_s[key] = end_s
            stop = RouteStop(
                job=job.id, travel_s=0, arrival_s=start_s, start_s=start_s, end_s=end_s, lead=key == crew[0]
            )
            stops[key].append(stop)
    return Plan(
        routes=tuple(
            Route(
                technician=key[0], shift=key[1], stops=tuple(made), breaks=(), depart_s=0, end_s=free_s[key], travel_s=0
            )
            for key, made in stops.items()
            if made
        )
    )


def _gone_on(draw: random.Random, problem: Problem) -> Problem:
    """Locks, a disturbance budget, and on some days work that has begun."""
    planned = {stop.job for route in problem.previous.routes for stop in route.stops} if problem.previous else set()
    jobs = {job.id: job for job in problem.jobs}
    for name in sorted(planned):
        if draw.random() < 0.15:
            jobs[name] = replace(jobs[name], lock=draw.choice([Lock.TIME, Lock.TECHNICIAN, Lock.BOTH]))
    now_s = 0
    if problem.previous and draw.random() < 0.6:
        route = draw.choice(problem.previous.routes)
        stop = route.stops[0]
        if jobs[stop.job].crew_size == 1 and route.shift == 0:
            delay_s = draw.choice([0, 10, 30]) * MINUTE_S
            fact = Frozen(technician=route.technician, shift=0, start_s=stop.start_s + delay_s)
            jobs[stop.job] = replace(jobs[stop.job], frozen=fact)
            now_s = fact.start_s + 5 * MINUTE_S
    limit = draw.choice([None, 0, 0, 1])
    return replace(problem, jobs=tuple(jobs.values()), now_s=now_s, disturbance_limit=limit)


Case = tuple[Problem, Policy]


def _jobs(change: Callable[[Job], Job]) -> Callable[[Case], Case]:
    return lambda case: (replace(case[0], jobs=tuple(change(job) for job in case[0].jobs)), case[1])


def _people(change: Callable[[Technician], Technician]) -> Callable[[Case], Case]:
    return lambda case: (replace(case[0], technicians=tuple(change(person) for person in case[0].technicians)), case[1])


def _shifts(change: Callable[[Shift], Shift]) -> Callable[[Case], Case]:
    return _people(lambda person: replace(person, shifts=tuple(change(shift) for shift in person.shifts)))


def _policy(**changes: float) -> Callable[[Case], Case]:
    return lambda case: (case[0], replace(case[1], **changes))  # type: ignore[arg-type]


def _without_lock(dropped: Lock, rest: Lock) -> Callable[[Case], Case]:
    left = {dropped: Lock.NONE, Lock.BOTH: rest}
    return _jobs(lambda job: replace(job, lock=left.get(job.lock, job.lock)))


def _without_helpers(problem: Problem) -> Problem:
    """In the plan in force, the leader does alone what a crew does."""
    routes = problem.previous.routes if problem.previous else ()
    alone = [replace(route, stops=tuple(stop for stop in route.stops if stop.lead)) for route in routes]
    return replace(problem, previous=Plan(routes=tuple(route for route in alone if route.stops)))


# What an instance is without a feature.
WITHOUT: Mapping[str, Callable[[Case], Case]] = {
    "several days": _people(lambda person: replace(person, shifts=person.shifts[:1])),
    "windows": _jobs(lambda job: replace(job, windows=())),
    "breaks": _shifts(lambda shift: replace(shift, breaks=())),
    "the second break": _shifts(lambda shift: replace(shift, breaks=shift.breaks[:1])),
    "skills": _jobs(lambda job: replace(job, skills={})),
    "levels": _jobs(lambda job: replace(job, skills=dict.fromkeys(job.skills, 1))),
    "expiry": _people(
        lambda person: replace(person, skills=tuple(replace(skill, valid_until_s=None) for skill in person.skills))
    ),
    "parts": _jobs(lambda job: replace(job, parts={})),
    "depots": lambda case: (replace(case[0], depots=()), case[1]),
    "tools": _jobs(lambda job: replace(job, tools=frozenset())),
    "pace": _people(lambda person: replace(person, pace_percent=100)),
    "crews": lambda case: _jobs(lambda job: replace(job, crew_size=1))((_without_helpers(case[0]), case[1])),
    "skills of helpers": _jobs(lambda job: replace(job, helper_skills=None)),
    "precedence": _jobs(lambda job: replace(job, after=())),
    "gaps": _jobs(lambda job: replace(job, gaps=())),
    "locked times": _without_lock(Lock.TIME, Lock.TECHNICIAN),
    "locked technicians": _without_lock(Lock.TECHNICIAN, Lock.TIME),
    "facts": lambda case: _jobs(lambda job: replace(job, frozen=None))((replace(case[0], now_s=0), case[1])),
    "overtime": _shifts(lambda shift: replace(shift, overtime_s=0)),
    "due times": _jobs(lambda job: replace(job, due_s=None)),
    "priority": _jobs(lambda job: replace(job, priority=1)),
    "contractor cost": _policy(contractor=0),
    "price of moving": _policy(moved_s=0),
    "price of retiming": _policy(retimed=0),
    "promises": _policy(promised_factor=1),
    "fairness": _policy(fairness=0),
    "disturbance budget": lambda case: (replace(case[0], disturbance_limit=None), case[1]),
    "preferred technicians": _policy(not_preferred_s=0),
    "forbidden technicians": _jobs(lambda job: replace(job, forbidden=frozenset())),
    "territories": _jobs(lambda job: replace(job, territory=None)),
}
