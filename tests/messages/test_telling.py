"""Which facts of a visit are told, to whom, and never twice."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.adapters.notify_email import SmtpMail
from backend.booking import service as booking
from backend.customers import service as customers
from backend.customers.schemas import ChangeContact
from backend.dispatch.models import ArrivalEstimate
from backend.jobs import service as jobs
from backend.kernel import outbox
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.tasks import Task, run_due
from backend.messages import tasks, telling
from backend.messages.carrying import Carriers
from backend.messages.kinds import VisitFact
from backend.messages.models import Message
from backend.messages.telling import Office
from sync.operations import Complete, EnRoute, NotDone, Operation, Outcome, Start
from tests.factories.booking import make_appointment, window
from tests.factories.jobs import SUPERVISOR, do, everything_required
from tests.factories.mail import Inbox, mail_server
from tests.factories.tracking import Agreed, deliver, make_agreed
from tests.fakes import MONDAY, FixedClock
from tests.messages.test_messages import Letters

pytestmark = pytest.mark.anyio

OFFICE = Office(base_url="http://test")


@pytest.fixture
async def agreed(database: Database) -> Agreed:
    return await make_agreed(database)


async def work(database: Database, agreed: Agreed, *operations: Operation) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        if (await jobs.job_view(tx, agreed.job.id)).assignment == "assigned":
            await jobs.dispatch(tx, agreed.job.id)
        await do(tx, agreed.job.id, agreed.eero.id, *operations)
    await deliver(database)


async def told(database: Database) -> list[str]:
    async with database.snapshot(SYSTEM, "test") as tx:
        return list(await tx.session.scalars(select(Message.kind).order_by(Message.id)))


async def remind(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await telling.remind(tx, OFFICE)


async def sent(database: Database) -> list[str]:
    mail = Letters()

    async def perform(message_id: UUID) -> None:
        await tasks.send(database, Carriers(mail=mail), message_id)

    await run_due(database, Task(name="send", model=Message, perform=perform), "worker")
    return [letter.subject for letter in mail.sent]


async def test_a_visit_is_told_from_its_promise_to_its_end(database: Database, agreed: Agreed):
    await deliver(database)
    await work(database, agreed, EnRoute())
    await work(database, agreed, Start(), *everything_required(), Complete(outcome=Outcome.FULL))

    assert await told(database) == [VisitFact.CONFIRMED, VisitFact.ON_THE_WAY, VisitFact.DONE]


@pytest.mark.parametrize(
    ("reason", "fact"), [("no_access", VisitFact.FAILED), ("technician_unavailable", VisitFact.MISSED)]
)
async def test_whose_fault_it_was_is_told_otherwise(database: Database, agreed: Agreed, reason: str, fact: VisitFact):
    await work(database, agreed, EnRoute(), Start(), NotDone(reason=reason))

    assert (await told(database))[-1] == fact


async def test_an_event_that_comes_again_tells_nothing_again(database: Database, agreed: Agreed):
    await deliver(database)
    async with database.transaction(SYSTEM, "test") as tx:
        outbox.record(tx, "appointment.confirmed", agreed.appointment.id)
        outbox.record(tx, "visit.delayed", agreed.job.id)
        outbox.record(tx, "visit.delayed", agreed.job.id)
    await deliver(database)

    assert await told(database) == [VisitFact.CONFIRMED, VisitFact.DELAYED]


async def test_a_second_delay_is_told_as_well_and_once(database: Database, agreed: Agreed, clock: FixedClock):
    """Both before anybody was told of the first are one message."""
    async with database.transaction(SYSTEM, "test") as tx:
        row = {
            "territory_id": agreed.territory_id,
            "day": MONDAY.date(),
            "job_id": agreed.job.id,
            "computed_at": tx.now,
        }
        times = dict.fromkeys(("earliest", "expected", "latest"), tx.now)
        tx.add(ArrivalEstimate(id=tx.new_id(), delays=1, **row, **times))
        outbox.record(tx, "visit.delayed", agreed.job.id)
    await deliver(database)
    async with database.transaction(SYSTEM, "test") as tx:
        (await tx.session.scalars(select(ArrivalEstimate))).one().delays = 3
        outbox.record(tx, "visit.delayed", agreed.job.id)
        outbox.record(tx, "visit.delayed", agreed.job.id)
    await deliver(database)

    assert (await told(database)).count(VisitFact.DELAYED) == 2


async def test_who_gave_no_consent_and_who_left_no_address_is_told_nothing(database: Database, agreed: Agreed):
    async with database.transaction(SYSTEM, "test") as tx:
        await customers.change_contact(tx, agreed.job.account_id, ChangeContact(email_consent=False))
    await deliver(database)

    assert await told(database) == []


async def test_the_office_calls_off_and_the_customer_hears_of_it(database: Database, agreed: Agreed):
    await deliver(database)
    async with database.transaction(SYSTEM, "test") as tx:
        await booking.cancel(tx, SUPERVISOR, agreed.appointment.id, "technician_ill")
    await deliver(database)

    assert await told(database) == [VisitFact.CONFIRMED, VisitFact.CANCELLED]


async def test_tomorrow_is_reminded_of_once_in_the_afternoon(database: Database, agreed: Agreed, clock: FixedClock):
    await make_appointment(database, agreed.job.id, window(12, days_ahead=2))
    await deliver(database)
    before = await told(database)

    clock.advance(timedelta(days=1, hours=6, minutes=59).total_seconds())  # 15:59 on the day before
    await remind(database)
    early = await told(database)
    clock.advance(60)
    await remind(database)
    await remind(database)

    assert early == before
    assert await told(database) == [*before, VisitFact.REMINDED]


async def test_who_agreed_after_the_hour_of_the_reminder_needs_none(
    database: Database, agreed: Agreed, clock: FixedClock
):
    clock.advance(timedelta(hours=8).total_seconds())  # 17:00
    await make_appointment(database, agreed.job.id, window(12, days_ahead=1))
    await remind(database)

    assert await told(database) == []


async def test_a_reminder_of_what_was_moved_meanwhile_is_not_sent(
    database: Database, agreed: Agreed, clock: FixedClock
):
    await deliver(database)
    async with database.transaction(SYSTEM, "test") as tx:
        await telling.tell(tx, agreed.appointment.id, OFFICE, fact=VisitFact.REMINDED)
        await booking.cancel(tx, SUPERVISOR, agreed.appointment.id, "customer_away")

    subjects = await sent(database)

    async with database.snapshot(SYSTEM, "test") as tx:
        dropped = {row.kind: row.dropped for row in await tx.session.scalars(select(Message))}
    assert len(subjects) == 1  # the confirmation, which is true as what was said then
    assert dropped == {VisitFact.CONFIRMED: None, VisitFact.REMINDED: "overtaken"}


async def test_what_the_worker_sends_arrives_by_a_real_mail_server(
    database: Database, agreed: Agreed, clock: FixedClock
):
    inbox = Inbox()
    await deliver(database)

    async with mail_server(inbox) as port:
        mail = SmtpMail("127.0.0.1", port, sender="no-reply@northbank.example", clock=clock)

        async def perform(message_id: UUID) -> None:
            await tasks.send(database, Carriers(mail=mail), message_id)

        for _ in range(2):
            await run_due(database, Task(name="send", model=Message, perform=perform), "worker")

    [envelope] = inbox.received
    assert envelope.rcpt_tos == ["aino.laine@example.com"]
