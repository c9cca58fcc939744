"""Recreate: put tasks into routes one after another, each where it costs least (Christiaens and Vanden Berghe 2020)."""

from typing import NamedTuple

import numpy as np

from scheduling.search.compiled import compiled, inlined
from scheduling.search.dice import Dice, draw
from scheduling.search.routes import Routes, count_use, first_start, price_of_times, refresh
from scheduling.search.tables import NEVER, Flags, Floats, Ints, SmallInts, Tables
from scheduling.travel import UNREACHABLE

# How often the cheapest place is overlooked, so that the search does not always do the same.
BLINK = 0.01
# More than any key of the orders in which tasks are tried.
RANK = 1e12


class Memo(NamedTuple):
    """What the cheapest insertion of a task into a route was, while the route's stamp is still the same: most routes rest.

    stamp, price, at[x, k]; price inf: nowhere. n x K.
    """

    stamp: Ints
    price: Floats
    at: SmallInts


def no_memo(tables: Tables) -> Memo:
    shape = (len(tables.place), len(tables.available))
    return Memo(stamp=np.zeros(shape, dtype=np.int64), price=np.zeros(shape), at=np.zeros(shape, dtype=np.int32))


@compiled
def insert(tables: Tables, routes: Routes, x: int, k: int, at: int) -> None:
    """Put a task before position `at` of a route; the stamp is the caller's business."""
    row, n = routes.tasks[k], routes.size[k]
    for p in range(n, at, -1):
        row[p] = row[p - 1]
    row[at] = x
    routes.size[k] = n + 1
    routes.owner[x] = k
    count_use(tables, routes, x, k, 1)
    refresh(tables, routes, k)


@inlined
def cheapest(
    tables: Tables, routes: Routes, memo: Memo, dice: Dice, x: int, touched: Flags, is_removed: Flags
) -> tuple[float, int, int]:
    """What the cheapest feasible insertion of a task adds, into which duty, before which position; inf, -1, -1 for none.

    touched: routes that differ from the plan that the memo is about. is_removed[x]: it was served; what was
    left out before skips what `_refused` it already.
    """
    best, best_k, best_at = np.inf, -1, -1
    for i in range(tables.first_duty[x], tables.first_duty[x + 1]):
        k = tables.duties[i]
        if not is_removed[x] and not touched[k] and _refused(tables, routes, x, k):
            continue
        if not has_parts(tables, routes, x, k) or not may_move(tables, routes, x, k):
            continue
        if touched[k] or memo.stamp[x, k] != routes.stamp[k]:
            price, at = cheapest_in(tables, routes, x, k, best if touched[k] else np.inf)
            if not touched[k]:
                memo.stamp[x, k], memo.price[x, k], memo.at[x, k] = routes.stamp[k], price, at
        else:
            price, at = memo.price[x, k], int(memo.at[x, k])
        if price < best and draw(dice) >= BLINK:
            best, best_k, best_at = price, k, at
    return best, best_k, best_at


@inlined
def _refused(tables: Tables, routes: Routes, x: int, k: int) -> bool:
    """Whether a route that has not changed since it refused a task would do so again, as nearly all do.

    Not an empty one, which no ruin ever touches; nor where parts or the disturbance budget, which other routes set free, may be the reason.
    """
    return routes.size[k] > 0 and not tables.has_need[x] and (tables.move_limit < 0 or tables.shifts[x, k] == 0)


@inlined
def has_parts(tables: Tables, routes: Routes, x: int, k: int) -> bool:
    """Whether the van has what the task needs."""
    if tables.has_need[x]:
        for q in range(tables.need.shape[1]):
            if tables.need[x, q] > routes.left[tables.van[k], q]:
                return False
    return True


@inlined
def may_move(tables: Tables, routes: Routes, x: int, k: int) -> bool:
    """Whether the disturbance budget lets the task go there."""
    return tables.move_limit < 0 or tables.shifts[x, k] == 0 or routes.moves[0] < tables.move_limit


@inlined
def cheapest_in(tables: Tables, routes: Routes, x: int, k: int, bound: float) -> tuple[float, int]:
    """What the cheapest feasible insertion into one route adds, if less than the bound, and where; inf, -1 for none."""
    n = routes.size[k]
    best, best_at = bound, -1
    if n + 1 >= routes.tasks.shape[1] + 1:
        return np.inf, -1
    work = tables.work[tables.pace[k], x]
    base = tables.fixed[x, k] + tables.fair_price[k] * work * (2 * routes.worked[k] + work)
    if n == 0:
        base += tables.base_price[k] - tables.idle_price[k] + tables.travel_price * tables.idle_leg[k]
        base += tables.fair_price[k] * float(routes.worked[k]) ** 2
    opens, closes = tables.opens[tables.first_window[x]], tables.closes[tables.first_window[x + 1] - 1]
    to_x, from_x = tables.seconds_to[tables.place[x]], tables.seconds[tables.place[x]]
    places, legs, soonest, limit = routes.places[k], routes.legs[k], routes.soonest[k], routes.limit[k]
    is_timed = routes.timed[k] or tables.is_timed[x]
    price_before = 0.0
    for p in range(n + 1):
        moment = soonest[p]
        if moment > closes:
            break
        there, onward = int(to_x[places[p]]), int(from_x[places[p + 1]])
        price = base + tables.travel_price * (there + onward - legs[p])
        # What can be seen without looking at windows and breaks; most positions end here.
        if price >= best or max(moment + there, opens) + work + onward > limit[p] or moment + there > closes:
            continue
        if not fits(tables, routes, x, k, p, there, onward, work):
            continue
        if is_timed:
            if n > 0 and price_before == 0.0:
                price_before = price_of_times(tables, routes, k, -1, -1)
            price += price_of_times(tables, routes, k, p, x) - price_before
            if price >= best:
                continue
        best, best_at = price, p
    return (best, best_at) if best_at >= 0 else (np.inf, -1)


@inlined
def fits(tables: Tables, routes: Routes, x: int, k: int, p: int, there: int, onward: int, work: int) -> bool:
    """Whether a task can be done before position p and everything after it still in time: exact, in O(states^2)."""
    if there >= UNREACHABLE or onward >= UNREACHABLE:
        return False
    ready, latest, states = routes.ready[k, p], routes.latest[k, p], tables.states[k]
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
