"""Models and kinds of work are found by code and checked when they are added."""

import msgspec
import pytest

from backend.catalogue import service
from backend.catalogue.schemas import ChargeKind, ChargeNeed, CpeModel, EarnedPolicy, GoodsNeed, OfferingSpecification
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from tests.factories.catalogue import GATEWAY, INSTALL, MESH, MONDAY, ONT, make_catalogue, make_offering, make_price

pytestmark = pytest.mark.anyio


async def test_work_comes_back_as_it_was_described(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_catalogue(tx)

        found = await service.work_specification(tx, INSTALL.code)

    assert found == INSTALL


async def test_models_are_listed_by_code(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_catalogue(tx)

        assert await service.cpe_models(tx) == [GATEWAY, MESH, ONT]


async def test_an_unknown_model_is_not_found(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(service.UnknownModel):
            await service.cpe_model(tx, "NOPE")


async def test_unknown_work_is_not_found(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(service.UnknownWork):
            await service.work_specification(tx, "NOPE")


async def test_a_serial_pattern_that_is_no_expression_is_refused(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(service.BadSerialPattern):
            await service.add_cpe_model(tx, msgspec.structs.replace(ONT, serial_pattern="^LW(ON$"))


async def test_a_serial_prefix_that_the_pattern_contradicts_is_refused(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(service.BadSerialPattern):
            await service.add_cpe_model(tx, msgspec.structs.replace(ONT, serial_prefix="XX"))


async def test_a_charge_is_earned_as_is_usual_of_its_kind_unless_it_says_otherwise(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_catalogue(tx)
        rent = ChargeNeed(
            code="F9", kind=ChargeKind.FULFILMENT, description="Rent", model=ONT.code, earned=EarnedPolicy.OVER_TIME
        )
        specification = OfferingSpecification(goods=[GoodsNeed(model=ONT.code)], charges=[rent])
        await make_offering(tx, code="RENTED", specification=specification)
        await make_price(tx, "RENTED", "F9", 300)

        (fibre,) = await service.resolve(tx, [("FIBRE-500", 1)], MONDAY)
        (rented,) = await service.resolve(tx, [("RENTED", 1)], MONDAY)

    assert {charge.code: charge.earned for charge in (*fibre.charges, *rented.charges)} == {
        "F1": EarnedPolicy.AT_HANDOVER,
        "P1": EarnedPolicy.OVER_TIME,
        "L1": EarnedPolicy.ON_ACCEPTANCE,
        "F9": EarnedPolicy.OVER_TIME,
    }


def test_a_serial_pattern_is_anchored_at_both_ends():
    loose = {"code": "ONT", "name": "ONT", "vendor": "Lumen Works", "serial_pattern": "LWON[0-9]{8}"}

    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(loose, CpeModel)
