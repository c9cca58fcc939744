"""Calls at depots: what vans carry along their visits, and where they load on the way.

A call is a visit like a task; its number is that of its depot above all tasks. A van calls at most once at each depot, since what it
loads or borrows stays in it. How much it loads follows from what it needs: `share_out` takes it off the shelves.
"""

from scheduling.search.compiled import compiled, inlined
from scheduling.search.refresh import refresh, take_out
from scheduling.search.routes import Routes
from scheduling.search.tables import Flags, SmallInts, Tables


@compiled
def first_position(tables: Tables, routes: Routes, x: int, k: int) -> int:
    """From which position of a route on the van has what a task needs, and then for all later needs; beyond the last: nowhere."""
    at = 0
    for q in range(tables.need.shape[1]):
        if tables.need[x, q] > 0:
            at = max(at, _first_with(tables, routes, k, q, tables.need[x, q]))
    return at


@compiled
def _first_with(tables: Tables, routes: Routes, k: int, q: int, pieces: int) -> int:
    """As first_position, for some pieces of one good."""
    v = tables.van[k]
    at, spare, is_past = 0, tables.stock[v, q], False
    routes.called[:] = False
    for i in range(tables.first_of_van[v], tables.first_of_van[v + 1]):
        j = tables.of_van[i]
        for p in range(routes.size[j]):
            if spare < pieces:
                if is_past:
                    return routes.size[k] + 1
                if j == k:
                    at = p + 1
            spare += _change(tables, routes, v, q, routes.tasks[j, p])
        is_past |= j == k
        if is_past and spare < pieces:
            return routes.size[k] + 1
    return at


@inlined
def gives_plenty(tables: Tables, routes: Routes, x: int, k: int, d: int) -> bool:
    """Whether a first call at a depot gives all that a task needs by itself: then the van has it from the call on, as it lacks nothing else."""
    v = tables.van[k]
    for i in range(tables.first_of_van[v], tables.first_of_van[v + 1]):
        j = tables.of_van[i]
        for p in range(routes.size[j]):
            if routes.tasks[j, p] == tables.task_count + d:
                return False
    lacks = False
    for q in range(tables.need.shape[1]):
        lacks |= tables.need[x, q] > routes.shelf[d, q]
    return not lacks


@inlined
def _change(tables: Tables, routes: Routes, v: int, q: int, y: int) -> int:
    """What a visit gives a van of a good, or takes. Of the shelf, all that nobody else has taken."""
    d = y - tables.task_count
    if d < 0:
        return -tables.need[y, q]
    if routes.called[d]:
        return 0
    routes.called[d] = True
    return routes.shelf[d, q] + routes.loads[v, d, q]


@compiled
def first_lacking(tables: Tables, routes: Routes, v: int) -> int:
    """A task for which the van has not all goods by then, or -1."""
    for q in range(tables.need.shape[1]):
        spare = tables.stock[v, q]
        routes.called[:] = False
        for i in range(tables.first_of_van[v], tables.first_of_van[v + 1]):
            j = tables.of_van[i]
            for p in range(routes.size[j]):
                spare += _change(tables, routes, v, q, routes.tasks[j, p])
                if spare < 0:
                    return routes.tasks[j, p]
    return -1


@compiled
def share_out(tables: Tables, routes: Routes, v: int) -> None:
    """Settle what a van loads where: no more than it needs, from the fullest shelf among those that it has called at by then."""
    for d in range(tables.depot_count):
        for q in range(tables.need.shape[1]):
            routes.shelf[d, q] += routes.loads[v, d, q]
            routes.loads[v, d, q] = 0
    for q in range(tables.need.shape[1]):
        carried = tables.stock[v, q]
        routes.called[:] = False
        for i in range(tables.first_of_van[v], tables.first_of_van[v + 1]):
            j = tables.of_van[i]
            for p in range(routes.size[j]):
                y = routes.tasks[j, p]
                if y >= tables.task_count:
                    routes.called[y - tables.task_count] = True
                else:
                    carried -= tables.need[y, q]
                    if carried < 0:
                        _load(tables, routes, v, q, -carried)
                        carried = 0


@inlined
def _load(tables: Tables, routes: Routes, v: int, q: int, pieces: int) -> None:
    while pieces > 0:
        fullest = -1
        for d in range(tables.depot_count):
            if routes.called[d] and (fullest < 0 or routes.shelf[d, q] > routes.shelf[fullest, q]):
                fullest = d
        if fullest < 0 or routes.shelf[fullest, q] <= 0:
            return
        taken = min(pieces, routes.shelf[fullest, q])
        routes.shelf[fullest, q] -= taken
        routes.loads[v, fullest, q] += taken
        pieces -= taken


@compiled
def put_call(routes: Routes, k: int, at: int, y: int) -> None:
    """Put a call before a position; the route is not worked out anew."""
    row, n = routes.tasks[k], routes.size[k]
    for p in range(n, at, -1):
        row[p] = row[p - 1]
    row[at] = y
    routes.size[k] = n + 1


@compiled
def take_call(routes: Routes, k: int, at: int) -> None:
    """Take the call at a position out; the route is not worked out anew."""
    row, n = routes.tasks[k], routes.size[k] - 1
    for p in range(at, n):
        row[p] = row[p + 1]
    routes.size[k] = n


@compiled
def mend(tables: Tables, routes: Routes, touched: Flags, removed: SmallInts, count: int) -> int:
    """Take out calls that nobody needs, and tasks that lack their goods; settle what is loaded where."""
    for v in range(len(tables.stock)):
        if is_touched(tables, v, touched) and has_calls(tables, routes, v):
            count = _mend_van(tables, routes, v, touched, removed, count)
            share_out(tables, routes, v)
    return count


@compiled
def _mend_van(tables: Tables, routes: Routes, v: int, touched: Flags, removed: SmallInts, count: int) -> int:
    drop_needless(tables, routes, v, touched)
    x = first_lacking(tables, routes, v)
    while x >= 0:
        count = take_out(tables, routes, touched, removed, count, x)
        drop_needless(tables, routes, v, touched)
        x = first_lacking(tables, routes, v)
    return count


@inlined
def is_touched(tables: Tables, v: int, touched: Flags) -> bool:
    found = False
    for i in range(tables.first_of_van[v], tables.first_of_van[v + 1]):
        if touched[tables.of_van[i]]:
            found = True
    return found


@inlined
def has_calls(tables: Tables, routes: Routes, v: int) -> bool:
    for i in range(tables.first_of_van[v], tables.first_of_van[v + 1]):
        k = tables.of_van[i]
        for p in range(routes.size[k]):
            if routes.tasks[k, p] >= tables.task_count:
                return True
    return False


@compiled
def drop_needless(tables: Tables, routes: Routes, v: int, touched: Flags) -> None:
    """Take out the van's calls without which nothing is lacking, and all those of a route that has no task."""
    for i in range(tables.first_of_van[v], tables.first_of_van[v + 1]):
        k = tables.of_van[i]
        has_tasks = _has_tasks(tables, routes, k)
        for p in range(routes.size[k] - 1, -1, -1):
            y = routes.tasks[k, p]
            if y < tables.task_count:
                continue
            take_call(routes, k, p)
            if has_tasks and first_lacking(tables, routes, v) >= 0:
                put_call(routes, k, p, y)
            else:
                refresh(tables, routes, k)
                touched[k] = True


@inlined
def _has_tasks(tables: Tables, routes: Routes, k: int) -> bool:
    found = False
    for p in range(routes.size[k]):
        found |= routes.tasks[k, p] < tables.task_count
    return found
