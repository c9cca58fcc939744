"""Jobs that couple routes: their starts are settled when they are put in, so that routes stay independent of one another."""

import numpy as np
from numpy.typing import NDArray

from scheduling.search.compiled import compiled, inlined
from scheduling.search.detours import cheapest_way
from scheduling.search.dice import Dice, below, draw
from scheduling.search.recreate import BLINK, has_parts, insert, may_move
from scheduling.search.refresh import refresh, take_out
from scheduling.search.routes import Routes, first_start
from scheduling.search.supply import put_call, take_call
from scheduling.search.tables import NEVER, Ints, SmallInts, Tables

# How many starts are tried for a job that couples routes: some of those that suit its seats, seen one by one.
STARTS = 12
# The cheapest start may be a bad one for what waits for it: so often so many of the starts are overlooked.
DARING_SHARE, OVERLOOKED_SHARE = 0.5, 0.5
# Rows of a way of a crew, seat by seat: duty, position, call, position of the call.
WAY_ROWS = 4


@compiled
def pull_along(tables: Tables, routes: Routes, touched: NDArray[np.bool_], removed: SmallInts, count: int) -> int:
    """Take out what cannot stay without the removed tasks: the rest of their crews, and whatever waits for them."""
    i = 0
    while i < count:
        x = removed[i]
        i += 1
        if not tables.is_coupled[x]:
            continue
        first = tables.crew_first[x]
        for seat in range(first, first + tables.crew_size[x]):
            routes.lo[seat], routes.hi[seat] = 0, NEVER
            count = take_out(tables, routes, touched, removed, count, seat)
        for f in range(tables.first_follower[first], tables.first_follower[first + 1]):
            count = take_out(tables, routes, touched, removed, count, tables.followers[f])
    return count


@compiled
def settle(
    tables: Tables, routes: Routes, dice: Dice, x: int, touched: NDArray[np.bool_], starts: Ints, chosen: Ints
) -> None:
    """Put in a job (its lead is task x) with its whole crew at one start, where and when it costs least, if it pays.

    starts, chosen: room for STARTS starts, and for two ways of a whole crew, of four rows each (see Way).
    """
    floor, ceiling = _span(tables, routes, x)
    size = tables.crew_size[x]
    count = _find_starts(tables, routes, dice, x, floor, ceiling, starts) if floor <= ceiling else 0
    is_daring = tables.first_follower[x] < tables.first_follower[x + 1] and draw(dice) < DARING_SHARE
    best, best_start = _worth(tables, dice, x), -1
    for i in range(count):
        if is_daring and draw(dice) < OVERLOOKED_SHARE:
            continue
        price = _price_at(tables, routes, dice, x, starts[i], chosen)
        if price < best:
            best, best_start = price, starts[i]
            for seat in range(size):
                for row in range(WAY_ROWS):
                    chosen[WAY_ROWS + row, seat] = chosen[row, seat]
    for seat in range(size):
        routes.lo[x + seat] = max(0, best_start)
        routes.hi[x + seat] = best_start if best_start >= 0 else NEVER
    if best_start >= 0:
        for seat in range(size):
            k = chosen[WAY_ROWS, seat]
            call, call_at = chosen[WAY_ROWS + 2, seat], chosen[WAY_ROWS + 3, seat]
            insert(tables, routes, x + seat, k, chosen[WAY_ROWS + 1, seat], call, call_at)
            touched[k] = True


@inlined
def _worth(tables: Tables, dice: Dice, x: int) -> float:
    """What a job may cost; every other time also for the sake of those that wait for it, which are put in after it."""
    worth = tables.penalty[x]
    if draw(dice) < 0.5:
        for f in range(tables.first_follower[x], tables.first_follower[x + 1]):
            worth += tables.penalty[tables.followers[f]]
    return worth


@inlined
def _span(tables: Tables, routes: Routes, x: int) -> tuple[int, int]:
    """Between which moments the job may start for the sake of those that it waits for; none, NEVER..-1, while one of them is left out."""
    floor, ceiling = tables.floor[x], tables.ceiling[x]
    for w in range(tables.first_wait[x], tables.first_wait[x + 1]):
        other = tables.waits[w]
        for seat in range(other, other + tables.crew_size[other]):
            if routes.owner[seat] < 0:
                return NEVER, -1
            floor = max(floor, routes.lo[seat] + tables.work[tables.pace[routes.owner[seat]], seat])
    for g in range(tables.first_gap[x], tables.first_gap[x + 1]):
        other = tables.gaps[g, 0]
        if routes.owner[other] < 0:
            return NEVER, -1
        floor = max(floor, routes.lo[other] + tables.gaps[g, 1])
        ceiling = min(ceiling, routes.lo[other] + tables.gaps[g, 2])
    return floor, ceiling


@compiled
def _find_starts(tables: Tables, routes: Routes, dice: Dice, x: int, floor: int, ceiling: int, starts: Ints) -> int:
    """The earliest starts in each seat's cheapest place of a route, and in one by chance, which may suit the other seats better."""
    count, size = 0, tables.crew_size[x]
    for seat in range(x, x + size):
        routes.lo[seat], routes.hi[seat] = floor, ceiling
        for i in range(tables.first_duty[seat], tables.first_duty[seat + 1]):
            k = tables.duties[i]
            if not has_parts(tables, routes, seat, k) or not may_move(tables, routes, seat, k):
                continue
            _, at, call, call_at = cheapest_way(tables, routes, seat, k, np.inf)
            if call >= 0:
                put_call(routes, k, call_at, call)
                refresh(tables, routes, k)
            if at >= 0:
                count = _note_starts(tables, routes, dice, seat, k, at, starts, count)
            at = below(dice, int(routes.size[k]) + 1)
            count = _note_starts(tables, routes, dice, seat, k, at, starts, count)
            if call >= 0:
                take_call(routes, k, call_at)
                refresh(tables, routes, k)
    return _note_for_followers(tables, routes, dice, x, starts, count)


@inlined
def _note_for_followers(tables: Tables, routes: Routes, dice: Dice, x: int, starts: Ints, count: int) -> int:
    """The least delays with which a job that starts so long after this one still can: when its windows open, and somewhere by chance."""
    for i in range(tables.first_follower[x], tables.first_follower[x + 1]):
        f = tables.followers[i]
        for g in range(tables.first_gap[f], tables.first_gap[f + 1]):
            most = tables.gaps[g, 2]
            if tables.gaps[g, 0] != x:
                continue
            for w in range(tables.first_window[f], tables.first_window[f + 1]):
                count = _note(dice, starts, count, first_start(tables, routes, x, tables.opens[w] - most))
            duties = int(tables.first_duty[f + 1] - tables.first_duty[f])
            if duties > 0:
                k = int(tables.duties[int(tables.first_duty[f]) + below(dice, duties)])
                start = _earliest(tables, routes, f, k, below(dice, int(routes.size[k]) + 1))
                if start < NEVER:
                    count = _note(dice, starts, count, first_start(tables, routes, x, start - most))
    return count


@inlined
def _earliest(tables: Tables, routes: Routes, x: int, k: int, at: int) -> int:
    """The earliest start of a task before a position, breaks apart."""
    arrival = routes.soonest[k, at] + tables.seconds[routes.places[k, at], tables.place[x]]
    return first_start(tables, routes, x, arrival)


@inlined
def _note(dice: Dice, starts: Ints, count: int, start: int) -> int:
    """Keep a start that is new, where all room is taken perhaps in the place of another one; how many there are."""
    if start >= NEVER:
        return count
    for i in range(count):
        if starts[i] == start:
            return count
    if count < len(starts):
        starts[count] = start
        return count + 1
    if draw(dice) < 0.5:
        starts[below(dice, count)] = start
    return count


@compiled
def _note_starts(tables: Tables, routes: Routes, dice: Dice, x: int, k: int, at: int, starts: Ints, count: int) -> int:
    """Note the earliest start of a task before a position, for each number of breaks taken by then."""
    there = tables.seconds[routes.places[k, at], tables.place[x]]
    for middle in range(tables.states[k]):
        arrival = NEVER
        for before in range(middle + 1):
            moment = routes.ready[k, at, before]
            if moment <= tables.run_by[k, before, middle]:
                moment = max(moment + there + tables.run_length[k, before, middle], tables.run_free[k, before, middle])
                arrival = min(arrival, moment)
        count = _note(dice, starts, count, first_start(tables, routes, x, arrival))
    return count


@compiled
def _price_at(tables: Tables, routes: Routes, dice: Dice, x: int, start: int, chosen: Ints) -> float:
    """What the job costs at a start, each seat in the cheapest route of a van that no other seat has; inf when they cannot meet.

    Which seat chooses first is left to chance: of two, the one or the other order is the cheapest way.
    """
    total, size = 0.0, tables.crew_size[x]
    first = below(dice, size)
    for turn in range(size):
        chosen[0, turn] = -1
    for turn in range(size):
        seat = (first + turn) % size
        task = x + seat
        routes.lo[task], routes.hi[task] = start, start
        best = np.inf
        for i in range(tables.first_duty[task], tables.first_duty[task + 1]):
            k = tables.duties[i]
            if not has_parts(tables, routes, task, k) or not may_move(tables, routes, task, k):
                continue
            if _is_taken(tables, chosen, size, seat, k):
                continue
            price, at, call, call_at = cheapest_way(tables, routes, task, k, best)
            if price < best and draw(dice) >= BLINK:
                best, chosen[0, seat], chosen[1, seat] = price, k, at
                chosen[2, seat], chosen[3, seat] = call, call_at
        if chosen[0, seat] < 0:
            return np.inf
        total += best
    return total


@inlined
def _is_taken(tables: Tables, chosen: Ints, size: int, seat: int, k: int) -> bool:
    """Whether another member of the crew than this one comes in the duty's van."""
    for turn in range(size):
        other = chosen[0, turn]
        if turn != seat and other >= 0 and tables.van[other] == tables.van[k]:
            return True
    return False
