"""What should come back from where nothing runs any more: whose it is, since when, by when."""

from datetime import UTC, datetime

import msgspec
import pytest
from sqlalchemy import select

from backend.catalogue import service as catalogue
from backend.catalogue.draft_schemas import Catalogue
from backend.catalogue.schemas import CpeModel, Owner
from backend.inventory import service as inventory
from backend.inventory import strays
from backend.jobs import service as jobs
from backend.jobs.lifecycle import ReviewCommand
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.messages.letters import letter
from backend.messages.models import Message
from backend.orders import service as orders
from backend.orders.lifecycle import Milestone
from backend.orders.schemas import DecideCancellation
from backend.resources import service as resources
from backend.returns import service
from sync.operations import Arrive, CaptureMethod, SerialInstalled, Start
from tests.factories.catalogue import GATEWAY, ONT
from tests.factories.inventory import make_van
from tests.factories.jobs import SUPERVISOR, cards, do, give
from tests.factories.orders import AGENT, make_shop, make_submitted_order
from tests.factories.returns import PACK, Home, end_services, hear, make_home, returns, start_services
from tests.factories.workforce import make_technician
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio

DAY_SECONDS = 86_400
LAST_DAY_ENDS = datetime(2026, 6, 15, 21, 0, tzinfo=UTC)  # midnight in Helsinki behind the 14th day after 1 June


@pytest.fixture
async def home(database: Database) -> Home:
    """A fibre line that runs: the ONT was sold for 99 euros, the gateway comes along."""
    async with database.transaction(SYSTEM, "test") as tx:
        made = await make_home(tx)
        await start_services(tx, made.order)
    await hear(database)
    return made


async def state_owner(tx: Transaction, model: CpeModel, owner: Owner) -> None:
    changed = msgspec.structs.replace(model, owner=owner)
    await catalogue.publish(tx, Catalogue(models=[changed]), tx.now)


async def end(database: Database, home: Home) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await end_services(tx, home.order)
    await hear(database)


async def expected(database: Database) -> list[str]:
    return [one.model for one in await returns(database)]


async def test_what_is_lent_is_expected_back_when_the_last_service_has_ended(database: Database, home: Home):
    await end(database, home)

    [found] = await returns(database)
    assert (found.state, found.serial, found.order_id) == ("expected", home.serials[GATEWAY.code], home.order.id)
    assert (found.return_by, found.charge_minor, found.policy_from) == (LAST_DAY_ENDS, 5000, "2026-01-01")


async def test_nothing_is_expected_while_a_service_runs(database: Database, home: Home):
    [internet] = [one for one in home.order.services if one.kind == "internet"]
    async with database.transaction(SYSTEM, "test") as tx:
        await resources.terminate(tx, internet.id, tx.now)
    await hear(database)

    assert await returns(database) == []


async def test_where_the_policy_asks_for_nothing_nothing_is_expected(database: Database, home: Home):
    async with database.transaction(SYSTEM, "test") as tx:
        await end_services(tx, home.order)
    await hear(database, policy="none")

    assert await returns(database) == []


async def test_what_was_handed_over_as_the_operators_comes_back_though_it_was_paid_for(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        depot = await make_shop(tx)
        await state_owner(tx, ONT, Owner.OPERATOR)
        home = await make_home(tx, depot=depot)
        await start_services(tx, home.order)
    await end(database, home)

    assert await expected(database) == [GATEWAY.code, ONT.code]


async def test_what_is_said_of_owners_later_changes_nothing_of_what_was_handed_over(
    database: Database, home: Home, clock: FixedClock
):
    clock.advance(DAY_SECONDS)
    async with database.transaction(SYSTEM, "test") as tx:
        await state_owner(tx, ONT, Owner.OPERATOR)
        await state_owner(tx, GATEWAY, Owner.CUSTOMER)
    await end(database, home)

    assert await expected(database) == [GATEWAY.code]


async def test_what_is_heard_twice_is_expected_once(database: Database, home: Home):
    await end(database, home)
    async with database.transaction(SYSTEM, "test") as tx:
        for one in home.order.services:
            await service.follow_service(tx, one.id, PACK)

    assert len(await returns(database)) == 1


async def test_an_order_that_is_given_up_behind_the_visit_leaves_equipment_to_come_back(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        home = await make_home(tx)
        await orders.reach(tx, home.order.id, Milestone.VISIT_BEGAN, tx.now)
        await orders.cancel(tx, AGENT, home.order.id)
        await orders.decide_cancellation(tx, AGENT, home.order.id, DecideCancellation(accept=True, reason="moved"))
    await hear(database)

    [found] = await returns(database)
    assert (found.model, found.order_id) == (GATEWAY.code, home.order.id)


async def test_a_unit_serves_the_item_that_it_came_with_and_one_without_serves_whatever_runs_there(
    database: Database,
):
    """The ONT came with the line's own item, the gateway beside all of them: a telephone of another order may need it."""
    async with database.transaction(SYSTEM, "test") as tx:
        depot = await make_shop(tx)
        await state_owner(tx, ONT, Owner.OPERATOR)
        home = await make_home(tx, depot=depot)
        await start_services(tx, home.order)
        place = {"premises_id": home.order.premises_id, "account_id": home.order.account_id}
        phone = await make_submitted_order(tx, ("PHONE", 1), **place)
        await start_services(tx, phone)
    await end(database, home)
    without_line = await expected(database)
    async with database.transaction(SYSTEM, "test") as tx:
        await end_services(tx, phone)
    await hear(database)

    assert (without_line, await expected(database)) == ([ONT.code], [ONT.code, GATEWAY.code])


async def test_what_is_used_again_is_expected_no_more_until_that_ends_too(
    database: Database, home: Home, clock: FixedClock
):
    await end(database, home)
    async with database.transaction(SYSTEM, "test") as tx:
        place = {"premises_id": home.order.premises_id, "account_id": home.order.account_id}
        phone = await make_submitted_order(tx, ("PHONE", 1), **place)
        await start_services(tx, phone)
    await hear(database)
    [used] = await returns(database)
    clock.advance(5 * DAY_SECONDS)
    async with database.transaction(SYSTEM, "test") as tx:
        await end_services(tx, phone)
    await hear(database)

    [again] = await returns(database)
    assert (used.state, again.state, again.id) == ("withdrawn", "expected", used.id)
    assert (again.return_by - used.return_by).days == 5


async def test_what_is_entered_as_taken_back_and_hangs_there_still_is_expected_anew(
    database: Database, home: Home, clock: FixedClock
):
    await end(database, home)
    async with database.transaction(SYSTEM, "test") as tx:
        unit = await inventory.unit(tx, home.serials[GATEWAY.code])
        was_at = await strays.take_back(tx, unit.id, subject_id=home.order.id)
    clock.advance(60)
    async with database.transaction(SYSTEM, "test") as tx:
        await strays.reinstate(tx, unit.id, was_at, subject_id=home.order.id)
    await hear(database)

    assert [one.state for one in await returns(database)] == ["returned", "expected"]


async def test_the_customer_gets_one_letter_of_all_that_is_due_on_a_day(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        depot = await make_shop(tx)
        await state_owner(tx, ONT, Owner.OPERATOR)
        home = await make_home(tx, depot=depot)
        await start_services(tx, home.order)
    await end(database, home)

    async with database.snapshot(SYSTEM, "test") as tx:
        [told] = await tx.session.scalars(select(Message).where(Message.kind == "return.expected"))
    subject, text = letter(told.kind, told.params or {}, "en")
    assert subject == "Please return our equipment by 15 June 2026"
    assert all(f"{model} {serial}" in text for model, serial in home.serials.items())
    assert "costs 100.00 EUR in all" in text
    assert letter(told.kind, told.params or {}, "fi")[0] == "Palauta laitteemme viimeistään 15.6.2026"


async def test_what_was_put_in_unheard_at_a_cancelled_job_is_expected_back(database: Database):
    """The office gave the order up while the technician, without signal, put the equipment in."""
    async with database.transaction(SYSTEM, "test") as tx:
        depot = await make_shop(tx)
        order = await make_submitted_order(tx, ("FIBRE-500", 1))
        await jobs.create_for_order(tx, order.id)
        [job] = await jobs.jobs_of_order(tx, order.id)
        technician = await make_technician(tx, job.territory_id)
        van = await make_van(tx, technician.id)
        await give(tx, job.id, technician)
        gateway = next(kept.serial for kept in order.reservations if kept.model == GATEWAY.code and kept.serial)
        await inventory.transfer(tx, [gateway], depot.id, van.id, order_id=order.id)
        await orders.cancel(tx, AGENT, order.id)
    await hear(database)
    async with database.transaction(SYSTEM, "test") as tx:
        installed = SerialInstalled(serial=gateway, method=CaptureMethod.SCAN)
        await do(tx, job.id, technician.id, Arrive(), Start(), installed)
    await hear(database)
    undecided = await returns(database)
    async with database.transaction(SYSTEM, "test") as tx:
        for card in await cards(tx, job.id):
            await jobs.resolve_review(tx, SUPERVISOR, card.id, ReviewCommand.DISMISS, "She keeps her old line.")
    await hear(database)

    [found] = await returns(database)
    assert (undecided, found.serial, found.order_id) == ([], gateway, order.id)
