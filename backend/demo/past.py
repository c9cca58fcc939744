"""The demo's past: some days on which a part of its people worked, so that every report has something to tell.

Played day by day with a clock of its own, by the use cases and by what the worker does on their events. Nobody is written to:
customers heard of those days long ago.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from random import Random
from uuid import UUID

from backend.booking.windows import OfferedWindow, windows_of
from backend.demo import visits
from backend.demo.customers import add_household
from backend.demo.people import ZONE, Crew, at, shift_on
from backend.demo.pictures import signature
from backend.demo.stock import PARTS, VAN_PARTS, van_name
from backend.demo.visits import Visit
from backend.demo.work import WINDOW_HOURS
from backend.files import service as files
from backend.identity.principal import Principal, Role
from backend.inventory import service as inventory
from backend.inventory.warehouse_schemas import CountStock
from backend.kernel import outbox
from backend.kernel.audit import SYSTEM, Actor
from backend.kernel.db import Database, Transaction
from backend.kernel.tasks import run_due
from backend.messages.kinds import Channel
from backend.ports import Blobs
from backend.subscriptions import subscriptions
from backend.workforce import service as workforce
from backend.workforce.schemas import TechnicianView

# Technicians of the past, one of each territory: more would make the first start slow. Today all are at work.
AT_WORK = 4
MORNING, EVENING = time(6, 45), time(21)
BUSY_SHARE = 0.75  # of a technician's windows
AGAIN_SHARE = 0.08  # of the visits go to a home where somebody was on an earlier day
FIRST_HOUSEHOLD = 200_000  # behind all that the days' work and the planted truths need
COUNTED_WRONG_SHARE = 0.15
TOGETHER = 400  # events of one transaction: nobody else waits for the database
NO_WAY: frozenset[Channel] = frozenset()


class Hands:
    """A clock whose hands are set; never back."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def turn_to(self, at: datetime) -> None:
        assert at >= self._at, f"{at} lies before {self._at}"
        self._at = at


@dataclass(kw_only=True)
class PastDays:
    """Plays days of `crew` on a database that is opened with the clock `hands`.

    rostered: the days of which `crew` has its shifts already. random: its own, so that the work to come is the same with and
    without a past.
    """

    database: Database
    hands: Hands
    crew: Crew
    rostered: Collection[date]
    random: Random
    _homes: list[UUID] = field(default_factory=list)
    _households: int = 0
    _troubles: int = 0

    async def keep_signature(self, blobs: Blobs) -> None:
        """The picture that all customers sign with, as a phone would have sent it."""
        picture, upload_id = signature(), self.database.new_id()

        async def chunks() -> AsyncIterator[bytes]:
            yield picture

        part = await blobs.append(upload_id, chunks())
        await blobs.keep(upload_id, [part.name], sha256=visits.SIGNED)
        first = self._people[0]
        sender = Actor(kind="user", id=self.crew.users[first.id])
        principal = Principal(actor=sender, role=Role.TECHNICIAN, technician_id=first.id)
        async with self.database.transaction(sender, "past") as tx:
            await files.store(tx, principal, visits.SIGNED, "image/png", len(picture))

    async def play(self, day: date, *, until: datetime | None = None) -> None:
        """A whole day, or, when it is today, what of it is over by `until`."""
        evening = min(at(day, EVENING), until or at(day, EVENING))
        windows = [window for window in _windows(day) if window.end <= evening]
        if not windows:
            return
        people = self.crew.technicians if day in self.rostered else self._people
        self.hands.turn_to(at(day, MORNING))
        async with self.database.transaction(SYSTEM, "past") as tx:
            rounds = [await self._promises(tx, technician, day, windows) for technician in people]
        await self._deliver()
        self.hands.turn_to(evening)
        async with self.database.transaction(SYSTEM, "past") as tx:
            for round_ in rounds:
                await visits.play(tx, self.random, round_)
            await self._count(tx, self._people[day.toordinal() % AT_WORK])
        await self._deliver()

    @property
    def _people(self) -> Sequence[TechnicianView]:
        return self.crew.technicians[:AT_WORK]

    async def _promises(
        self, tx: Transaction, technician: TechnicianView, day: date, windows: Sequence[OfferedWindow]
    ) -> list[Visit]:
        """The technician's shift and who is to be visited in it, at least one."""
        if day not in self.rostered:
            await workforce.add_shift(tx, shift_on(day, technician.id, starts=time(7, 30)))
        chosen = [window for window in windows if self.random.random() < BUSY_SHARE] or windows[:1]
        earlier = list(self._homes)
        return [await self._promise(tx, technician, window, earlier) for window in chosen]

    async def _promise(
        self, tx: Transaction, technician: TechnicianView, window: OfferedWindow, earlier: Sequence[UUID]
    ) -> Visit:
        self._troubles += 1
        return await visits.promise(
            tx,
            self.random,
            window,
            reference=f"T-{FIRST_HOUSEHOLD + self._troubles}",
            premises_id=await self._home(tx, technician, earlier),
            technician_id=technician.id,
        )

    async def _home(self, tx: Transaction, technician: TechnicianView, earlier: Sequence[UUID]) -> UUID:
        """Mostly one where nobody was before."""
        if earlier and self.random.random() < AGAIN_SHARE:
            return self.random.choice(earlier)
        places = len(self.crew.territory_ids)
        index = FIRST_HOUSEHOLD + places * self._households + self.crew.territory_ids.index(technician.territory_id)
        self._households += 1
        _, premises = await add_household(tx, self.random, self.crew.territory_ids, index)
        self._homes.append(premises.id)
        return premises.id

    async def _count(self, tx: Transaction, technician: TechnicianView) -> None:
        """A van is counted: its terminals, and its parts, of which one lacks now and then."""
        van = await inventory.location_named(tx, van_name(technician))
        stock = await inventory.van_stock(tx, technician.id)
        serials = [unit.serial for unit in stock if unit.model == "ONT-G1"]
        await inventory.count_stock(
            tx, CountStock(location_id=van.id, model="ONT-G1", reason="cycle_count", serials=serials)
        )
        for part in PARTS:
            quantity = VAN_PARTS - (self.random.random() < COUNTED_WRONG_SHARE)
            await inventory.count_stock(
                tx, CountStock(location_id=van.id, model=part.code, reason="cycle_count", quantity=quantity)
            )

    async def _deliver(self) -> None:
        """What the worker does on all events until now."""
        events = outbox.delivering(self.database, subscriptions("", channels=NO_WAY))
        events = replace(events, batch=TOGETHER)
        while await run_due(self.database, events, "past"):
            pass


def _windows(day: date) -> list[OfferedWindow]:
    return [window for window in windows_of([day], ZONE.key) if window.start.astimezone(ZONE).hour in WINDOW_HOURS]
