"""Ruin: take strings of neighbouring tasks out of neighbouring routes (slack induction by string removals).

Source: Christiaens, J., Vanden Berghe, G. (2020). Slack induction by string removals for vehicle routing problems.
Transportation Science 54(2), doi 10.1287/trsc.2019.0914. Names in brackets are theirs.
"""

import numpy as np
from numpy.typing import NDArray

from scheduling.search.compiled import compiled, inlined
from scheduling.search.dice import Dice, below, draw
from scheduling.search.refresh import refresh
from scheduling.search.routes import Routes, count_use
from scheduling.search.tables import SmallInts, Tables

# How many tasks a ruin takes out on average (c), and how long its strings are at most (L).
MEAN_REMOVED = 10
LONGEST_STRING = 10
# Every other string keeps some tasks in its middle (split string, alpha); how unlikely it keeps one more (beta).
SPLIT_SHARE = 0.5
SPLIT_STOPS = 0.01


@compiled
def ruin(tables: Tables, routes: Routes, dice: Dice, touched: NDArray[np.bool_], removed: SmallInts) -> int:
    """Take tasks out; they go into `removed`, whose count is returned, and their routes are marked as touched."""
    mean = _mean_size(routes)
    if mean == 0:
        touched[:] = True
        return 0
    longest = min(float(LONGEST_STRING), mean)
    strings = int(draw(dice) * (4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0) + 1.0)
    seed, count = below(dice, tables.task_count), 0
    for i in range(tables.near.shape[1]):
        x = tables.near[seed, i]
        k = int(routes.owner[x])
        if k < 0 or touched[k]:
            continue
        size = int(routes.size[k])
        length = min(size, int(draw(dice) * min(longest, float(size)) + 1.0))
        count = _remove_string(tables, routes, dice, k, x, length, removed, count)
        touched[k] = True
        strings -= 1
        if strings == 0:
            break
    return count


@inlined
def _mean_size(routes: Routes) -> float:
    tasks, busy = 0, 0
    for k in range(len(routes.size)):
        tasks += routes.size[k]
        busy += routes.size[k] > 0
    return tasks / busy if busy else 0.0


@compiled
def _remove_string(
    tables: Tables, routes: Routes, dice: Dice, k: int, x: int, length: int, removed: SmallInts, count: int
) -> int:
    """Take a string that contains x out of its route, perhaps all but some tasks in its middle."""
    n, row = routes.size[k], routes.tasks[k]
    kept = 0
    if length < n and draw(dice) < SPLIT_SHARE:
        kept = 1
        while length + kept < n and draw(dice) > SPLIT_STOPS:
            kept += 1
        if draw(dice) < 0.5:
            kept = 1
    span, position = length + kept, 0
    while row[position] != x:
        position += 1
    low, high = max(0, position - span + 1), min(position, n - span)
    first = low + below(dice, high - low + 1)
    first_kept = first + below(dice, span - kept + 1) if kept else first
    write = 0
    for p in range(n):
        is_task = row[p] < tables.task_count
        if is_task and first <= p < first + span and not first_kept <= p < first_kept + kept:
            routes.owner[row[p]] = -1
            count_use(tables, routes, row[p], k, -1)
            removed[count] = row[p]
            count += 1
        else:
            row[write] = row[p]
            write += 1
    routes.size[k] = write
    refresh(tables, routes, k)
    return count
