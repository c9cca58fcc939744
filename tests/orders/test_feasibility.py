"""A dry run of an offering says in numbers what it takes and what there is."""

import pytest

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.orders import service
from tests.factories.catalogue import BUNDLE, INSTALL, MESH
from tests.factories.orders import make_shop

pytestmark = pytest.mark.anyio


async def test_a_dry_run_names_what_lacks_and_reserves_nothing(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx, quantity=3)

        found = await service.feasibility(tx, BUNDLE, 2)
        again = await service.feasibility(tx, BUNDLE, 2)

    lacks = {(need.kind, need.what, need.wanted, need.available) for need in found.needs if not need.is_met}
    assert lacks == {("goods", MESH.code, 4, 3), ("crew", INSTALL.code, 1, 0)}
    assert {need.what for need in found.needs if need.kind == "resource"} == {"port", "vlan", "ipv4", "number"}
    assert (found.is_deliverable, again) == (False, found)


async def test_goods_alone_can_be_delivered_from_stock(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx, quantity=3)

        assert (await service.feasibility(tx, "MESH", 3)).is_deliverable
