"""What the office does to a day is told to the phones that asked for it: together, once, and without saying what it was."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from backend.adapters.notify_webpush import WebPush
from backend.identity import devices
from backend.identity.principal import Principal, Role
from backend.jobs import service as jobs
from backend.kernel import outbox
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.tasks import Task, run_due
from backend.notifications import service, tasks
from backend.notifications.keys import PushKeys
from backend.notifications.models import PushKey, PushSubscription
from backend.notifications.schemas import Subscribe
from backend.ports import PushAddress, PushMessage
from backend.subscriptions import subscriptions
from backend.workforce.schemas import TechnicianView
from tests.factories.identity import make_phone, make_user
from tests.factories.jobs import SUPERVISOR, give, make_dispatched_job, make_field, make_job
from tests.factories.push_service import LOOPBACK, PushService, push_service
from tests.factories.workforce import make_technician
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio

ROOT = "nobody guesses this push key of a test"


@dataclass(kw_only=True)
class Office:
    """An operator whose technician's phone asked to be notified. there: the phone's push service."""

    database: Database
    clock: FixedClock
    there: PushService
    push: WebPush
    technician: TechnicianView
    device_id: UUID

    async def does(self, deed: Callable[[Transaction], Awaitable[Any]]) -> Any:
        async with self.database.transaction(SYSTEM, "test") as tx:
            return await deed(tx)

    async def has_told(self) -> list[dict[str, Any]]:
        """Everything that reached the browser, once events were delivered and what is due was sent."""
        await self.deliver()
        await self.send()
        return [received.message for received in self.there.taken]

    async def deliver(self) -> None:
        events = outbox.delivering(self.database, subscriptions("http://localhost"))
        while await run_due(self.database, events, "worker"):
            pass

    async def send(self) -> int:
        """One look of the worker, a little later."""
        self.clock.advance(service.TOGETHER.total_seconds())
        perform = partial(tasks.send, self.database, self.push)
        return await run_due(self.database, Task(name="notify", model=PushSubscription, perform=perform), "worker")

    async def subscription(self) -> PushSubscription | None:
        async with self.database.snapshot(SYSTEM, "test") as tx:
            return (await tx.session.scalars(select(PushSubscription))).one_or_none()


@pytest.fixture
def there() -> Iterator[PushService]:
    with push_service() as listening:
        yield listening


@pytest.fixture
async def office(database: Database, clock: FixedClock, there: PushService) -> AsyncIterator[Office]:
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        device_id = await subscribe_phone(tx, technician.id, there)
    keys = PushKeys(database, ROOT, random_bytes=Random(1).randbytes)
    async with httpx.AsyncClient() as client:
        push = WebPush(
            client=client, key=keys.current, contact="mailto:a@b.test", clock=clock, random_bytes=Random(2).randbytes
        )
        yield Office(database=database, clock=clock, there=there, push=push, technician=technician, device_id=device_id)


async def subscribe_phone(tx: Transaction, technician_id: UUID, there: PushService, number: int = 1) -> UUID:
    """A phone of this technician that is notified at the address with this number; its device's id."""
    user = await make_user(tx, Role.TECHNICIAN, technician_id=technician_id)
    device_id = (await make_phone(tx, user)).tokens.device_id
    caller = Principal(actor=SYSTEM, role=Role.TECHNICIAN, technician_id=technician_id, device_id=device_id)
    told = there.subscription | {"endpoint": f"{there.origin}/wpush/{number}"}
    await service.subscribe(tx, caller, Subscribe(**told), private_hosts={LOOPBACK})
    return device_id


async def test_a_day_that_is_sent_is_one_notification_that_tells_nothing_but_a_number(office: Office) -> None:
    for _ in range(3):
        await office.does(lambda tx: make_dispatched_job(tx, office.technician))

    [told] = await office.has_told()

    assert set(told) == {"id", "count"}
    assert told["count"] == 3


async def test_one_job_is_named_so_that_a_touch_opens_it(office: Office) -> None:
    job = await office.does(lambda tx: make_dispatched_job(tx, office.technician))

    [told] = await office.has_told()

    assert (told["count"], told["job"]) == (1, str(job.id))


async def test_a_job_that_is_moved_to_another_time_is_told(office: Office) -> None:
    job = await office.does(lambda tx: make_dispatched_job(tx, office.technician))
    await office.has_told()
    start = office.clock.now() + timedelta(hours=4)
    again = partial(
        jobs.assign, technician_id=office.technician.id, planned_start=start, planned_end=start + timedelta(hours=1)
    )
    await office.does(lambda tx: again(tx, job.id))
    await office.does(lambda tx: again(tx, job.id))  # the same again changes nothing

    told = await office.has_told()

    assert [message["count"] for message in told] == [1, 1]


@pytest.mark.parametrize("how", ["unassigned", "reassigned", "cancelled"])
async def test_who_loses_a_job_is_told(office: Office, how: str) -> None:
    job = await office.does(lambda tx: make_dispatched_job(tx, office.technician))
    await office.has_told()

    async def lose(tx: Transaction) -> None:
        if how == "unassigned":
            await jobs.unassign(tx, job.id)
        elif how == "reassigned":
            await give(tx, job.id, await make_technician(tx, office.technician.territory_id))
        else:
            await jobs.cancel(tx, SUPERVISOR, job.id, "customer")

    await office.does(lose)

    assert [message["count"] for message in await office.has_told()] == [1, 1]


async def test_what_is_on_no_phone_yet_is_told_to_nobody(office: Office) -> None:
    await office.does(lambda tx: make_job(tx, office.technician.territory_id))

    assert await office.has_told() == []


async def test_other_technicians_hear_nothing(office: Office) -> None:
    other = await office.does(lambda tx: make_technician(tx, office.technician.territory_id))
    await office.does(lambda tx: make_dispatched_job(tx, other))

    assert await office.has_told() == []


async def test_however_often_it_is_tried_it_is_taken_once_under_one_id(office: Office) -> None:
    office.there.answers = [503, 429]
    await office.does(lambda tx: make_dispatched_job(tx, office.technician))
    await office.has_told()
    for _ in range(4):
        await office.send()

    assert len(office.there.tried) == 3
    assert len({received.message["id"] for received in office.there.tried}) == 1
    assert len({received.headers["topic"] for received in office.there.tried}) == 1
    assert len(office.there.taken) == 1


async def test_a_worker_that_died_behind_the_sending_sends_the_same_again(office: Office) -> None:
    await office.does(lambda tx: make_dispatched_job(tx, office.technician))
    await office.deliver()
    subscription = await office.subscription()
    assert subscription is not None

    class Died(BaseException):
        """Not an error: the end of the process."""

    class PushThenDie:
        async def send(self, address: PushAddress, message: PushMessage) -> None:
            await office.push.send(address, message)
            raise Died

    with pytest.raises(Died):
        await tasks.send(office.database, PushThenDie(), subscription.id)
    await office.send()

    first, second = office.there.taken
    assert first.message == second.message


async def test_what_changes_while_it_is_sent_is_told_next(office: Office) -> None:
    await office.does(lambda tx: make_dispatched_job(tx, office.technician))
    await office.deliver()
    subscription = await office.subscription()
    assert subscription is not None

    class SlowPush:
        async def send(self, address: PushAddress, message: PushMessage) -> None:
            await office.does(lambda tx: make_dispatched_job(tx, office.technician))
            await office.deliver()
            await office.push.send(address, message)

    await tasks.send(office.database, SlowPush(), subscription.id)
    await office.send()

    assert [received.message["count"] for received in office.there.taken] == [1, 1]
    assert await office.send() == 0


@pytest.mark.parametrize("status", [404, 410])
async def test_an_address_that_is_gone_is_forgotten(office: Office, status: int) -> None:
    office.there.answers = [status]
    await office.does(lambda tx: make_dispatched_job(tx, office.technician))

    await office.has_told()

    assert await office.subscription() is None


async def test_a_phone_that_was_ended_is_told_nothing_more(office: Office) -> None:
    await office.does(lambda tx: make_dispatched_job(tx, office.technician))
    await office.does(lambda tx: devices.revoke(tx, SUPERVISOR, office.device_id))

    assert await office.has_told() == []
    assert await office.subscription() is None


async def test_a_browser_that_another_phone_took_over_is_that_ones(office: Office) -> None:
    other = await office.does(lambda tx: make_technician(tx, office.technician.territory_id))
    device_id = await office.does(lambda tx: subscribe_phone(tx, other.id, office.there))

    subscription = await office.subscription()

    assert subscription is not None
    assert subscription.device_id == device_id


async def test_our_key_is_made_once_and_is_not_readable_in_the_database(database: Database) -> None:
    first = await PushKeys(database, ROOT, random_bytes=Random(1).randbytes).current()
    second = await PushKeys(database, ROOT, random_bytes=Random(2).randbytes).current()
    others = await PushKeys(database, f"{ROOT}!", random_bytes=Random(3).randbytes).current()

    assert second == first
    assert others.public_key != first.public_key
    async with database.snapshot(SYSTEM, "test") as tx:
        rows = list(await tx.session.scalars(select(PushKey)))
    assert {row.public_key for row in rows} == {first.public_key, others.public_key}
    assert all(first.private_key.hex() not in row.sealed for row in rows)
