"""A home with equipment that was handed over, and what becomes of it as the worker hears of it."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from backend.inventory import service as inventory
from backend.inventory.models import LocationKind
from backend.inventory.schemas import LocationView
from backend.inventory.service import OutboundGoods
from backend.kernel import outbox
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.tasks import Task, run_due
from backend.orders.decomposition import topmost_first
from backend.orders.handovers import Proof, record_goods
from backend.orders.lifecycle import FulfilmentMethod
from backend.orders.schemas import HandedOver, OrderView
from backend.resources import service as resources
from backend.returns import service, tasks
from backend.returns.models import ExpectedReturn
from backend.returns.policy import read_pack
from backend.returns.schemas import ExpectedReturnView
from backend.subscriptions import subscriptions
from backend.workforce import service as workforce
from backend.workforce.schemas import TechnicianView
from tests.factories.catalogue import GATEWAY
from tests.factories.inventory import make_units
from tests.factories.jobs import SUPERVISOR
from tests.factories.orders import make_shop, make_submitted_order
from tests.factories.workforce import make_technician

PACK = read_pack("northbank")
FIRST = 1_000_000  # the number of a serial that no other factory gives


@dataclass(frozen=True, kw_only=True)
class Home:
    """What was handed over by one order. serials: model → the unit; bench: where returns go."""

    order: OrderView
    serials: dict[str, str]
    technician: TechnicianView
    van: LocationView
    bench: LocationView


async def make_home(tx: Transaction, *offerings: tuple[str, int], depot: LocationView | None = None) -> Home:
    """An order of these offerings (a fibre line, when none is named) whose goods are at the customer's.

    Its services do not run yet. depot: of a shop that there is already.
    """
    shop = depot or await make_shop(tx)
    order = await make_submitted_order(tx, *offerings or (("FIBRE-500", 1),))
    technician = await make_technician(tx, (await workforce.territories(tx))[0].id)
    van = await inventory.add_location(tx, kind=LocationKind.VAN, name="Van", technician_id=technician.id)
    bench = await inventory.add_location(tx, kind=LocationKind.RETURNS, name="Bench")
    serials = {kept.model: kept.serial for kept in order.reservations if kept.serial}
    await inventory.transfer(tx, list(serials.values()), shop.id, van.id, order_id=order.id)
    job_id = tx.new_id()
    for serial in serials.values():
        await inventory.install(
            tx,
            serial=serial,
            premises_id=order.premises_id,
            technician_id=technician.id,
            job_id=job_id,
            occurred_at=tx.now,
            order_id=order.id,
        )
    goods = [HandedOver(model=model, quantity=1, serials=[serial]) for model, serial in serials.items()]
    proof = Proof(method=FulfilmentMethod.TECHNICIAN, job_id=job_id, occurred_at=tx.now)
    await record_goods(tx, order.id, goods, proof)
    return Home(order=order, serials=serials, technician=technician, van=van, bench=bench)


async def make_expected_return(tx: Transaction, premises_id: UUID) -> UUID:
    """A gateway that was handed over at premises where nothing runs; needs a shop."""
    depots = await inventory.location_page(tx, kind=LocationKind.DEPOT, page_size=1, cursor=None)
    [unit] = await make_units(tx, depots.items[0].id, model=GATEWAY.code, first=FIRST + tx.new_id().int % FIRST)
    await inventory.hand_out(
        tx,
        OutboundGoods(serials=[unit.serial]),
        subject_id=tx.new_id(),
        from_location_id=depots.items[0].id,
        premises_id=premises_id,
        order_id=tx.new_id(),
    )
    await service.follow_premises(tx, premises_id, PACK)
    return (await returns_at(tx, premises_id))[-1].id


async def start_services(tx: Transaction, order: OrderView) -> None:
    for one in order.services:
        await resources.activate(tx, one.id, tx.now)


async def end_services(tx: Transaction, order: OrderView) -> None:
    """Every service of the order ends, or is given up."""
    for one in topmost_first(await resources.services_of_items(tx, [item.id for item in order.items])):
        await resources.terminate(tx, one.id, tx.now)


async def hear(database: Database, *, policy: str = "northbank") -> None:
    """Deliver every event, also those that reactions cause."""
    reactions = subscriptions("http://test", return_policy=policy)
    while await run_due(database, outbox.delivering(database, reactions), "worker"):
        pass


async def look(database: Database) -> None:
    """The worker does what is due of returns."""
    await run_due(database, Task(name="look", model=ExpectedReturn, perform=partial(tasks.look, database)), "worker")
    await hear(database)


async def returns_at(tx: Transaction, premises_id: UUID) -> list[ExpectedReturnView]:
    page = await service.see_returns(tx, SUPERVISOR, state=None, premises_id=premises_id, page_size=50, cursor=None)
    return page.items


async def returns(database: Database) -> list[ExpectedReturnView]:
    """Every expected return, in the order in which they were made."""
    async with database.snapshot(SYSTEM, "test") as tx:
        page = await service.see_returns(tx, SUPERVISOR, state=None, premises_id=None, page_size=50, cursor=None)
    return page.items
