"""Pools are filled without overlap, chosen from, watched; the last of one goes to one, whoever asks at the same time."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from msgspec import structs
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from backend.catalogue.schemas import PoolKind, ServiceKind
from backend.identity.principal import Principal, Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.lifecycle import IllegalMove
from backend.resources import pools as pools_module
from backend.resources import service
from backend.resources.lifecycle import ResourceState
from backend.resources.models import Resource
from backend.resources.schemas import (
    AddPool,
    BlockOverlaps,
    MoveResource,
    NothingReserved,
    PoolKnown,
    PortingDirection,
    PortNumber,
    PortPlace,
    ReserveResource,
    ResourceTaken,
    ServiceView,
)
from tests.factories.customers import make_premises
from tests.factories.resources import make_pool, make_pools, make_service
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

ITEM = UUID("01978f6a-0000-7000-8000-00000000d001")
OTHER = UUID("01978f6a-0000-7000-8000-00000000d002")
DESK = Principal(actor=SYSTEM, role=Role.PROVISIONING)
OURS = "+358955500000"


def pool(code: str, kind: PoolKind, block: str) -> AddPool:
    return AddPool(code=code, kind=kind, name=code, block=block)


async def test_the_database_holds_one_number_once_and_reserves_it_for_somebody(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        pools = [
            await make_pool(tx, code=code, values=[value]) for code, value in (("A", "+35895550"), ("B", "+3589555"))
        ]
    row = {"pool_id": pools[1], "namespace": "number", "ported": False, "attempts": 0, "version": 1}

    for trouble in ({"value": "+35895550", "state": "available"}, {"value": "+35895559", "state": "reserved"}):
        with pytest.raises(IntegrityError):
            async with database.transaction(SYSTEM, "test") as tx:
                await tx.session.execute(insert(Resource).values(id=tx.new_id(), **row, **trouble))


async def test_a_pool_is_filled_in_blocks_that_no_other_pool_has(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        opened = await service.open_pool(tx, pool("V6", PoolKind.IPV6, "2001:db8:100::/52 as /56"))
        filled = await service.fill(tx, opened.id, "2001:db8:200::/52 as /56")
        await service.open_pool(tx, pool("NUMBERS", PoolKind.NUMBER, f"{OURS}-+358955500009"))

    refused = []
    for wanted in (
        pool("V6", PoolKind.VLAN, "1-9"),
        pool("OTHER", PoolKind.IPV6, "2001:db8:100::/56 as /60"),
        pool("OTHER", PoolKind.NUMBER, "+358955500009"),
    ):
        with pytest.raises((BlockOverlaps, PoolKnown)) as trouble:
            async with database.transaction(SYSTEM, "test") as tx:
                await service.open_pool(tx, wanted)
        refused.append((trouble.value.code, trouble.value.params.get("other")))

    assert (opened.size, filled.size) == (16, 32)
    assert refused == [("pool_known", None), ("block_overlaps", "V6"), ("block_overlaps", "NUMBERS")]


BLOCKS = {
    PoolKind.IPV4: ("203.0.113.0/25", "203.0.113.64/28"),
    PoolKind.IPV6: ("2001:db8:100::/48 as /56", "2001:db8:100:ff00::/56 as /60"),
}


@pytest.mark.parametrize("kind", BLOCKS)
async def test_of_two_who_fill_pools_with_the_same_addresses_at_once_the_database_lets_one(
    database: Database, kind: PoolKind, monkeypatch: pytest.MonkeyPatch
):
    """The code that looks first is out of the way: neither block is committed when the other one looks."""

    async def look(*_: object) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr(pools_module, "_refuse_overlap", look)

    async def fill(number: int, block: str) -> str:
        try:
            async with database.transaction(SYSTEM, "test") as tx:
                await service.open_pool(tx, pool(f"RACE-{number}", kind, block))
        except BlockOverlaps as refused:
            return refused.code
        return "filled"

    outcomes = await asyncio.gather(*(fill(number, block) for number, block in enumerate(BLOCKS[kind])))

    assert sorted(outcomes) == ["block_overlaps", "filled"]
    async with database.snapshot(SYSTEM, "test") as tx:
        assert len(await service.pools(tx)) == 1


async def test_blocks_that_only_touch_are_no_overlap(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await service.open_pool(tx, pool("LOW", PoolKind.IPV4, "203.0.113.0/25"))
        await service.open_pool(tx, pool("HIGH", PoolKind.IPV4, "203.0.113.128/25"))
        # The same digits in the other family are other addresses.
        await service.open_pool(tx, pool("V6", PoolKind.IPV6, "::cb00:7100/120 as /124"))

        assert len(await service.pools(tx)) == 3


async def test_a_chosen_number_takes_the_place_of_the_one_that_was_kept(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pool(tx, size=3)
        first = await service.choose(tx, ReserveResource(kind=PoolKind.NUMBER, order_item_id=ITEM))
        nice = await service.choose(
            tx, ReserveResource(kind=PoolKind.NUMBER, order_item_id=ITEM, value="+358942450003")
        )
        with pytest.raises(ResourceTaken):
            await service.choose(tx, ReserveResource(kind=PoolKind.NUMBER, order_item_id=OTHER, value=nice.value))

        kept = await service.reserved(tx, [ITEM])

    assert [one.value for one in kept[ITEM]] == ["+358942450003"]
    assert nice.held_until == first.held_until


async def test_what_is_blocked_is_not_given_and_what_is_in_use_is_not_blocked(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pool(tx, size=2)
        used = await service.choose(tx, ReserveResource(kind=PoolKind.NUMBER, order_item_id=ITEM))
        with pytest.raises(IllegalMove):
            await service.move_resource(tx, used.id, MoveResource(command="block", reason="nuisance calls"))
        await service.release(tx, [ITEM])
        await service.move_resource(tx, used.id, MoveResource(command="block", reason="nuisance calls"))

        given = await service.choose(tx, ReserveResource(kind=PoolKind.NUMBER, order_item_id=OTHER))

    assert given.value != used.value


async def test_a_pool_tells_on_which_day_it_will_be_empty(database: Database, clock: FixedClock):
    async with database.transaction(SYSTEM, "test") as tx:
        pool_id = await make_pool(tx, size=20)
        still = await service.forecast(tx, pool_id, days=10)
    lines: list[ServiceView] = []
    for _ in range(6):
        clock.advance(timedelta(days=1).total_seconds())
        async with database.transaction(SYSTEM, "test") as tx:
            lines.append(await make_service(tx, ServiceKind.VOICE))
    async with database.transaction(SYSTEM, "test") as tx:
        await service.terminate(tx, lines[-1].id, tx.now)  # its number rests: it is not back yet

        found = await service.forecast(tx, pool_id, days=10)

    assert (still.days_left, still.exhausted_on) == (None, None)
    assert (found.available, found.taken_per_day) == (14, 0.6)
    assert found.exhausted_on == (MONDAY + timedelta(days=6 + 14 / 0.6)).date()


async def test_the_way_from_the_premises_to_the_network_names_the_port_and_who_shares_it(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pool(tx, PoolKind.VLAN, size=9)
        await service.open_pool(tx, pool("OLT-7", PoolKind.PORT, "olt7/1/3-4/1-2"))
        lines = [await make_service(tx, ServiceKind.ACCESS) for _ in range(3)]

        traced = await service.trace(tx, lines[0].premises_id)
        far = await service.trace(tx, lines[2].premises_id)

    [port, vlan] = traced[0].resources
    assert (port.value, port.pool_code, port.shared_by) == ("olt7/1/3/1", "OLT-7", 2)
    assert port.place == PortPlace(node="olt7", card=1, port=3, leg=1)
    assert (vlan.kind, vlan.shared_by) == (PoolKind.VLAN, None)
    assert far[0].resources[0].shared_by == 1


async def test_a_number_comes_in_serves_and_goes_back_where_it_came_from(database: Database):
    theirs = "+358401234567"
    coming = PortNumber(
        direction=PortingDirection.IN, number=theirs, operator="Tele Nord", reference="NP-1", order_item_id=ITEM
    )
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pools(tx)
        await service.reserve(
            tx, pool_kind=PoolKind.NUMBER, quantity=1, order_item_id=ITEM, territory_id=None, expires_at=None
        )
        await service.port(tx, coming)
        home = await make_premises(tx)
        line = await service.design_service(
            tx, kind=ServiceKind.VOICE, account_id=home.account_id, premises_id=home.id, order_item_id=ITEM
        )
        before = {one.code: (one.used, one.reserved) for one in await service.pools(tx)}
        await service.terminate(tx, line.id, tx.now)

        with pytest.raises(ResourceTaken):
            await service.choose(tx, ReserveResource(kind=PoolKind.NUMBER, order_item_id=OTHER, value=theirs))
        with pytest.raises(NothingReserved):
            await service.port(
                tx, coming
            )  # its item has its service, and holds no number in whose place this one comes
        await service.reserve(
            tx, pool_kind=PoolKind.NUMBER, quantity=1, order_item_id=OTHER, territory_id=None, expires_at=None
        )
        await service.port(tx, structs.replace(coming, order_item_id=OTHER))
        again = await service.reserved(tx, [OTHER])

    assert line.resources == {PoolKind.NUMBER: theirs}
    assert (before["PORTED-IN"], before["number"]) == ((1, 0), (0, 0))
    assert [(one.value, one.state) for one in again[OTHER]] == [(theirs, ResourceState.RESERVED)]


async def test_a_number_that_goes_out_tells_its_service_and_is_never_given_again(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pool(tx, size=1)
        line = await make_service(tx, ServiceKind.VOICE)
        await service.activate(tx, line.id, MONDAY)
        number = line.resources[PoolKind.NUMBER]
        going = PortNumber(direction=PortingDirection.OUT, number=number, operator="Tele Nord", reference="NP-2")
        await service.port(tx, going)

        await service.terminate(tx, line.id, tx.now)
        [left] = await service.pools(tx)

    assert (left.size, left.quarantined) == (0, 0)
