"""A window from its offer to its credit, as the events of booking and of the visit come in."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.billing import delivery
from backend.booking.schemas import AppointmentView
from backend.identity.principal import Principal, Role
from backend.jobs import service as jobs
from backend.kernel import outbox
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.tasks import Task, run_due
from backend.promises import service, tasks
from backend.promises.models import Promise
from backend.promises.planning import UNHEARD
from backend.promises.policy import read_pack
from backend.promises.routes import ROUTES
from backend.promises.schemas import PromiseView
from backend.subscriptions import subscriptions
from backend.workforce.schemas import TechnicianView
from clients.billing.messages import Kind
from sync.operations import Arrive, Complete, EnRoute, Operation, Outcome, Start
from tests.factories.billing import all_triggers, make_acknowledgement
from tests.factories.booking import make_appointment, make_hold, window
from tests.factories.callers import calling
from tests.factories.dispatch import make_jobs, make_team
from tests.factories.jobs import do, everything_required
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio

PACK = read_pack("northbank")
AGENT = Principal(actor=SYSTEM, role=Role.AGENT)


@pytest.fixture
async def eero(database: Database) -> TechnicianView:
    async with database.transaction(SYSTEM, "test") as tx:
        return (await make_team(tx, 1, days=2))[0]


@pytest.fixture
async def appointment(database: Database, eero: TechnicianView) -> AppointmentView:
    """A confirmed window from 12 to 14 in Helsinki, whose job is on Eero's phone."""
    async with database.transaction(SYSTEM, "test") as tx:
        [job] = await make_jobs(tx, eero.territory_id, 1)
    made = await make_appointment(database, job.id, window(12))
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.dispatch(tx, job.id)
    await hear(database)
    return made


async def hear(database: Database) -> None:
    """Deliver every event, also those that reactions cause."""
    reactions = subscriptions("http://test", "northbank")
    while await run_due(database, outbox.delivering(database, reactions), "worker"):
        pass


async def look(database: Database) -> None:
    await run_due(database, Task(name="look", model=Promise, perform=partial(tasks.look, database, PACK)), "worker")
    await hear(database)


async def work(
    database: Database, appointment: AppointmentView, eero: TechnicianView, *operations: Operation, at: datetime
) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await do(tx, appointment.job_id, eero.id, *operations, at=at)
    await hear(database)


async def promises(database: Database) -> list[PromiseView]:
    async with database.snapshot(SYSTEM, "test") as tx:
        return (await service.see_promises(tx, order_id=None, state=None, page_size=50, cursor=None)).items


async def credits_told(database: Database) -> list[tuple[int, str, str]]:
    told = [trigger for trigger in await all_triggers(database) if trigger.kind is Kind.CREDIT]
    return [(trigger.amount_minor, trigger.currency, trigger.description) for trigger in told]


async def test_an_offer_that_nobody_takes_lapses(database: Database, eero: TechnicianView, clock: FixedClock):
    async with database.transaction(SYSTEM, "test") as tx:
        [job] = await make_jobs(tx, eero.territory_id, 1)
    await make_hold(database, job.id, window(10))
    await make_hold(database, job.id, window(12))
    await hear(database)

    assert [one.state for one in await promises(database)] == ["lapsed", "offered"]


async def test_somebody_who_comes_in_the_window_keeps_it(
    database: Database, appointment: AppointmentView, eero: TechnicianView, clock: FixedClock
):
    clock.advance(86_400)
    in_time = appointment.window.end - timedelta(minutes=5)

    await work(database, appointment, eero, EnRoute(), Arrive(), Start(), at=in_time)

    [found] = await promises(database)
    assert (found.state, found.arrived_at, found.late_seconds, found.credits) == ("kept", in_time, 0, [])


async def test_who_comes_late_breaks_it_and_the_customer_is_credited_once(
    database: Database, appointment: AppointmentView, eero: TechnicianView, clock: FixedClock
):
    clock.advance(86_400)
    late = appointment.window.end + timedelta(minutes=5)

    await work(database, appointment, eero, EnRoute(), Arrive(), Start(), at=late)
    async with database.transaction(SYSTEM, "test") as tx:
        [row] = await tx.session.scalars(select(Promise))
        await service.credit_missed(tx, row.id, PACK)  # the event comes once more

    [found] = await promises(database)
    assert (found.state, found.fault, found.cause, found.late_seconds) == ("broken", "operator", "late", 300)
    assert [(one.kind, one.amount_minor, one.policy_from) for one in found.credits] == [("missed", 2500, "2026-01-01")]
    assert await credits_told(database) == [(2500, "EUR", "northbank: missed")]


async def test_each_day_until_the_work_is_done_is_credited(
    database: Database, appointment: AppointmentView, eero: TechnicianView, clock: FixedClock
):
    clock.advance(2 * 86_400)
    done = [EnRoute(), Arrive(), Start(), *everything_required(), Complete(outcome=Outcome.FULL)]

    await work(database, appointment, eero, *done, at=clock.now())

    assert sorted(await credits_told(database)) == [
        (1200, "EUR", "northbank: delay"),
        (2500, "EUR", "northbank: missed"),
    ]


async def test_nobody_came_until_a_phone_without_signal_says_otherwise(
    database: Database, appointment: AppointmentView, eero: TechnicianView, clock: FixedClock
):
    clock.advance((appointment.window.end + UNHEARD - clock.now()).total_seconds())
    await look(database)
    [broken] = await promises(database)

    await work(
        database, appointment, eero, EnRoute(), Arrive(), Start(), at=appointment.window.start + timedelta(minutes=1)
    )

    [kept] = await promises(database)
    assert (broken.state, broken.cause) == ("broken", "no_show")
    assert (kept.state, kept.cause) == ("kept", None)


async def acknowledge(database: Database, trigger_id: UUID) -> None:
    """Billing has booked it."""
    async with database.transaction(SYSTEM, "test") as tx:
        await delivery.acknowledge(tx, make_acknowledgement(trigger_id), "message-1")


async def no_show(database: Database, appointment: AppointmentView, clock: FixedClock) -> None:
    """Nobody was heard of until half a day after the window, and the customer has a credit."""
    clock.advance((appointment.window.end + UNHEARD - clock.now()).total_seconds())
    await look(database)


@pytest.mark.parametrize("is_applied", [True, False])
async def test_a_promise_that_was_kept_after_all_takes_its_credit_back(
    database: Database, appointment: AppointmentView, eero: TechnicianView, clock: FixedClock, *, is_applied: bool
):
    await no_show(database, appointment, clock)
    [credit] = [one for one in await all_triggers(database) if one.kind is Kind.CREDIT]
    if is_applied:
        await acknowledge(database, credit.id)
    in_window = appointment.window.start + timedelta(minutes=1)

    await work(database, appointment, eero, EnRoute(), Arrive(), Start(), at=in_window)
    async with database.transaction(SYSTEM, "test") as tx:
        [row] = await tx.session.scalars(select(Promise))
        await service.take_back(tx, row.id)  # the event comes once more

    [kept] = await promises(database)
    assert (kept.state, [one.taken_back_at for one in kept.credits]) == ("kept", [clock.now()])
    told = [one for one in await all_triggers(database) if one.id != credit.id]
    # What billing may have booked is corrected; what it never heard of is told in its place.
    correct = (Kind.CORRECT, credit.id) if is_applied else (Kind.CREDIT, None)
    assert [(one.kind, one.supersedes, one.quantity, one.amount_minor) for one in told] == [(*correct, 0, 0)]


async def test_what_was_taken_back_is_not_reported_as_given(
    database: Database, appointment: AppointmentView, eero: TechnicianView, clock: FixedClock
):
    await no_show(database, appointment, clock)
    day = {"since": appointment.window.start, "until": appointment.window.end}
    async with database.snapshot(SYSTEM, "test") as tx:
        before = await service.report(tx, **day)
    await work(database, appointment, eero, EnRoute(), Arrive(), Start(), at=appointment.window.start)

    async with database.snapshot(SYSTEM, "test") as tx:
        after = await service.report(tx, **day)

    assert (before.credited_minor, before.kept_share) == ({"EUR": 2500}, 0.0)
    assert (after.credited_minor, after.kept_share) == ({}, 1.0)


async def test_a_window_that_we_move_at_short_notice_is_broken_and_the_new_one_is_promised(
    database: Database, appointment: AppointmentView
):
    await make_appointment(database, appointment.job_id, window(10, days_ahead=1))
    await hear(database)

    found = await promises(database)

    assert [(one.state, one.fault, one.cause) for one in found] == [
        ("broken", "operator", "moved"),
        ("confirmed", None, None),
    ]


async def test_promises_and_their_shares_are_read_over_http(
    database: Database, appointment: AppointmentView, eero: TechnicianView, clock: FixedClock
):
    clock.advance(86_400)
    await work(database, appointment, eero, EnRoute(), Arrive(), at=appointment.window.end + timedelta(hours=1))
    day = {"since": "2026-06-01T00:00:00Z", "until": "2026-06-02T00:00:00Z"}
    async with calling(database, ROUTES, AGENT) as http:
        listed = await http.get("/api/v1/promises", params={"state": "broken"})
        other = await http.get("/api/v1/promises", params={"order_id": str(UUID(int=1))})
        report = await http.get("/api/v1/reports/promises", params=day)
        naive = await http.get("/api/v1/reports/promises", params=day | {"since": "2026-06-01T00:00:00"})

    assert [one["job_id"] for one in listed.json()["items"]] == [str(appointment.job_id)]
    assert other.json()["items"] == []
    assert (report.json()["promises"], report.json()["kept_share"]) == (1, 0.0)
    assert report.json()["shares"][0] | {"promises": 1} == {
        "state": "broken",
        "fault": "operator",
        "cause": "late",
        "promises": 1,
        "share": 1.0,
    }
    assert report.json()["credited_minor"] == {"EUR": 2500}
    assert naive.status_code == 422
