"""Days kept in memory, ready to answer: what would this drop break, where else could this job go, why does nobody have it?

Reading a day, asking the roads and packing routes takes a tenth of a second and more; answering takes milliseconds. So a process
keeps the days that people look at, and reads one again when its plan has changed: the territory's number in the feed, which jobs,
technicians and shifts move, and the times that the feed does not see (`queries.unseen_times`) are its version.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from uuid import UUID

from backend.dispatch import queries
from backend.dispatch.lifecycle import TimeKind
from backend.dispatch.situation import read_situation
from backend.dispatch.translation import Situation, Translation, held_name, local_midnight
from backend.kernel.db import Transaction
from backend.kernel.feed import scope_states
from backend.ports import TravelTimes
from backend.workforce import service as workforce
from scheduling import LivePlan, Plan, Problem, TravelMatrix, go_live
from scheduling.duties import Workday, prepare
from scheduling.liveplan import without_job

MOST_CELLS = (
    10_000_000  # of all driving times that one process keeps, 17 bytes each; a day of 100 technicians has a million
)
OLDEST = timedelta(
    seconds=60
)  # time passes, and what is past is not planned; and whatever no number tells is seen then

Version = tuple[object, ...]
DayKey = tuple[UUID, date]


@dataclass(frozen=True)
class LiveDay:
    """A territory's local day as it was read, and what is worked out from it when it is first asked for."""

    situation: Situation
    travel: TravelMatrix

    @cached_property
    def translation(self) -> Translation:
        return Translation(self.situation)

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
        problem = self.translation.problem(self.travel, fixed=True)
        return go_live(problem, problem.previous or Plan())

    def gaps_without(self, job_id: UUID) -> LivePlan:
        """The same as if the job had no time of its own, neither planned nor held: that is free as soon as it goes elsewhere."""
        live = self._gaps_asked.get(job_id) or self._gaps_without(job_id)
        # Only the latest: one job is asked about window by window.
        self._gaps_asked.clear()
        self._gaps_asked[job_id] = live
        return live

    def _gaps_without(self, job_id: UUID) -> LivePlan:
        live = without_job(self.gaps, str(job_id))
        for taken in self.situation.times:
            if taken.kind is TimeKind.HOLD and taken.job_id == job_id:
                live = without_job(live, held_name(taken.id))
        return live

    @property
    def cells(self) -> int:
        """How many driving times are kept with the day."""
        return self.travel.place_count**2

    def knows(self, job_id: UUID) -> bool:
        return job_id in self._job_ids

    @cached_property
    def _gaps_asked(self) -> dict[UUID, LivePlan]:
        return {}

    @cached_property
    def _job_ids(self) -> frozenset[UUID]:
        return frozenset(job.id for job in self.situation.jobs)


@dataclass(frozen=True)
class Reading:
    """What one snapshot says of some days: those that are in memory still hold, the others were read anew.

    It is turned into days by `LiveDays.days`, outside the snapshot, as the roads are asked then.
    """

    versions: dict[DayKey, Version]
    known: dict[DayKey, LiveDay]
    fresh: dict[DayKey, Situation]


class LiveDays:
    """The days that this process keeps, least recently used ones forgotten first."""

    def __init__(self, roads: TravelTimes) -> None:
        self._roads = roads
        self._kept: OrderedDict[DayKey, tuple[Version, LiveDay]] = OrderedDict()

    async def read(
        self, tx: Transaction, territory_id: UUID, days: Sequence[date], job_id: UUID | None = None
    ) -> Reading:
        """Look which of these days are still as they are kept, and read the others. job_id: of a job that has to be known to each.

        Raises UnknownTerritory.
        """
        territory = await workforce.territory(tx, territory_id)
        scope = f"territory:{territory_id}"
        number = (await scope_states(tx, [scope]))[scope].seq
        start, end = (
            local_midnight(days[0], territory.zone),
            local_midnight(days[-1] + timedelta(days=1), territory.zone),
        )
        unseen = await queries.unseen_times(tx, territory_id, start, end)
        reading = Reading({}, {}, {})
        asked = [] if job_id is None else [job_id]
        for day in days:
            key = (territory_id, day)
            reading.versions[key] = (number, *unseen)
            kept = self._kept_day(key, reading.versions[key], tx.now)
            if kept is not None and (job_id is None or kept.knows(job_id)):
                reading.known[key] = kept
            else:
                reading.fresh[key] = await read_situation(tx, territory_id, [day], asked=asked, backlog=True)
        return reading

    async def days(self, reading: Reading) -> list[LiveDay]:
        """The days of a reading, in order; with the roads asked for what was read anew, and kept."""
        made = {key: await self._make(situation) for key, situation in reading.fresh.items()}
        for key, day in made.items():
            self._kept[key] = (reading.versions[key], day)
            self._kept.move_to_end(key)
        while len(self._kept) > 1 and sum(day.cells for _, day in self._kept.values()) > MOST_CELLS:
            self._kept.popitem(last=False)
        found = reading.known | made
        return [found[key] for key in reading.versions]

    async def _make(self, situation: Situation) -> LiveDay:
        places = Translation(situation).places
        return LiveDay(situation, await self._roads.matrix(places, situation.depart_at))

    def _kept_day(self, key: DayKey, version: Version, now: datetime) -> LiveDay | None:
        if key not in self._kept or self._kept[key][0] != version:
            return None
        day = self._kept[key][1]
        if now - day.situation.now > OLDEST:
            return None
        self._kept.move_to_end(key)
        return day
