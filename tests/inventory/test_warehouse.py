"""The keeper's work: counted parts, transfers in two steps, counts, returns and releases; the ledger stays the truth."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from sqlalchemy import select

from backend.catalogue.schemas import CpeModel
from backend.catalogue.service import add_cpe_model
from backend.identity.principal import Principal, Role
from backend.inventory import queries, service, tasks
from backend.inventory.models import LocationKind, StockReservation
from backend.inventory.routes import ROUTES
from backend.inventory.schemas import LocationView, OutOfStock
from backend.jobs.models import ReviewCard
from backend.kernel import outbox
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.tasks import Task, run_due
from backend.subscriptions import subscriptions
from tests.factories.callers import calling
from tests.factories.catalogue import ONT, make_catalogue
from tests.factories.customers import make_premises
from tests.factories.inventory import make_depot, make_units, make_van
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

KEEPER = Principal(actor=SYSTEM, role=Role.WAREHOUSE)
SUPERVISOR = Principal(actor=SYSTEM, role=Role.SUPERVISOR)
CABLE = CpeModel(code="PATCH-2M", name="Cable", vendor="Any", serial_pattern="^.+$", is_serialised=False)
FIRST, SECOND = "LWON00000001", "LWON00000002"
ORDER = UUID("01978f6a-0000-7000-8000-00000000c001")
OTHER = UUID("01978f6a-0000-7000-8000-00000000c002")


@dataclass
class Yard:
    """A depot with two ONTs and twenty cables, an empty van, a bench for returns, and a customer's home."""

    database: Database
    depot: LocationView
    van: LocationView
    bench: LocationView
    premises_id: UUID

    async def call(
        self, method: str, path: str, body: Any = None, *, by: Principal = KEEPER
    ) -> tuple[int, dict[str, Any]]:
        """(status, what was answered)."""
        async with calling(self.database, ROUTES, by) as http:
            answer: httpx.Response = await http.request(method, f"/api/v1/{path}", json=body)
            return answer.status_code, answer.json()

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        status, answer = await self.call("POST", path, body)
        assert status == 201, answer
        return answer

    async def refused(self, path: str, **body: Any) -> tuple[int, str]:
        status, answer = await self.call("POST", path, body)
        return status, answer["code"]

    async def balances(self, *places: LocationView) -> list[dict[str, int]]:
        """Model → quantity at each of these places."""
        async with self.database.snapshot(SYSTEM, "test") as tx:
            found = await queries.balance(tx, [place.id for place in places])
        return [{model: n for (at, model), n in found.items() if at == place.id} for place in places]

    def to_van(self, **goods: Any) -> dict[str, Any]:
        return {"from_location_id": str(self.depot.id), "to_location_id": str(self.van.id), **goods}


@pytest.fixture
async def yard(database: Database) -> Yard:
    async with database.transaction(SYSTEM, "test") as tx:
        await make_catalogue(tx)
        await add_cpe_model(tx, CABLE)
        depot, van = await make_depot(tx), await make_van(tx)
        bench = await service.add_location(tx, kind=LocationKind.RETURNS, name="Bench")
        await make_units(tx, depot.id, quantity=2)
        await service.receive_parts(tx, CABLE.code, 20, depot.id)
        return Yard(database, depot, van, bench, (await make_premises(tx)).id)


async def reserve(tx: Transaction, quantity: int, order_id: UUID = ORDER):
    return await service.reserve(
        tx,
        model=CABLE.code,
        quantity=quantity,
        order_id=order_id,
        order_item_id=order_id,
        expires_at=tx.now + timedelta(minutes=15),
    )


# --- Counted parts ----------------------------------------------------------------------------------------------------


async def test_counted_parts_are_received_and_carried_by_number(yard: Yard):
    received = await yard.post("part-receipts", location_id=str(yard.depot.id), model=CABLE.code, quantity=5)

    await yard.post("stock-transfers", **yard.to_van(parts={CABLE.code: 7}))

    assert received == {"model": CABLE.code, "quantity": 25, "free": 25}
    assert await yard.balances(yard.depot, yard.van) == [{CABLE.code: 18, ONT.code: 2}, {CABLE.code: 7}]
    serialised = await yard.refused("part-receipts", location_id=str(yard.depot.id), model=ONT.code, quantity=1)
    assert serialised == (422, "not_counted")
    assert await yard.refused("stock-transfers", **yard.to_van(parts={CABLE.code: 19})) == (409, "out_of_stock")
    assert await yard.refused("stock-transfers", **yard.to_van()) == (422, "nothing_carried")


async def test_reserved_parts_leave_the_depot_only_for_their_order(yard: Yard):
    async with yard.database.transaction(SYSTEM, "test") as tx:
        [kept] = await reserve(tx, 15)

    assert await yard.refused("stock-transfers", **yard.to_van(parts={CABLE.code: 6})) == (409, "out_of_stock")
    await yard.post("stock-transfers", **yard.to_van(parts={CABLE.code: 15}, order_id=str(ORDER)))

    assert (kept.model, kept.quantity, kept.serial) == (CABLE.code, 15, None)
    async with yard.database.snapshot(SYSTEM, "test") as tx:
        assert await service.free_quantities(tx, [CABLE.code]) == {CABLE.code: 5}
        [held] = await service.reserved(tx, ORDER)
    assert held.quantity == 15


async def test_reserved_parts_are_free_again_when_their_time_is_over(yard: Yard, clock: FixedClock):
    async with yard.database.transaction(SYSTEM, "test") as tx:
        await reserve(tx, 15)
    expire = partial(tasks.expire_reservation, yard.database)
    clock.advance(15 * 60)

    await run_due(yard.database, Task(name="expire", model=StockReservation, perform=expire), "test")

    async with yard.database.snapshot(SYSTEM, "test") as tx:
        assert await service.free_quantities(tx, [CABLE.code]) == {CABLE.code: 20}


async def test_parts_that_are_used_for_an_order_settle_what_it_reserved(yard: Yard):
    assert yard.van.technician_id is not None
    async with yard.database.transaction(SYSTEM, "test") as tx:
        await reserve(tx, 15)
        await service.consume(
            tx,
            part=CABLE.code,
            quantity=9,
            premises_id=yard.premises_id,
            technician_id=yard.van.technician_id,
            job_id=tx.new_id(),
            occurred_at=MONDAY,
            order_id=ORDER,
        )

        [left] = await service.reserved(tx, ORDER)
    assert left.quantity == 6


async def test_parts_are_reserved_from_several_depots_or_not_at_all(yard: Yard):
    async with yard.database.transaction(SYSTEM, "test") as tx:
        other = await make_depot(tx, name="Second")
        await service.receive_parts(tx, CABLE.code, 4, other.id)
        kept = await reserve(tx, 22)

        with pytest.raises(OutOfStock) as refused:
            await reserve(tx, 3, OTHER)

    assert sorted(one.quantity for one in kept) == [2, 20]
    assert refused.value.params == {"model": CABLE.code, "wanted": 3, "available": 2}


# --- Transfers in two steps -------------------------------------------------------------------------------------------


async def test_what_is_shipped_is_nowhere_until_it_is_received(yard: Yard):
    order = await yard.post("transfer-orders", **yard.to_van(serials=[FIRST], parts={CABLE.code: 8}))
    on_the_way = await yard.balances(yard.depot, yard.van)
    again = await yard.refused("transfer-orders", **yard.to_van(serials=[FIRST]))

    received = await yard.post(f"transfer-orders/{order['id']}/receipts", serials=[FIRST], parts={CABLE.code: 8})

    assert on_the_way == [{CABLE.code: 12, ONT.code: 1}, {}]
    assert again == (409, "not_at_location")
    assert received["state"] == "received"
    assert await yard.balances(yard.depot, yard.van) == [{CABLE.code: 12, ONT.code: 1}, {CABLE.code: 8, ONT.code: 1}]
    assert await yard.refused(f"transfer-orders/{order['id']}/receipts") == (409, "illegal_move")


async def test_what_lacks_and_what_nobody_announced_is_told_and_given_up_in_the_end(yard: Yard):
    order = await yard.post("transfer-orders", **yard.to_van(serials=[FIRST, SECOND], parts={CABLE.code: 8}))
    url = f"transfer-orders/{order['id']}"

    short = await yard.post(f"{url}/receipts", serials=[FIRST, "LWON0000BEEF"], parts={CABLE.code: 5, "TAPE": 1})
    closed = await yard.post(f"{url}/closing", reason="the box was open")

    assert (short["state"], short["missing_serials"], short["missing_parts"]) == ("short", [SECOND], {CABLE.code: 3})
    assert (short["unexpected"], short["unexpected_parts"]) == (["LWON0000BEEF"], {"TAPE": 1})
    assert closed["state"] == "closed"
    assert await yard.balances(yard.van) == [{CABLE.code: 5, ONT.code: 1}]
    async with yard.database.snapshot(SYSTEM, "test") as tx:
        lost = await service.unit(tx, SECOND)
        total = await service.stock_page(tx, page_size=10, cursor=None)
    assert (lost.state, lost.location.kind) == ("missing", "missing")
    assert sum(one.quantity for view in total.items for one in view.balances if one.model == CABLE.code) == 20


async def test_a_unit_that_an_order_reserved_is_reserved_again_where_it_arrives(yard: Yard):
    async with yard.database.transaction(SYSTEM, "test") as tx:
        [kept] = await service.reserve(
            tx, model=ONT.code, quantity=1, order_id=ORDER, order_item_id=ORDER, expires_at=None
        )
        [gone] = await service.reserve(
            tx, model=ONT.code, quantity=1, order_id=OTHER, order_item_id=OTHER, expires_at=None
        )
    order = await yard.post("transfer-orders", **yard.to_van(serials=[kept.serial, gone.serial]))
    async with yard.database.transaction(SYSTEM, "test") as tx:
        await service.release_reservations(tx, OTHER)

    await yard.post(f"transfer-orders/{order['id']}/receipts", serials=[kept.serial, gone.serial])

    async with yard.database.snapshot(SYSTEM, "test") as tx:
        states = {unit.serial: str(unit.state) for unit in await service.van_stock(tx, yard.van.technician_id)}  # type: ignore[arg-type]
    assert states == {kept.serial: "reserved", gone.serial: "available"}


# --- Counts -----------------------------------------------------------------------------------------------------------


async def test_a_count_corrects_the_ledger_with_its_reason(yard: Yard):
    counted = {"location_id": str(yard.depot.id), "reason": "cycle count of May"}

    parts = await yard.post("stock-counts", **counted, model=CABLE.code, quantity=17)
    units = await yard.post("stock-counts", **counted, model=ONT.code, serials=[FIRST, "LWON0000BEEF"])
    found = await yard.post("stock-counts", **counted, model=ONT.code, serials=[FIRST, SECOND])

    assert (parts["expected"], parts["counted"], parts["reason"]) == (20, 17, "cycle count of May")
    assert (units["missing"], units["found"], units["misplaced"]) == ([SECOND], [], ["LWON0000BEEF"])
    assert (found["expected"], found["missing"], found["found"]) == (1, [], [SECOND])
    assert await yard.balances(yard.depot) == [{CABLE.code: 17, ONT.code: 2}]
    assert await yard.refused("stock-counts", **counted, model=ONT.code, quantity=2) == (422, "wrong_count")


async def test_a_count_that_differs_and_a_transfer_that_lacks_are_put_before_a_person(yard: Yard):
    order = await yard.post("transfer-orders", **yard.to_van(serials=[FIRST]))
    await yard.post(f"transfer-orders/{order['id']}/receipts")
    await yard.post("stock-counts", location_id=str(yard.depot.id), model=CABLE.code, quantity=21, reason="recount")
    await yard.post("stock-counts", location_id=str(yard.depot.id), model=CABLE.code, quantity=21, reason="again")

    await run_due(yard.database, outbox.delivering(yard.database, subscriptions("http://test")), "test")

    async with yard.database.snapshot(SYSTEM, "test") as tx:
        cards = (await tx.session.scalars(select(ReviewCard).order_by(ReviewCard.id))).all()
    assert [(card.kind, card.reason) for card in cards] == [("stock", "transfer_differs"), ("stock", "count_differs")]
    assert cards[0].params["missing"] == [FIRST]
    assert (cards[1].params["expected"], cards[1].params["counted"]) == (20, 21)


# --- Returns and custody ----------------------------------------------------------------------------------------------


async def installed(yard: Yard, serial: str) -> None:
    """Carry a unit into the van and put it in at the customer's."""
    assert yard.van.technician_id is not None
    async with yard.database.transaction(SYSTEM, "test") as tx:
        await service.transfer(tx, [serial], yard.depot.id, yard.van.id)
        await service.install(
            tx,
            serial=serial,
            premises_id=yard.premises_id,
            technician_id=yard.van.technician_id,
            job_id=tx.new_id(),
            occurred_at=MONDAY,
        )


async def test_a_returned_unit_goes_to_the_vendor_and_back_and_every_hand_is_known(yard: Yard):
    await installed(yard, FIRST)
    async with yard.database.transaction(SYSTEM, "test") as tx:
        vendor = await service.add_location(tx, kind=LocationKind.SUPPLIER, name="Lumen Works")
    receipt = await yard.post("stock-returns", serial=FIRST, to_location_id=str(yard.bench.id))
    url = f"serial-units/{FIRST}"
    bench, depot = str(yard.bench.id), str(yard.depot.id)
    await yard.post(f"{url}/dispositions", disposition="quarantine", reason="no light", to_location_id=bench)
    sent = {
        "disposition": "returnToVendor",
        "reason": "no light",
        "reference": "RMA-7",
        "to_location_id": str(vendor.id),
    }
    await yard.post(f"{url}/dispositions", **sent)
    back = await yard.post(f"{url}/dispositions", disposition="takeBack", reason="repaired", to_location_id=depot)

    _, custody = await yard.call("GET", f"{url}/custody")
    _, told = await yard.call("GET", f"return-receipts/{receipt['number']}")

    assert [link["went_to"]["kind"] for link in custody["links"]] == [
        "depot", "van", "premises", "returns", "supplier", "depot",
    ]  # fmt: skip
    assert [link["reason"] for link in custody["links"]] == [
        "receipt", "transfer", "installation", "return", "disposal", "disposal",
    ]  # fmt: skip
    assert {link["actor_kind"] for link in custody["links"]} == {"system"}
    assert custody["receipts"] == [told] == [receipt]
    assert (told["serial"], told["premises_id"], told["job_id"]) == (FIRST, str(yard.premises_id), None)
    assert back["state"] == "available"


async def test_what_a_technician_fetches_has_a_receipt_and_can_be_scrapped_only_from_the_bench(yard: Yard):
    await installed(yard, FIRST)
    assert yard.van.technician_id is not None
    async with yard.database.transaction(SYSTEM, "test") as tx:
        job_id = tx.new_id()
        where = {"premises_id": yard.premises_id, "technician_id": yard.van.technician_id}
        await service.recover(tx, serial=FIRST, job_id=job_id, occurred_at=MONDAY, **where)
    bench = str(yard.bench.id)

    early = await yard.refused(f"serial-units/{FIRST}/dispositions", disposition="scrap", reason="burnt")
    astray = await yard.refused(f"serial-units/{FIRST}/dispositions", disposition="quarantine", reason="burnt")
    again = await yard.refused("stock-returns", serial=FIRST, to_location_id=bench)
    await yard.post(
        f"serial-units/{FIRST}/dispositions", disposition="quarantine", reason="burnt", to_location_id=bench
    )
    gone = await yard.post(f"serial-units/{FIRST}/dispositions", disposition="scrap", reason="burnt")

    assert (early, astray) == ((409, "illegal_move"), (422, "wrong_destination"))
    assert again == (409, "not_at_premises")
    assert (gone["state"], gone["location"]["kind"]) == ("scrapped", "scrapped")
    _, custody = await yard.call("GET", f"serial-units/{FIRST}/custody")
    assert [receipt["job_id"] for receipt in custody["receipts"]] == [str(job_id)]


# --- Export control ---------------------------------------------------------------------------------------------------


async def test_a_flagged_destination_waits_for_a_release_by_somebody_who_does_not_ship(yard: Yard):
    van = f"stock-locations/{yard.van.id}"
    wanted = {"to_location_id": str(yard.van.id), "reason": "end use checked", "valid_until": later(hours=1)}
    assert (await yard.call("PATCH", van, {"is_restricted": True}, by=KEEPER))[0] == 403
    await yard.call("PATCH", van, {"is_restricted": True}, by=SUPERVISOR)

    blocked = await yard.refused("stock-transfers", **yard.to_van(serials=[FIRST]))
    not_his = await yard.call("POST", "export-releases", wanted, by=KEEPER)
    _, release = await yard.call("POST", "export-releases", wanted, by=SUPERVISOR)
    await yard.post("stock-transfers", **yard.to_van(serials=[FIRST]))
    await yard.call("POST", f"export-releases/{release['id']}/revocation", by=SUPERVISOR)

    assert (blocked, not_his[0]) == ((409, "export_release_needed"), 403)
    assert await yard.refused("transfer-orders", **yard.to_van(serials=[SECOND])) == blocked


async def test_a_controlled_model_goes_nowhere_without_a_release_that_still_holds(yard: Yard, clock: FixedClock):
    async with yard.database.transaction(SYSTEM, "test") as tx:
        await add_cpe_model(tx, msgspec.structs.replace(CABLE, code="CRYPT", is_export_controlled=True))
        await service.receive_parts(tx, "CRYPT", 3, yard.depot.id)
    goods = yard.to_van(parts={"CRYPT": 1})
    release = {"model": "CRYPT", "reason": "licence 17", "valid_until": later(hours=1)}

    before = await yard.refused("stock-transfers", **goods)
    empty = await yard.call("POST", "export-releases", release | {"model": None}, by=SUPERVISOR)
    assert (await yard.call("POST", "export-releases", release, by=SUPERVISOR))[0] == 201
    await yard.post("stock-transfers", **goods)
    clock.advance(2 * 3600)

    assert before == await yard.refused("stock-transfers", **goods) == (409, "export_release_needed")
    assert (empty[0], empty[1]["code"]) == (422, "bad_release")


def later(*, hours: int) -> str:
    return (MONDAY + timedelta(hours=hours)).isoformat()


# --- Replenishment ----------------------------------------------------------------------------------------------------


async def test_a_van_is_filled_up_for_its_coming_jobs_from_the_depot_that_has_most(yard: Yard):
    assert yard.van.technician_id is not None
    level = {"location_id": str(yard.van.id), "model": CABLE.code, "minimum": 4, "maximum": 10}
    assert (await yard.call("PUT", "stock-levels", level | {"maximum": 3}))[1]["code"] == "bad_stock_level"
    await yard.call("PUT", "stock-levels", level)
    await yard.post("stock-transfers", **yard.to_van(parts={CABLE.code: 6}))

    async with yard.database.snapshot(SYSTEM, "test") as tx:
        quiet = await service.replenishment(tx, {})
        busy = await service.replenishment(
            tx, {(yard.van.technician_id, CABLE.code): 5, (yard.van.technician_id, ONT.code): 3}
        )

    assert quiet == []
    told = [(one.model, one.from_location_id, one.quantity, one.held, one.demand, one.short) for one in busy]
    assert told == [(ONT.code, yard.depot.id, 2, 0, 3, 1), (CABLE.code, yard.depot.id, 9, 6, 5, 0)]
