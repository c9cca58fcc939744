"""Receiving, carrying, installing: a unit is in exactly one place, and the ledger proves it (invariant I5)."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from backend.catalogue.models import CpeModelRow
from backend.catalogue.service import add_cpe_model
from backend.inventory import queries, service
from backend.inventory.documents import MODELS, render_grammars
from backend.inventory.lifecycle import SerialState
from backend.inventory.models import StockMove
from backend.inventory.schemas import (
    LocationView,
    NotAtLocation,
    NotInVan,
    NotSerialised,
    SerialInUse,
    SerialKnown,
    UnknownSerial,
    WrongDestination,
    WrongSerial,
)
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.feed import changes_since, scope_states
from sync.serials import CheckRule, Grammar
from tests.factories.catalogue import CABLE, GATEWAY, MESH, MODEM, ONT, make_catalogue
from tests.factories.customers import make_premises
from tests.factories.inventory import make_depot, make_units, make_van
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio


@dataclass
class Shop:
    """One depot and one van with an ONT each, and premises to install at."""

    depot: LocationView
    van: LocationView
    premises_id: UUID
    in_depot: str
    in_van: str

    @property
    def technician_id(self) -> UUID:
        assert self.van.technician_id is not None
        return self.van.technician_id

    async def install(self, tx: Transaction, serial: str, **changes: UUID):
        target = {"premises_id": self.premises_id, "technician_id": self.technician_id, "job_id": JOB} | changes
        return await service.install(tx, serial=serial, occurred_at=MONDAY, **target)


JOB = UUID("01978f6a-0000-7000-8000-00000000b001")


@pytest.fixture
async def shop(database: Database) -> Shop:
    async with database.transaction(SYSTEM, "test") as tx:
        await make_catalogue(tx)
        depot, van = await make_depot(tx), await make_van(tx)
        [shelved] = await make_units(tx, depot.id)
        [loaded] = await make_units(tx, van.id, first=2)
        return Shop(depot, van, (await make_premises(tx)).id, shelved.serial, loaded.serial)


async def test_received_units_are_available_where_they_came(database: Database, shop: Shop):
    async with database.snapshot(SYSTEM, "test") as tx:
        unit = await service.unit(tx, shop.in_depot)

    assert (unit.state, unit.location.id) == (SerialState.AVAILABLE, shop.depot.id)


async def test_a_serial_that_breaks_the_models_grammar_is_not_received(database: Database, shop: Shop):
    with pytest.raises(WrongSerial) as refused:
        async with database.transaction(SYSTEM, "test") as tx:
            await service.receive(tx, ONT.code, ["LWON0000000A", "LWON000000OB"], shop.depot.id)

    assert refused.value.params == {"serials": ["LWON000000OB"], "model": ONT.code}


async def test_a_serial_whose_check_digit_fails_is_not_received(database: Database, shop: Shop):
    async with database.transaction(SYSTEM, "test") as tx:
        await add_cpe_model(tx, MODEM)

        with pytest.raises(WrongSerial) as refused:
            await service.receive(tx, MODEM.code, ["490154203237518", "490154203273518"], shop.depot.id)

    assert refused.value.params["serials"] == ["490154203273518"]


async def test_a_serial_is_received_once(database: Database, shop: Shop):
    with pytest.raises(SerialKnown) as refused:
        async with database.transaction(SYSTEM, "test") as tx:
            await service.receive(tx, ONT.code, ["LWON0000000A", shop.in_van, "LWON0000000A"], shop.depot.id)

    assert refused.value.params == {"serials": [shop.in_van, "LWON0000000A"]}


async def test_a_counted_model_has_no_serials_to_receive(database: Database, shop: Shop):
    async with database.transaction(SYSTEM, "test") as tx:
        await add_cpe_model(tx, CABLE)

        with pytest.raises(NotSerialised):
            await service.receive(tx, CABLE.code, ["1"], shop.depot.id)


async def test_a_transfer_moves_the_unit_and_the_balance(database: Database, shop: Shop):
    async with database.transaction(SYSTEM, "test") as tx:
        await service.transfer(tx, [shop.in_depot], shop.depot.id, shop.van.id)

        assert await queries.balance(tx, [shop.depot.id, shop.van.id]) == {(shop.van.id, ONT.code): 2}
        assert [unit.serial for unit in await service.van_stock(tx, shop.technician_id)] == [shop.in_depot, shop.in_van]


async def test_a_transfer_says_which_units_are_elsewhere_and_moves_none(database: Database, shop: Shop):
    with pytest.raises(NotAtLocation) as refused:
        async with database.transaction(SYSTEM, "test") as tx:
            await service.transfer(tx, [shop.in_depot, shop.in_van], shop.depot.id, shop.van.id)

    assert refused.value.params == {"serials": [shop.in_van]}
    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await service.unit(tx, shop.in_depot)).location.id == shop.depot.id


async def test_a_transfer_leads_from_one_place_to_another(database: Database, shop: Shop):
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(WrongDestination):
            await service.transfer(tx, [shop.in_depot], shop.depot.id, shop.depot.id)


async def test_installed_equipment_is_at_the_premises_with_both_times(database: Database, shop: Shop):
    async with database.transaction(SYSTEM, "test") as tx:
        await service.install(
            tx,
            serial=shop.in_van,
            premises_id=shop.premises_id,
            technician_id=shop.technician_id,
            job_id=JOB,
            occurred_at=MONDAY - timedelta(hours=3),
        )

    async with database.snapshot(SYSTEM, "test") as tx:
        [unit] = await service.installed_at(tx, shop.premises_id)
        last = (await service.history(tx, shop.in_van)).facts[-1]
    assert (unit.serial, unit.state) == (shop.in_van, SerialState.INSTALLED)
    assert (last.command, last.occurred_at, last.recorded_at) == ("install", MONDAY - timedelta(hours=3), MONDAY)


async def test_the_same_installation_again_changes_nothing(database: Database, shop: Shop):
    async with database.transaction(SYSTEM, "test") as tx:
        once = await shop.install(tx, shop.in_van)
    async with database.transaction(SYSTEM, "test") as tx:
        again = await shop.install(tx, shop.in_van)

        moves = await tx.session.scalar(select(func.count()).where(StockMove.serial_unit_id == once.id))
    assert (again, moves) == (once, 2)


async def test_a_unit_in_the_depot_cannot_be_installed(database: Database, shop: Shop):
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(NotInVan):
            await shop.install(tx, shop.in_depot)


async def test_a_unit_in_another_van_cannot_be_installed(database: Database, shop: Shop):
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(NotInVan):
            await shop.install(tx, shop.in_van, technician_id=JOB)


async def test_a_unit_that_is_installed_elsewhere_is_in_use(database: Database, shop: Shop):
    async with database.transaction(SYSTEM, "test") as tx:
        await shop.install(tx, shop.in_van)
        other = await make_premises(tx)

        with pytest.raises(SerialInUse):
            await shop.install(tx, shop.in_van, premises_id=other.id)


async def test_a_misread_label_is_told_from_an_unknown_unit(database: Database, shop: Shop):
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(UnknownSerial):
            await shop.install(tx, "LWON00000099")
        with pytest.raises(WrongSerial):
            await shop.install(tx, "LWON0000009")


async def test_balances_are_the_sums_of_all_moves(database: Database, shop: Shop):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_units(tx, shop.depot.id, model=MESH.code, quantity=3)
        await shop.install(tx, shop.in_van)

    async with database.snapshot(SYSTEM, "test") as tx:
        page = await service.stock_page(tx, page_size=10, cursor=None)
    held = {view.location.id: {one.model: one.quantity for one in view.balances} for view in page.items}
    assert held == {shop.depot.id: {MESH.code: 3, ONT.code: 1}, shop.van.id: {}}


async def test_locations_come_in_pages(database: Database, shop: Shop):
    async with database.snapshot(SYSTEM, "test") as tx:
        first = await service.location_page(tx, kind=None, page_size=1, cursor=None)
        second = await service.location_page(tx, kind=None, page_size=1, cursor=first.next_cursor)

    assert [*first.items, *second.items] == [shop.depot, shop.van]
    assert second.next_cursor is None


async def test_a_unit_is_a_document_of_the_van_it_is_in(database: Database, shop: Shop):
    scope = f"technician:{shop.technician_id}"
    async with database.transaction(SYSTEM, "test") as tx:
        await service.transfer(tx, [shop.in_depot], shop.depot.id, shop.van.id)
        unit = await service.unit(tx, shop.in_depot)
    async with database.transaction(SYSTEM, "test") as tx:
        await shop.install(tx, shop.in_depot)

    async with database.snapshot(SYSTEM, "test") as tx:
        entries = {entry.id: entry for entry in await changes_since(tx, scope, after=0, limit=10)}
    assert (entries[unit.id].kind, entries[unit.id].op, entries[unit.id].why) == ("serial_unit", "remove", "scope")
    units = [entry.op for entry in entries.values() if entry.kind == "serial_unit"]
    assert sorted(units) == ["put", "remove"]


async def test_what_serials_of_a_model_look_like_is_on_every_phone(database: Database, shop: Shop):
    async with database.transaction(SYSTEM, "test") as tx:
        await add_cpe_model(tx, MODEM)
        await add_cpe_model(tx, CABLE)

    async with database.snapshot(SYSTEM, "test") as tx:
        [entry] = await changes_since(tx, MODELS, after=0, limit=10)
        document = (await render_grammars(tx, [entry.id]))[entry.id]

    assert entry.kind == "serial_grammars"
    assert [one.model for one in document.grammars] == [GATEWAY.code, MODEM.code, MESH.code, ONT.code]
    assert Grammar(model=MODEM.code, pattern=MODEM.serial_pattern, check=CheckRule.LUHN) in document.grammars


async def test_a_model_whose_serials_are_known_better_comes_to_the_phones_again(database: Database, shop: Shop):
    async with database.snapshot(SYSTEM, "test") as tx:
        before = await scope_states(tx, {MODELS})
    async with database.transaction(SYSTEM, "test") as tx:
        model = (await tx.session.scalars(select(CpeModelRow).where(CpeModelRow.code == ONT.code))).one()
        model.serial_pattern = "^LWON[0-9A-F]{9}$"

    async with database.snapshot(SYSTEM, "test") as tx:
        [entry] = await changes_since(tx, MODELS, after=before[MODELS].seq, limit=10)
        document = (await render_grammars(tx, [entry.id]))[entry.id]

    assert "^LWON[0-9A-F]{9}$" in {one.pattern for one in document.grammars}
