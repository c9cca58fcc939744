"""An expected return to its end: brought, fetched by a job, charged for when it is late, given up."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.catalogue.schemas import Period
from backend.identity.principal import Principal, Role
from backend.inventory import service as inventory
from backend.inventory.warehouse_schemas import AcceptReturn
from backend.jobs import service as jobs
from backend.jobs.lifecycle import WorkOrderCause
from backend.jobs.models import WorkOrder
from backend.jobs.schemas import JobView, UnitPart
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.lifecycle import IllegalMove
from backend.messages.models import Message
from backend.orders import service as orders
from backend.returns import service
from backend.returns.routes import ROUTES
from backend.returns.schemas import AskForRecovery, ExpectedReturnView, NotOutstanding, RecoveryUnderWay, UnknownReturn
from clients.billing.messages import Kind
from sync.operations import Arrive, CaptureMethod, Complete, EnRoute, NotDone, Outcome, SerialRecovered, Start
from tests.factories.billing import FakeBilling, all_triggers, tell
from tests.factories.callers import calling
from tests.factories.catalogue import GATEWAY, INSTALL, MESH, MESH_UNIT, make_offering, make_price
from tests.factories.jobs import SUPERVISOR, do, everything_required, give
from tests.factories.orders import make_shop
from tests.factories.returns import Home, end_services, hear, look, make_home, returns, start_services
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio

DAY_SECONDS = 86_400
LATE_SECONDS = 15 * DAY_SECONDS
FETCH = AskForRecovery(work=INSTALL.code)
STRANGER = Principal(actor=SYSTEM, role=Role.DISPATCHER, territory_ids=frozenset({UUID(int=1)}))


@pytest.fixture
async def home(database: Database) -> Home:
    """A fibre line that has ended: its gateway is expected back."""
    async with database.transaction(SYSTEM, "test") as tx:
        made = await make_home(tx)
        await start_services(tx, made.order)
        await end_services(tx, made.order)
    await hear(database)
    return made


async def the_return(database: Database) -> ExpectedReturnView:
    [found] = await returns(database)
    return found


async def bring(database: Database, home: Home) -> None:
    """The customer brings the gateway to the bench."""
    async with database.transaction(SYSTEM, "test") as tx:
        brought = AcceptReturn(serial=home.serials[GATEWAY.code], to_location_id=home.bench.id)
        await inventory.accept_return(tx, brought)
    await hear(database)


async def ask(database: Database) -> JobView:
    """The office asks for a job that fetches the gateway."""
    found = await the_return(database)
    async with database.transaction(SYSTEM, "test") as tx:
        return (await service.ask_for_recovery(tx, SUPERVISOR, found.id, FETCH)).job


async def visit(database: Database, home: Home, job: JobView, *, fetches: bool = True) -> None:
    """The technician comes for the gateway, and gets it or finds nobody there."""
    taken_out = SerialRecovered(serial=home.serials[GATEWAY.code], method=CaptureMethod.SCAN)
    done = [*everything_required(), taken_out, Complete(outcome=Outcome.FULL)]
    async with database.transaction(SYSTEM, "test") as tx:
        await give(tx, job.id, home.technician)
        await do(tx, job.id, home.technician.id, EnRoute(), Arrive())
        if fetches:
            await do(tx, job.id, home.technician.id, Start(), *done)
        else:
            await do(tx, job.id, home.technician.id, NotDone(reason="no_access.nobody_home"))
    await hear(database)


async def charges(database: Database) -> list[tuple[Kind, int, int]]:
    """What billing was told of the account itself: (kind, quantity, amount)."""
    told = [one for one in await all_triggers(database) if one.fact_key.startswith("charge:")]
    return [(one.kind, one.quantity, one.amount_minor) for one in told]


async def test_what_is_brought_in_time_costs_nothing(database: Database, home: Home, clock: FixedClock):
    clock.advance(3 * DAY_SECONDS)
    await bring(database, home)
    clock.advance(LATE_SECONDS)
    await look(database)

    found = await the_return(database)
    assert (found.state, found.age_days, found.is_overdue) == ("returned", 3, False)
    assert await charges(database) == []


async def test_what_was_rented_is_billed_until_it_comes_back(database: Database, clock: FixedClock):
    async with database.transaction(SYSTEM, "test") as tx:
        depot = await make_shop(tx)
        await make_offering(tx, code="MESH-RENT", specification=MESH_UNIT)
        await make_price(tx, "MESH-RENT", "F2", 590, period=Period.MONTH)
        home = await make_home(tx, ("FIBRE-500", 1), ("MESH-RENT", 1), depot=depot)
        await start_services(tx, home.order)
    await hear(database)
    clock.advance(DAY_SECONDS)
    async with database.transaction(SYSTEM, "test") as tx:
        await end_services(tx, home.order)
    await hear(database)
    clock.advance(DAY_SECONDS)
    async with database.transaction(SYSTEM, "test") as tx:
        brought = AcceptReturn(serial=home.serials[MESH.code], to_location_id=home.bench.id)
        await inventory.accept_return(tx, brought)
    await hear(database)

    rent = [one for one in await all_triggers(database) if one.charge_code == "F2"]
    assert [one.kind for one in rent] == [Kind.FULFIL, Kind.STOP]
    assert rent[1].effective_at - rent[0].effective_at == timedelta(days=2)
    assert {one.model: one.state for one in await returns(database)} == {
        GATEWAY.code: "expected",
        MESH.code: "returned",
    }


async def test_what_does_not_come_is_charged_once_as_of_its_last_day(database: Database, home: Home, clock: FixedClock):
    for _ in range(3):
        clock.advance(LATE_SECONDS)
        await look(database)

    found = await the_return(database)
    [charge] = [one for one in await all_triggers(database) if one.kind is Kind.CHARGE]
    assert (found.state, found.is_overdue, await charges(database)) == ("lateCharged", True, [(Kind.CHARGE, 1, 5000)])
    assert (charge.effective_at, charge.account_id, charge.order_id) == (
        found.return_by,
        home.order.account_id,
        home.order.id,
    )


async def test_the_customer_is_reminded_once_before_the_last_day(database: Database, home: Home, clock: FixedClock):
    for _ in range(3):
        clock.advance(4 * DAY_SECONDS)
        await look(database)

    async with database.snapshot(SYSTEM, "test") as tx:
        letters = await tx.session.scalars(select(Message.kind).order_by(Message.id))
        assert list(letters) == ["return.expected", "return.reminded"]
    found = await the_return(database)
    assert found.reminded_at is not None
    assert (found.state, found.return_by - found.reminded_at < timedelta(days=4)) == ("expected", True)


async def test_what_comes_after_it_was_charged_is_taken_back_by_a_correction_that_names_the_charge(
    database: Database, home: Home, clock: FixedClock
):
    clock.advance(LATE_SECONDS)
    await look(database)
    await tell(database, FakeBilling())
    await bring(database, home)
    async with database.transaction(SYSTEM, "test") as tx:
        unit = await inventory.unit(tx, home.serials[GATEWAY.code])
        await service.came_back(tx, unit.id, tx.now)  # heard once more

    charge, taken_back = [one for one in await all_triggers(database) if one.fact_key.startswith("charge:")]
    assert (await the_return(database)).state == "reversed"
    assert (taken_back.kind, taken_back.quantity, taken_back.supersedes) == (Kind.CORRECT, 0, charge.id)
    assert taken_back.because == "it came back"


async def test_a_job_fetches_it_and_is_no_part_of_the_order(database: Database, home: Home):
    job = await ask(database)
    async with database.transaction(SYSTEM, "test") as tx:
        work_order = await tx.session.get_one(WorkOrder, job.work_order_id)
        shown = await jobs.see_job(tx, SUPERVISOR, job.id)
        of_order = await jobs.jobs_of_order(tx, home.order.id)
    assert (work_order.cause, work_order.recovers_order_id) == (WorkOrderCause.RETURN, home.order.id)
    assert (job.order_id, job.id in {one.id for one in of_order}) == (None, False)
    assert shown.to_recover == [UnitPart(serial=home.serials[GATEWAY.code], model=GATEWAY.code)]

    await visit(database, home, job)

    async with database.snapshot(SYSTEM, "test") as tx:
        unit = await inventory.unit(tx, home.serials[GATEWAY.code])
    found = await the_return(database)
    assert (found.state, found.work_order_id) == ("returned", job.work_order_id)
    assert (unit.state, unit.location.id) == ("recovered", home.van.id)


async def test_a_job_that_fetches_outlives_the_order_that_is_given_up(database: Database, home: Home):
    job = await ask(database)
    async with database.transaction(SYSTEM, "test") as tx:
        given_up = await orders.order_view(tx, home.order.id)
        for one in await jobs.jobs_of_order(tx, home.order.id):
            await jobs.cancel(tx, SUPERVISOR, one.id, "order_cancelled")
    await hear(database)

    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await jobs.job_view(tx, job.id)).state == "pending"
        assert await jobs.have_ended(tx, given_up.id)


async def test_nobody_is_charged_while_we_are_about_to_fetch_it_nor_on_the_day_after(
    database: Database, home: Home, clock: FixedClock
):
    job = await ask(database)
    clock.advance(LATE_SECONDS)
    await look(database)
    being_fetched = (await the_return(database)).state
    await visit(database, home, job, fetches=False)
    await look(database)
    failed = (await the_return(database)).state
    clock.advance(DAY_SECONDS)
    await look(database)

    assert [being_fetched, failed, (await the_return(database)).state] == ["expected", "expected", "lateCharged"]


async def test_only_one_job_at_a_time_fetches_it(database: Database, home: Home):
    job = await ask(database)
    with pytest.raises(RecoveryUnderWay):
        await ask(database)
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.cancel(tx, SUPERVISOR, job.id, "no technician")
    await hear(database)

    assert (await ask(database)).id != job.id


async def test_a_job_with_nothing_left_to_fetch_is_called_off(database: Database, home: Home):
    job = await ask(database)
    await bring(database, home)

    async with database.snapshot(SYSTEM, "test") as tx:
        found = await jobs.job_view(tx, job.id)
    assert (found.state, found.reason) == ("cancelled", "nothing_to_fetch")


async def test_what_came_back_is_not_fetched(database: Database, home: Home):
    await bring(database, home)

    with pytest.raises(NotOutstanding):
        await ask(database)


async def test_a_waiver_says_why_and_takes_the_charge_back(database: Database, home: Home, clock: FixedClock):
    clock.advance(LATE_SECONDS)
    await look(database)
    await tell(database, FakeBilling())
    found = await the_return(database)
    async with database.transaction(SYSTEM, "test") as tx:
        waived = await service.waive(tx, SUPERVISOR, found.id, "the house burnt down")

    assert (waived.state, waived.reason, waived.is_overdue) == ("waived", "the house burnt down", False)
    assert await charges(database) == [(Kind.CHARGE, 1, 5000), (Kind.CORRECT, 0, 0)]
    with pytest.raises(IllegalMove):
        async with database.transaction(SYSTEM, "test") as tx:
            await service.waive(tx, SUPERVISOR, found.id, "again")


async def test_what_was_given_up_and_comes_all_the_same_is_returned(database: Database, home: Home):
    found = await the_return(database)
    async with database.transaction(SYSTEM, "test") as tx:
        await service.waive(tx, SUPERVISOR, found.id, "lost, she says")
    await bring(database, home)

    assert (await the_return(database)).state == "returned"


async def test_dispatchers_of_other_territories_see_none_of_it(database: Database, home: Home):
    found = await the_return(database)
    async with database.snapshot(SYSTEM, "test") as tx:
        page = await service.see_returns(tx, STRANGER, state=None, premises_id=None, page_size=50, cursor=None)
        with pytest.raises(UnknownReturn):
            await service.see_return(tx, STRANGER, found.id)

    assert page.items == []


async def test_the_office_sees_asks_and_waives_over_http(database: Database, home: Home):
    found = await the_return(database)
    path = f"/api/v1/expected-returns/{found.id}"
    async with calling(database, ROUTES, SUPERVISOR) as office:
        listed = (await office.get("/api/v1/expected-returns", params={"state": "expected"})).json()["items"]
        asked = await office.post(f"{path}/recovery", json={"work": INSTALL.code}, headers=_once("a"))
        again = await office.post(f"{path}/recovery", json={"work": INSTALL.code}, headers=_once("b"))
        waived = await office.post(f"{path}/waiver", json={"reason": "old"}, headers=_once("c"))

    assert [(one["id"], one["age_days"], one["is_overdue"]) for one in listed] == [(str(found.id), 0, False)]
    assert (asked.status_code, [one["serial"] for one in asked.json()["returns"]]) == (201, [found.serial])
    assert (again.status_code, again.json()["code"]) == (409, "recovery_under_way")
    assert (waived.status_code, waived.json()["state"]) == (201, "waived")


@pytest.mark.parametrize(("role", "status"), [(Role.AUDITOR, 403), (Role.DISPATCHER, 403), (Role.BILLING_ANALYST, 201)])
async def test_who_may_waive(database: Database, home: Home, role: Role, status: int):
    found = await the_return(database)
    caller = Principal(actor=SYSTEM, role=role, territory_ids=frozenset({found.territory_id}))
    async with calling(database, ROUTES, caller) as office:
        answer = await office.post(
            f"/api/v1/expected-returns/{found.id}/waiver", json={"reason": "old"}, headers=_once("a")
        )

    assert answer.status_code == status


def _once(key: str) -> dict[str, str]:
    return {"idempotency-key": key * 8}
