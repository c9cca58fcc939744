"""From when on could each gap take a job in? A crew that starts as early as it can starts at one of these moments. In machine code."""

from scheduling.fleet.board import NEVER_S, Board, Ints, Room, Wanted
from scheduling.fleet.compiled import entry
from scheduling.fleet.fits import reach
from scheduling.travel import UNREACHABLE


@entry
def arrivals(board: Board, wanted: Wanted, blocked: Ints, room: Room, found: Ints) -> None:
    """Fill for each gap and state the earliest arrival at the job; NEVER_S where there is none, and for blocked duties (0 or 1)."""
    for d in range(len(board.technician)):
        for g in range(board.first_gap[d], board.first_gap[d + 1]):
            found[g, :] = NEVER_S
            to_job, to_next = board.seconds[board.before[g], wanted.place], board.seconds[wanted.place, board.after[g]]
            if blocked[d] or max(to_job, to_next) >= UNREACHABLE:
                continue
            reach(board, d, board.ready[g], to_job, room)
            for state in range(board.idle.shape[1]):
                found[g, state] = room.arrivals[state]
