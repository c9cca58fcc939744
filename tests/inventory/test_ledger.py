"""Whatever is done with stock, in whatever order: each unit is in one place, and nothing appears or vanishes (I5)."""

from collections import Counter
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.catalogue.schemas import CpeModel
from backend.catalogue.service import add_cpe_model
from backend.inventory import queries, service
from backend.inventory.lifecycle import ReservationState, SerialState
from backend.inventory.models import LocationKind, SerialUnit, StockLocation, StockMove, StockReservation
from backend.inventory.schemas import LocationView, TransferStock
from backend.inventory.warehouse_schemas import AcceptReturn, CountStock, DisposeOf, Disposition, ReceiveTransfer
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.errors import DomainError
from tests.factories.catalogue import ONT, make_catalogue
from tests.factories.customers import make_premises
from tests.factories.inventory import make_depot, make_units, make_van
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio

STEPS, LOOKS_EVERY = 200, 10
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.drill) for seed in range(1, 20))]
UNITS, CABLES = 30, 40
CABLE = CpeModel(code="PATCH-2M", name="Cable", vendor="Any", serial_pattern="^.+$", is_serialised=False)


class Keepers:
    """People who do anything that the service lets them, by a seed. done: how often each step was not refused."""

    def __init__(self, seed: int, places: list[LocationView], premises: list[UUID], serials: list[str]) -> None:
        self.random = Random(seed)
        self.places, self.premises, self.serials = places, premises, serials
        self.van = next(place for place in places if place.kind is LocationKind.VAN)
        self.transfers: list[UUID] = []
        self.done: Counter[str] = Counter()

    async def step(self, tx: Transaction) -> None:
        steps = [self.carry, self.ship, self.unpack, self.close, self.count, self.install, self.recover]
        step = self.random.choice([*steps, self.give_back, self.dispose, self.consume, self.reserve, self.release])
        try:
            async with tx.savepoint():
                await step(tx)
        except DomainError:
            return
        self.done[step.__name__] += 1

    async def at(self, tx: Transaction, place_id: UUID) -> list[str]:
        """Most of the serials of a place, and now and then a wrong one."""
        here = [one.serial for one in await queries.units_in(tx, [place_id]) if self.random.random() < 0.85]
        return here + ([self.random.choice(self.serials)] if self.random.random() < 0.1 else [])

    def parts(self) -> dict[str, int]:
        return {CABLE.code: self.random.randint(1, 9)} if self.random.random() < 0.2 else {}

    async def goods(self, tx: Transaction) -> dict[str, Any]:
        source, target = self.random.sample(self.places, 2)
        serials = (await self.at(tx, source.id))[: self.random.randint(0, 3)]
        return {"serials": serials, "from_location_id": source.id, "to_location_id": target.id}

    async def carry(self, tx: Transaction) -> None:
        await service.transfer(tx, **await self.goods(tx), parts=self.parts())

    async def ship(self, tx: Transaction) -> None:
        wanted = TransferStock(**await self.goods(tx), parts=self.parts())
        self.transfers.append((await service.ship_transfer(tx, wanted)).id)

    async def unpack(self, tx: Transaction) -> None:
        if self.transfers:
            sent = await service.transfer_order(tx, self.random.choice(self.transfers))
            found = [serial for serial in [*sent.serials, self.serials[0]] if self.random.random() < 0.7]
            parts = {model: self.random.randint(1, count + 1) for model, count in sent.missing_parts.items()}
            await service.receive_transfer(tx, sent.id, ReceiveTransfer(serials=found, parts=parts))

    async def close(self, tx: Transaction) -> None:
        if self.transfers:
            await service.close_transfer(tx, self.random.choice(self.transfers), "never came")

    async def count(self, tx: Transaction) -> None:
        place = self.random.choice(self.places).id
        where = {"location_id": place, "reason": "cycle count"}
        if self.random.random() < 0.5:
            seen = CountStock(**where, model=CABLE.code, quantity=self.random.randint(0, 20))
        else:
            seen = CountStock(**where, model=ONT.code, serials=await self.at(tx, place))
        await service.count_stock(tx, seen)

    async def install(self, tx: Transaction) -> None:
        serials = await self.at(tx, self.van.id) or self.serials
        await service.install(tx, serial=self.random.choice(serials), **self.visit(tx))

    async def recover(self, tx: Transaction) -> None:
        await service.recover(tx, serial=await self.installed(tx), **self.visit(tx))

    async def consume(self, tx: Transaction) -> None:
        await service.consume(tx, part=CABLE.code, quantity=self.random.randint(1, 3), **self.visit(tx))

    async def installed(self, tx: Transaction) -> str:
        there = [one.serial for premises in self.premises for one in await service.installed_at(tx, premises)]
        return self.random.choice(there or self.serials)

    def visit(self, tx: Transaction) -> dict[str, Any]:
        where = {"premises_id": self.random.choice(self.premises), "technician_id": self.van.technician_id}
        return {**where, "job_id": tx.new_id(), "occurred_at": MONDAY}

    async def give_back(self, tx: Transaction) -> None:
        place = self.random.choice(self.places).id
        await service.accept_return(tx, AcceptReturn(serial=await self.installed(tx), to_location_id=place))

    async def dispose(self, tx: Transaction) -> None:
        place, decided = self.random.choice(self.places).id, self.random.choice(list(Disposition))
        wanted = DisposeOf(disposition=decided, reason="as it is", to_location_id=place)
        await service.dispose_of(tx, self.random.choice(self.serials), wanted)

    async def reserve(self, tx: Transaction) -> None:
        model, order_id = self.random.choice([ONT.code, CABLE.code]), UUID(int=self.random.randint(1, 4))
        quantity = self.random.randint(1, 3)
        item = {"order_id": order_id, "order_item_id": order_id, "expires_at": None}
        await service.reserve(tx, model=model, quantity=quantity, **item)

    async def release(self, tx: Transaction) -> None:
        await service.release_reservations(tx, UUID(int=self.random.randint(1, 4)))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the rules are the same on both
@pytest.mark.parametrize("seed", SEEDS)
async def test_the_ledger_adds_up_after_any_work(database: Database, seed: int):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_catalogue(tx)
        await add_cpe_model(tx, CABLE)
        places = [await make_depot(tx), await make_depot(tx, name="Second"), await make_van(tx)]
        places += [
            await service.add_location(tx, kind=kind, name=str(kind))
            for kind in (LocationKind.RETURNS, LocationKind.SUPPLIER)
        ]
        units = await make_units(tx, places[0].id, quantity=UNITS)
        await service.receive_parts(tx, CABLE.code, CABLES, places[0].id)
        premises = [(await make_premises(tx)).id for _ in range(2)]
        keepers = Keepers(seed, places, premises, [unit.serial for unit in units])

        for number in range(STEPS):
            await keepers.step(tx)
            if number % LOOKS_EVERY == 0:
                await check(tx, f"seed {seed}, step {number}, after {keepers.done}")

    assert len(keepers.done) >= 8, f"seed {seed} came to few kinds of work: {keepers.done}"


async def check(tx: Transaction, when: str) -> None:
    await tx.flush()
    places = [place.id for place in await tx.session.scalars(select(StockLocation))]
    units = list(await tx.session.scalars(select(SerialUnit)))
    balances = await queries.balance(tx, places)

    assert sum(n for (_, model), n in balances.items() if model == CABLE.code) == CABLES, when
    by_place = Counter((unit.location_id, unit.model) for unit in units)
    assert {key: n for key, n in balances.items() if key[1] == ONT.code} == dict(by_place), when
    last = {line.serial_unit_id: line.to_location_id for line in await _lines(tx)}
    assert all(last[unit.id] == unit.location_id for unit in units), when
    await check_reservations(tx, units, when)


async def check_reservations(tx: Transaction, units: list[SerialUnit], when: str) -> None:
    live = list(
        await tx.session.scalars(select(StockReservation).where(StockReservation.state == ReservationState.RESERVED))
    )
    kept = {one.serial_unit_id for one in live if one.serial_unit_id}
    assert {unit.id for unit in units if unit.state is SerialState.RESERVED} <= kept, when
    travelling = {unit.id for unit in units if unit.state is SerialState.IN_TRANSIT}
    assert kept <= {unit.id for unit in units if unit.state is SerialState.RESERVED} | travelling, when


async def _lines(tx: Transaction) -> list[StockMove]:
    query = select(StockMove).where(StockMove.serial_unit_id.is_not(None))
    return list(await tx.session.scalars(query.order_by(StockMove.at, StockMove.id)))
