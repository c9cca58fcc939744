"""All duties of a live plan, ready to be asked about many windows at once; and what its routes cost under a policy."""

# NumPy leaves some of its own types open.
# pyright: reportUnknownMemberType=false

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from scheduling.costs import route_cost
from scheduling.duties import Workday
from scheduling.features import is_coupled
from scheduling.fleet.board import NEVER_S, Board, Floats, Ints, Room, Tariff, room
from scheduling.fleet.packing import on_roads, pack_board, with_route
from scheduling.fleet.prices import idle_prices, tariff_of
from scheduling.fleet.rules import CODE, FREE, Codes, Rules
from scheduling.fleet.visits import pack_wanted
from scheduling.insertion import PackedRoute
from scheduling.plan import Reason
from scheduling.policy import Policy
from scheduling.problem import Job, Window
from scheduling.timetable import schedule_route_anyway

Stock = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Fleet:
    """routes: of every duty, in order; board: the same in columns. technicians: who has duties, in their order."""

    workday: Workday
    routes: tuple[PackedRoute, ...]
    stock: Stock
    board: Board
    rules: Rules
    technicians: tuple[str, ...]

    def changed(self, workday: Workday, stock: Stock, routes: tuple[PackedRoute, ...]) -> "Fleet":
        """The same duties with other routes; only those that are others are packed."""
        board = on_roads(self.board, workday)
        for row, (packed, before) in enumerate(zip(routes, self.routes, strict=True)):
            if packed is not before:
                board = with_route(board, workday, row, packed)
        return Fleet(
            workday=workday,
            routes=routes,
            stock=stock,
            board=board,
            rules=self.rules.on(workday),
            technicians=self.technicians,
        )

    def rule_blocks(self, job: Job) -> Codes:
        """For each duty the first rule, time and roads aside, that keeps the job off it; as `liveplan.rule_block` says."""
        codes = self.rules.blocks(job)
        if is_coupled(job):
            codes[codes == FREE] = CODE[Reason.CREW if job.crew_size > 1 else Reason.AFTER]
        return self._short_of_parts(job, codes)

    def seat_blocks(self, job: Job, *, lead: bool) -> Codes:
        """The same for one of the people who do the job together: whoever leads brings the parts."""
        codes = self.rules.blocks(job, lead=lead)
        return self._short_of_parts(job, codes) if lead else codes

    def arrivals(self, job: Job, blocks: Codes) -> Ints:
        """Every earliest arrival at the job, in any gap and after any number of breaks, on duties that are free."""
        from scheduling.fleet.meetings import arrivals

        found = np.full((len(self.board.before), self.board.idle.shape[1]), NEVER_S, dtype=np.int64)
        wanted = pack_wanted(self.workday, job, self.rules.duties, [()])
        arrivals(self.board, wanted, (blocks != FREE).astype(np.int64), self.room(1), found)
        return np.unique(found)

    def _short_of_parts(self, job: Job, codes: Codes) -> Codes:
        for part, pieces in job.parts.items():
            left = np.array([self.stock[name].get(part, 0) for name in self.technicians], dtype=np.int64)
            codes[(codes == FREE) & (left < pieces)[self.board.technician]] = CODE[Reason.PARTS]
        return codes

    def hurdles(self, job: Job, windows: Sequence[Sequence[Window]], blocks: Codes) -> Codes:
        """Windows x technicians: what keeps each of them, in the shift that came nearest; FREE where nothing does."""
        from scheduling.fleet.fits import hurdles

        codes = np.zeros((len(windows), len(self.technicians)), dtype=np.int64)
        wanted = pack_wanted(self.workday, job, self.rules.duties, windows)
        hurdles(self.board, wanted, blocks.astype(np.int64), self.room(len(windows)), codes)
        return codes.astype(np.uint8)

    def blocks(self, jobs: Sequence[Job]) -> Codes:
        """jobs x technicians: why nobody takes a job, in its own windows; FREE for who could."""
        rows = [self.hurdles(job, [self.workday.windows(job)], self.rule_blocks(job)) for job in jobs]
        return np.concatenate(rows) if rows else np.zeros((0, len(self.technicians)), dtype=np.uint8)

    def room(self, questions: int) -> Room:
        return room(self.board.idle.shape[1], self._longest + 1, questions)

    @cached_property
    def keys(self) -> list[tuple[str, int]]:
        """Each duty's technician and shift."""
        return [packed.duty.key for packed in self.routes]

    @cached_property
    def _longest(self) -> int:
        return max((len(packed.jobs) for packed in self.routes), default=0)


def fleet_of(workday: Workday, routes: Sequence[PackedRoute], stock: Stock) -> Fleet:
    """Pack everything."""
    duties = [packed.duty for packed in routes]
    return Fleet(
        workday=workday,
        routes=tuple(routes),
        stock=stock,
        board=pack_board(workday, routes),
        rules=Rules(workday, duties),
        technicians=tuple(dict.fromkeys(duty.technician.id for duty in duties)),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Market:
    """What the routes of a fleet cost under a policy, as they are and with one more job. cost, travel: of each route.

    rank: of each technician by name, among which the first of equals counts.
    """

    fleet: Fleet
    policy: Policy
    tariff: Tariff
    idle_cost: Floats
    idle_travel: Ints
    rank: Ints
    cost: Floats = field(init=False)
    travel: Ints = field(init=False)

    def __post_init__(self) -> None:
        cost, travel = self._as_they_are()
        object.__setattr__(self, "cost", cost)
        object.__setattr__(self, "travel", travel)

    def of(self, fleet: Fleet) -> "Market":
        """The same policy for the same duties with other routes."""
        return Market(
            fleet=fleet,
            policy=self.policy,
            tariff=self.tariff,
            idle_cost=self.idle_cost,
            idle_travel=self.idle_travel,
            rank=self.rank,
        )

    def offers(self, job: Job, windows: Sequence[Sequence[Window]], blocks: Codes) -> tuple[Floats, Ints]:
        """The least price of each window and technician, inf for none, and where: duty, position, start, end, seconds driven more."""
        from scheduling.fleet.offers import offers

        fleet, shape = self.fleet, (len(windows), len(self.fleet.technicians))
        price, found = np.full(shape, np.inf), np.zeros((*shape, 5), dtype=np.int64)
        wanted = pack_wanted(fleet.workday, job, fleet.rules.duties, windows)
        blocked = (blocks != FREE).astype(np.int64)
        offers(fleet.board, self.tariff, wanted, self.cost, blocked, fleet.room(len(windows)), price, found)
        found[..., 4] -= self.travel[found[..., 0]]
        return price, found

    def _as_they_are(self) -> tuple[Floats, Ints]:
        """Of what has no open jobs, or cannot be done, as the timetable has it."""
        from scheduling.fleet.offers import as_they_are

        fleet, cost = self.fleet, np.empty_like(self.idle_cost)
        is_idle = np.diff(fleet.board.first_gap) == 1
        nothing = pack_wanted(fleet.workday, Job(id="", place=0, duration_s=0), fleet.rules.duties, [()])
        as_they_are(fleet.board, self.tariff, nothing, fleet.room(1), cost)
        cost[is_idle] = self.idle_cost[is_idle]
        for row in np.flatnonzero(np.isinf(cost)).tolist():
            packed = fleet.routes[row]
            route = schedule_route_anyway(fleet.workday, packed.duty, packed.jobs)
            cost[row] = route_cost(fleet.workday, self.policy, route)
        return cost, np.where(is_idle, self.idle_travel, fleet.board.legs)


def market_of(fleet: Fleet, policy: Policy) -> Market:
    """The routes of a fleet under a policy."""
    duties = fleet.rules.duties
    place_of = {name: place for place, name in enumerate(sorted(fleet.technicians))}
    idle_cost, idle_travel = idle_prices(fleet.workday, policy, duties)
    return Market(
        fleet=fleet,
        policy=policy,
        tariff=tariff_of(fleet.workday, policy, duties),
        idle_cost=idle_cost,
        idle_travel=idle_travel,
        rank=np.array([place_of[name] for name in fleet.technicians], dtype=np.int64),
    )
