"""Where in a route does a task cost least, and does it fit there?"""

import numpy as np

from scheduling.search.compiled import inlined
from scheduling.search.routes import Routes, first_start
from scheduling.search.tables import NEVER, Ints, Tables
from scheduling.search.timing import beginning, is_plain, plain_timing, price_of_times
from scheduling.travel import UNREACHABLE


@inlined
def base_price(tables: Tables, routes: Routes, x: int, k: int) -> float:
    """What a task adds to a route wherever it is put, the drives apart."""
    work = tables.work[tables.pace[k], x]
    base = tables.fixed[x, k] + tables.fair_price[k] * work * (2 * routes.worked[k] + work)
    if routes.size[k] == 0:
        base += tables.base_price[k] - tables.idle_price[k] + tables.travel_price * tables.idle_leg[k]
        base += tables.fair_price[k] * float(routes.worked[k]) ** 2
    return base


@inlined
def spared_at_most(tables: Tables, routes: Routes, k: int) -> float:
    """What an insertion may save at most, drives apart: only of waiting there can be less."""
    return routes.timing[k] if tables.wait_price > 0 else 0.0


@inlined
def cheapest_in(tables: Tables, routes: Routes, x: int, k: int, bound: float, first: int) -> tuple[float, int]:
    """What the cheapest feasible insertion into one route adds, from a position on, if less than the bound, and where; inf, -1 for none."""
    n = routes.size[k]
    best, best_at = bound, -1
    if n + 1 > routes.tasks.shape[1]:
        return np.inf, -1
    work, base, spared = (
        tables.work[tables.pace[k], x],
        base_price(tables, routes, x, k),
        spared_at_most(tables, routes, k),
    )
    opens, closes = tables.opens[tables.first_window[x]], tables.closes[tables.first_window[x + 1] - 1]
    to_x, from_x = tables.seconds_to[tables.place[x]], tables.seconds[tables.place[x]]
    places, legs, soonest, limit = routes.places[k], routes.legs[k], routes.soonest[k], routes.limit[k]
    is_plain_way = routes.plain[k] and is_plain(tables, x)
    is_timed = routes.timed[k] or tables.is_timed[x]
    for p in range(first, n + 1):
        moment = soonest[p]
        if moment > closes:
            break
        there, onward = int(to_x[places[p]]), int(from_x[places[p + 1]])
        price = base + tables.travel_price * (there + onward - legs[p])
        # What can be seen without looking at windows and breaks; most positions end here.
        if price - spared >= best or max(moment + there, opens) + work + onward > limit[p] or moment + there > closes:
            continue
        if not fits(tables, routes, x, k, routes.ready[k, p], routes.latest[k, p], there, onward):
            continue
        if is_plain_way:
            done = first_start(tables, routes, x, moment + there) + work
            began, busy = beginning(tables, routes, k, p, x, there, done), there + onward - legs[p] + work
            price += plain_timing(tables, routes, k, p, began, done + onward, busy) - routes.timing[k]
        elif is_timed:
            price += price_of_times(tables, routes, k, p, x) - routes.timing[k]
        if price < best:
            best, best_at = price, p
    return (best, best_at) if best_at >= 0 else (np.inf, -1)


@inlined
def fits(tables: Tables, routes: Routes, x: int, k: int, ready: Ints, latest: Ints, there: int, onward: int) -> bool:
    """Whether a task can be done after one place and before another, and what follows still in time: exact, in O(states^2).

    ready, latest: when one can leave the place before, and must have come to the place after it, in each state.
    """
    if there >= UNREACHABLE or onward >= UNREACHABLE:
        return False
    work, states = tables.work[tables.pace[k], x], tables.states[k]
    by, length, free = tables.run_by[k], tables.run_length[k], tables.run_free[k]
    for middle in range(states):
        arrival = NEVER
        for before in range(middle + 1):
            if ready[before] <= by[before, middle]:
                arrival = min(arrival, max(ready[before] + there + length[before, middle], free[before, middle]))
        if arrival >= NEVER:
            continue
        done = first_start(tables, routes, x, arrival) + work
        for after in range(middle, states):
            if (
                done <= by[middle, after]
                and max(done + onward + length[middle, after], free[middle, after]) <= latest[after]
            ):
                return True
    return False
