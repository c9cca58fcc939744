"""Which windows can a customer be offered, by whom, at what price, and why are the others closed?

Exact against the live plan: no window is offered that cannot be kept, and none is missed that a single insertion would open.
"""

# NumPy leaves some of its own types open.
# pyright: reportUnknownMemberType=false

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from scheduling.errors import UnsupportedFeature
from scheduling.features import Feature
from scheduling.fleet.board import Floats, Ints
from scheduling.fleet.fleet import Market
from scheduling.fleet.rules import CODE, FREE, REASONS, Codes
from scheduling.liveplan import LivePlan, go_live, without_job
from scheduling.meetings import CrewOffer, crew_offers
from scheduling.plan import Plan, Reason
from scheduling.policy import Policy
from scheduling.problem import Job, Lock, Problem, Shift, Technician, Window
from scheduling.travel import NO_SOURCE, Place, TravelMatrix


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """The cheapest way in which one technician can keep one window, of a crew's job as its lead.

    shift, position: which shift, and before which of its open jobs. start_s..end_s: the work as it would be planned.
    cost_delta_s: what the plan costs more, in seconds-equivalents of the policy. travel_delta_s: seconds more driving.
    helpers: technician and shift of everybody else in the crew.
    """

    window: Window
    technician: str
    shift: int
    position: int
    start_s: int
    end_s: int
    cost_delta_s: float
    travel_delta_s: int
    helpers: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedWindow:
    """A window that nobody can keep; `crew`: of a crew's job, who could, but not with enough others. reasons: how many technicians each constraint stopped (of each, the last hurdle)."""

    window: Window
    reasons: Mapping[Reason, int]
    nearest: Reason


@dataclass(frozen=True, kw_only=True, eq=False)
class SlotAnswer:
    """best: the cheapest slot of each open window, of equals the first by the technician's name; closed: the windows without any.

    Both in the order of the windows. counts: how many technicians can keep each open window, or lead a crew that can.
    """

    best: tuple[Slot, ...]
    counts: Mapping[Window, int]
    closed: tuple[ClosedWindow, ...]
    _offers: "_Offers | _CrewOffers"

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """For each window the cheapest slot of each technician who can keep it; in the order of the windows, then cheapest first."""
        return self._offers.all()


def find_slots(live: LivePlan, policy: Policy, job: Job, windows: Sequence[Window]) -> SlotAnswer:
    """Per window and technician the cheapest feasible insertion of a job; of a crew's job, with the cheapest others at the same moment.

    job: new, or one that the plan serves: then it is taken out first, and the answer says where it could go instead. Its own
    windows, lock and frozen state do not count. windows: start of work within each; every one is answered.
    Raises UnsupportedFeature for a job that waits, or for which others wait where it has a crew: one insertion cannot answer for it.
    """
    if job.waits_for:
        raise UnsupportedFeature(f"job {job.id} waits", feature=Feature.PRECEDENCE.value, job=job.id)
    bare = without_job(live, job.id)
    free = replace(job, windows=(), lock=Lock.NONE, frozen=None)
    asked = tuple(dict.fromkeys(windows))
    return _for_crew(bare, policy, free, asked) if job.crew_size > 1 else _for_one(bare, policy, free, asked)


def _for_one(bare: LivePlan, policy: Policy, free: Job, asked: Sequence[Window]) -> SlotAnswer:
    fleet, market = bare.fleet, bare.market(policy)
    is_settled = free.id in fleet.workday.meetings
    spans = [fleet.workday.windows(free) if is_settled else (window,) for window in asked]
    blocks = fleet.rule_blocks(free)
    price, found = market.offers(free, spans, blocks)
    offers = _Offers(market, asked, price, found)
    counts = offers.counts
    nowhere = [nth for nth, count in enumerate(counts) if not count]
    hurdles = fleet.hurdles(free, [spans[nth] for nth in nowhere], blocks)
    return SlotAnswer(
        best=offers.best(),
        counts={window: count for window, count in zip(asked, counts, strict=True) if count},
        closed=_closed(hurdles, [asked[nth] for nth in nowhere]),
        _offers=offers,
    )


def _for_crew(bare: LivePlan, policy: Policy, free: Job, asked: Sequence[Window]) -> SlotAnswer:
    if any(free.id in other.waits_for for other in bare.workday.jobs.values()):
        raise UnsupportedFeature(f"others wait for job {free.id}", feature=Feature.PRECEDENCE.value, job=free.id)
    fleet, market = bare.fleet, bare.market(policy)
    as_lead, as_helper = (fleet.seat_blocks(free, lead=lead) for lead in (True, False))
    offers = _CrewOffers(fleet.keys, asked, crew_offers(market, free, asked, as_lead, as_helper))
    nowhere = [window for window, ways in zip(asked, offers.ways, strict=True) if not ways]
    hurdles = fleet.hurdles(free, [(window,) for window in nowhere], np.maximum(as_lead, as_helper))
    hurdles[hurdles == FREE] = CODE[Reason.CREW]
    return SlotAnswer(
        best=offers.best(),
        counts={window: len(ways) for window, ways in zip(asked, offers.ways, strict=True) if ways},
        closed=_closed(hurdles, nowhere),
        _offers=offers,
    )


def warm() -> None:
    """Compile what answers for slots and reasons, or load what was compiled before, so that the first question need not wait for it."""
    still = np.zeros((1, 1), dtype=np.int64)
    shift = Shift(start_s=0, end_s=1, start_place=0, end_place=0)
    job = Job(id="job", place=0, duration_s=1)
    problem = Problem(
        places=(Place(lat=0.0, lon=0.0),),
        travel=TravelMatrix.of(still, still, NO_SOURCE),
        technicians=(Technician(id="technician", shifts=(shift,)), Technician(id="other", shifts=(shift,))),
        jobs=(),
    )
    for asked in (job, replace(job, crew_size=2)):
        find_slots(go_live(problem, Plan()), Policy(), asked, [Window(start_s=0, end_s=0), Window(start_s=1, end_s=1)])


@dataclass(frozen=True)
class _Offers:
    """price, found: of `Market.offers`, windows x technicians."""

    market: Market
    windows: Sequence[Window]
    price: Floats
    found: Ints

    @property
    def counts(self) -> list[int]:
        counts: list[int] = np.isfinite(self.price).sum(axis=1).tolist()
        return counts

    def best(self) -> tuple[Slot, ...]:
        if not self.price.shape[1]:
            return ()
        is_least = self.price == self.price.min(axis=1, keepdims=True)
        nth = np.where(is_least, self.market.rank, len(self.market.rank)).argmin(axis=1)
        rows = np.flatnonzero(np.isfinite(self.price.min(axis=1)))
        return self._slots(rows, nth[rows])

    def all(self) -> tuple[Slot, ...]:
        row, column = np.nonzero(np.isfinite(self.price))
        order = np.lexsort((self.market.rank[column], self.price[row, column], row))
        return self._slots(row[order], column[order])

    def _slots(self, row: Ints, column: Ints) -> tuple[Slot, ...]:
        keys = self.market.fleet.keys
        nth: list[int] = row.tolist()
        prices: list[float] = self.price[row, column].tolist()
        places: list[list[int]] = self.found[row, column].tolist()
        return tuple(
            Slot(
                window=self.windows[asked],
                technician=keys[duty][0],
                shift=keys[duty][1],
                position=position,
                start_s=start_s,
                end_s=end_s,
                cost_delta_s=cost_delta_s,
                travel_delta_s=travel_delta_s,
            )
            for asked, cost_delta_s, (duty, position, start_s, end_s, travel_delta_s) in zip(
                nth, prices, places, strict=True
            )
        )


@dataclass(frozen=True)
class _CrewOffers:
    """keys: each duty's technician and shift; ways: of `crew_offers`, window by window."""

    keys: Sequence[tuple[str, int]]
    windows: Sequence[Window]
    ways: Sequence[Sequence[CrewOffer]]

    def best(self) -> tuple[Slot, ...]:
        return tuple(self._slot(window, ways[0]) for window, ways in zip(self.windows, self.ways, strict=True) if ways)

    def all(self) -> tuple[Slot, ...]:
        pairs = zip(self.windows, self.ways, strict=True)
        return tuple(self._slot(window, way) for window, ways in pairs for way in ways)

    def _slot(self, window: Window, way: CrewOffer) -> Slot:
        technician, shift = self.keys[way.lead.duty]
        return Slot(
            window=window,
            technician=technician,
            shift=shift,
            position=way.lead.position,
            start_s=way.lead.start_s,
            end_s=way.lead.end_s,
            cost_delta_s=way.price,
            travel_delta_s=sum(place.travel_s for place in (way.lead, *way.helpers)),
            helpers=tuple(self.keys[place.duty] for place in way.helpers),
        )


def _closed(hurdles: Codes, windows: Sequence[Window]) -> tuple[ClosedWindow, ...]:
    """hurdles: windows x technicians."""
    rows: list[list[int]] = hurdles.tolist()
    return tuple(
        ClosedWindow(
            window=window,
            reasons={REASONS[code]: count for code, count in Counter(codes).items()},
            nearest=REASONS[max(codes, default=CODE[Reason.NO_TECHNICIAN])],
        )
        for window, codes in zip(windows, rows, strict=True)
    )
