"""The judge: every rule that a plan breaks, in words with numbers. Slow, readable, and independent of every engine.

It shares no arithmetic with them: it reads the times that a plan states and holds them against the problem, one rule a function:
here what concerns several routes, in `check_route` what concerns one. No plan is stored, shown or applied that has not
passed it. It expects a valid problem and any plan whatever.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator

from scheduling.check_route import RouteCheck
from scheduling.plan import Assignment, DepotCall, Plan, Route, crews
from scheduling.problem import Job, Problem, Technician
from scheduling.violations import Kind, Violation, violation


def check(problem: Problem, plan: Plan) -> tuple[Violation, ...]:
    """Every rule that the plan breaks; empty when it is sound."""
    return tuple(_violations(problem, plan))


def _violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    technicians = {technician.id: technician for technician in problem.technicians}
    jobs = {job.id: job for job in problem.jobs}
    crew_of, planned = crews(plan), crews(problem.previous)
    yield from _bookkeeping(plan, jobs)
    for job in problem.jobs:
        yield from _facts(job, crew_of.get(job.id, ()))
        yield from _crew(job, crew_of.get(job.id, ()))
    for route in plan.routes:
        technician = technicians.get(route.technician)
        if technician is None:
            yield violation(Kind.UNKNOWN_TECHNICIAN, technician=route.technician)
        elif not 0 <= route.shift < len(technician.shifts):
            yield violation(Kind.UNKNOWN_SHIFT, technician=technician.id, shift=route.shift)
        elif all(stop.job in jobs for stop in route.stops):
            yield from RouteCheck(problem, jobs, planned, technician, route).violations()
    for technician in problem.technicians:
        yield from _van(problem, jobs, technician, plan)
    yield from _depot_stock(problem, plan)
    yield from _order(problem, plan)
    yield from _disturbance(problem, planned, crew_of)


def _bookkeeping(plan: Plan, jobs: dict[str, Job]) -> Iterator[Violation]:
    """Each job once, or once for each member of its crew; each shift at most once."""
    for (technician, shift), count in Counter((route.technician, route.shift) for route in plan.routes).items():
        if count > 1:
            yield violation(Kind.SHIFT_TWICE, technician=technician, shift=shift, count=count)
    whom: defaultdict[str, list[str]] = defaultdict(list)
    for route in plan.routes:
        for stop in route.stops:
            whom[stop.job].append(f"technician {route.technician}")
    for left in plan.unserved:
        whom[left.job].append("nobody")
    for name, people in whom.items():
        if name not in jobs:
            yield violation(Kind.UNKNOWN_JOB, job=name)
        count = _times(jobs.get(name), people)
        if count > 1:
            yield violation(Kind.JOB_TWICE, job=name, count=count)
    for name in (name for name in jobs if name not in whom):
        yield violation(Kind.JOB_MISSING, job=name)


def _times(job: Job | None, people: list[str]) -> int:
    """How often a plan names a job; a whole crew is once."""
    is_crew = job is not None and (job.crew_size > 1 or (job.frozen is not None and bool(job.frozen.helpers)))
    if is_crew and ("nobody" not in people or len(set(people)) == 1):
        return max(Counter(people).values())
    return len(people)


def _facts(job: Job, members: tuple[Assignment, ...]) -> Iterator[Violation]:
    """What is frozen is where it is."""
    if not job.frozen:
        return
    expected = {(technician, shift, job.frozen.start_s) for technician, shift in job.frozen.members}
    found = {(member.technician, member.shift, member.start_s) for member in members}
    if found != expected:
        yield violation(Kind.FROZEN_MOVED, job=job.id, expected=_places(expected), found=_places(found) or "nobody")


def _places(members: set[tuple[str, int, int]]) -> str:
    return " and ".join(f"{technician}, shift {shift}, {start_s} s" for technician, shift, start_s in sorted(members))


def _crew(job: Job, members: tuple[Assignment, ...]) -> Iterator[Violation]:
    """As many people as the job needs, of whom one leads, begin it together."""
    if not members or job.frozen:
        return
    if len(members) != job.crew_size and job.crew_size > 1:
        yield violation(Kind.CREW_SIZE, job=job.id, expected=job.crew_size, found=len(members))
    leads = sum(member.lead for member in members)
    if leads != 1 and len(members) == job.crew_size:
        yield violation(Kind.CREW_LEAD, job=job.id, count=leads)
    starts = sorted({member.start_s for member in members})
    if len(starts) > 1 and job.crew_size > 1:
        yield violation(Kind.CREW_START, job=job.id, starts=", ".join(map(str, starts)))


def _van(problem: Problem, jobs: dict[str, Job], technician: Technician, plan: Plan) -> Iterator[Violation]:
    """At no moment has a van given more than it carried and loaded; frozen jobs' parts have already left the stock."""
    depots = {depot.id: depot for depot in problem.depots}
    loaded, used, tools = Counter(technician.stock), Counter[str](), technician.tools
    short: dict[str, tuple[int, int]] = {}
    for route in sorted((route for route in plan.routes if route.technician == technician.id), key=_shift):
        for visit in route.visits():
            if isinstance(visit, DepotCall):
                loaded.update(visit.load)
                depot = depots.get(visit.depot)
                tools |= depot.tools if depot else frozenset()
                continue
            job = jobs.get(visit.job)
            if job is None or job.frozen or not visit.lead:
                continue
            if job.tools - tools:
                missing = ", ".join(sorted(job.tools - tools))
                yield violation(Kind.TOOLS, technician=technician.id, job=job.id, tools=missing)
            used.update(job.parts)
            short |= {part: (used[part], loaded[part]) for part in job.parts if used[part] > loaded[part]}
    for part, (wanted, carried) in sorted(short.items()):
        yield violation(Kind.STOCK, technician=technician.id, part=part, wanted=wanted, found=carried)


def _shift(route: Route) -> int:
    return route.shift


def _depot_stock(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """All vans together load no more than a depot has."""
    wanted: Counter[tuple[str, str]] = Counter()
    for route in plan.routes:
        for call in route.calls:
            wanted.update({(call.depot, part): pieces for part, pieces in call.load.items()})
    for depot in problem.depots:
        for (name, part), pieces in sorted(wanted.items()):
            if name == depot.id and pieces > depot.stock.get(part, 0):
                found = depot.stock.get(part, 0)
                yield violation(Kind.DEPOT_STOCK, depot=depot.id, part=part, wanted=pieces, found=found)


def _order(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """What a job waits for is done, and over."""
    starts: dict[str, int] = {}
    ends: dict[str, int] = {}
    for stop in (stop for route in plan.routes for stop in route.stops):
        starts[stop.job] = min(stop.start_s, starts.get(stop.job, stop.start_s))
        ends[stop.job] = max(stop.end_s, ends.get(stop.job, stop.end_s))
    for job in problem.jobs:
        if job.frozen or job.id not in starts:
            continue
        for other in (name for name in job.waits_for if name not in ends):
            yield violation(Kind.AFTER_UNSERVED, job=job.id, other=other)
        for other in (name for name in job.after if name in ends):
            if ends[other] > starts[job.id]:
                yield violation(Kind.AFTER_TOO_SOON, job=job.id, other=other, early_s=ends[other] - starts[job.id])
        for gap in (gap for gap in job.gaps if gap.job in starts):
            found_s = starts[job.id] - starts[gap.job]
            if found_s < gap.least_s:
                yield violation(Kind.GAP_TOO_SHORT, job=job.id, other=gap.job, found_s=found_s, least_s=gap.least_s)
            if found_s > gap.most_s:
                yield violation(Kind.GAP_TOO_LONG, job=job.id, other=gap.job, found_s=found_s, most_s=gap.most_s)


def _disturbance(
    problem: Problem, planned: dict[str, tuple[Assignment, ...]], crew_of: dict[str, tuple[Assignment, ...]]
) -> Iterator[Violation]:
    """No more jobs than allowed are given to others than in the plan in force; leaving one undone is no move."""
    if problem.disturbance_limit is None:
        return
    in_force = {job: {member.duty for member in members} for job, members in planned.items()}
    open_jobs = (job for job in problem.jobs if not job.frozen and job.id in in_force)
    moved = sum(any(member.duty not in in_force[job.id] for member in crew_of.get(job.id, ())) for job in open_jobs)
    if moved > problem.disturbance_limit:
        yield violation(Kind.DISTURBANCE, found=moved, expected=problem.disturbance_limit)
