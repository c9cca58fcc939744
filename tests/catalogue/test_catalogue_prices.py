"""The catalogue opens bundles and answers with the price of the asked date."""

from datetime import timedelta

import pytest

from backend.catalogue import service
from backend.catalogue.schemas import (
    ChargeKind,
    ChargeNeed,
    GoodsNeed,
    OfferingKind,
    OfferingSpecification,
    Period,
    ServiceKind,
)
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.money import Money
from tests.factories.catalogue import BUNDLE, MESH_UNIT, make_catalogue, make_offering, make_price
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio

WEEK = timedelta(days=7)


async def test_a_bundle_opens_into_its_offerings_and_a_member_that_stands_twice_counts_twice(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_catalogue(tx)

        resolved = await service.resolve(tx, [(BUNDLE, 1)], MONDAY)

    assert [(r.offering.code, r.quantity, r.bundle_code) for r in resolved] == [
        ("FIBRE-500", 1, BUNDLE),
        ("PHONE", 1, BUNDLE),
        ("MESH", 2, BUNDLE),
    ]


async def test_two_bundles_need_everything_twice(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_catalogue(tx)

        resolved = await service.resolve(tx, [(BUNDLE, 2)], MONDAY)

    assert {r.offering.code: r.quantity for r in resolved} == {"FIBRE-500": 2, "PHONE": 2, "MESH": 4}


async def test_a_charge_costs_what_it_cost_on_the_asked_date(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_catalogue(tx)
        await make_price(tx, "MESH", "F2", 6900, valid_from=MONDAY + WEEK)

        before = await service.resolve(tx, [("MESH", 1)], MONDAY + WEEK - timedelta(microseconds=1))
        after = await service.resolve(tx, [("MESH", 1)], MONDAY + WEEK)

    assert before[0].charges[0].price == Money(amount_minor=7900, currency="EUR")
    assert after[0].charges[0].price == Money(amount_minor=6900, currency="EUR")


async def test_a_date_without_a_price_is_said_at_once(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_catalogue(tx)
        await make_offering(tx, code="MESH-PRO", specification=MESH_UNIT)

        with pytest.raises(service.PriceMissing) as refusal:
            await service.resolve(tx, [("MESH-PRO", 1)], MONDAY)

    assert refusal.value.params["charge_code"] == "F2"


async def test_a_price_is_only_added_at_the_end(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_catalogue(tx)

        with pytest.raises(service.PriceOverlaps):
            await make_price(tx, "MESH", "F2", 1, valid_from=MONDAY)


async def test_a_charge_that_the_offering_lacks_gets_no_price(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_catalogue(tx)

        with pytest.raises(service.BadOffering):
            await make_price(tx, "MESH", "F9", 1)


async def test_what_is_not_published_yet_is_not_sold(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_offering(tx, code="SOON", published_from=MONDAY + WEEK)

        with pytest.raises(service.OfferingNotPublished):
            await service.resolve(tx, [("SOON", 1)], MONDAY)


async def test_an_unknown_offering_is_named(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(service.UnknownOffering) as refusal:
            await service.resolve(tx, [("NOPE", 1)], MONDAY)

    assert refusal.value.params == {"offering_code": "NOPE"}


async def test_a_bundle_holds_no_bundles(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_catalogue(tx)

        with pytest.raises(service.BadOffering):
            await make_offering(tx, code="ALL", kind=OfferingKind.BUNDLE, members=[BUNDLE])


async def test_a_bundle_without_members_is_refused(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(service.BadOffering):
            await make_offering(tx, code="NOTHING", kind=OfferingKind.BUNDLE)


@pytest.mark.parametrize(
    "charge",
    [
        ChargeNeed(code="F9", kind=ChargeKind.FULFILMENT, description="Goods", model="ONT-G1"),
        ChargeNeed(code="F9", kind=ChargeKind.FULFILMENT, description="Goods"),
        ChargeNeed(code="P9", kind=ChargeKind.PROVISION, description="Voice", service_kind=ServiceKind.VOICE),
    ],
)
async def test_a_charge_that_nothing_of_the_offering_can_earn_is_refused(database: Database, charge: ChargeNeed):
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(service.BadOffering):
            await make_offering(tx, specification=OfferingSpecification(charges=[charge]))


async def test_an_offering_needs_only_models_and_work_that_exist(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(service.UnknownModel):
            await make_offering(tx, specification=OfferingSpecification(goods=[GoodsNeed(model="NOPE")]))
        with pytest.raises(service.UnknownWork):
            await make_offering(tx, specification=OfferingSpecification(work="NOPE"))


async def test_the_list_shows_what_is_on_sale_page_by_page(database: Database, clock):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_catalogue(tx)
        clock.advance(1)
        await make_offering(tx, code="SOON", published_from=MONDAY + WEEK)

        first = await service.offerings(tx, at=MONDAY, page_size=3, cursor=None)
        second = await service.offerings(tx, at=MONDAY, page_size=3, cursor=first.next_cursor)

    assert len(first.items) == 3
    assert {view.code for view in [*first.items, *second.items]} == {"FIBRE-500", "PHONE", "MESH", BUNDLE}
    assert second.next_cursor is None


async def test_the_list_carries_each_charge_with_its_price_and_period(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_catalogue(tx)

        page = await service.offerings(tx, at=MONDAY, page_size=50, cursor=None)

    phone = next(view for view in page.items if view.code == "PHONE")
    assert [(c.code, c.price.amount_minor, c.period) for c in phone.charges] == [("P2", 990, Period.MONTH)]
