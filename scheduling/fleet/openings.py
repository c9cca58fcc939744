"""Where do jobs fit, for all gaps at once? The test is `insertion.can_insert`; and what is in the way where they fit nowhere."""

# NumPy leaves some of its own types open.
# pyright: reportUnknownMemberType=false

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scheduling.fleet.packing import Duties, Flags, Gaps, Ints, Spans, idle_gaps, ints, pack_windows
from scheduling.fleet.rules import CODE, FREE, Codes
from scheduling.plan import Reason
from scheduling.problem import Job, Window
from scheduling.travel import UNREACHABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """Q times: could this job start in one of these windows?"""

    place: Ints
    duration: Ints
    has_pace: Flags
    spans: Spans

    def at(self, rows: Ints) -> "Questions":
        return Questions(
            place=self.place[rows],
            duration=self.duration[rows],
            has_pace=self.has_pace[rows],
            spans=self.spans.at(rows),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Openings:
    """Pairs of a question and a gap that suits it."""

    question: Ints
    gap: Ints


def questions(asked: Sequence[tuple[Job, Sequence[Window]]]) -> Questions:
    """Jobs with the windows that they are asked for."""
    return Questions(
        place=ints(job.place for job, _ in asked),
        duration=ints(job.duration_s for job, _ in asked),
        has_pace=np.array([job.frozen is None for job, _ in asked], dtype=np.bool_),
        spans=pack_windows([windows for _, windows in asked]),
    )


def openings(duties: Duties, travel: Ints, gaps: Gaps, asked: Questions, may: Flags) -> Openings:
    """Every gap of a duty that may take the job (may: Q x D) and in which it fits in time; by question, then in order."""
    near = _might_fit(duties, gaps, asked, may)
    ask, row = asked.at(near.question), gaps.duty[near.gap]
    to_job, to_next = travel[gaps.origin[near.gap], ask.place], travel[ask.place, gaps.destination[near.gap]]
    runs = duties.runs.at(row)
    arrivals = runs.arrivals(gaps.ready[near.gap], to_job).min(axis=1)
    done = ask.spans.starts(arrivals) + work_s(ask.duration, ask.has_pace, duties.pace_percent[row])[:, None]
    in_time = (runs.arrivals(done, to_next).min(axis=1) <= gaps.latest[near.gap]).any(axis=1)
    fits = in_time & (np.maximum(to_job, to_next) < UNREACHABLE)
    return Openings(question=near.question[fits], gap=near.gap[fits])


def unanswered(asked: Questions, found: Openings) -> Ints:
    """The questions that no gap suits."""
    return np.flatnonzero(np.bincount(found.question, minlength=len(asked.place)) == 0)


def work_s(duration: Ints, has_pace: Flags, pace_percent: Ints) -> Ints:
    """How long work takes, as `Duty.work_s` has it; of any shapes that go together."""
    return np.where(has_pace, -(-duration * pace_percent // 100), duration)


def obstacles(duties: Duties, travel: Ints, asked: Questions, blocks: Codes, fits: Flags) -> Codes:
    """Q x D: what keeps each duty from each question: a rule (blocks), the roads, its windows or other jobs; FREE where it fits."""
    stuck = (blocks == FREE) & ~fits
    codes = np.where(stuck, CODE[Reason.WINDOW], blocks).astype(np.uint8)
    alone = openings(duties, travel, idle_gaps(duties), asked, stuck)
    codes[alone.question, alone.gap] = CODE[Reason.FULL]
    there, back = travel[duties.origin, asked.place[:, None]], travel[asked.place[:, None], duties.destination]
    codes[stuck & (np.maximum(there, back) >= UNREACHABLE)] = CODE[Reason.UNREACHABLE]
    return codes


def by_technician(duties: Duties, codes: NDArray[np.uint8]) -> Codes:
    """Q x technicians: of each the duty that came nearest."""
    return np.maximum.reduceat(codes, duties.first, axis=1) if duties.count else codes


def _might_fit(duties: Duties, gaps: Gaps, asked: Questions, may: Flags) -> Openings:
    """What can be seen before looking at roads and breaks: most gaps are too early or too late for the windows."""
    gap = np.flatnonzero(may.any(axis=0)[gaps.duty])
    duty = gaps.duty[gap]
    opens, closes = asked.spans.opens[:, 0], asked.spans.closes.max(axis=1)
    soonest = np.maximum(gaps.soonest[gap], opens[:, None])
    work = work_s(asked.duration[:, None], asked.has_pace[:, None], duties.pace_percent[duty])
    fits = (gaps.soonest[gap] <= closes[:, None]) & (soonest + work <= gaps.limit[gap])
    question, column = np.nonzero(fits & may[:, duty])
    return Openings(question=question, gap=gap[column])
