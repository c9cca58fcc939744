"""The search: ruin, recreate, and accept what came of it as simulated annealing does."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scheduling.search.calls import vary_calls
from scheduling.search.compiled import compiled, entry, inlined
from scheduling.search.couple import pull_along, settle
from scheduling.search.dice import Dice, draw
from scheduling.search.recreate import Memo, cheapest, insert, order_tasks
from scheduling.search.refresh import refresh
from scheduling.search.routes import Routes, copy_loads, copy_route, copy_totals, count_use
from scheduling.search.ruin import ruin
from scheduling.search.supply import mend
from scheduling.search.tables import Floats, Ints, SmallInts, Tables

# Positions in Search.costs.
CURRENT, BEST = 0, 1
# Improvements smaller than rounding are none.
EPSILON = 1e-6


class Search(NamedTuple):
    """What a search holds between two calls.

    now: the routes being tried; kept: the last ones accepted; costs: of the accepted and of the best plan.
    best_size, best_tasks: the best plan, as in Routes. touched: duties in which now and kept differ. pending: tasks to insert.
    absent: tasks that the accepted plan leaves out, absent_count[0] of them. last_stamp[0]: the last one given.
    best_start[x]: when a task of the best plan starts that couples routes. best_loads: as in Routes, of the best plan. starts, chosen: room for `settle`.
    """

    now: Routes
    kept: Routes
    memo: Memo
    costs: Floats
    best_size: Ints
    best_tasks: SmallInts
    best_start: Ints
    best_loads: Ints
    touched: NDArray[np.bool_]
    pending: SmallInts
    is_removed: NDArray[np.bool_]
    keys: Floats
    absent: SmallInts
    absent_count: Ints
    last_stamp: Ints
    starts: Ints
    chosen: Ints
    dice: Dice


@entry
def anneal(tables: Tables, search: Search, iterations: int, hot: float, cold: float) -> None:
    """Ruin and recreate so often, while the temperature falls geometrically from hot to cold (in seconds-equivalents).

    The first call fills the gaps of the routes that the search starts from; that is kept only if it is better.
    """
    is_fresh = search.last_stamp[0] == 0
    if is_fresh:
        begin(tables, search)
    for i in range(-1 if is_fresh else 0, iterations):
        count = 0
        if i < 0:
            search.touched[:] = True
        else:
            count = ruin(tables, search.now, search.dice, search.touched, search.pending)
        count = pull_along(tables, search.now, search.touched, search.pending, count)
        if tables.depot_count > 0:
            count = restock(tables, search, count)
            vary_calls(tables, search.now, search.dice, search.touched)
        recreate(tables, search, count)
        if tables.depot_count > 0:
            restock(tables, search, 0)
        cost = cost_of_change(tables, search)
        limit = search.costs[CURRENT]
        if i >= 0:
            temperature = hot * (cold / hot) ** (i / max(1, iterations))
            limit -= temperature * math.log(draw(search.dice) + 1e-300)
        # Not even the first filling is taken as it comes: where a detour by a depot is shorter than the way, a route may not outlive its call.
        if cost < limit:
            accept(tables, search, cost)
        else:
            undo(tables, search)


@compiled
def begin(tables: Tables, search: Search) -> None:
    """Work out the routes that the search starts from, which can be done, and keep them."""
    cost = 0.0
    for x in range(tables.task_count):
        cost += tables.penalty[x]
    for k in range(len(search.touched)):
        search.touched[k] = True
        for p in range(search.now.size[k]):
            x = search.now.tasks[k, p]
            if x < tables.task_count:
                search.now.owner[x] = k
                count_use(tables, search.now, x, k, 1)
                cost -= tables.penalty[x]
        refresh(tables, search.now, k)
        cost += search.now.price[k]
    accept(tables, search, cost)


@compiled
def restock(tables: Tables, search: Search, count: int) -> int:
    """Mend what a ruin or a recreation did to the goods of vans, and take out what cannot stay without that, until nothing more is lacking.

    After a recreation: a call on a day without tasks goes, and so what has come to need it in a later shift.
    """
    before = -1
    while count != before:
        before = count
        count = mend(tables, search.now, search.touched, search.pending, count)
        count = pull_along(tables, search.now, search.touched, search.pending, count)
    return count


@inlined
def recreate(tables: Tables, search: Search, count: int) -> None:
    """Insert the first `count` pending tasks and those that were left out, where it pays."""
    for i in range(count):
        search.is_removed[search.pending[i]] = True
    for i in range(search.absent_count[0]):
        search.pending[count + i] = search.absent[i]
    count += search.absent_count[0]
    order_tasks(tables, search.dice, search.pending, search.keys, count)
    for i in range(count):
        x = search.pending[i]
        if not tables.is_coupled[x]:
            price, k, at, call, call_at = cheapest(
                tables, search.now, search.memo, search.dice, x, search.touched, search.is_removed
            )
            if price < tables.penalty[x]:
                insert(tables, search.now, x, k, at, call, call_at)
                search.touched[k] = True
        elif tables.crew_first[x] == x:
            settle(tables, search.now, search.dice, x, search.touched, search.starts, search.chosen)
        search.is_removed[x] = False


@inlined
def cost_of_change(tables: Tables, search: Search) -> float:
    """The cost of the routes being tried: that of the accepted ones and the difference of those touched."""
    cost = search.costs[CURRENT]
    for k in range(len(search.touched)):
        if search.touched[k]:
            cost += search.now.price[k] - search.kept.price[k]
            for p in range(search.kept.size[k]):
                cost += tables.penalty[search.kept.tasks[k, p]]
            for p in range(search.now.size[k]):
                cost -= tables.penalty[search.now.tasks[k, p]]
    return cost


@inlined
def accept(tables: Tables, search: Search, cost: float) -> None:
    """Keep what was tried; each touched route gets a new stamp."""
    for k in range(len(search.touched)):
        if search.touched[k]:
            search.last_stamp[0] += 1
            search.now.stamp[k] = search.last_stamp[0]
            copy_route(search.now, search.kept, k)
            search.touched[k] = False
    copy_totals(tables, search.now, search.kept)
    absent = 0
    for x in range(tables.task_count):
        if search.now.owner[x] < 0:
            search.absent[absent] = x
            absent += 1
    search.absent_count[0] = absent
    search.costs[CURRENT] = cost
    if cost < search.costs[BEST] - EPSILON:
        search.costs[BEST] = cost
        if tables.depot_count > 0:
            copy_loads(search.now.loads, search.best_loads)
        for x in range(tables.task_count):
            search.best_start[x] = search.now.lo[x]
        for k in range(len(search.best_size)):
            search.best_size[k] = search.now.size[k]
            for p in range(search.now.size[k]):
                search.best_tasks[k, p] = search.now.tasks[k, p]


@inlined
def undo(tables: Tables, search: Search) -> None:
    """Put back what was accepted before."""
    for k in range(len(search.touched)):
        if search.touched[k]:
            for p in range(search.now.size[k]):
                search.now.owner[search.now.tasks[k, p]] = -1
    for k in range(len(search.touched)):
        if search.touched[k]:
            copy_route(search.kept, search.now, k)
            for p in range(search.now.size[k]):
                search.now.owner[search.now.tasks[k, p]] = k
            search.touched[k] = False
    copy_totals(tables, search.kept, search.now)
