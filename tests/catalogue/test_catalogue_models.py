"""Models and kinds of work are found by code and checked when they are added."""

import msgspec
import pytest

from backend.catalogue import service
from backend.catalogue.schemas import CpeModel
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from tests.factories.catalogue import GATEWAY, INSTALL, MESH, ONT, make_catalogue

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


def test_a_serial_pattern_is_anchored_at_both_ends():
    loose = {"code": "ONT", "name": "ONT", "vendor": "Lumen Works", "serial_pattern": "LWON[0-9]{8}"}

    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(loose, CpeModel)
