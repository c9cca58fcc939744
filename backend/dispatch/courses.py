"""How a technician's day may go on: real times drawn for what is still to be done, many days at once. Pure.

Work that is under way has lasted so long already, which says something of how long it will: only draws that agree with it
count. Driving times lie about the estimates, too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from backend.dispatch.durations import Spread

TRAVEL_SIGMA = 0.2  # of ln(real ÷ estimated driving time): two thirds take between 0.8 and 1.2 times as long
SMOOTHING = 0.1  # sigmas, between the quantiles of the shape
SHORTEST_DRIVE_S = 120.0  # who is still on the way is not there within the same minute
FEWEST_LEFT = 10  # quantiles; with fewer the tail is taken as exponential
TAIL = 0.05  # of all jobs

Seconds = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Stop:
    """Work to come. travel_s: of the drive to it; not_before_s: it begins no sooner, whoever is there.

    left_s: when the technician set out, None for who has not yet.
    """

    planned_s: float
    travel_s: float
    not_before_s: float
    spread: Spread
    left_s: float | None = None


@dataclass(kw_only=True)
class Pause:
    """A break. is_taken: in which draws it is over."""

    earliest_s: float
    length_s: float
    is_taken: NDArray[np.bool_]


@dataclass
class Course:
    """One technician's rest of a day. free_s: from when on the technician is free, in each draw, and now_s the present:
    nothing that is to come begins before it. shape: of durations.

    pauses: breaks that are not taken yet, in order; each is taken between two jobs as soon as it may be.
    """

    draw: np.random.Generator
    shape: NDArray[np.float64]
    now_s: float
    free_s: Seconds
    pauses: list["Pause"]

    @staticmethod
    def of(
        draw: np.random.Generator,
        shape: Sequence[float],
        *,
        now_s: float,
        free_s: float,
        breaks: Iterable[tuple[float, float]] = (),
        draws: int,
    ) -> "Course":
        """shape: of `durations.shape`; free_s: the beginning of the shift, before anything that is over; breaks: (earliest, length), those that are not taken yet."""
        pauses = [Pause(earliest_s=at, length_s=length, is_taken=np.zeros(draws, dtype=bool)) for at, length in breaks]
        return Course(draw, np.array(shape), now_s, np.full(draws, free_s), pauses)

    def go_on(self, stop: Stop) -> Seconds:
        """When the work begins, in each draw, where nobody else is waited for; after it the technician is free."""
        starts = self.reach(stop)
        self.work(stop, starts)
        return starts

    def reach(self, stop: Stop) -> Seconds:
        """When the technician could begin, in each draw."""
        leaves_s = np.maximum(self._rested(), self.now_s) if stop.left_s is None else stop.left_s
        travel_s = stop.travel_s * np.exp(self.draw.normal(0.0, TRAVEL_SIGMA, self.free_s.size))
        return np.maximum(leaves_s + travel_s, max(stop.not_before_s, self.now_s + SHORTEST_DRIVE_S))

    def work(self, stop: Stop, starts_s: Seconds) -> None:
        """The work begins then, and the technician is free at its end."""
        self.free_s = starts_s + self._lasting(stop.planned_s, stop.spread, 0.0)

    def pass_over(self, ended_s: float | Seconds) -> None:
        """What is over, takes the time that it was given, or lasts as long as it does for the lead."""
        self.free_s = np.maximum(self.free_s, ended_s)

    def finish(self, *, planned_s: float, spread: Spread, began_s: float) -> None:
        """Work that began at `began_s` goes on: the technician is free at its end, which is not over yet."""
        lasts_s = self._lasting(planned_s, spread, max(0.0, self.now_s - began_s))
        self.free_s = np.maximum(self.free_s, began_s + lasts_s)

    def _lasting(self, planned_s: float, spread: Spread, lasted_s: float) -> Seconds:
        least = (log(lasted_s / planned_s) - spread.mean) / spread.sigma if lasted_s > 0 else -np.inf
        left = self.shape[self.shape > least]
        size = self.free_s.size
        if left.size < FEWEST_LEFT:
            found = least + self.draw.exponential(_mean_excess(self.shape), size)
        else:
            found = np.maximum(self.draw.choice(left, size) + self.draw.normal(0.0, SMOOTHING, size), least)
        return planned_s * np.exp(spread.mean + spread.sigma * found)

    def _rested(self) -> Seconds:
        """Where the day came to a break by now it is taken, in each draw by itself."""
        for pause in self.pauses:
            is_due = ~pause.is_taken & (self.free_s >= pause.earliest_s)
            self.free_s = self.free_s + np.where(is_due, pause.length_s, 0.0)
            pause.is_taken |= is_due
        return self.free_s


def _mean_excess(shape: NDArray[np.float64]) -> float:
    """By how many sigmas on average the longest jobs lie beyond where their tail begins."""
    edge = float(np.quantile(shape, 1 - TAIL))
    return float(np.mean(shape[shape > edge] - edge))
