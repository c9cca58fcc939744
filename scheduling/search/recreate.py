"""Recreate: put tasks into routes one after another, each where it costs least (Christiaens and Vanden Berghe 2020)."""

from typing import NamedTuple

import numpy as np

from scheduling.search.compiled import compiled, inlined
from scheduling.search.detours import cheapest_way
from scheduling.search.dice import Dice, draw
from scheduling.search.gaps import cheapest_in
from scheduling.search.refresh import refresh
from scheduling.search.routes import Routes, count_use
from scheduling.search.supply import put_call, share_out
from scheduling.search.tables import Flags, Floats, Ints, SmallInts, Tables

# How often the cheapest place is overlooked, so that the search does not always do the same.
BLINK = 0.01
# More than any key of the orders in which tasks are tried.
RANK = 1e12


class Memo(NamedTuple):
    """What the cheapest insertion of a task into a route was, while the route's stamp is still the same: most routes rest.

    stamp, price, at[x, k]; price inf: nowhere. call, call_at[x, k]: with a call at a depot, -1 for none; without depots empty. n x K.
    """

    stamp: Ints
    price: Floats
    at: SmallInts
    call: SmallInts
    call_at: SmallInts


def no_memo(tables: Tables) -> Memo:
    shape = (tables.task_count, len(tables.available))
    calls = shape if tables.depot_count else (0, 0)
    return Memo(
        stamp=np.zeros(shape, dtype=np.int64),
        price=np.zeros(shape),
        at=np.zeros(shape, dtype=np.int32),
        call=np.zeros(calls, dtype=np.int32),
        call_at=np.zeros(calls, dtype=np.int32),
    )


@compiled
def insert(tables: Tables, routes: Routes, x: int, k: int, at: int, call: int, call_at: int) -> None:
    """Put a task before position `at` of a route, and before that a call where one is given; the stamp is the caller's business."""
    if call >= 0:
        put_call(routes, k, call_at, call)
    row, n = routes.tasks[k], routes.size[k]
    for p in range(n, at, -1):
        row[p] = row[p - 1]
    row[at] = x
    routes.size[k] = n + 1
    routes.owner[x] = k
    count_use(tables, routes, x, k, 1)
    refresh(tables, routes, k)
    if tables.depot_count > 0 and tables.has_need[x]:
        share_out(tables, routes, tables.van[k])


@inlined
def cheapest(
    tables: Tables, routes: Routes, memo: Memo, dice: Dice, x: int, touched: Flags, is_removed: Flags
) -> tuple[float, int, int, int, int]:
    """What the cheapest feasible insertion of a task adds, into which duty, and the rest as of `cheapest_way`.

    touched: routes that differ from the plan that the memo is about. is_removed[x]: it was served; what was
    left out before skips what `_refused` it already.
    """
    best, best_k, best_at, best_call, best_call_at = np.inf, -1, -1, -1, -1
    by_depots = tables.depot_count > 0 and tables.has_need[x]
    for i in range(tables.first_duty[x], tables.first_duty[x + 1]):
        k = tables.duties[i]
        if not is_removed[x] and not touched[k] and _refused(tables, routes, x, k):
            continue
        if not has_parts(tables, routes, x, k) or not may_move(tables, routes, x, k):
            continue
        call, call_at = -1, -1
        may_recall = not touched[k] and (tables.depot_count == 0 or tables.is_local[x])
        if not may_recall or memo.stamp[x, k] != routes.stamp[k]:
            if by_depots:
                price, at, call, call_at = cheapest_way(tables, routes, x, k, np.inf if may_recall else best)
            else:
                price, at = cheapest_in(tables, routes, x, k, np.inf if may_recall else best, 0)
            if may_recall:
                memo.stamp[x, k], memo.price[x, k], memo.at[x, k] = routes.stamp[k], price, at
                if by_depots:
                    memo.call[x, k], memo.call_at[x, k] = call, call_at
        else:
            price, at = memo.price[x, k], int(memo.at[x, k])
            if by_depots:
                call, call_at = int(memo.call[x, k]), int(memo.call_at[x, k])
        if price < best and draw(dice) >= BLINK:
            best, best_k, best_at, best_call, best_call_at = price, k, at, call, call_at
    return best, best_k, best_at, best_call, best_call_at


@inlined
def _refused(tables: Tables, routes: Routes, x: int, k: int) -> bool:
    """Whether a route that has not changed since it refused a task would do so again, as nearly all do.

    Not an empty one, which no ruin ever touches; nor where parts or the disturbance budget, which other routes set free, may be the reason.
    """
    return routes.size[k] > 0 and tables.is_local[x] and (tables.move_limit < 0 or tables.shifts[x, k] == 0)


@inlined
def has_parts(tables: Tables, routes: Routes, x: int, k: int) -> bool:
    """Whether the van has what the task needs; with depots that is a matter of the place in the route, see `cheapest_way`."""
    if tables.has_need[x] and tables.depot_count == 0:
        for q in range(tables.need.shape[1]):
            if tables.need[x, q] > routes.left[tables.van[k], q]:
                return False
    return True


@inlined
def may_move(tables: Tables, routes: Routes, x: int, k: int) -> bool:
    """Whether the disturbance budget lets the task go there."""
    return tables.move_limit < 0 or tables.shifts[x, k] == 0 or routes.moves[0] < tables.move_limit


@compiled
def order_tasks(tables: Tables, dice: Dice, tasks: SmallInts, keys: Floats, count: int) -> None:
    """Bring tasks into the order in which they are tried: by chance, by their worth, longest first, or narrowest window first."""
    rule = draw(dice)
    for i in range(count):
        x = tasks[i]
        chance = draw(dice)
        work = tables.work[0, x]
        # What waits for others comes after all of them.
        later = RANK * tables.rank[x]
        if rule < 0.35:
            keys[i] = later + chance
        elif rule < 0.65:
            keys[i] = later - tables.penalty[x] * (0.8 + 0.4 * chance) / (work + 900)
        elif rule < 0.8:
            keys[i] = later - tables.penalty[x] * (1.0 + 1e-6 * chance)
        elif rule < 0.9:
            keys[i] = later + chance - work
        else:
            keys[i] = later + chance + _room(tables, x)
    _sort(tasks, keys, count)


@inlined
def _room(tables: Tables, x: int) -> int:
    """Seconds in which a task may start, all windows together."""
    room = 0
    for w in range(tables.first_window[x], tables.first_window[x + 1]):
        room += tables.closes[w] - tables.opens[w]
    return room


@inlined
def _sort(tasks: SmallInts, keys: Floats, count: int) -> None:
    """Sort tasks by their keys in place; by insertion, since there are some dozens."""
    for i in range(1, count):
        key, task, hole = keys[i], tasks[i], i
        while hole > 0 and keys[hole - 1] > key:
            keys[hole], tasks[hole] = keys[hole - 1], tasks[hole - 1]
            hole -= 1
        keys[hole], tasks[hole] = key, task
