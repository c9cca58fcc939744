"""What went wrong before the demo's first day, through the services of the product: twenty days ago, by their clock."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from importlib.metadata import version
from random import Random
from uuid import UUID

from backend.activation import service as activation
from backend.activation.schemas import ReportContact
from backend.booking import service as booking
from backend.booking.service import Candidate
from backend.booking.windows import OfferedWindow, windows_of
from backend.catalogue.schemas import PoolKind, ServiceKind
from backend.demo.customers import add_household
from backend.demo.people import ZONE, Crew
from backend.demo.stock import van_name
from backend.demo.truths.planted import Planted
from backend.demo.work import SEEDER
from backend.identity import devices
from backend.identity.schemas import EnrolDevice
from backend.inventory import service as inventory
from backend.inventory.schemas import LocationView
from backend.jobs import service as jobs
from backend.jobs import workorders
from backend.kernel.clock import Clock
from backend.kernel.db import Database, Transaction
from backend.offline.contacts import Contact, Contacts
from backend.orders import service as orders
from backend.orders.milestones import AT_RISK_BEFORE
from backend.orders.schemas import OrderedOffering, OrderView, PlaceOrder
from backend.resources import service as resources
from backend.resources.schemas import AddPool
from clients.device.identity import new_identity, public_key
from sync.protocol import SCHEMA

BEFORE = timedelta(days=20)  # long enough for an age and a loss that one sees; the network is heard for 31 days
FIRST_HOUSEHOLD = 100_000  # behind all that the days' work needs
WELL = 6
SHORT_VAN, CERTIFICATE, PROMISED, AWAY = 3, 6, 9, 12  # whose: places among the technicians
AWAY_FOR, WAITING = timedelta(hours=26), 37  # of a phone, and how many pieces of work it had not sent then
ORPHAN = "HG6900000001"
FULL_POOL, TAKEN = "2001:db8:100::/57 as /64", 119  # of 128: 93 %


class Before:
    """The clock of so long before the demo."""

    def __init__(self, clock: Clock, span: timedelta = BEFORE) -> None:
        self._clock, self._span = clock, span

    def now(self) -> datetime:
        return self._clock.now() - self._span


class Past:
    """Plants in one transaction by the clock `Before`. random: its own, so that the days' work is the same with and without."""

    def __init__(self, tx: Transaction, crew: Crew, random: Random) -> None:
        self._tx, self._crew, self._random = tx, crew, random
        self._households = 0

    async def plant(self, now: datetime) -> Planted:
        """All but what the neighbours do later (`mishaps`). now: of the demo, to promise a window that ends soon."""
        telephones = [await self._telephone() for _ in range(WELL + 7)]
        witnessed, transposed, first = await self._transposed()
        promised_job, promised = await self._promised(now)
        return Planted(
            well=telephones[:WELL],
            unbilled=telephones[WELL],
            ended=telephones[WELL + 1],
            double=telephones[WELL + 2],
            late_billed=telephones[WELL + 3],
            refused=telephones[WELL + 4],
            untrue=telephones[WELL + 5],
            dark=telephones[WELL + 6],
            witnessed=witnessed,
            transposed=transposed,
            orphan=await self._orphan(),
            late=[first, (await self._order("FIBRE-500")).id, promised],
            promised_job=promised_job,
            van=(await self._van(SHORT_VAN)).id,
            technician=self._crew.technicians[CERTIFICATE].id,
            phone=await self._phone(),
        )

    async def _telephone(self) -> UUID:
        """A telephone line that came up; the network tells of it."""
        order = await self._order("PHONE")
        await activation.arm_for_order(self._tx, order.id)
        [voice] = order.services
        contact = ReportContact(message_id=f"first-{voice.id}", occurred_at=self._tx.now, username=str(voice.id))
        await activation.hear(self._tx, contact)
        return voice.id

    async def _transposed(self) -> tuple[UUID, str, UUID]:
        """The network sees a terminal whose serial is the ordered one's with two characters changed over."""
        order = await self._order("FIBRE-500")
        await activation.arm_for_order(self._tx, order.id)
        [serial] = [kept.serial for kept in order.reservations if kept.model == "ONT-G1" and kept.serial]
        [access] = [service for service in order.services if service.kind is ServiceKind.ACCESS]
        seen = transposed(serial)
        contact = ReportContact(
            message_id=f"first-{access.id}",
            occurred_at=self._tx.now,
            port=access.resources[PoolKind.PORT],
            serial=seen,
        )
        await activation.hear(self._tx, contact)
        return access.id, seen, order.id

    async def _promised(self, now: datetime) -> tuple[UUID, UUID]:
        """A window that is nearly over, and nobody is on the way; the job and its order."""
        order = await self._order("FIBRE-500")
        await workorders.create_for_order(self._tx, order.id)
        [job] = await jobs.jobs_of_order(self._tx, order.id)
        window = window_nearly_over(now)
        technician_id = self._crew.technicians[PROMISED].id
        seen = await booking.taken_on(self._tx, [technician_id], window)
        candidate = Candidate(
            technician_id=technician_id,
            starts_at=window.start,
            ends_at=window.start + timedelta(minutes=75),
            cost_seconds=0.0,
            seen=seen,
        )
        held = await booking.hold(self._tx, SEEDER, job, window, [candidate])
        await booking.confirm(self._tx, SEEDER, held.id)
        return job.id, order.id

    async def _orphan(self) -> str:
        """A gateway hangs where nobody is a customer for anything."""
        _, premises = await self._household()
        van = await self._van(SHORT_VAN)
        await inventory.receive(self._tx, "GW-6", [ORPHAN], van.id)
        await inventory.install(
            self._tx,
            serial=ORPHAN,
            premises_id=premises,
            technician_id=self._crew.technicians[SHORT_VAN].id,
            job_id=self._tx.new_id(),
            occurred_at=self._tx.now,
        )
        return ORPHAN

    async def _phone(self) -> UUID:
        """A phone that its technician has carried since then."""
        user_id = self._crew.users[self._crew.technicians[AWAY].id]
        issued = await devices.issue_code(self._tx, SEEDER, user_id)
        key = public_key(new_identity())
        enrolled = await devices.enrol(self._tx, EnrolDevice(code=issued.code, public_key=key, name="Android 14"))
        return enrolled.device_id

    async def _order(self, offering: str) -> OrderView:
        account, premises = await self._household()
        items = [OrderedOffering(offering_code=offering)]
        order = await orders.place(self._tx, SEEDER, PlaceOrder(account_id=account, premises_id=premises, items=items))
        return await orders.submit(self._tx, SEEDER, order.id)

    async def _household(self) -> tuple[UUID, UUID]:
        """The ids of an account and its home, always one more."""
        index = FIRST_HOUSEHOLD + self._households
        self._households += 1
        account, premises = await add_household(self._tx, self._random, self._crew.territory_ids, index)
        return account.id, premises.id

    async def _van(self, technician: int) -> LocationView:
        return await inventory.location_named(self._tx, van_name(self._crew.technicians[technician]))


async def lose_contact(database: Database, phone: UUID) -> None:
    """The phone's last call, by the clock of `database`: it got its day, and could not send what was done."""
    now = database.clock.now()
    app = f"technician {version('truckroll')}"
    contact = Contact(device_id=phone, heard_at=now, synced_at=now, schema=SCHEMA, app=app, waiting=WAITING)
    contacts = Contacts(database)
    contacts.note(contact)
    await contacts.close()


async def empty_van(tx: Transaction, crew: Crew, depot_id: UUID) -> None:
    """One van has given all its terminals back to the depot."""
    technician = crew.technicians[SHORT_VAN]
    van = await inventory.location_named(tx, van_name(technician))
    serials = [unit.serial for unit in await inventory.van_stock(tx, technician.id) if unit.model == "ONT-G1"]
    await inventory.transfer(tx, serials, van.id, depot_id)


async def fill_pool(tx: Transaction) -> None:
    """A pool of prefixes of which a housing company has taken nearly all."""
    pool = AddPool(code="IPV6-1", kind=PoolKind.IPV6, name="Prefixes for large houses", block=FULL_POOL)
    await resources.open_pool(tx, pool)
    await resources.reserve(
        tx, pool_kind=PoolKind.IPV6, quantity=TAKEN, order_item_id=tx.new_id(), territory_id=None, expires_at=None
    )


def transposed(serial: str) -> str:
    """The serial with the last two neighbours changed over that differ."""
    place = next(n for n in range(len(serial) - 1, 0, -1) if serial[n] != serial[n - 1])
    return serial[: place - 1] + serial[place] + serial[place - 1] + serial[place + 1 :]


def window_nearly_over(now: datetime) -> OfferedWindow:
    """The window that ends next, if what is due in it is at risk by now; at night the one that ended last."""
    today = now.astimezone(ZONE).date()
    days: Sequence[date] = [today + timedelta(days=n) for n in (-1, 0, 1)]
    windows = windows_of(days, ZONE.key)
    following = next(window for window in windows if window.end > now)
    if following.end - AT_RISK_BEFORE < now:
        return following
    return next(window for window in reversed(windows) if window.end <= now)
