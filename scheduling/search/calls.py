"""Better places for calls at depots: after a ruin they go where they cost least, and now and then one more is tried."""

import numpy as np

from scheduling.search.compiled import compiled
from scheduling.search.dice import Dice, below, draw
from scheduling.search.refresh import refresh
from scheduling.search.routes import Routes
from scheduling.search.supply import first_lacking, has_calls, is_touched, put_call, share_out, take_call
from scheduling.search.tables import Flags, Tables

# How often a ruin looks for better places of the calls that are left, and puts one in for what may want it.
MOVE_SHARE, TRY_SHARE = 0.5, 0.1


@compiled
def vary_calls(tables: Tables, routes: Routes, dice: Dice, touched: Flags) -> None:
    """After a ruin: now and then put the calls of a van where they cost least, or try one more."""
    for v in range(len(tables.stock)):
        if not is_touched(tables, v, touched):
            continue
        if draw(dice) < MOVE_SHARE and has_calls(tables, routes, v):
            _move_calls(tables, routes, v, touched)
            share_out(tables, routes, v)
        if draw(dice) < TRY_SHARE:
            _try_call(tables, routes, dice, v, touched)


@compiled
def _move_calls(tables: Tables, routes: Routes, v: int, touched: Flags) -> None:
    for i in range(tables.first_of_van[v], tables.first_of_van[v + 1]):
        k = tables.of_van[i]
        for p in range(routes.size[k]):
            if routes.tasks[k, p] >= tables.task_count:
                _move_call(tables, routes, v, k, p)
                touched[k] = True


@compiled
def _move_call(tables: Tables, routes: Routes, v: int, k: int, at: int) -> None:
    """Put a call that is needed where it costs least in its route, at any depot that has what is lacking."""
    y = routes.tasks[k, at]
    best, best_y, best_at = np.inf, y, at
    take_call(routes, k, at)
    for d in range(tables.depot_count):
        for p in range(routes.size[k] + 1):
            put_call(routes, k, p, tables.task_count + d)
            if first_lacking(tables, routes, v) < 0:
                refresh(tables, routes, k)
                if routes.price[k] < best:
                    best, best_y, best_at = routes.price[k], tables.task_count + d, p
            take_call(routes, k, p)
    put_call(routes, k, best_at, best_y)
    refresh(tables, routes, k)


@compiled
def _try_call(tables: Tables, routes: Routes, dice: Dice, v: int, touched: Flags) -> None:
    """Put a call somewhere into a route of the van, for the sake of tasks that may want more than one, or want it in a later shift."""
    first, last = int(tables.first_of_van[v]), int(tables.first_of_van[v + 1])
    k = int(tables.of_van[first + below(dice, last - first)])
    d = below(dice, tables.depot_count)
    if routes.size[k] + 2 > routes.tasks.shape[1]:
        return
    at = below(dice, int(routes.size[k]) + 1)
    put_call(routes, k, at, tables.task_count + d)
    refresh(tables, routes, k)
    if routes.price[k] == np.inf:
        take_call(routes, k, at)
        refresh(tables, routes, k)
    touched[k] = True
