"""Does a job fit into a gap, and what is in the way where it does not? In machine code; the plain account is `insertion.can_insert`."""

from scheduling.fleet.board import NEVER_S, Board, Ints, Room, Wanted
from scheduling.fleet.compiled import entry, inlined
from scheduling.fleet.rules import CODE, FREE
from scheduling.plan import Reason
from scheduling.travel import UNREACHABLE

_FULL, _WINDOW, _UNREACHABLE = CODE[Reason.FULL], CODE[Reason.WINDOW], CODE[Reason.UNREACHABLE]


@entry
def hurdles(board: Board, wanted: Wanted, blocks: Ints, room: Room, codes: Ints) -> None:
    """What keeps each technician from each question, in the shift that came nearest; FREE where nothing does.

    blocks: of each duty, of the rules. codes: questions x technicians, zeros, to be filled.
    """
    for d in range(len(board.technician)):
        t, code = board.technician[d], blocks[d]
        if code == FREE:
            code = _WINDOW if _is_reachable(board, wanted, d) else _UNREACHABLE
        for q in range(len(wanted.until)):
            room.fits[q] = False
            codes[q, t] = max(codes[q, t], code)
        if blocks[d] == FREE:
            count = concerned(board, wanted, d, room)
            _ask_gaps(board, wanted, d, count, room)
            _ask_alone(board, wanted, d, count, room, codes)


@inlined
def concerned(board: Board, wanted: Wanted, d: int, room: Room) -> int:
    """How many questions concern a duty, whose windows lie within its shift; they are the first that are `room.asked`."""
    last, count = -NEVER_S, 0
    for state in range(board.end_by.shape[1]):
        last = max(last, board.end_by[d, state])
    for q in range(len(wanted.until)):
        if board.idle[d, 0] <= wanted.until[q] and wanted.opens[q, 0] <= last:
            room.asked[count] = q
            count += 1
    return count


@inlined
def work_seconds(board: Board, wanted: Wanted, d: int) -> int:
    """How long the job takes there, as `Duty.work_s` has it."""
    return -(-wanted.duration * board.pace_percent[d] // 100) if wanted.has_pace else wanted.duration


@inlined
def first_start(opens: Ints, closes: Ints, row: int, arrival: int) -> int:
    """The earliest start from an arrival on in one of a row's windows; NEVER_S when all have passed."""
    for w in range(opens.shape[1]):
        if arrival <= closes[row, w]:
            return max(arrival, opens[row, w])
    return NEVER_S


@inlined
def arrive(board: Board, d: int, ready: Ints, after: int, drive: int) -> int:
    """The earliest arrival in a state, whatever breaks are taken on the leg."""
    soonest = NEVER_S
    for before in range(after + 1):
        if ready[before] <= board.by[d, before, after]:
            moment = max(ready[before] + drive + board.length[d, before, after], board.free[d, before, after])
            soonest = min(soonest, moment)
    return soonest


@inlined
def reach(board: Board, d: int, ready: Ints, drive: int, room: Room) -> int:
    """Fill the arrivals at the job in each state; the soonest of them."""
    soonest = NEVER_S
    for state in range(board.idle.shape[1]):
        room.arrivals[state] = arrive(board, d, ready, state, drive)
        soonest = min(soonest, room.arrivals[state])
    return soonest


@inlined
def fits(board: Board, wanted: Wanted, d: int, q: int, latest: Ints, to_next: int, work: int, room: Room) -> bool:
    """Whether the job, reached as `reach` has it, can start in its windows and the rest of the route still be done."""
    for state in range(board.idle.shape[1]):
        room.done[state] = first_start(wanted.opens, wanted.closes, q, room.arrivals[state]) + work
    is_in_time = False
    for after in range(board.idle.shape[1]):
        is_in_time |= arrive(board, d, room.done, after, to_next) <= latest[after]
    return is_in_time


@inlined
def might_fit(wanted: Wanted, q: int, soonest: int, to_next: int, work: int, limit: int) -> bool:
    """What can be seen before looking at breaks: most gaps are too early or too late for the windows."""
    return soonest <= wanted.until[q] and max(soonest, wanted.opens[q, 0]) + work + to_next <= limit


@inlined
def _is_reachable(board: Board, wanted: Wanted, d: int) -> bool:
    there, back = board.seconds[board.origin[d], wanted.place], board.seconds[wanted.place, board.destination[d]]
    return max(there, back) < UNREACHABLE


@inlined
def _ask_gaps(board: Board, wanted: Wanted, d: int, count: int, room: Room) -> None:
    """Mark the questions that some gap of the duty suits."""
    work = work_seconds(board, wanted, d)
    for g in range(board.first_gap[d], board.first_gap[d + 1]):
        to_job, to_next = board.seconds[board.before[g], wanted.place], board.seconds[wanted.place, board.after[g]]
        if max(to_job, to_next) >= UNREACHABLE:
            continue
        soonest = reach(board, d, board.ready[g], to_job, room)
        for nth in range(count):
            q = room.asked[nth]
            if not room.fits[q] and might_fit(wanted, q, soonest, to_next, work, board.limit[g]):
                room.fits[q] = fits(board, wanted, d, q, board.latest[g], to_next, work, room)


@inlined
def _ask_alone(board: Board, wanted: Wanted, d: int, count: int, room: Room, codes: Ints) -> None:
    """Where no gap suits: could the duty do it if it had no other jobs?"""
    t, work, is_reachable = board.technician[d], work_seconds(board, wanted, d), _is_reachable(board, wanted, d)
    there, back = board.seconds[board.origin[d], wanted.place], board.seconds[wanted.place, board.destination[d]]
    reach(board, d, board.idle[d], there, room)
    for nth in range(count):
        q = room.asked[nth]
        if room.fits[q]:
            codes[q, t] = FREE
        elif is_reachable and fits(board, wanted, d, q, board.end_by[d], back, work, room):
            codes[q, t] = max(codes[q, t], _FULL)
