"""Routes in arrays: the states of an insertion test, kept up to date, and what each route costs.

The arithmetic is that of `scheduling.insertion` and `scheduling.timetable`, which remain the readable account of it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scheduling.search.compiled import compiled, inlined
from scheduling.search.tables import NEVER, Floats, Ints, SmallInts, Tables
from scheduling.travel import UNREACHABLE


class Routes(NamedTuple):
    """K routes of at most M visits, the first size[k] of each row: tasks and calls.

    tasks[k]: in order. places[k]: from where the duty begins over the tasks to where it ends. legs[k, p]: seconds between them.
    ready[k, p, s]: earliest departure from place p with s breaks taken. latest[k, p, s]: latest arrival at place p + 1.
    soonest, limit[k, p]: the least of ready, the greatest of latest over the states. price[k]: inf if the route cannot be done.
    worked[k]: seconds on site. timed[k]: whether the price depends on times. stamp[k]: another number for each other content.
    lo, hi[x]: when x may start, besides its windows: one moment, while it is served and couples routes. layers, came_from: room to work out one timetable.
    owner[x]: the duty that does x, or -1. left[v, q]: pieces of a good that a van has left, loads apart. moves[0]: moves against the plan in force.
    loads[v, d, q]: what a van loads at a depot; shelf[d, q]: what is left there. called[d]: room to note where a van has been.
    """

    size: Ints
    tasks: SmallInts
    places: SmallInts
    legs: Ints
    ready: Ints
    latest: Ints
    soonest: Ints
    limit: Ints
    price: Floats
    worked: Ints
    timed: NDArray[np.bool_]
    stamp: Ints
    owner: Ints
    left: Ints
    moves: Ints
    lo: Ints
    hi: Ints
    layers: Ints
    came_from: Ints
    loads: Ints
    shelf: Ints
    called: NDArray[np.bool_]


def no_routes(tables: Tables, longest: int) -> Routes:
    """Every duty without tasks, nothing worked out yet; `longest`: how many visits a route can hold."""
    count, states = len(tables.available), tables.run_by.shape[1] if len(tables.available) else 1
    return Routes(
        size=np.zeros(count, dtype=np.int64),
        tasks=np.zeros((count, longest), dtype=np.int32),
        places=np.zeros((count, longest + 2), dtype=np.int32),
        legs=np.zeros((count, longest + 1), dtype=np.int64),
        ready=np.full((count, longest + 1, states), NEVER, dtype=np.int64),
        latest=np.full((count, longest + 1, states), -1, dtype=np.int64),
        soonest=np.zeros((count, longest + 1), dtype=np.int64),
        limit=np.zeros((count, longest + 1), dtype=np.int64),
        price=np.zeros(count, dtype=np.float64),
        worked=np.zeros(count, dtype=np.int64),
        timed=np.zeros(count, dtype=np.bool_),
        stamp=np.zeros(count, dtype=np.int64),
        owner=np.full(len(tables.place), -1, dtype=np.int64),
        left=tables.stock.copy(),
        moves=np.zeros(1, dtype=np.int64),
        lo=np.zeros(len(tables.place), dtype=np.int64),
        hi=np.full(len(tables.place), NEVER, dtype=np.int64),
        layers=np.zeros((longest + 2, states), dtype=np.int64),
        came_from=np.zeros((longest + 2, states), dtype=np.int64),
        loads=np.zeros((len(tables.stock), *tables.shelf.shape), dtype=np.int64),
        shelf=tables.shelf.copy(),
        called=np.zeros(tables.depot_count, dtype=np.bool_),
    )


@inlined
def first_start(tables: Tables, routes: Routes, x: int, arrival: int) -> int:
    """The earliest start of a task from an arrival on; NEVER when its windows are over."""
    soonest = max(arrival, routes.lo[x])
    for w in range(tables.first_window[x], tables.first_window[x + 1]):
        if soonest <= tables.closes[w]:
            start = max(soonest, tables.opens[w])
            return start if start <= routes.hi[x] else NEVER
    return NEVER


@inlined
def last_start(tables: Tables, routes: Routes, x: int, by: int) -> int:
    """The latest start of a task up to a moment; -1 when no window has opened by then."""
    latest = min(by, routes.hi[x])
    for w in range(tables.first_window[x + 1] - 1, tables.first_window[x] - 1, -1):
        if latest >= tables.opens[w]:
            start = min(latest, tables.closes[w])
            return start if start >= routes.lo[x] else -1
    return -1


@inlined
def count_use(tables: Tables, routes: Routes, x: int, k: int, times: int) -> None:
    """Book a task's parts and its move against the plan in force, once (1) or back (-1); its owner is up to date.

    Of a crew's members that move only one counts, for it is jobs that the disturbance budget counts.
    """
    for q in range(tables.need.shape[1]):
        routes.left[tables.van[k], q] -= times * tables.need[x, q]
    if tables.shifts[x, k] == 1 and not _others_move(tables, routes, x):
        routes.moves[0] += times


@inlined
def _others_move(tables: Tables, routes: Routes, x: int) -> bool:
    """Whether another member of a task's crew is not in the crew in force."""
    first = tables.crew_first[x]
    for seat in range(first, first + tables.crew_size[x]):
        if seat != x and routes.owner[seat] >= 0 and tables.shifts[seat, routes.owner[seat]] == 1:
            return True
    return False


@compiled
def take_out(tables: Tables, routes: Routes, touched: NDArray[np.bool_], removed: SmallInts, count: int, x: int) -> int:
    """Take one task out of its route, if it is in one; it goes into `removed` behind the first `count`, whose new count is returned."""
    k = routes.owner[x]
    if k < 0:
        return count
    write, row = 0, routes.tasks[k]
    for p in range(routes.size[k]):
        if row[p] != x:
            row[write] = row[p]
            write += 1
    routes.size[k] = write
    routes.owner[x] = -1
    count_use(tables, routes, x, k, -1)
    touched[k] = True
    refresh(tables, routes, k)
    removed[count] = x
    return count + 1


@compiled
def refresh(tables: Tables, routes: Routes, k: int) -> None:
    """Work out everything that follows from the tasks of a route, its stamp apart."""
    n = routes.size[k]
    _lay(tables, routes, k, n)
    _forward(tables, routes, k, n)
    _backward(tables, routes, k, n)
    routes.price[k] = _price(tables, routes, k, n)


@inlined
def _lay(tables: Tables, routes: Routes, k: int, n: int) -> None:
    """Places, legs, seconds on site, and whether times matter."""
    places, legs = routes.places[k], routes.legs[k]
    places[0] = tables.start_place[k]
    worked, timed = tables.base_worked[k], tables.overtime_price[k] > 0 or tables.wait_price > 0
    for p in range(n):
        x = routes.tasks[k, p]
        places[p + 1] = tables.place[x]
        legs[p] = tables.seconds[places[p], places[p + 1]]
        worked += tables.work[tables.pace[k], x] * (x < tables.task_count)
        timed |= tables.is_timed[x]
    places[n + 1] = tables.end_place[k]
    legs[n] = tables.seconds[places[n], places[n + 1]]
    if n == 0:
        legs[0] = tables.idle_leg[k]
    routes.worked[k] = worked
    routes.timed[k] = timed


@inlined
def _forward(tables: Tables, routes: Routes, k: int, n: int) -> None:
    ready, states = routes.ready[k], tables.states[k]
    by, length, free = tables.run_by[k], tables.run_length[k], tables.run_free[k]
    ready[0, 0] = tables.available[k]
    for s in range(1, states):
        ready[0, s] = NEVER
    routes.soonest[k, 0] = tables.available[k]
    for p in range(n):
        x, leg, soonest = routes.tasks[k, p], routes.legs[k, p], NEVER
        work = tables.work[tables.pace[k], x]
        for after in range(states):
            arrival = NEVER
            for before in range(after + 1):
                moment = ready[p, before]
                if moment <= by[before, after]:
                    arrival = min(arrival, max(moment + leg + length[before, after], free[before, after]))
            done = first_start(tables, routes, x, arrival) + work if arrival < NEVER and leg < UNREACHABLE else NEVER
            ready[p + 1, after] = min(done, NEVER)
            soonest = min(soonest, ready[p + 1, after])
        routes.soonest[k, p + 1] = soonest


@inlined
def _backward(tables: Tables, routes: Routes, k: int, n: int) -> None:
    latest, states = routes.latest[k], tables.states[k]
    by, length, free = tables.run_by[k], tables.run_length[k], tables.run_free[k]
    limit = -1
    for s in range(states):
        latest[n, s] = min(tables.latest_end[k], by[s, states - 1])
        limit = max(limit, latest[n, s])
    routes.limit[k, n] = limit
    for p in range(n - 1, -1, -1):
        x, leg, limit = routes.tasks[k, p], routes.legs[k, p + 1], -1
        work = tables.work[tables.pace[k], x]
        for before in range(states):
            departure = -1
            for after in range(before, states):
                arrive_by = latest[p + 1, after]
                if free[before, after] <= arrive_by:
                    departure = max(departure, min(by[before, after], arrive_by - leg - length[before, after]))
            start = (
                last_start(tables, routes, x, int(departure - work)) if departure >= work and leg < UNREACHABLE else -1
            )
            latest[p, before] = start
            limit = max(limit, start)
        routes.limit[k, p] = limit


@inlined
def _price(tables: Tables, routes: Routes, k: int, n: int) -> float:
    if n == 0:
        return tables.idle_price[k]
    seconds, price = 0, tables.base_price[k]
    for p in range(n):
        seconds += routes.legs[k, p]
        price += tables.fixed[routes.tasks[k, p], k]
    price += tables.travel_price * (seconds + routes.legs[k, n]) + tables.fair_price[k] * routes.worked[k] ** 2
    if routes.timed[k]:
        return price + price_of_times(tables, routes, k, -1, -1)
    return price if _ends(tables, routes, k, n) else np.inf


@inlined
def _ends(tables: Tables, routes: Routes, k: int, n: int) -> bool:
    """Whether a route with tasks can be done."""
    for s in range(tables.states[k]):
        if _arrive(tables, k, routes.ready[k, n], s, routes.legs[k, n])[0] <= routes.latest[k, n, s]:
            return True
    return False


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
        arrival, before = _arrive(tables, k, ready[n], after, home)
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
def _arrive(tables: Tables, k: int, ready: Ints, after: int, leg: int) -> tuple[int, int]:
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
