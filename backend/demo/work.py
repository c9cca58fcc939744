"""Five days of work: orders to install, troubles to mend, plant to keep, each with a promised window on its day."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from random import Random
from uuid import UUID

from backend.demo.customers import add_household
from backend.demo.people import ZONE, at
from backend.identity.principal import Principal, Role
from backend.jobs import assigning, workorders
from backend.jobs import service as jobs
from backend.jobs.schemas import PlaceWorkOrder
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Transaction
from backend.orders import service as orders
from backend.orders.schemas import OrderedOffering, PlaceOrder

ORDER_EVERY = 10  # every tenth job comes from an order; the others are troubles and plant
PROMISED_SHARE = 0.8
WINDOW_HOURS = (8, 10, 12, 14)  # local start of the two-hour windows
OTHER_WORK = (
    ("REPAIR-FTTP", "trouble", 0.45),
    ("REPAIR-COPPER", "trouble", 0.2),
    ("UPGRADE-CPE", "trouble", 0.15),
    ("DISCONNECT", "trouble", 0.1),
    ("PLANT-CABINET", "plant", 0.1),
)
PULL = "PULL-DROP"  # work for two
PULL_EVERY, FIRST_PULL = 31, 3  # one a day and territory, as jobs go round the territories
SEEDER = Principal(actor=SYSTEM, role=Role.ADMINISTRATOR)


def is_for_two(index: int) -> bool:
    """Whether the index-th job is a cable that one person feeds and another one pulls."""
    return index % PULL_EVERY == FIRST_PULL


async def add_job(
    tx: Transaction,
    random: Random,
    territory_ids: Sequence[UUID],
    day: date,
    index: int,
    *,
    hours: Sequence[int] = WINDOW_HOURS,
) -> UUID:
    """One job of that day, the index-th of all. hours: at which its window may begin."""
    account, premises = await add_household(tx, random, territory_ids, index)
    if index % ORDER_EVERY == 0:
        job_id = await _order(tx, random, account.id, premises.id)
    else:
        job_id = await _work_order(tx, random, premises.id, index)
    if random.random() < PROMISED_SHARE:
        await _promise(tx, random, job_id, day, hours)
    return job_id


async def _order(tx: Transaction, random: Random, account_id: UUID, premises_id: UUID) -> UUID:
    items = [OrderedOffering(offering_code="FIBRE-500")]
    if random.random() < 0.5:
        items.append(OrderedOffering(offering_code="PHONE"))
    order = await orders.place(tx, SEEDER, PlaceOrder(account_id=account_id, premises_id=premises_id, items=items))
    await orders.submit(tx, SEEDER, order.id)
    await workorders.create_for_order(tx, order.id)
    return (await jobs.jobs_of_order(tx, order.id))[0].id


async def _work_order(tx: Transaction, random: Random, premises_id: UUID, index: int) -> UUID:
    work, cause, _ = random.choices(OTHER_WORK, [share for _, _, share in OTHER_WORK])[0]
    if is_for_two(index):
        work, cause = PULL, "trouble"
    wanted = PlaceWorkOrder(
        cause="plant" if cause == "plant" else "trouble",
        work=work,
        premises_id=premises_id,
        external_reference=f"T-{index:05d}",
        priority=random.choice((1, 1, 1, 3, 10)),
    )
    return (await jobs.place_work_order(tx, SEEDER, wanted)).jobs[0].id


async def _promise(tx: Transaction, random: Random, job_id: UUID, day: date, hours: Sequence[int]) -> None:
    hour = random.choice(hours)
    start = at(day, time(hour))
    local = f"{day.isoformat()} {hour:02d}:00–{hour + 2:02d}:00"
    end = start + timedelta(hours=2)
    await assigning.promise_window(tx, job_id, start=start, end=end, zone=ZONE.key, local=local)
