"""What machine code reads of a live plan, of prices and of a question: columns of whole seconds, and room to reckon in."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
# Beyond every moment, and beyond every moment with unreachable drives added.
NEVER_S = 1 << 44


class Board(NamedTuple):
    """D duties, J open jobs, J + D gaps, S states (breaks taken), P places. Moments that cannot be are NEVER_S, late ones -NEVER_S.

    seconds[a, b]: the drive. by, length, free[d, a, b]: the breaks a..b-1 of a duty as one (see `duties.BreakRun`). idle[d]: when
    the duty begins, in each state. end_by[d]: the latest arrival at its end. legs[d]: seconds of its drives, also if it idles.
    The gaps of duty d are first_gap[d]..first_gap[d + 1], its jobs first_gap[d] - d on. ready, latest, limit: see `insertion.PackedRoute`.
    opens, closes[x]: the windows of job x. due, planned (start): NEVER_S for none. is_moved: the plan in force has it on other
    duties only. is_unwished: the customer prefers someone else.
    """

    seconds: Ints
    technician: Ints
    origin: Ints
    destination: Ints
    pace_percent: Ints
    by: Ints
    length: Ints
    free: Ints
    idle: Ints
    end_by: Ints
    legs: Ints
    first_gap: Ints
    before: Ints
    after: Ints
    ready: Ints
    latest: Ints
    limit: Ints
    place: Ints
    work: Ints
    opens: Ints
    closes: Ints
    due: Ints
    planned: Ints
    crew_size: Ints
    is_promised: Flags
    is_moved: Flags
    is_unwished: Flags


class Tariff(NamedTuple):
    """A policy's weights, and per duty what they make of its shift, its technician and its frozen jobs.

    late, shifted, unwished, worked: the frozen jobs' part of lateness, stability, preference and work, before weights.
    """

    travel: float
    lateness: float
    overtime: float
    moved_s: float
    retimed: float
    retime_tolerance_s: int
    promised_factor: float
    not_preferred_s: float
    fairness: float
    shift_end: Ints
    shift_s: Ints
    contractor: Floats
    late: Floats
    shifted: Floats
    unwished: Floats
    worked: Ints


class Wanted(NamedTuple):
    """A job that is asked about, in Q sets of windows. until[q]: the last moment of any. is_moved, is_unwished: on each duty.

    has_pace: its duration depends on who does it. due, planned: NEVER_S for none. crew_size: who share what it costs beside their work.
    """

    place: int
    duration: int
    has_pace: bool
    due: int
    planned: int
    crew_size: int
    is_promised: bool
    is_moved: Flags
    is_unwished: Flags
    opens: Ints
    closes: Ints
    until: Ints


class Room(NamedTuple):
    """Where one timetable is worked out: of a job in a gap, or of a route of at most N jobs.

    asked: the questions that concern a duty, the first so many; fits: of each question, whether it does.
    """

    asked: Ints
    arrivals: Ints
    done: Ints
    layers: Ints
    came_from: Ints
    ended: Ints
    fits: Flags


def room(states: int, longest: int, questions: int) -> Room:
    """For routes of so many jobs, one of them new. It holds nothing: each question gets its own."""
    return Room(
        asked=np.empty(questions, dtype=np.int64),
        arrivals=np.empty(states, dtype=np.int64),
        done=np.empty(states, dtype=np.int64),
        layers=np.empty((longest + 1, states), dtype=np.int64),
        came_from=np.empty((longest + 1, states), dtype=np.int64),
        ended=np.zeros(longest, dtype=np.int64),
        fits=np.zeros(questions, dtype=np.bool_),
    )
