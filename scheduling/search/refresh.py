"""Keep a route up to date: the states of an insertion test, and what the route costs. The readable account is `scheduling.insertion`."""

import numpy as np
from numpy.typing import NDArray

from scheduling.search.compiled import compiled, inlined
from scheduling.search.routes import Routes, count_use, first_start, last_start
from scheduling.search.tables import NEVER, Ints, SmallInts, Tables
from scheduling.search.timing import arrive, beginning, is_plain, plain_timing, price_of_times
from scheduling.travel import UNREACHABLE


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
    if routes.plain[k]:
        _add_up(tables, routes, k, n)
    routes.price[k] = _price(tables, routes, k, n)


@inlined
def _lay(tables: Tables, routes: Routes, k: int, n: int) -> None:
    """Places, legs, seconds on site, and whether and how times matter."""
    places, legs = routes.places[k], routes.legs[k]
    places[0] = tables.start_place[k]
    worked, timed = tables.base_worked[k], tables.overtime_price[k] > 0 or tables.wait_price > 0
    plain = tables.states[k] == 1
    for p in range(n):
        x = routes.tasks[k, p]
        places[p + 1] = tables.place[x]
        legs[p] = tables.seconds[places[p], places[p + 1]]
        worked += tables.work[tables.pace[k], x] * (x < tables.task_count)
        timed |= tables.is_timed[x]
        plain &= is_plain(tables, x)
    places[n + 1] = tables.end_place[k]
    legs[n] = tables.seconds[places[n], places[n + 1]]
    if n == 0:
        legs[0] = tables.idle_leg[k]
    routes.worked[k] = worked
    routes.timed[k] = timed
    routes.plain[k] = timed and plain


@inlined
def _forward(tables: Tables, routes: Routes, k: int, n: int) -> None:
    ready = routes.ready[k]
    ready[0, 0] = tables.available[k]
    for s in range(1, tables.states[k]):
        ready[0, s] = NEVER
    routes.soonest[k, 0] = tables.available[k]
    for p in range(n):
        routes.soonest[k, p + 1] = leave(
            tables, routes, k, routes.tasks[k, p], routes.legs[k, p], ready[p], ready[p + 1]
        )


@inlined
def leave(tables: Tables, routes: Routes, k: int, x: int, leg: int, before_row: Ints, after_row: Ints) -> int:
    """Fill when a visit is done, in each state, from when one can leave the place before it; the soonest of them."""
    by, length, free = tables.run_by[k], tables.run_length[k], tables.run_free[k]
    work, soonest = tables.work[tables.pace[k], x], NEVER
    for after in range(tables.states[k]):
        arrival = NEVER
        for before in range(after + 1):
            moment = before_row[before]
            if moment <= by[before, after]:
                arrival = min(arrival, max(moment + leg + length[before, after], free[before, after]))
        done = first_start(tables, routes, x, arrival) + work if arrival < NEVER and leg < UNREACHABLE else NEVER
        after_row[after] = min(done, NEVER)
        soonest = min(soonest, after_row[after])
    return soonest


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
def _add_up(tables: Tables, routes: Routes, k: int, n: int) -> None:
    """The tails of a plain route."""
    tail, home = routes.tail[k], routes.home[k]
    tail[n], home[n] = 0, 0
    for p in range(n - 1, -1, -1):
        x = routes.tasks[k, p]
        tail[p] = tables.work[tables.pace[k], x] + routes.legs[k, p + 1] + tail[p + 1]
        home[p] = max(first_start(tables, routes, x, 0) + tail[p], home[p + 1])


@inlined
def _price(tables: Tables, routes: Routes, k: int, n: int) -> float:
    routes.timing[k] = 0.0
    if n == 0:
        return tables.idle_price[k]
    seconds, price = 0, tables.base_price[k]
    for p in range(n):
        seconds += routes.legs[k, p]
        price += tables.fixed[routes.tasks[k, p], k]
    price += tables.travel_price * (seconds + routes.legs[k, n]) + tables.fair_price[k] * routes.worked[k] ** 2
    if routes.timed[k] and not routes.plain[k]:
        routes.timing[k] = price_of_times(tables, routes, k, -1, -1)
        return price + routes.timing[k]
    if not _ends(tables, routes, k, n):
        return np.inf
    if routes.plain[k]:
        arrival, began = routes.ready[k, n, 0] + routes.legs[k, n], beginning(tables, routes, k, n, -1, 0, 0)
        routes.timing[k] = plain_timing(tables, routes, k, n, began, arrival, 0)
    return price + routes.timing[k]


@inlined
def _ends(tables: Tables, routes: Routes, k: int, n: int) -> bool:
    """Whether a route with tasks can be done."""
    for s in range(tables.states[k]):
        if arrive(tables, k, routes.ready[k, n], s, routes.legs[k, n])[0] <= routes.latest[k, n, s]:
            return True
    return False
