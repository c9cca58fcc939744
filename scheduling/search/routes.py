"""Routes in arrays: the states of an insertion test, kept up to date, and what each route costs.

The arithmetic is that of `scheduling.insertion` and `scheduling.timetable`, which remain the readable account of it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scheduling.search.compiled import compiled, inlined
from scheduling.search.tables import NEVER, Floats, Ints, SmallInts, Tables


class Routes(NamedTuple):
    """K routes of at most M visits, the first size[k] of each row: tasks and calls.

    tasks[k]: in order. places[k]: from where the duty begins over the tasks to where it ends. legs[k, p]: seconds between them.
    ready[k, p, s]: earliest departure from place p with s breaks taken. latest[k, p, s]: latest arrival at place p + 1.
    soonest, limit[k, p]: the least of ready, the greatest of latest over the states. price[k]: inf if the route cannot be done.
    worked[k]: seconds on site. timed[k]: whether the price depends on times; timing[k]: that part of it. stamp[k]: another number for each other content.
    plain[k]: a timed route whose end follows from two numbers: without breaks, one window a visit, no price on when a task is done.
    Of a plain one: tail[k, p]: seconds from the start of visit p until home, without waiting; home[k, p]: the earliest end if that visit
    starts as early as its window lets it. leaving: room for the states of a walk along a route.
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
    timing: Floats
    plain: NDArray[np.bool_]
    tail: Ints
    home: Ints
    leaving: Ints
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
        timing=np.zeros(count, dtype=np.float64),
        plain=np.zeros(count, dtype=np.bool_),
        tail=np.zeros((count, longest + 1), dtype=np.int64),
        home=np.zeros((count, longest + 1), dtype=np.int64),
        leaving=np.zeros((2, states), dtype=np.int64),
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
def copy_route(source: Routes, target: Routes, k: int) -> None:
    """All that is said of one route."""
    n = source.size[k]
    target.size[k], target.price[k], target.worked[k] = n, source.price[k], source.worked[k]
    target.timed[k], target.stamp[k] = source.timed[k], source.stamp[k]
    target.timing[k], target.plain[k] = source.timing[k], source.plain[k]
    for p in range(n):
        target.tasks[k, p] = source.tasks[k, p]
    for p in range(n + 2):
        target.places[k, p] = source.places[k, p]
    for p in range(n + 1):
        target.legs[k, p] = source.legs[k, p]
        target.soonest[k, p], target.limit[k, p] = source.soonest[k, p], source.limit[k, p]
        for s in range(source.ready.shape[2]):
            target.ready[k, p, s], target.latest[k, p, s] = source.ready[k, p, s], source.latest[k, p, s]
    if source.plain[k]:
        for p in range(n + 1):
            target.tail[k, p], target.home[k, p] = source.tail[k, p], source.home[k, p]


@inlined
def copy_totals(tables: Tables, source: Routes, target: Routes) -> None:
    """All that is said of routes together, who does what apart."""
    for v in range(source.left.shape[0]):
        for q in range(source.left.shape[1]):
            target.left[v, q] = source.left[v, q]
    target.moves[0] = source.moves[0]
    if tables.depot_count > 0:
        copy_loads(source.loads, target.loads)
        for d in range(tables.depot_count):
            for q in range(source.shelf.shape[1]):
                target.shelf[d, q] = source.shelf[d, q]
    for x in tables.coupled:
        target.lo[x], target.hi[x] = source.lo[x], source.hi[x]


@compiled
def copy_loads(source: Ints, target: Ints) -> None:
    for v in range(source.shape[0]):
        for d in range(source.shape[1]):
            for q in range(source.shape[2]):
                target[v, d, q] = source[v, d, q]
