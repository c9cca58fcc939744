"""What a route costs for the sake of its times: lateness, retiming, overtime and waiting. The timetable is that of `scheduling.timetable`."""

import numpy as np

from scheduling.search.compiled import compiled, inlined
from scheduling.search.routes import Routes, first_start
from scheduling.search.tables import NEVER, Ints, Tables
from scheduling.travel import UNREACHABLE


@inlined
def is_plain(tables: Tables, x: int) -> bool:
    """Whether a visit has one window, and no price on when it is done."""
    return tables.first_window[x + 1] - tables.first_window[x] == 1 and not tables.is_timed[x]


@inlined
def plain_timing(tables: Tables, routes: Routes, k: int, p: int, began: int, arrival: int, more_busy: int) -> float:
    """Overtime and waiting of a plain route that is changed before visit p (n: before home): it begins then, comes to p then, and is busy longer."""
    end = max(arrival + routes.tail[k, p], routes.home[k, p])
    busy = routes.legs[k, 0] + routes.tail[k, 0] + more_busy
    late = max(0, end - tables.regular_end[k])
    return tables.overtime_price[k] * late + tables.wait_price * (end - began - busy)


@inlined
def beginning(tables: Tables, routes: Routes, k: int, p: int, x: int, leg: int, done: int) -> int:
    """When a plain route begins with a visit put before position p that is done then: nobody sets out before it is time to."""
    if tables.has_facts[k]:
        return tables.available[k]
    if p > 0:
        x, leg, done = routes.tasks[k, 0], routes.legs[k, 0], routes.ready[k, 1, 0]
    return done - tables.work[tables.pace[k], x] - leg


@compiled
def price_of_times(tables: Tables, routes: Routes, k: int, at: int, inserted: int) -> float:
    """Lateness, retiming, overtime and waiting of a route; inf when it cannot be done.

    at, inserted: with another task before position `at`; none for -1. The timetable is that of `schedule_route`: of all ways to place the
    breaks the one that ends earliest, among equals the one that takes them latest.
    """
    n = routes.size[k] + (inserted >= 0)
    states, ready, before_rows = tables.states[k], routes.layers, routes.came_from
    for s in range(states):
        ready[0, s] = tables.available[k] if s == 0 else NEVER
    busy, leg = 0, 0
    for p in range(n):
        x = _task_at(routes, k, at, inserted, p)
        place = tables.start_place[k] if p == 0 else tables.place[_task_at(routes, k, at, inserted, p - 1)]
        leg = int(tables.seconds[place, tables.place[x]])
        busy += leg + tables.work[tables.pace[k], x]
        _step(tables, routes, k, ready, before_rows, p, leg, x)
    last = _task_at(routes, k, at, inserted, n - 1)
    home = int(tables.seconds[tables.place[last], tables.end_place[k]])
    end, state, came_from = NEVER, -1, 0
    for after in range(states):
        arrival, before = arrive(tables, k, ready[n], after, home)
        if arrival <= tables.latest_end[k] and arrival <= tables.run_by[k, after, states - 1] and arrival < end:
            end, state, came_from = arrival, after, before
    if state < 0:
        return np.inf
    price = tables.overtime_price[k] * max(0, end - tables.regular_end[k])
    busy += home + tables.run_length[k, 0, state]
    began, state = tables.available[k], came_from
    for p in range(n, 0, -1):
        x = _task_at(routes, k, at, inserted, p - 1)
        done = ready[p, state]
        price += tables.late_price[x] * max(0, done - tables.due[x])
        price += tables.retime_price[x] * max(0, done - tables.work[tables.pace[k], x] - tables.retime_after[x])
        if p == 1 and state == 0 and not tables.has_facts[k]:
            # Nobody sets out before it is time to.
            began = done - tables.work[tables.pace[k], x] - tables.seconds[tables.start_place[k], tables.place[x]]
        state = before_rows[p, state]
    return price + tables.wait_price * (end - began - busy)


@inlined
def _task_at(routes: Routes, k: int, at: int, inserted: int, p: int) -> int:
    if inserted < 0 or p < at:
        return routes.tasks[k, p]
    return inserted if p == at else routes.tasks[k, p - 1]


@inlined
def _step(tables: Tables, routes: Routes, k: int, ready: Ints, before_rows: Ints, p: int, leg: int, x: int) -> None:
    """The next layer of ready moments. Among equal moments of being READY the fewest breaks before count, as in `timetable`."""
    for after in range(tables.states[k]):
        best, came_from = NEVER, 0
        for before in range(after + 1):
            if leg < UNREACHABLE and ready[p, before] <= tables.run_by[k, before, after]:
                moment = ready[p, before] + leg + tables.run_length[k, before, after]
                start = first_start(tables, routes, x, max(moment, tables.run_free[k, before, after]))
                if start < NEVER and start + tables.work[tables.pace[k], x] < best:
                    best, came_from = start + tables.work[tables.pace[k], x], before
        ready[p + 1, after] = best
        before_rows[p + 1, after] = came_from


@inlined
def arrive(tables: Tables, k: int, ready: Ints, after: int, leg: int) -> tuple[int, int]:
    """The earliest arrival in a state, and the state before it."""
    arrival, came_from = NEVER, 0
    if leg >= UNREACHABLE:
        return arrival, came_from
    for before in range(after + 1):
        if ready[before] <= tables.run_by[k, before, after]:
            moment = max(ready[before] + leg + tables.run_length[k, before, after], tables.run_free[k, before, after])
            if moment < arrival:
                arrival, came_from = moment, before
    return arrival, came_from
