"""The cheapest insertion of a task where the van may have to call at a depot first."""

import numpy as np

from scheduling.search.compiled import compiled, inlined
from scheduling.search.gaps import base_price, cheapest_in, fits, spared_at_most
from scheduling.search.refresh import leave
from scheduling.search.routes import Routes, first_start
from scheduling.search.supply import first_position, gives_plenty, put_call, take_call
from scheduling.search.tables import Tables
from scheduling.search.timing import beginning, is_plain, plain_timing, price_of_times


@compiled
def cheapest_way(tables: Tables, routes: Routes, x: int, k: int, bound: float) -> tuple[float, int, int, int]:
    """What the cheapest feasible insertion into one route adds if less than the bound, and how: before which position, after which call
    at a depot was put in (-1: none) before which position. inf, -1, -1, -1 for none.
    """
    first = first_position(tables, routes, x, k) if tables.depot_count > 0 and tables.has_need[x] else 0
    best, best_at = cheapest_in(tables, routes, x, k, bound, first)
    best_call, best_call_at = -1, -1
    if first > 0:
        for d in range(tables.depot_count):
            if tables.gives[d, x]:
                price, at, call_at = _cheapest_by_way_of(tables, routes, x, k, d, min(bound, best))
                if at >= 0:
                    best, best_at, best_call, best_call_at = price, at, tables.task_count + d, call_at
    return best, best_at, best_call, best_call_at


@compiled
def _cheapest_by_way_of(tables: Tables, routes: Routes, x: int, k: int, d: int, bound: float) -> tuple[float, int, int]:
    """The cheapest insertion of a task somewhere after a call at a depot, which is put in, too; its position is counted with the call.

    From each place of the call the rest of the route is walked once; what comes after the task is as it was.
    """
    n, y = int(routes.size[k]), tables.task_count + d
    best, best_at, best_call_at = bound, -1, -1
    if n + 2 > routes.tasks.shape[1]:
        return np.inf, -1, -1
    base, closes = base_price(tables, routes, x, k), tables.closes[tables.first_window[x + 1] - 1]
    to_call, from_call = tables.seconds_to[tables.place[y]], tables.seconds[tables.place[y]]
    to_x, from_x = tables.seconds_to[tables.place[x]], tables.seconds[tables.place[x]]
    places, legs, rows = routes.places[k], routes.legs[k], routes.leaving
    is_plain_way = routes.plain[k] and is_plain(tables, x) and is_plain(tables, y)
    has_plenty = gives_plenty(tables, routes, x, k, d)
    for call_at in range(n + 1):
        there, onward, row = int(to_call[places[call_at]]), int(from_call[places[call_at + 1]]), 0
        soonest = leave(tables, routes, k, y, there, routes.ready[k, call_at], rows[0])
        began = beginning(tables, routes, k, call_at, y, there, rows[0, 0])
        first = call_at if has_plenty else _first_after(tables, routes, x, k, y, call_at)
        for p in range(call_at, n + 1):
            if soonest > closes or soonest > routes.limit[k, p]:
                break
            is_next = p == call_at
            to_task, to_rest = int(to_x[tables.place[y] if is_next else places[p]]), int(from_x[places[p + 1]])
            detour = there - legs[call_at] + to_task + to_rest + (0 if is_next else onward - legs[p])
            price = base + tables.travel_price * detour
            if (
                p >= first
                and price - spared_at_most(tables, routes, k) < best
                and fits(tables, routes, x, k, rows[row], routes.latest[k, p], to_task, to_rest)
            ):
                if is_plain_way:
                    done = first_start(tables, routes, x, rows[row, 0] + to_task) + tables.work[tables.pace[k], x]
                    busy = detour + tables.work[tables.pace[k], x] + tables.work[tables.pace[k], y]
                    price += plain_timing(tables, routes, k, p, began, done + to_rest, busy) - routes.timing[k]
                elif routes.timed[k] or tables.is_timed[x]:
                    put_call(routes, k, call_at, y)
                    price += price_of_times(tables, routes, k, p + 1, x) - routes.timing[k]
                    take_call(routes, k, call_at)
                if price < best:
                    best, best_at, best_call_at = price, p + 1, call_at
            if p < n:
                leg = onward if is_next else int(legs[p])
                soonest = leave(tables, routes, k, routes.tasks[k, p], leg, rows[row], rows[1 - row])
                row = 1 - row
    return (best, best_at, best_call_at) if best_at >= 0 else (np.inf, -1, -1)


@inlined
def _first_after(tables: Tables, routes: Routes, x: int, k: int, y: int, call_at: int) -> int:
    """From which position on, counted without a call that is put in, the van has what a task needs for the call's sake."""
    put_call(routes, k, call_at, y)
    first = first_position(tables, routes, x, k) - 1
    take_call(routes, k, call_at)
    return max(call_at, first)
