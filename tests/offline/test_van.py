"""The van, worked with from the phone: what came, was handed over, counted, asked for and set apart, without a network."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from backend.catalogue.schemas import CpeModel
from backend.catalogue.service import add_cpe_model
from backend.identity.principal import Principal, Role
from backend.inventory import queries
from backend.inventory import service as inventory
from backend.inventory.lifecycle import TransferState
from backend.inventory.models import LocationKind
from backend.inventory.schemas import LocationView, TransferStock
from backend.inventory.warehouse_schemas import ReceiveTransfer, SetStockLevel, TransferOrderView
from backend.jobs.errors import StillRefused
from backend.jobs.lifecycle import ReviewCommand
from backend.jobs.schemas import ResolveReview
from backend.kernel import outbox
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.tasks import run_due
from backend.offline import service
from backend.subscriptions import subscriptions
from sync.operations import CaptureMethod, Note, Operation, PartsConsumed, SerialInstalled
from sync.protocol import JsonObject, MutationState
from sync.vanwork import HandedOver, PartsRequested, StockCounted, TransferReceived, UnitFaulty
from tests.factories.catalogue import ONT
from tests.factories.handset import Handset, make_carrier
from tests.factories.inventory import make_depot, make_units, make_van
from tests.factories.workforce import make_technician
from tests.fakes import FixedClock
from tests.offline.conftest import Field

pytestmark = pytest.mark.anyio

KEEPER = Principal(actor=SYSTEM, role=Role.WAREHOUSE)
CABLE = CpeModel(code="PATCH-2M", name="Cable", vendor="Any", serial_pattern="^.+$", is_serialised=False)
FIRST, SECOND, THIRD, OWN = (f"LWON{number:08X}" for number in range(1, 5))
APPLIED, CONFLICT = (MutationState.APPLIED, None), MutationState.CONFLICT


@dataclass(frozen=True, kw_only=True)
class Yard:
    """A depot with three ONTs and 20 cables, of which two and ten are on their way to the van; one ONT in the van."""

    database: Database
    phone: Handset
    depot: LocationView
    bench: LocationView
    van: LocationView
    transfer: TransferOrderView

    def do(self, operation: Operation) -> None:
        self.phone.do(self.van.id, operation)

    async def verdicts(self) -> list[tuple[MutationState, str | None]]:
        return [(result.status, result.code) for result in await self.phone.push()]

    async def document(self) -> JsonObject:
        await self.phone.pull()
        (van,) = self.phone.held("van").values()
        return van

    async def whereabouts(self, serial: str) -> tuple[str, str]:
        async with self.database.snapshot(SYSTEM, "test") as tx:
            unit = await inventory.unit(tx, serial)
        return str(unit.state), str(unit.location.kind)

    async def cables(self, place: LocationView) -> int:
        async with self.database.snapshot(SYSTEM, "test") as tx:
            return (await queries.balance(tx, [place.id])).get((place.id, CABLE.code), 0)

    async def deliver(self) -> None:
        """Let everybody react to what happened."""
        await run_due(self.database, outbox.delivering(self.database, subscriptions("http://test")), "test")

    async def decide(self, command: ReviewCommand, note: str = "looked at") -> None:
        """The keeper decides the one card that is on the phone."""
        await self.phone.pull()
        (card,) = [one for one in self.phone.held("review_card").values() if one["state"] == "open"]
        async with self.database.transaction(SYSTEM, "test") as tx:
            wanted = ResolveReview(resolution=command, note=note)
            await service.resolve_review(tx, KEEPER, UUID(card["id"]), wanted)


@pytest.fixture
async def yard(database: Database, field: Field) -> Yard:
    async with database.transaction(SYSTEM, "test") as tx:
        await add_cpe_model(tx, CABLE)
        depot, van = await make_depot(tx), await make_van(tx, field.technician.id)
        bench = await inventory.add_location(tx, kind=LocationKind.RETURNS, name="Bench")
        await make_units(tx, depot.id, quantity=3)
        await make_units(tx, van.id, quantity=1, first=4)
        await inventory.receive_parts(tx, CABLE.code, 20, depot.id)
        wanted = TransferStock(
            from_location_id=depot.id, to_location_id=van.id, serials=[FIRST, SECOND], parts={CABLE.code: 10}
        )
        transfer = await inventory.ship_transfer(tx, wanted)
        await inventory.set_level(tx, SetStockLevel(location_id=van.id, model=CABLE.code, minimum=5, maximum=30))
    await field.phone.pull()
    return Yard(database=database, phone=field.phone, depot=depot, bench=bench, van=van, transfer=transfer)


def received(yard: Yard, *serials: str, cables: int) -> TransferReceived:
    return TransferReceived(transfer=str(yard.transfer.id), serials=serials, parts={CABLE.code: cables})


async def test_the_phone_knows_what_the_van_holds_and_what_is_on_its_way(yard: Yard):
    van = await yard.document()

    (coming,) = van["transfers"]
    assert (van["name"], van["parts"]) == ("Van", {CABLE.code: 0})
    assert van["levels"] == {CABLE.code: {"minimum": 5, "maximum": 30}}
    assert (coming["from_name"], coming["state"], coming["parts"]) == ("Depot", "shipped", {CABLE.code: 10})
    assert coming["units"] == [{"serial": serial, "model": ONT.code} for serial in (FIRST, SECOND)]
    assert [(one["name"], one["kind"]) for one in van["places"]] == [("Bench", "returns"), ("Depot", "depot")]


async def test_a_transfer_is_received_with_what_differs(yard: Yard, clock: FixedClock):
    yard.do(received(yard, FIRST, THIRD, cables=8))
    clock.advance(3600)

    assert await yard.verdicts() == [APPLIED]

    await yard.deliver()
    van = await yard.document()
    (card,) = yard.phone.held("review_card").values()
    assert await yard.whereabouts(FIRST) == ("available", "van")
    assert await yard.whereabouts(SECOND) == ("inTransit", "transit")
    assert await yard.whereabouts(THIRD) == ("available", "depot")
    assert van["parts"] == {CABLE.code: 8}
    assert [(one["units"], one["parts"]) for one in van["transfers"]] == [
        ([{"serial": SECOND, "model": ONT.code}], {CABLE.code: 2})
    ]
    assert (card["reason"], card["params"]["missing"], card["params"]["unexpected"]) == (
        "transfer_differs",
        [SECOND],
        [THIRD],
    )


async def test_what_was_received_without_a_network_may_be_put_in_at_once(yard: Yard, field: Field):
    yard.do(received(yard, FIRST, SECOND, cables=10))
    yard.phone.do(field.job.id, SerialInstalled(serial=FIRST, method=CaptureMethod.SCAN))
    yard.phone.do(field.job.id, PartsConsumed(part=CABLE.code, quantity=3))

    assert await yard.verdicts() == [APPLIED] * 3

    assert await yard.whereabouts(FIRST) == ("installed", "premises")
    assert (await yard.document())["parts"] == {CABLE.code: 7}


async def test_a_transfer_that_the_keeper_took_in_meanwhile_is_merged(yard: Yard):
    yard.do(received(yard, FIRST, SECOND, cables=10))
    async with yard.database.transaction(SYSTEM, "test") as tx:
        whole = ReceiveTransfer(serials=[FIRST, SECOND], parts={CABLE.code: 10})
        await inventory.receive_transfer(tx, yard.transfer.id, whole)

    assert await yard.verdicts() == [(MutationState.MERGED, None)]

    assert await yard.cables(yard.van) == 10


async def test_a_transfer_to_another_van_is_not_received_here(yard: Yard, field: Field):
    async with yard.database.transaction(SYSTEM, "test") as tx:
        other = await make_van(tx, (await make_technician(tx, field.technician.territory_id)).id)
        wanted = TransferStock(from_location_id=yard.depot.id, to_location_id=other.id, serials=[THIRD])
        theirs = await inventory.ship_transfer(tx, wanted)
    yard.do(TransferReceived(transfer=str(theirs.id), serials=(THIRD,)))
    yard.do(TransferReceived(transfer="no id", serials=(THIRD,)))

    assert await yard.verdicts() == [(MutationState.REJECTED, "no_such_transfer")] * 2

    assert await yard.whereabouts(THIRD) == ("inTransit", "transit")


async def test_what_is_handed_over_is_on_its_way_to_the_other_place(yard: Yard):
    yard.do(received(yard, FIRST, SECOND, cables=10))
    yard.do(HandedOver(to="Depot", serials=(FIRST.lower(), OWN), parts={CABLE.code: 4}))

    assert await yard.verdicts() == [APPLIED] * 2

    async with yard.database.snapshot(SYSTEM, "test") as tx:
        page = await inventory.transfer_page(tx, state=TransferState.SHIPPED, page_size=9, cursor=None)
    (leaving,) = page.items
    assert (leaving.to_location_id, sorted(leaving.serials), leaving.parts) == (
        yard.depot.id,
        [FIRST, OWN],
        {CABLE.code: 4},
    )
    assert (await yard.document())["parts"] == {CABLE.code: 6}
    assert [one["serial"] for one in yard.phone.held("serial_unit").values()] == [SECOND]


async def test_a_unit_that_went_elsewhere_is_asked_about_and_the_rest_is_handed_over(yard: Yard):
    yard.do(HandedOver(to=str(yard.depot.id), serials=(OWN, THIRD)))

    assert await yard.verdicts() == [(CONFLICT, "not_in_van")]

    assert await yard.whereabouts(OWN) == ("inTransit", "transit")
    with pytest.raises(StillRefused):
        await yard.decide(ReviewCommand.APPLY)
    async with yard.database.transaction(SYSTEM, "test") as tx:
        await inventory.transfer(tx, [THIRD], yard.depot.id, yard.van.id)
    await yard.decide(ReviewCommand.APPLY)
    assert await yard.whereabouts(THIRD) == ("inTransit", "transit")
    async with yard.database.snapshot(SYSTEM, "test") as tx:
        page = await inventory.transfer_page(tx, state=TransferState.SHIPPED, page_size=9, cursor=None)
    assert [one.serials for one in page.items if one.to_location_id == yard.depot.id] == [[OWN], [THIRD]]
    await yard.phone.pull()
    assert [entry.state for entry in yard.phone.replica.outbox.entries] == [MutationState.RESOLVED]


@pytest.mark.parametrize(
    ("operation", "verdict"),
    [
        (HandedOver(to="Nowhere", serials=(OWN,)), (MutationState.REJECTED, "no_such_stock_location")),
        (HandedOver(to="Depot", parts={CABLE.code: 1}), (CONFLICT, "out_of_stock")),
        (StockCounted(model=ONT.code, quantity=3), (MutationState.REJECTED, "wrong_count")),
        (PartsRequested(model="NONE", quantity=3), (MutationState.REJECTED, "unknown_model")),
        (UnitFaulty(serial=THIRD, method=CaptureMethod.SCAN, reason="dark"), (CONFLICT, "not_in_van")),
        (
            UnitFaulty(serial="LWON000000FF", method=CaptureMethod.SCAN, reason="dark"),
            (MutationState.REJECTED, "unknown_serial"),
        ),
    ],
)
async def test_what_cannot_stand_has_its_reason_on_a_card(
    yard: Yard, operation: Operation, verdict: tuple[MutationState, str | None]
):
    yard.do(operation)

    assert await yard.verdicts() == [verdict]

    await yard.phone.pull()
    (card,) = yard.phone.held("review_card").values()
    assert (card["reason"], card["state"]) == (verdict[1], "open")
    assert await yard.whereabouts(OWN) == ("available", "van")


async def test_a_count_is_of_when_it_was_made(yard: Yard, field: Field, clock: FixedClock):
    yard.do(received(yard, FIRST, SECOND, cables=10))
    clock.advance(60)
    yard.do(StockCounted(model=ONT.code, serials=(OWN, FIRST)))
    yard.do(StockCounted(model=CABLE.code, quantity=9))
    clock.advance(60)
    yard.phone.do(field.job.id, PartsConsumed(part=CABLE.code, quantity=2))
    clock.advance(3600)
    async with yard.database.transaction(SYSTEM, "test") as tx:
        await inventory.transfer(tx, [OWN], yard.van.id, yard.depot.id)
        await inventory.transfer(tx, [THIRD], yard.depot.id, yard.van.id)

    assert await yard.verdicts() == [APPLIED] * 4

    van = await yard.document()
    assert await yard.whereabouts(SECOND) == ("missing", "missing")
    assert await yard.whereabouts(OWN) == ("available", "depot")
    assert await yard.whereabouts(THIRD) == ("available", "van")
    assert van["parts"] == {CABLE.code: 7}
    assert van["counted"].keys() == {ONT.code, CABLE.code}
    await yard.deliver()
    await yard.phone.pull()
    told = {card["params"]["model"]: card["params"] for card in yard.phone.held("review_card").values()}
    assert (told[ONT.code]["missing"], told[ONT.code]["misplaced"]) == ([SECOND], [])
    assert (told[CABLE.code]["expected"], told[CABLE.code]["counted"]) == (10, 9)


async def test_parts_that_were_asked_for_are_sent_by_who_keeps_the_store(yard: Yard):
    yard.do(PartsRequested(model=CABLE.code, quantity=5, note="Big building"))
    yard.do(PartsRequested(model=ONT.code, quantity=1))

    assert await yard.verdicts() == [APPLIED] * 2

    await yard.phone.pull()
    cards = {card["params"]["model"]: card for card in yard.phone.held("review_card").values()}
    assert cards[CABLE.code]["subject"] == "5 × PATCH-2M, Van"
    for card in cards.values():
        async with yard.database.transaction(SYSTEM, "test") as tx:
            wanted = ResolveReview(resolution=ReviewCommand.APPLY, note="On its way.")
            await service.resolve_review(tx, KEEPER, UUID(card["id"]), wanted)
    coming = (await yard.document())["transfers"][1:]
    assert [(one["parts"], one["units"]) for one in coming] == [
        ({CABLE.code: 5}, []),
        ({}, [{"serial": THIRD, "model": ONT.code}]),
    ]


async def test_a_request_that_is_turned_down_says_why(yard: Yard):
    yard.do(PartsRequested(model=CABLE.code, quantity=500))
    await yard.verdicts()

    await yard.decide(ReviewCommand.DISMISS, "Next week.")

    await yard.phone.pull()
    (card,) = yard.phone.held("review_card").values()
    assert (card["state"], card["note"]) == ("resolved", "Next week.")


async def test_a_faulty_unit_is_set_apart_and_goes_to_the_returns_only(yard: Yard):
    yard.do(UnitFaulty(serial=OWN, method=CaptureMethod.SCAN, reason="No light"))
    yard.do(UnitFaulty(serial=OWN, method=CaptureMethod.SCAN, reason="Still no light"))
    yard.do(HandedOver(to="Depot", serials=(OWN,)))
    yard.do(HandedOver(to="Bench", serials=(OWN,)))

    assert await yard.verdicts() == [APPLIED] * 2 + [(MutationState.REJECTED, "wrong_destination"), APPLIED]

    assert await yard.whereabouts(OWN) == ("quarantined", "transit")
    async with yard.database.snapshot(SYSTEM, "test") as tx:
        history = await inventory.history(tx, OWN)
    assert [fact.command for fact in history.facts] == ["putAway", "quarantine"]


async def test_nobody_works_in_anothers_van(yard: Yard, field: Field):
    async with yard.database.transaction(SYSTEM, "test") as tx:
        other = await make_technician(tx, field.technician.territory_id)
        await make_van(tx, other.id)
        stranger = Handset(yard.database, await make_carrier(tx, other), outbox="phone.other")
    stranger.do(yard.van.id, HandedOver(to="Depot", serials=(OWN,)))

    (result,) = await stranger.push()

    assert (result.status, result.code, result.version) == (MutationState.QUARANTINED, "not_found", None)
    assert await yard.whereabouts(OWN) == ("available", "van")
    await stranger.pull()
    assert str(yard.van.id) not in stranger.held("van")


async def test_the_same_work_sent_twice_counts_once(yard: Yard):
    yard.do(HandedOver(to="Depot", serials=(OWN,)))
    request = yard.phone.request()
    await yard.phone.send(request)

    (again,) = (await yard.phone.send(request)).results

    assert again.status is MutationState.DUPLICATE
    assert again.first is not None
    assert again.first.status is MutationState.APPLIED


async def test_work_at_a_job_asks_nothing_of_the_van_and_leaves_its_document_alone(
    yard: Yard, field: Field, monkeypatch: pytest.MonkeyPatch
):
    async def unasked(*_: object) -> None:
        raise AssertionError("nobody works in the van")

    name = f"van/{yard.van.id}"
    before = yard.phone.replica.documents[name]
    monkeypatch.setattr("backend.inventory.service.van_of", unasked)
    yard.phone.do(field.job.id, SerialInstalled(serial=OWN, method=CaptureMethod.SCAN))
    yard.phone.do(field.job.id, Note(text="in the cellar"))

    assert await yard.verdicts() == [APPLIED] * 2

    await yard.phone.pull()
    assert yard.phone.replica.documents[name] == before
