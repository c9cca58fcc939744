"""Days kept in memory, ready to answer: what would this drop break, where else could this job go, why does nobody have it?

Reading a day, asking the roads and packing routes takes a tenth of a second and more; answering takes milliseconds. So a process
keeps the days that people look at. How far the territory's feed was when a day was read, which jobs, technicians and shifts move, and
the times that the feed does not see (`queries.unseen_times`) are its version. Of a day that was left behind only what has changed is
read and packed (`amending`), and only where it touches that day.
"""

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from uuid import UUID

from backend.dispatch import amending, policies, queries
from backend.dispatch.amending import Changes, amended
from backend.dispatch.placings import Placing
from backend.dispatch.queries import UnseenTime
from backend.dispatch.situation import read_situation
from backend.dispatch.translation import Situation, Translation, local_midnight, place_of
from backend.dispatch.widening import MOST_NEW, widened
from backend.kernel.db import Transaction
from backend.kernel.feed import scope_states
from backend.ports import TravelTimes
from backend.workforce import service as workforce
from backend.workforce.schemas import TerritoryView
from scheduling import LivePlan, Place, Plan, Policy, Problem, TravelMatrix, go_live
from scheduling.duties import Workday, prepare
from scheduling.liveplan import with_part, with_roads, without_job

MOST_CELLS = (
    10_000_000  # of all driving times that one process keeps, 17 bytes each; a day of 100 technicians has a million
)
# Time passes, and what is past is not planned.
OLDEST, OLDEST_TO_COME = timedelta(seconds=60), timedelta(minutes=15)

DayKey = tuple[UUID, date]


@dataclass(frozen=True)
class LiveDay:
    """A territory's local day as it was read, and what is worked out from it when it is first asked for.

    places: of the travel figures, which may lack the last of them (see `on`); those of the day are among them. packed: the gaps of the day as it was before something changed.
    """

    situation: Situation
    places: tuple[Place, ...]
    travel: TravelMatrix
    packed: LivePlan | None = None
    replanned: frozenset[UUID] = frozenset()

    @cached_property
    def translation(self) -> Translation:
        return Translation(self.situation, self.places)

    @cached_property
    def problem(self) -> Problem:
        """With every job that could be planned that day; planned ones have their own windows and locks."""
        return self.translation.problem(self.travel)

    @cached_property
    def workday(self) -> Workday:
        return prepare(self.problem)

    @cached_property
    def gaps(self) -> LivePlan:
        """Packed routes in which every planned job keeps its time: only the gaps are there to be filled."""
        if self.packed is None:
            return self._packed(self.translation)
        return with_part(self.packed, self._packed(self.translation.of(self.replanned)))

    def _packed(self, translation: Translation) -> LivePlan:
        problem = translation.problem(self.travel, fixed=True)
        return go_live(problem, problem.previous or Plan(), known=self.packed and self.packed.workday.problem)

    def gaps_without(self, job_id: UUID) -> LivePlan:
        """The same as if the job had no time of its own, neither planned nor held: that is free as soon as it goes elsewhere."""
        live = self._gaps_asked.get(job_id) or self._gaps_without(job_id)
        # Only the latest: one job is asked about window by window.
        self._gaps_asked.clear()
        self._gaps_asked[job_id] = live
        return live

    def _gaps_without(self, job_id: UUID) -> LivePlan:
        live = self.gaps
        for name in self.translation.seats.names_of(job_id) if job_id in self.situation.timed else ():
            live = without_job(live, name)
        return live

    @cached_property
    def copies(self) -> "OrderedDict[tuple[Placing, ...], LiveDay]":
        """The day with moves that are tried out on it (see `copies`), by these; it is another day as soon as anything changes."""
        return OrderedDict()

    @property
    def cells(self) -> int:
        """How many driving times are kept with the day."""
        return self.travel.place_count**2

    def unknown(self, job_ids: Collection[UUID]) -> frozenset[UUID]:
        """Those of these jobs that the day does not know."""
        return frozenset(job_id for job_id in job_ids if job_id not in self.situation.by_id)

    def now(
        self, changes: Changes, job_ids: frozenset[UUID], asked: Collection[UUID], policy: Policy
    ) -> "LiveDay | None":
        """The day with these of the changed jobs as they are now; None when too many are at new places. See `on`."""
        if not job_ids and policy == self.situation.policy:
            return self
        found = amended(self.situation, changes, job_ids, asked=asked, policy=policy)
        sites = (found.situation.places.get(view.premises_id) for view in changes.views.values() if view.id in job_ids)
        new = dict.fromkeys(place_of(site) for site in sites if site) - self.translation.index.keys()
        if len(new) > MOST_NEW:
            return None
        places = (*self.places, *sorted(new, key=astuple)) if new else self.places
        day = self._with(found.situation, places, found.replanned)
        if not new:
            day.translation.__dict__["index"] = self.translation.index
        return day

    def _with(self, situation: Situation, places: tuple[Place, ...], replanned: frozenset[UUID]) -> "LiveDay":
        """Another situation of the day, of which only the gaps of these technicians are packed again."""
        if "gaps" not in self.__dict__:
            return LiveDay(situation, places, self.travel, self.packed, self.replanned | replanned)
        day = LiveDay(situation, places, self.travel, self.gaps, replanned)
        if not replanned:
            day.__dict__["gaps"] = self.gaps
        return day

    async def on(self, roads: TravelTimes) -> "LiveDay":
        """The day with the travel figures of all its places; those of places that are new on it are asked for."""
        if len(self.places) == self.travel.place_count:
            return self
        travel = await widened(roads, self.travel, self.places, self.situation.depart_at)
        packed = self.packed and with_roads(self.packed, self.places, travel)
        day = LiveDay(self.situation, self.places, travel, packed, self.replanned)
        if "gaps" in self.__dict__:
            day.__dict__["gaps"] = with_roads(self.gaps, self.places, travel)
        return day

    @cached_property
    def _gaps_asked(self) -> dict[UUID, LivePlan]:
        return {}


@dataclass(frozen=True)
class KeptDay:
    """number: of the territory's feed, up to which the day is known; unseen: its times that the feed does not tell of."""

    day: LiveDay
    number: int
    unseen: frozenset[UnseenTime]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What one snapshot says of some days: those that are in memory, brought up to date, and those that had to be read.

    It is turned into days by `LiveDays.days`, outside the snapshot, as the roads are asked then.
    """

    number: int
    unseen: Mapping[DayKey, frozenset[UnseenTime]]
    known: dict[DayKey, LiveDay] = field(default_factory=dict[DayKey, LiveDay])
    fresh: dict[DayKey, Situation] = field(default_factory=dict[DayKey, Situation])


class LiveDays:
    """The days that this process keeps, least recently used ones forgotten first."""

    def __init__(self, roads: TravelTimes) -> None:
        self._roads = roads
        self._kept: OrderedDict[DayKey, KeptDay] = OrderedDict()

    async def read(
        self, tx: Transaction, territory_id: UUID, days: Sequence[date], asked: Collection[UUID] = ()
    ) -> Reading:
        """Look which of these days are still as they are kept, mend those that changed a little, and read the others.

        asked: jobs that have to be known to each. Raises UnknownTerritory.
        """
        territory = await workforce.territory(tx, territory_id)
        scope = f"territory:{territory_id}"
        number = (await scope_states(tx, [scope]))[scope].seq
        reading = Reading(number=number, unseen=await _unseen(tx, territory, days))
        reading.known.update(await self._mended(tx, territory, reading, asked))
        for key in reading.unseen:
            if key not in reading.known:
                reading.fresh[key] = await read_situation(tx, territory_id, [key[1]], asked=asked, backlog=True)
        return reading

    async def days(self, reading: Reading) -> list[LiveDay]:
        """The days of a reading, in order; with the roads asked for what was read anew, and kept."""
        found = {key: await day.on(self._roads) for key, day in reading.known.items()}
        found |= {key: await self._make(situation) for key, situation in reading.fresh.items()}
        for key, day in found.items():
            self._kept[key] = KeptDay(day, reading.number, reading.unseen[key])
            self._kept.move_to_end(key)
        while len(self._kept) > 1 and sum(kept.day.cells for kept in self._kept.values()) > MOST_CELLS:
            self._kept.popitem(last=False)
        return [found[key] for key in reading.unseen]

    async def _make(self, situation: Situation) -> LiveDay:
        places = Translation(situation).places
        return LiveDay(situation, places, await self._roads.matrix(places, situation.depart_at))

    async def _mended(
        self, tx: Transaction, territory: TerritoryView, reading: Reading, asked: Collection[UUID]
    ) -> dict[DayKey, LiveDay]:
        """The days in memory as they are now, without those that have to be read anew."""
        kept = {key: known for key in reading.unseen if (known := self._young(key, tx.now))}
        if not kept:
            return {}
        policy = await policies.in_force(tx)
        told = await amending.changed_jobs(tx, territory, min(known.number for known in kept.values()))
        if told is None:
            return {}
        touched = {
            key: told | amending.changed_unseen(known.unseen, reading.unseen[key]) | known.day.unknown(asked)
            for key, known in kept.items()
        }
        ends = [known.day.situation for known in kept.values()]
        changes = await amending.read_changes(
            tx, frozenset[UUID]().union(*touched.values()), ends[0].epoch, ends[-1].end
        )
        days = {key: known.day.now(changes, touched[key], asked, policy) for key, known in kept.items()}
        return {key: day for key, day in days.items() if day is not None and not day.unknown(asked)}

    def _young(self, key: DayKey, now: datetime) -> KeptDay | None:
        kept = self._kept.get(key)
        if kept is None:
            return None
        read_at = kept.day.situation.now
        oldest = OLDEST if kept.day.situation.epoch <= now else OLDEST_TO_COME
        return kept if now - read_at <= oldest else None


async def _unseen(
    tx: Transaction, territory: TerritoryView, days: Sequence[date]
) -> dict[DayKey, frozenset[UnseenTime]]:
    """By day, in order, what the feed does not tell of it."""
    spans = {day: (local_midnight(day, territory.zone), local_midnight(_after(day), territory.zone)) for day in days}
    found = await queries.unseen_times(tx, territory.id, spans[days[0]][0], spans[days[-1]][1])
    return {
        (territory.id, day): frozenset(one for one in found if one.starts_at < end and one.ends_at > start)
        for day, (start, end) in spans.items()
    }


def _after(day: date) -> date:
    return day + timedelta(days=1)
