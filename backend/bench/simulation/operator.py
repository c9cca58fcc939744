"""The operator that is simulated: the demo's people, catalogue, stock and a backlog of work, on a clock that we move."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from uuid import UUID

from backend.bench.simulation.clock import VirtualClock
from backend.bench.simulation.work import work
from backend.demo.offers import add_catalogue
from backend.demo.people import add_people
from backend.demo.stock import add_pools, add_stock
from backend.demo.work import ORDER_EVERY, add_job, is_for_two
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Transaction, open_database
from backend.kernel.ids import id_source
from backend.migrations.run import upgrade
from backend.parts import BEFORE_COMMIT

SEED = 1
MOST_DEVICES = 24  # the demo's technicians, one phone each


def prepare(url: str, *, jobs: int) -> None:
    """Make the tables, the operator in them, and so many jobs in the backlog: orders, troubles and plant."""
    upgrade(url)
    asyncio.run(_fill(url, jobs))


async def add_work(tx: Transaction, territory_ids: Sequence[UUID], number: int) -> UUID:
    """The number-th job, of an order or of a trouble."""
    # The demo makes an order of every tenth; here more shall reach network and bill.
    index = ORDER_EVERY * number if number % 3 == 0 else ORDER_EVERY * number + 1
    if is_for_two(index):
        index += ORDER_EVERY  # whose phones share a job is another question, asked of `jobs` and `offline`
    return await add_job(tx, Random(number), territory_ids, tx.now.date(), index)


async def _fill(url: str, jobs: int) -> None:
    clock, random = VirtualClock(), Random(SEED)
    database = await open_database(
        url, clock=clock, new_id=id_source(clock, random.randbytes), before_commit=BEFORE_COMMIT
    )
    async with database.transaction(SYSTEM, "seed") as tx:
        crew = await add_people(tx, random, days=[], password_hash="")
        await add_catalogue(tx)
        await add_stock(tx, random, crew.technicians)
        await add_pools(tx, crew.territory_ids)
    for number in range(jobs):
        async with database.transaction(SYSTEM, "seed") as tx:
            await add_work(tx, crew.territory_ids, number)
    with TemporaryDirectory(prefix="truckroll-simulation-") as home:
        await work(database, url, clock, Path(home))
    await database.close()
