"""Customers who want to hear in their browser: told there what is urgent, and on the next way when nobody listens there."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from backend.adapters.notify_webpush import WebPush
from backend.customers import service as customers
from backend.customers.schemas import ChangeContact
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.leases import claim
from backend.kernel.retention import forget
from backend.kernel.tasks import Task, run_due
from backend.messages import browsers, tasks, telling
from backend.messages.carrying import Carriers
from backend.messages.kinds import Channel, VisitFact
from backend.messages.models import Message, VisitBrowser
from backend.messages.telling import Office
from backend.notifications.keys import new_key
from backend.ports import PushAddress, VapidKey
from tests.factories.push_service import PushService, push_service
from tests.factories.tracking import Agreed, make_agreed
from tests.fakes import FixedClock
from tests.messages.test_messages import Letters, Telephones

pytestmark = pytest.mark.anyio

OFFICE = Office(base_url="http://test", channels=frozenset(Channel))
KEY = new_key(Random(1).randbytes)


@dataclass(kw_only=True)
class Told:
    """A customer whose browser is notified, everything that reached them, and what is to be told to them."""

    database: Database
    clock: FixedClock
    agreed: Agreed
    there: PushService
    push: WebPush
    mail: Letters = field(default_factory=Letters)
    texts: Telephones = field(default_factory=Telephones)

    async def hears(self, fact: VisitFact) -> None:
        async with self.database.transaction(SYSTEM, "test") as tx:
            await telling.tell(tx, self.agreed.appointment.id, OFFICE, fact=fact)
        await self.send()

    @property
    def task(self) -> Task:
        carriers = Carriers(mail=self.mail, texts=self.texts, push=self.push)

        async def perform(message_id: UUID) -> None:
            await tasks.send(self.database, carriers, message_id)

        return Task(name="send", model=Message, perform=perform)

    async def send(self) -> None:
        """What is due, until nothing is due."""
        while await run_due(self.database, self.task, "worker"):
            pass

    async def message(self) -> Message:
        async with self.database.snapshot(SYSTEM, "test") as tx:
            return (await tx.session.scalars(select(Message))).one()

    async def address(self) -> PushAddress | None:
        async with self.database.snapshot(SYSTEM, "test") as tx:
            return await browsers.browser_of(tx, self.agreed.job.id)

    async def ask_in(self, number: int) -> None:
        told = self.there.subscription | {"endpoint": f"{self.there.origin}/wpush/{number}"}
        async with self.database.transaction(SYSTEM, "test") as tx:
            await browsers.notify_in(tx, self.agreed.job.id, PushAddress(**told))

    async def change(self, contact: ChangeContact) -> None:
        async with self.database.transaction(SYSTEM, "test") as tx:
            await customers.change_contact(tx, self.agreed.job.account_id, contact)

    def reached(self) -> tuple[int, int, int]:
        """How many notifications, text messages and letters were taken."""
        return len(self.there.taken), len(self.texts.sent), len(self.mail.sent)


@pytest.fixture
def there() -> Iterator[PushService]:
    with push_service() as listening:
        yield listening


@pytest.fixture
async def told(database: Database, clock: FixedClock, there: PushService) -> AsyncIterator[Told]:
    async def key() -> VapidKey:
        return KEY

    agreed = await make_agreed(database)
    async with httpx.AsyncClient() as client:
        push = WebPush(client=client, key=key, contact="mailto:a@b.test", clock=clock, random_bytes=Random(2).randbytes)
        customer = Told(database=database, clock=clock, agreed=agreed, there=there, push=push)
        await customer.change(ChangeContact(phone="+358401234567", sms_consent=True))
        await customer.ask_in(1)
        yield customer


async def test_what_is_urgent_is_told_in_the_browser_alone(told: Told) -> None:
    await told.hears(VisitFact.ON_THE_WAY)

    assert told.reached() == (1, 0, 0)
    [received] = told.there.taken
    message = await told.message()
    assert set(received.message) == {"id", "visit", "title", "text", "page"}
    assert received.message["id"] == str(message.id)
    assert received.message["text"] == "Asentaja on matkalla."
    assert received.message["page"].startswith("#trl_")
    assert (received.headers["urgency"], received.headers["ttl"]) == ("high", "3600")
    assert (message.channel, message.recipient, message.params) == (Channel.PUSH, None, None)


async def test_what_can_be_read_again_is_written(told: Told) -> None:
    await told.hears(VisitFact.CONFIRMED)

    assert told.reached() == (0, 0, 1)


async def test_who_wants_no_letters_reads_everything_in_the_browser(told: Told) -> None:
    await told.change(ChangeContact(email_consent=False))

    await told.hears(VisitFact.DONE)

    assert told.reached() == (1, 0, 0)
    assert told.there.taken[0].headers["urgency"] == "normal"


async def test_a_browser_without_anybody_is_forgotten_and_the_fact_is_told_as_a_text_message(told: Told) -> None:
    told.there.answers = [410]

    await told.hears(VisitFact.ON_THE_WAY)

    assert told.reached() == (0, 1, 0)
    assert await told.address() is None
    assert (await told.message()).channel == Channel.SMS


async def test_a_text_message_that_is_refused_becomes_a_letter(told: Told) -> None:
    told.there.answers, told.texts = [410], Telephones(refuses=True)

    await told.hears(VisitFact.ON_THE_WAY)

    assert told.reached() == (0, 0, 1)
    assert (await told.message()).dropped is None


async def test_where_no_way_is_left_it_is_given_up_with_the_reason(told: Told) -> None:
    await told.change(ChangeContact(email_consent=False, sms_consent=False))
    told.there.answers = [404]

    await told.hears(VisitFact.ON_THE_WAY)

    message = await told.message()
    assert told.reached() == (0, 0, 0)
    assert (message.dropped, message.sent_at, message.due_at, message.recipient) == ("push_gone", None, None, None)


async def test_what_the_provider_refuses_for_good_is_given_up_with_its_reason(told: Told) -> None:
    await told.change(ChangeContact(email_consent=False))
    told.there.answers, told.texts = [404], Telephones(refuses=True)

    await told.hears(VisitFact.ON_THE_WAY)

    message = await told.message()
    assert (message.dropped, message.sent_at, message.recipient) == ("text_refused: http_422", None, None)


async def test_who_turned_notifications_off_before_it_was_sent_hears_it_otherwise(told: Told) -> None:
    async with told.database.transaction(SYSTEM, "test") as tx:
        await telling.tell(tx, told.agreed.appointment.id, OFFICE, fact=VisitFact.ON_THE_WAY)
        await browsers.notify_nowhere(tx, told.agreed.job.id)

    await told.send()

    assert told.reached() == (0, 1, 0)


async def test_a_push_service_that_comes_back_soon_is_waited_for_and_told_once(told: Told) -> None:
    told.there.answers = [503, 429]
    await told.hears(VisitFact.ON_THE_WAY)
    for _ in range(3):
        told.clock.advance(5)
        await told.send()

    assert told.reached() == (1, 0, 0)
    assert len({received.message["id"] for received in told.there.tried}) == 1
    assert len({received.headers["topic"] for received in told.there.tried}) == 1


async def test_a_push_service_that_stays_down_is_not_waited_for(told: Told) -> None:
    told.there.answers = [503] * 20
    await told.hears(VisitFact.ON_THE_WAY)
    for _ in range(tasks.PUSH_TRIES):
        told.clock.advance(10)
        await told.send()

    assert told.reached() == (0, 1, 0)
    assert len(told.there.tried) == tasks.PUSH_TRIES
    assert await told.address() is not None, "it may be back for the next message"


async def test_without_another_way_a_push_service_is_waited_for_longer(told: Told) -> None:
    await told.change(ChangeContact(email_consent=False, sms_consent=False))
    told.there.answers = [503] * (tasks.PUSH_TRIES + 1)
    await told.hears(VisitFact.ON_THE_WAY)
    for _ in range(tasks.PUSH_TRIES + 2):
        told.clock.advance(60)
        await told.send()

    assert told.reached() == (1, 0, 0)


async def test_a_worker_that_died_behind_the_sending_sends_the_same_again(told: Told) -> None:
    async with told.database.transaction(SYSTEM, "test") as tx:
        await telling.tell(tx, told.agreed.appointment.id, OFFICE, fact=VisitFact.ON_THE_WAY)
    [lease] = await claim(told.database, told.task, "a worker that dies")
    carriers = Carriers(mail=told.mail, push=told.push)

    class Died(BaseException):
        """Not an error: the end of the process."""

    class PushThenDie:
        async def send(self, address: PushAddress, message: object) -> None:
            await carriers.push.send(address, message)  # type: ignore[union-attr, arg-type]
            raise Died

    with pytest.raises(Died):
        await tasks.send(told.database, Carriers(mail=told.mail, push=PushThenDie()), lease.row_id)
    told.clock.advance(120)
    await told.send()

    first, second = told.there.taken
    assert first.message == second.message
    assert first.headers["topic"] == second.headers["topic"]


async def test_a_visit_is_told_in_the_browser_that_asked_last(told: Told) -> None:
    await told.ask_in(2)

    address = await told.address()

    assert address is not None
    assert address.endpoint == f"{told.there.origin}/wpush/2"


async def test_a_browser_is_forgotten_some_time_after_the_visit(told: Told) -> None:
    told.clock.advance(timedelta(days=80).total_seconds())
    await told.hears(VisitFact.DONE)
    await forget(told.database, kept=tasks.BROWSERS)
    kept = await told.address()

    told.clock.advance(timedelta(days=30).total_seconds())
    await forget(told.database, kept=tasks.BROWSERS)

    assert kept is not None
    assert await told.address() is None
    async with told.database.snapshot(SYSTEM, "test") as tx:
        assert list(await tx.session.scalars(select(VisitBrowser))) == []
