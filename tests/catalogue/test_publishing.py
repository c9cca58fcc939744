"""A whole catalogue is published at once from a date on, or not at all; what was sold before keeps its terms."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from backend.catalogue import service
from backend.catalogue.draft_schemas import Catalogue, ChargePrice, PricedOffering
from backend.catalogue.errors import PublishedLater, SerialisationIsFixed
from backend.catalogue.schemas import ChecklistCondition, ChecklistItem, GoodsNeed, OfferingKind, Period
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.imports import RowsAtFault
from tests.factories.catalogue import BUNDLE, INSTALL, MESH, MESH_UNIT, ONT, make_catalogue
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio

NEXT_WEEK = MONDAY + timedelta(days=7)
IN_TWO_WEEKS = MONDAY + timedelta(days=14)


def priced(amount_minor: int, period: Period = Period.ONCE) -> ChargePrice:
    return ChargePrice(amount_minor=amount_minor, currency="EUR", period=period)


def mesh(**changes: Any) -> PricedOffering:
    wanted = PricedOffering(code="MESH", name="Mesh", specification=MESH_UNIT, prices={"F2": priced(7900)})
    return msgspec.structs.replace(wanted, **changes)


@pytest.fixture(autouse=True)
async def catalogue(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await make_catalogue(tx)


async def price_of(tx: Transaction, code: str, at: Any) -> int:
    (found,) = await service.resolve(tx, [(code, 1)], at)
    return found.charges[0].price.amount_minor


async def test_what_is_written_out_changes_nothing_when_it_is_taken_in(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        whole = await service.catalogue_at(tx, MONDAY)

        published = await service.publish(tx, whole, NEXT_WEEK)

    assert {one.code for one in whole.offerings} == {BUNDLE, "FIBRE-500", "MESH", "PHONE"}
    assert published.changes == []


async def test_a_document_goes_through_json_as_it_is(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        whole = await service.catalogue_at(tx, MONDAY)

    assert msgspec.json.decode(msgspec.json.encode(whole), type=Catalogue) == whole


async def test_an_offering_holds_from_the_day_on_and_what_was_sold_before_keeps_its_terms(database: Database):
    two = msgspec.structs.replace(MESH_UNIT, goods=[GoodsNeed(model=MESH.code, quantity=2)])
    async with database.transaction(SYSTEM, "test") as tx:
        changed = mesh(name="Mesh, a pair", specification=two, prices={"F2": priced(9900)})
        await service.publish(tx, Catalogue(offerings=[changed]), NEXT_WEEK)

        (before,) = await service.resolve(tx, [("MESH", 1)], NEXT_WEEK - timedelta(seconds=1))
        (after,) = await service.resolve(tx, [("MESH", 1)], NEXT_WEEK)

    assert (before.offering.specification.goods[0].quantity, before.charges[0].price.amount_minor) == (1, 7900)
    assert (after.offering.specification.goods[0].quantity, after.charges[0].price.amount_minor) == (2, 9900)


async def test_another_price_alone_is_a_price_by_date(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        renamed = (await service.offering(tx, "MESH")).name
        wanted = mesh(name=renamed, prices={"F2": priced(6900)})
        published = await service.publish(tx, Catalogue(offerings=[wanted]), NEXT_WEEK)

        prices = [await price_of(tx, "MESH", at) for at in (MONDAY, NEXT_WEEK)]

    assert [(one.key, one.change) for one in published.changes] == [("MESH", "repriced")]
    assert prices == [7900, 6900]


async def test_what_is_only_planned_is_replaced_by_what_is_planned_for_the_same_day(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        for amount_minor in (8000, 8100):
            wanted = mesh(name="Mesh 2", prices={"F2": priced(amount_minor)})
            await service.publish(tx, Catalogue(offerings=[wanted]), NEXT_WEEK)
        repriced = mesh(name="Mesh 2", prices={"F2": priced(8200)})
        await service.publish(tx, Catalogue(offerings=[repriced]), NEXT_WEEK)

        prices = [await price_of(tx, "MESH", at) for at in (MONDAY, NEXT_WEEK)]

    assert prices == [7900, 8200]


async def test_what_a_later_day_says_already_is_not_overtaken(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await service.publish(tx, Catalogue(offerings=[mesh(name="Mesh 2")]), IN_TWO_WEEKS)

        trial = await service.publish(tx, Catalogue(offerings=[mesh(name="Mesh 3")]), NEXT_WEEK, is_trial=True)

    assert [fault.reason for fault in trial.faults] == [PublishedLater.code]


async def test_a_withdrawn_offering_is_sold_no_more_from_its_day_on(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await service.publish(tx, Catalogue(withdrawn=[BUNDLE, "MESH"]), NEXT_WEEK)

        assert await price_of(tx, "MESH", NEXT_WEEK - timedelta(seconds=1)) == 7900
        with pytest.raises(service.OfferingWithdrawn):
            await service.resolve(tx, [("MESH", 1)], NEXT_WEEK)
        on_sale = await service.offerings(tx, at=NEXT_WEEK, page_size=50, cursor=None)

    assert {view.code for view in on_sale.items} == {"FIBRE-500", "PHONE"}


async def test_what_a_bundle_sells_is_not_withdrawn_from_under_it(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        trial = await service.publish(tx, Catalogue(withdrawn=["MESH"]), NEXT_WEEK, is_trial=True)

    assert [(one.key, one.reason, one.detail) for one in trial.faults] == [
        (BUNDLE, "member_not_on_sale", "member: MESH")
    ]


async def test_a_withdrawn_offering_can_be_sold_again(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await service.publish(tx, Catalogue(withdrawn=[BUNDLE, "MESH"]), NEXT_WEEK)
        await service.publish(tx, Catalogue(offerings=[mesh()]), IN_TWO_WEEKS)

        assert await price_of(tx, "MESH", IN_TWO_WEEKS) == 7900


AFTERWARDS = ChecklistItem(
    code="damage", text="What is damaged?", kind="text", only_if=ChecklistCondition(item="drop", answer=False)
)
WRONG = Catalogue(
    models=[
        msgspec.structs.replace(ONT, code="ONT-NEW", serial_pattern="^(broken$"),
        msgspec.structs.replace(ONT, is_serialised=False),
    ],
    work=[
        msgspec.structs.replace(INSTALL, code="SPLICE", parts=[GoodsNeed(model="NOPE")]),
        msgspec.structs.replace(INSTALL, code="LATE", checklist=[AFTERWARDS, *INSTALL.checklist]),
    ],
    offerings=[
        mesh(code="GOOD"),
        mesh(code="UNPRICED", prices={}),
        mesh(code="SURPLUS", prices={"F2": priced(1), "F9": priced(1)}),
        PricedOffering(code="BUNDLE", name="Bundle", kind=OfferingKind.BUNDLE, members=["NOPE"]),
    ],
    withdrawn=["NEVER-SOLD"],
)


async def test_every_row_at_fault_is_told_and_none_is_taken(database: Database):
    with pytest.raises(RowsAtFault) as refusal:
        async with database.transaction(SYSTEM, "test") as tx:
            await service.publish(tx, WRONG, NEXT_WEEK)

    faults = [(one["section"], one["row"], one["key"], one["reason"]) for one in refusal.value.params["faults"]]
    assert faults == [
        ("models", 1, "ONT-NEW", "bad_serial_pattern"),
        ("models", 2, "ONT-G1", SerialisationIsFixed.code),
        ("work", 1, "SPLICE", "unknown_model"),
        ("work", 2, "LATE", "bad_checklist"),
        ("offerings", 2, "UNPRICED", "bad_offering"),
        ("offerings", 3, "SURPLUS", "bad_offering"),
        ("offerings", 4, "BUNDLE", "unknown_offering"),
        ("withdrawn", 1, "NEVER-SOLD", "unknown_offering"),
    ]
    async with database.snapshot(SYSTEM, "test") as tx:
        assert "GOOD" not in {one.code for one in (await service.catalogue_at(tx, NEXT_WEEK)).offerings}


async def test_a_trial_tells_what_would_change_and_changes_nothing(database: Database):
    new = mesh(code="MESH-PRO")
    async with database.transaction(SYSTEM, "test") as tx:
        before = await service.catalogue_at(tx, NEXT_WEEK)

        trial = await service.publish(tx, Catalogue(offerings=[new]), NEXT_WEEK, is_trial=True)

        assert await service.catalogue_at(tx, NEXT_WEEK) == before
    assert [(one.section, one.key, one.change) for one in trial.changes] == [("offerings", "MESH-PRO", "added")]


async def test_a_bundle_may_stand_before_what_it_sells(database: Database):
    wanted = [
        PricedOffering(code="DUO", name="Duo", kind=OfferingKind.BUNDLE, members=["MESH-PRO", "PHONE"]),
        mesh(code="MESH-PRO"),
    ]
    async with database.transaction(SYSTEM, "test") as tx:
        await service.publish(tx, Catalogue(offerings=wanted), NEXT_WEEK)

        found = await service.resolve(tx, [("DUO", 1)], NEXT_WEEK)

    assert [one.offering.code for one in found] == ["MESH-PRO", "PHONE"]


async def test_models_and_work_hold_at_once(database: Database):
    models = [msgspec.structs.replace(ONT, is_export_controlled=True)]
    work = [msgspec.structs.replace(INSTALL, duration_seconds=3600)]
    async with database.transaction(SYSTEM, "test") as tx:
        published = await service.publish(tx, Catalogue(models=models, work=work), NEXT_WEEK)

        assert (await service.cpe_model(tx, ONT.code)).is_export_controlled
        assert (await service.work_specification(tx, INSTALL.code)).duration_seconds == 3600
    assert [one.change for one in published.changes] == ["changed", "changed"]
