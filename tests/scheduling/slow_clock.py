"""One technician, second by second: the slowest way to see whether a route can be done. It shares nothing with the library."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from scheduling import UNREACHABLE, Job, Problem, Shift, Window

# The next stop, seconds of drive, of work and of break left, breaks taken.
State = tuple[int, int, int, int, int]


def can_be_done(
    problem: Problem, shift: Shift, *, from_s: int, from_place: int, jobs: Sequence[tuple[Job, Sequence[Window]]]
) -> bool:
    """Try everything that a technician could do in each second: drive, wait, work, or take the next break."""
    places = [from_place, *(job.place for job, _ in jobs), shift.end_place]
    legs_s = [int(problem.travel.seconds[a, b]) for a, b in pairwise(places)]
    if max(legs_s) >= UNREACHABLE:
        return False
    states = {(0, legs_s[0], 0, 0, 0)}
    for moment_s in range(from_s, shift.end_s + shift.overtime_s + 1):
        if any(state == (len(jobs), 0, 0, 0, len(shift.breaks)) for state in states):
            return True
        states = {after for state in states for after in _next_states(shift, jobs, legs_s, moment_s, state)}
    return False


def _next_states(
    shift: Shift, jobs: Sequence[tuple[Job, Sequence[Window]]], legs_s: list[int], moment_s: int, state: State
) -> Iterator[State]:
    stop, drive, work, rest, taken = state
    if work:
        yield (stop + 1, legs_s[stop + 1], 0, 0, taken) if work == 1 else (stop, 0, work - 1, 0, taken)
        return
    if rest:
        yield (stop, drive, 0, rest - 1, taken)
        return
    yield state
    if drive:
        yield (stop, drive - 1, 0, 0, taken)
    elif stop < len(jobs):
        job, windows = jobs[stop]
        if any(window.start_s <= moment_s <= window.end_s for window in windows):
            more = job.duration_s - 1
            yield (stop, 0, more, 0, taken) if more else (stop + 1, legs_s[stop + 1], 0, 0, taken)
    if taken < len(shift.breaks):
        pause = shift.breaks[taken]
        if pause.earliest_s <= moment_s <= pause.latest_s:
            yield (stop, drive, 0, pause.duration_s - 1, taken + 1)
