"""The customer moves, cancels and corrects alone; the office sees it as if it had done it itself."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from backend.booking import service as booking
from backend.booking.lifecycle import AppointmentState
from backend.dispatch.live import LiveDays
from backend.identity.principal import Principal, Role
from backend.jobs import service as jobs
from backend.kernel.audit import SYSTEM, AuditRow
from backend.kernel.db import Database
from backend.kernel.feed import changes_since
from backend.messages.models import Message
from backend.promises import service as promises
from backend.settings import Settings
from backend.tracking.routes import ROUTES
from tests.factories.callers import calling
from tests.factories.dispatch import AirLines
from tests.factories.jobs import SUPERVISOR
from tests.factories.tracking import Agreed, deliver, make_agreed, proved
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio

PAGE = "/api/v1/tracking"


@pytest.fixture
async def agreed(database: Database) -> Agreed:
    return await make_agreed(database)


def page(database: Database, customer: Principal):
    return calling(database, ROUTES, customer, live=LiveDays(AirLines()), settings=Settings())


async def open_slot(http: httpx.AsyncClient, day: str = "2026-06-02") -> dict[str, str]:
    answer = await http.get(f"{PAGE}/slots", params={"from": day, "days": 1})
    slot = next(slot for slot in answer.json()["slots"] if slot["is_open"])
    return {"window_start": slot["window"]["start"], "window_end": slot["window"]["end"]}


async def test_moving_an_appointment_takes_the_route_and_the_old_promise_along(database: Database, agreed: Agreed):
    async with page(database, proved(agreed.customer)) as http:
        wanted = await open_slot(http)
        held = await http.post(f"{PAGE}/holds", json=wanted)
        moved = await http.post(f"{PAGE}/holds/{held.json()['id']}/confirmation")

    assert (held.status_code, moved.status_code, moved.json()["state"]) == (201, 201, "agreed")
    assert moved.json()["window"]["start"] == wanted["window_start"]
    async with database.snapshot(SYSTEM, "test") as tx:
        job = await jobs.job_view(tx, agreed.job.id)
        old = await booking.see_appointment(tx, SUPERVISOR, agreed.appointment.id)
        board = await changes_since(tx, f"territory:{agreed.territory_id}", after=0, limit=100)
    assert job.window is not None
    assert job.planned_start is not None
    assert job.window.start <= job.planned_start < job.window.end
    assert job.service_day is not None
    assert job.service_day.isoformat() == "2026-06-02"
    assert (old.state, old.reason) == (AppointmentState.CANCELLED, "rescheduled")
    assert board[-1].id == agreed.job.id


async def test_one_message_tells_of_a_move_however_often_it_is_asked_for(database: Database, agreed: Agreed):
    await deliver(database)
    async with page(database, proved(agreed.customer)) as http:
        held = await http.post(f"{PAGE}/holds", json=await open_slot(http))
        for _ in range(2):
            await http.post(f"{PAGE}/holds/{held.json()['id']}/confirmation", headers={"idempotency-key": "one"})
    await deliver(database)
    await deliver(database)

    async with database.snapshot(SYSTEM, "test") as tx:
        kinds = list(await tx.session.scalars(select(Message.kind).order_by(Message.id)))
    assert kinds == ["appointment.confirmed", "appointment.confirmed"]  # of the first time, and of the new one


async def test_a_stolen_link_changes_nothing(database: Database, agreed: Agreed):
    wanted = {"window_start": "2026-06-02T09:00:00Z", "window_end": "2026-06-02T11:00:00Z"}
    async with page(database, agreed.customer) as http:
        answers = [
            await http.get(f"{PAGE}/slots"),
            await http.post(f"{PAGE}/holds", json=wanted),
            await http.post(f"{PAGE}/holds/{UUID(int=1)}/confirmation"),
            await http.delete(f"{PAGE}/appointment"),
            await http.patch(f"{PAGE}/contact", json={"phone": None}),
            await http.post(f"{PAGE}/rating", json={"stars": 1}),
            await http.get(f"{PAGE}/calendar"),
            await http.post("/api/v1/calendar-feeds"),
        ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "proof_needed")}


async def test_two_hours_before_the_customer_has_to_call(database: Database, agreed: Agreed, clock: FixedClock):
    clock.advance(timedelta(hours=3).total_seconds())

    async with page(database, proved(agreed.customer)) as http:
        answers = [await http.get(f"{PAGE}/slots"), await http.delete(f"{PAGE}/appointment")]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(409, "too_late_to_change")}


async def test_the_office_keeps_its_quotas(database: Database, agreed: Agreed):
    async with database.transaction(SYSTEM, "test") as tx:
        await booking.set_quota(tx, SUPERVISOR, agreed.territory_id, agreed.job.work, 0)

    async with page(database, proved(agreed.customer)) as http:
        answer = await http.get(f"{PAGE}/slots", params={"from": "2026-06-02", "days": 1})

    assert [slot["is_open"] for slot in answer.json()["slots"]] == [False] * 5


async def test_a_cancelled_visit_leaves_the_route_and_costs_the_operator_nothing(database: Database, agreed: Agreed):
    await deliver(database)
    async with page(database, proved(agreed.customer)) as http:
        answer = await http.delete(f"{PAGE}/appointment")
    await deliver(database)

    assert (answer.status_code, answer.json()["state"]) == (200, "unbooked")
    async with database.snapshot(SYSTEM, "test") as tx:
        job = await jobs.job_view(tx, agreed.job.id)
        [promise] = (await promises.see_promises(tx, order_id=None, state=None, page_size=50, cursor=None)).items
    assert (job.technician_id, job.window, job.visit_pin) == (None, None, None)
    assert (promise.fault, promise.credits) == ("customer", [])


async def test_a_correction_reaches_the_technicians_phone_and_is_the_customers_own(database: Database, agreed: Agreed):
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.dispatch(tx, agreed.job.id)
    async with database.snapshot(SYSTEM, "test") as tx:
        before = (await changes_since(tx, f"technician:{agreed.eero.id}", after=0, limit=100))[-1]
    change = {"phone": "+358401234567", "access_notes": "Ring twice.", "language": "fi", "sms_consent": False}

    async with page(database, proved(agreed.customer)) as http:
        answer = await http.patch(f"{PAGE}/contact", json=change)

    assert answer.status_code == 200
    assert {name: answer.json()["details"][name] for name in change} == change
    async with database.snapshot(SYSTEM, "test") as tx:
        [after] = await changes_since(tx, f"technician:{agreed.eero.id}", after=before.seq, limit=10)
        document = await jobs.job_document(tx, agreed.job.id)
        audit = list(await tx.session.scalars(select(AuditRow).where(AuditRow.actor_kind == "customer")))
    assert after.id == agreed.job.id
    assert (document.customer.phone, document.premises.access_notes) == ("+358401234567", "Ring twice.")
    assert {(row.subject_kind, row.actor_id) for row in audit} == {
        ("account", agreed.job.id),
        ("premises", agreed.job.id),
    }


async def test_nobody_else_may_use_the_customers_routes(database: Database, agreed: Agreed):
    async with page(database, Principal(actor=SYSTEM, role=Role.SUPERVISOR)) as http:
        assert (await http.get(PAGE)).status_code == 403
