"""Of all gaps that suit a question, the cheapest of each technician. In machine code; the plain account is `liveplan.insertions`.

Times are those of `timetable.schedule_route`, prices those of `costs.route_cost`, term by term, rounding included.
"""

import numpy as np

from scheduling.fleet.board import NEVER_S, Board, Floats, Ints, Room, Tariff, Wanted
from scheduling.fleet.compiled import entry, inlined
from scheduling.fleet.fits import concerned, first_start, fits, might_fit, reach, work_seconds
from scheduling.travel import UNREACHABLE

# Room for what rounding does to a lower bound.
_SLACK_S = 1e-3
_NO_JOB = -1


@entry
def offers(
    board: Board, tariff: Tariff, wanted: Wanted, costs: Floats, blocked: Ints, room: Room, price: Floats, found: Ints
) -> None:
    """Fill the least price of each question and technician, and where it is.

    costs: of each route as it is. blocked: duties with another code than FREE are left out (given as 0 or 1). price: questions x
    technicians, inf for none. found: the same x (duty, position, start and end of work, seconds of driving of the route); the first of equals counts.
    """
    for d in range(len(board.technician)):
        if blocked[d]:
            continue
        t, work = board.technician[d], work_seconds(board, wanted, d)
        room.ended[:] = 0  # nothing is late: what the route costs at least beside its driving
        least = _price(board, tariff, wanted, d, 0, 0, 0, room) - costs[d]
        count = concerned(board, wanted, d, room)
        for g in range(board.first_gap[d], board.first_gap[d + 1]):
            to_job, to_next = board.seconds[board.before[g], wanted.place], board.seconds[wanted.place, board.after[g]]
            if max(to_job, to_next) >= UNREACHABLE:
                continue
            travel = board.legs[d] + to_job + to_next - board.seconds[board.before[g], board.after[g]]
            bound = least + tariff.travel * travel - _SLACK_S
            soonest = reach(board, d, board.ready[g], to_job, room)
            for nth in range(count):
                q = room.asked[nth]
                if bound > price[q, t] or not might_fit(wanted, q, soonest, to_next, work, board.limit[g]):
                    continue
                if not fits(board, wanted, d, q, board.latest[g], to_next, work, room):
                    continue
                at = g - board.first_gap[d]
                end = _schedule(board, wanted, d, at, work, q, room)
                cost = _price(board, tariff, wanted, d, at, travel, end, room) - costs[d]
                if cost < price[q, t]:
                    price[q, t] = cost
                    found[q, t, 0], found[q, t, 1] = d, at
                    found[q, t, 2], found[q, t, 3], found[q, t, 4] = room.ended[at] - work, room.ended[at], travel


@entry
def as_they_are(board: Board, tariff: Tariff, wanted: Wanted, room: Room, costs: Floats) -> None:
    """Fill what each route costs; inf for one without open jobs, or that cannot be done. wanted: is not looked at."""
    for d in range(len(board.technician)):
        costs[d] = np.inf
        if board.first_gap[d + 1] - board.first_gap[d] > 1:
            end = _schedule(board, wanted, d, _NO_JOB, 0, 0, room)
            if end < NEVER_S:
                costs[d] = _price(board, tariff, wanted, d, _NO_JOB, board.legs[d], end, room)


@inlined
def _count(board: Board, d: int, at: int) -> int:
    """How many jobs a route has, with the one that is put in before job `at`."""
    return board.first_gap[d + 1] - board.first_gap[d] - 1 + (at >= 0)


@inlined
def _visit(board: Board, d: int, at: int, p: int) -> int:
    """Which job is the route's job p, where that is not the new one."""
    return board.first_gap[d] - d + p - (at >= 0 and p > at)


@inlined
def _schedule(board: Board, wanted: Wanted, d: int, at: int, work: int, q: int, room: Room) -> int:
    """When the route is home, NEVER_S when it cannot be done; fills when each work has ended.

    Each work as early as it can be; of all ways to place the breaks the one that ends earliest, of equals the first.
    """
    count, states, layers, came_from = _count(board, d, at), board.idle.shape[1], room.layers, room.came_from
    for state in range(states):
        layers[0, state] = board.idle[d, state]
    place = board.origin[d]
    for p in range(count):
        x = _visit(board, d, at, p)
        here = wanted.place if p == at else board.place[x]
        takes = work if p == at else board.work[x]
        drive = board.seconds[place, here]
        place = here
        for after in range(states):
            best, origin = NEVER_S, 0
            for before in range(after + 1):
                if layers[p, before] > board.by[d, before, after]:
                    continue
                moment = max(layers[p, before] + drive + board.length[d, before, after], board.free[d, before, after])
                start = (
                    first_start(wanted.opens, wanted.closes, q, moment)
                    if p == at
                    else first_start(board.opens, board.closes, x, moment)
                )
                if start + takes < best:
                    best, origin = start + takes, before
            layers[p + 1, after] = best
            came_from[p + 1, after] = origin
    return _go_home(board, d, count, board.seconds[place, board.destination[d]], room)


@inlined
def _go_home(board: Board, d: int, count: int, drive: int, room: Room) -> int:
    """The earliest arrival at the end place; fills when each work has ended on the way to it."""
    layers, came_from = room.layers, room.came_from
    end, state = NEVER_S, 0
    for after in range(board.idle.shape[1]):
        at_home, origin = NEVER_S, 0
        for before in range(after + 1):
            if layers[count, before] <= board.by[d, before, after]:
                moment = max(
                    layers[count, before] + drive + board.length[d, before, after], board.free[d, before, after]
                )
                if moment < at_home:
                    at_home, origin = moment, before
        if at_home <= board.end_by[d, after] and at_home < end:
            end, state = at_home, origin
    for p in range(count - 1, -1, -1):
        room.ended[p] = layers[p + 1, state]
        state = came_from[p + 1, state]
    return end


@inlined
def _price(board: Board, tariff: Tariff, wanted: Wanted, d: int, at: int, travel: int, end: int, room: Room) -> float:
    """What a route costs whose work ends as `room` has it, in the order in which `costs` adds it up."""
    ended, work = room.ended, work_seconds(board, wanted, d)
    late, shifted = tariff.late[d], tariff.shifted[d]
    unwished, worked = tariff.unwished[d], tariff.worked[d]
    for p in range(_count(board, d, at)):
        x = _visit(board, d, at, p)
        if p == at:
            takes, due, planned, crew = work, wanted.due, wanted.planned, wanted.crew_size
            is_promised, is_moved, is_unwished = wanted.is_promised, wanted.is_moved[d], wanted.is_unwished[d]
        else:
            takes, due, planned, crew = board.work[x], board.due[x], board.planned[x], board.crew_size[x]
            is_promised, is_moved, is_unwished = board.is_promised[x], board.is_moved[x], board.is_unwished[x]
        promise = tariff.promised_factor if is_promised else 1.0
        later = max(0, ended[p] - takes - planned - tariff.retime_tolerance_s)
        late += max(0, ended[p] - due) / crew
        shifted += tariff.retimed * promise * later / crew
        shifted += tariff.moved_s * promise / crew if is_moved else 0.0
        unwished += 1 / crew if is_unwished else 0.0
        worked += takes
    total, lost = _added(tariff.travel * travel, 0.0, tariff.lateness * late)
    total, lost = _added(total, lost, tariff.overtime * max(0, end - tariff.shift_end[d]))
    total, lost = _added(total, lost, shifted)
    total, lost = _added(total, lost, tariff.not_preferred_s * unwished)
    total, lost = _added(total, lost, tariff.contractor[d] * worked)
    total, lost = _added(total, lost, tariff.fairness * worked * worked / max(1, tariff.shift_s[d]))
    return total + lost


@inlined
def _added(total: float, lost: float, term: float) -> tuple[float, float]:
    """What `sum` makes of floats since Python 3.12: it carries along what rounding has lost (Neumaier 1974, doi 10.1002/zamm.19740540106)."""
    grown = total + term
    if abs(total) >= abs(term):
        return grown, lost + ((total - grown) + term)
    return grown, lost + ((term - grown) + total)
