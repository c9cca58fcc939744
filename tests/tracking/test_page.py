"""What the holder of a link sees, and what only the customer sees."""

from datetime import timedelta

import msgspec
import pytest

from backend.booking import service as booking
from backend.catalogue import service as catalogue
from backend.customers import service as customers
from backend.customers.schemas import ChangeContact
from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.tracking import service
from backend.tracking.errors import NotDoneYet, ProofNeeded, RatedAlready, UnknownVisit
from backend.tracking.schemas import Proof, Rate, Step, VisitPage, VisitState
from sync.operations import Complete, EnRoute, Operation, Outcome, Start
from tests.factories.catalogue import INSTALL
from tests.factories.jobs import SUPERVISOR, do, everything_required
from tests.factories.tracking import Agreed, make_agreed, of_customer, proved
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio


@pytest.fixture
async def agreed(database: Database) -> Agreed:
    return await make_agreed(database)


async def page(database: Database, customer: Principal) -> VisitPage:
    async with database.snapshot(customer.actor, "test") as tx:
        return await service.see(tx, customer)


async def work(database: Database, agreed: Agreed, *operations: Operation) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        if (await jobs.job_view(tx, agreed.job.id)).assignment == "assigned":
            await jobs.dispatch(tx, agreed.job.id)
        await do(tx, agreed.job.id, agreed.eero.id, *operations)


def reached(seen: VisitPage) -> list[Step]:
    return [milestone.step for milestone in seen.timeline if milestone.at is not None]


async def test_whoever_has_the_link_sees_when_and_where_about_and_nothing_personal(database: Database, agreed: Agreed):
    seen = await page(database, agreed.customer)

    assert (seen.state, seen.window, reached(seen)) == (VisitState.AGREED, agreed.appointment.window, [Step.AGREED])
    assert (seen.technician, seen.details, seen.proof) == (None, None, Proof.PHONE_DIGITS)
    said = msgspec.json.encode(seen).decode()
    async with database.snapshot(SYSTEM, "test") as tx:
        document = await jobs.job_document(tx, agreed.job.id)
    assert document.visit_pin is not None
    for secret in (document.customer.name, document.premises.street, str(document.customer.phone)):
        assert secret not in said


async def test_the_customer_and_the_technicians_phone_hold_the_same_pin(database: Database, agreed: Agreed):
    seen = await page(database, proved(agreed.customer))

    async with database.snapshot(SYSTEM, "test") as tx:
        document = await jobs.job_document(tx, agreed.job.id)
    assert seen.details is not None
    assert seen.details.pin == document.visit_pin
    assert len(seen.details.pin or "") == 4


async def test_the_technicians_first_name_is_told_only_while_somebody_comes(database: Database, agreed: Agreed):
    first_name = agreed.eero.name.partition(" ")[0]

    await work(database, agreed, EnRoute())
    coming = await page(database, agreed.customer)
    await work(database, agreed, Start(), *everything_required(), Complete(outcome=Outcome.FULL))
    done = await page(database, agreed.customer)

    assert (coming.state, coming.technician) == (VisitState.ON_THE_WAY, first_name)
    assert (done.state, done.technician) == (VisitState.DONE, None)
    assert reached(done) == [Step.AGREED, Step.ON_THE_WAY, Step.AT_WORK, Step.DONE]


async def test_what_to_prepare_is_said_in_the_customers_language(database: Database, agreed: Agreed):
    texts = {"en": ["Clear the hall."], "fi": ["Tyhjennä eteinen."]}
    async with database.transaction(SYSTEM, "test") as tx:
        await catalogue.add_work_specification(tx, msgspec.structs.replace(INSTALL, preparation=texts))
        account = (await jobs.job_view(tx, agreed.job.id)).account_id
        await customers.change_contact(tx, account, ChangeContact(language="fi-FI"))

    assert (await page(database, agreed.customer)).preparation == ["Tyhjennä eteinen."]


async def test_a_visit_without_an_agreed_time_can_be_booked(database: Database, agreed: Agreed):
    async with database.transaction(SYSTEM, "test") as tx:
        await booking.cancel(tx, SUPERVISOR, agreed.appointment.id, "customer_away")

    seen = await page(database, agreed.customer)

    assert (seen.state, seen.window, seen.can_book) == (VisitState.UNBOOKED, None, True)


async def test_changes_are_offered_until_two_hours_before(database: Database, agreed: Agreed, clock: FixedClock):
    until = agreed.appointment.window.start - timedelta(hours=2)
    assert (await page(database, agreed.customer)).changes_until == until

    clock.advance((until - clock.now()).total_seconds())

    assert (await page(database, agreed.customer)).changes_until is None


async def test_a_link_whose_visit_is_gone_shows_nothing(database: Database, agreed: Agreed):
    with pytest.raises(UnknownVisit):
        await page(database, of_customer(agreed.appointment.id))


async def test_a_visit_is_rated_once_after_its_end_and_by_its_customer(database: Database, agreed: Agreed):
    async def rate(customer: Principal, stars: int) -> VisitPage:
        async with database.transaction(customer.actor, "test") as tx:
            return await service.rate(tx, customer, Rate(stars=stars, comment="Quick."))

    with pytest.raises(NotDoneYet):
        await rate(proved(agreed.customer), 5)
    await work(database, agreed, EnRoute(), Start(), *everything_required(), Complete(outcome=Outcome.FULL))
    with pytest.raises(ProofNeeded):
        await rate(agreed.customer, 1)

    seen = await rate(proved(agreed.customer), 5)

    assert seen.details is not None
    assert seen.details.rating is not None
    assert (seen.details.rating.stars, seen.details.rating.comment) == (5, "Quick.")
    with pytest.raises(RatedAlready):
        await rate(proved(agreed.customer), 1)
