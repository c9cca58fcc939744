"""From the arrays of a search to a plan: its best routes with their times, loads and meetings."""

from collections.abc import Sequence
from dataclasses import replace

from scheduling.duties import Duty, Loading, Meeting, Visit, Workday
from scheduling.liveplan import pack_orders, to_plan, why_unserved
from scheduling.plan import Plan
from scheduling.problem import Job
from scheduling.search.anneal import Search
from scheduling.search.goods import part_names
from scheduling.search.seats import Seat
from scheduling.search.tables import Ints, Tables
from scheduling.timetable import schedule_route


def best_plan(workday: Workday, seats: Sequence[Seat], duties: Sequence[Duty], tables: Tables, search: Search) -> Plan:
    """The best plan that a search has found so far."""
    workday = replace(workday, meetings=_meetings(seats, duties, tables, search))
    loads = search.best_loads.copy()
    orders = {duty.key: _visits(workday, seats, k, loads[tables.van[k]], search) for k, duty in enumerate(duties)}
    live = pack_orders(workday, {key: _jobs(visits) for key, visits in orders.items()})
    if not workday.depots:
        return to_plan(live)
    timed = [schedule_route(workday, duty, orders.get(key, ())) for key, duty in workday.duties.items()]
    routes = tuple(route for route in timed if route and route.stops)
    served = {stop.job for route in routes for stop in route.stops}
    left = [job for job in workday.problem.jobs if job.id not in served]
    # The reasons are as far as one can tell without calls at depots.
    return Plan(routes=routes, unserved=why_unserved(live, left))


def _meetings(seats: Sequence[Seat], duties: Sequence[Duty], tables: Tables, search: Search) -> dict[str, Meeting]:
    """The start of each job that couples routes, and whose duty leads."""
    return {
        seats[x].job.id: Meeting(start_s=int(search.best_start[x]), lead=duty.key)
        for k, duty in enumerate(duties)
        for x in _row(search, k)
        if x < len(seats) and seats[x].lead and tables.is_coupled[x]
    }


def _visits(workday: Workday, seats: Sequence[Seat], k: int, loads: Ints, search: Search) -> list[Visit]:
    """A route's jobs and calls. loads: of the van at each depot; taken out at its first call there, be it in an earlier shift."""
    depots, parts = workday.problem.depots, part_names(seats)
    visits: list[Visit] = []
    for x in _row(search, k):
        if x < len(seats):
            visits.append(seats[x].job)
        else:
            d = x - len(seats)
            load = {part: pieces for part, pieces in zip(parts, loads[d].tolist(), strict=False) if pieces}
            visits.append(Loading(depot=depots[d], load=load))
            loads[d] = 0
    return visits


def _row(search: Search, k: int) -> list[int]:
    return search.best_tasks[k, : search.best_size[k]].tolist()


def _jobs(visits: Sequence[Visit]) -> list[Job]:
    return [visit for visit in visits if not isinstance(visit, Loading)]
