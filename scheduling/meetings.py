"""When and with whom could a crew do one more job? Asked of a live plan whose routes keep what they have.

Everybody in a crew starts at one moment, and each member's gaps are open from an arrival on up to some limit. So whoever can meet at
all in a window can also meet when it opens or when one of them arrives: only these moments are asked about, each as a window of its own.
"""

# NumPy leaves some of its own types open.
# pyright: reportUnknownMemberType=false

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scheduling.fleet.board import Floats, Ints
from scheduling.fleet.fleet import Market
from scheduling.fleet.rules import Codes
from scheduling.problem import Job, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one of a crew would do the job; as `Market.offers` has it. travel_s: seconds more driving."""

    duty: int
    position: int
    start_s: int
    end_s: int
    travel_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewOffer:
    """The cheapest way for one technician to lead the crew; helpers: the others."""

    lead: Place
    helpers: tuple[Place, ...]
    price: float


def crew_offers(
    market: Market, job: Job, windows: Sequence[Window], as_lead: Codes, as_helper: Codes
) -> list[list[CrewOffer]]:
    """For each window the cheapest way of each technician who can lead a full crew then, cheapest first, of equals by name.

    as_lead, as_helper: of each duty, of the rules. A price is the least over the moments that are asked about.
    """
    if len(market.fleet.technicians) < job.crew_size or not windows:
        return [[] for _ in windows]
    starts = _starts(market, job, windows, np.maximum(as_lead, as_helper))
    meetings = _Meetings(market, job, starts, as_lead, as_helper)
    return [meetings.within(window) for window in windows]


def _starts(market: Market, job: Job, windows: Sequence[Window], blocks: Codes) -> Ints:
    """The moments to be asked about, in order."""
    arrivals = market.fleet.arrivals(job, blocks)
    inside = [arrivals[(window.start_s <= arrivals) & (arrivals <= window.end_s)] for window in windows]
    return np.unique(np.concatenate([np.array([window.start_s for window in windows], dtype=np.int64), *inside]))


class _Meetings:
    """What it costs each technician to lead, and to help, at each of some moments; and with whom leading is cheapest."""

    def __init__(self, market: Market, job: Job, starts: Ints, as_lead: Codes, as_helper: Codes) -> None:
        spans = [(Window(start_s=start_s, end_s=start_s),) for start_s in starts.tolist()]
        self._rank, self._starts, self._helper_count = market.rank, starts, job.crew_size - 1
        self._lead_price, self._lead_found = market.offers(job, spans, as_lead)
        self._price, self._found = self._lead_price, self._lead_found
        if not np.array_equal(as_lead, as_helper):
            self._price, self._found = market.offers(job, spans, as_helper)
        by_name = np.broadcast_to(market.rank, self._price.shape)
        self._cheapest: Ints = np.lexsort((by_name, self._price), axis=-1)[:, : job.crew_size]
        self._total = self._lead_price + self._others_price()

    def within(self, window: Window) -> list[CrewOffer]:
        """For each technician who can lead then, the cheapest of these moments, of equals the first."""
        rows = np.flatnonzero((window.start_s <= self._starts) & (self._starts <= window.end_s))
        total = self._total[rows]
        leads = np.flatnonzero(np.isfinite(total).any(axis=0))
        best = rows[total[:, leads].argmin(axis=0)]
        order = np.lexsort((self._rank[leads], self._total[best, leads]))
        pairs = zip(best[order].tolist(), leads[order].tolist(), strict=True)
        return [self._offer(row, lead) for row, lead in pairs]

    def _others_price(self) -> Floats:
        """What everybody's cheapest helpers cost; inf where there are not enough of them."""
        prices = np.take_along_axis(self._price, self._cheapest, axis=1)
        first, next_one = prices[:, :-1].sum(axis=1, keepdims=True), prices[:, -1:]
        technicians: Ints = np.arange(self._price.shape[1], dtype=np.int64)
        is_among: NDArray[np.bool_] = (self._cheapest[:, :-1, None] == technicians).any(axis=1)
        # Nobody helps themselves: whoever is among the cheapest takes the next one instead.
        own = np.where(is_among & np.isfinite(self._price), self._price, 0.0)
        return np.where(is_among, first - own + next_one, first)

    def _offer(self, row: int, lead: int) -> CrewOffer:
        helpers = [member for member in self._cheapest[row].tolist() if member != lead][: self._helper_count]
        price: float = self._lead_price[row, lead] + sum(self._price[row, member] for member in helpers)
        return CrewOffer(
            lead=_place(self._lead_found[row, lead]),
            helpers=tuple(_place(self._found[row, member]) for member in helpers),
            price=float(price),
        )


def _place(found: Ints) -> Place:
    numbers: list[int] = found.tolist()
    duty, position, start_s, end_s, travel_s = numbers
    return Place(duty=duty, position=position, start_s=start_s, end_s=end_s, travel_s=travel_s)
