"""The demo operator's data in a database: of a site of its own, or of whatever deployment asks for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

from backend.demo.people import Crew
from backend.demo.seed import Amount, Progress, seed
from backend.demo.site import Site
from backend.demo.truths.planted import Planted
from backend.demo.truths.planting import AWAY_FOR, Before, Past, lose_contact
from backend.kernel.audit import SYSTEM
from backend.kernel.clock import Clock, SystemClock
from backend.kernel.db import Database, open_database
from backend.migrations.run import upgrade
from backend.parts import BEFORE_COMMIT


def set_up(site: Site, *, seed_number: int, amount: Amount, progress: Progress) -> Planted | None:
    """Migrate the site's database and fill it; what was planted. Raises NotEmpty when it holds data."""
    site.home.mkdir(parents=True, exist_ok=True)
    billing_key = site.keys.billing_public
    planted = fill(site.database_url, billing_key, seed_number=seed_number, amount=amount, progress=progress)
    if planted is not None:
        planted.save(site.home)
    return planted


def fill(url: str, billing_key: str, *, seed_number: int, amount: Amount, progress: Progress) -> Planted | None:
    """Migrate the database at `url` and fill it; what was planted. billing_key: with which billing signs; "" for none yet.

    Raises NotEmpty when it holds data.
    """
    upgrade(url)
    return asyncio.run(_fill(url, billing_key, seed_number, amount, progress))


async def _fill(url: str, billing_key: str, seed_number: int, amount: Amount, progress: Progress) -> Planted | None:
    database = await open_database(url, before_commit=BEFORE_COMMIT)
    try:
        now = SystemClock().now()
        crew = await seed(
            database, seed=seed_number, amount=amount, billing_key=billing_key, progress=progress, now=now
        )
    finally:
        await database.close()
    return await _plant(url, crew, seed_number) if amount.truths else None


async def _plant(url: str, crew: Crew, seed_number: int) -> Planted:
    clock = SystemClock()
    async with _opened(url, Before(clock)) as database, database.transaction(SYSTEM, "plant") as tx:
        planted = await Past(tx, crew, Random(seed_number)).plant(clock.now())
    async with _opened(url, Before(clock, AWAY_FOR)) as database:
        await lose_contact(database, planted.phone)
    return planted


@asynccontextmanager
async def _opened(url: str, clock: Clock) -> AsyncIterator[Database]:
    database = await open_database(url, clock=clock, before_commit=BEFORE_COMMIT)
    try:
        yield database
    finally:
        await database.close()
