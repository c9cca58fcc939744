"""The demo operator's data in a database: of a site of its own, or of whatever deployment asks for it."""

import asyncio

from backend.demo.seed import Amount, Progress, seed
from backend.demo.site import Site
from backend.kernel.clock import SystemClock
from backend.kernel.db import open_database
from backend.migrations.run import upgrade
from backend.parts import BEFORE_COMMIT


def set_up(site: Site, *, seed_number: int, amount: Amount, progress: Progress) -> None:
    """Migrate the site's database and fill it. Raises NotEmpty when it holds data."""
    site.home.mkdir(parents=True, exist_ok=True)
    fill(site.database_url, site.keys.billing_public, seed_number=seed_number, amount=amount, progress=progress)


def fill(url: str, billing_key: str, *, seed_number: int, amount: Amount, progress: Progress) -> None:
    """Migrate the database at `url` and fill it. billing_key: with which billing signs; "" for none yet.

    Raises NotEmpty when it holds data.
    """
    upgrade(url)
    asyncio.run(_seed(url, billing_key, seed_number, amount, progress))


async def _seed(url: str, billing_key: str, seed_number: int, amount: Amount, progress: Progress) -> None:
    database = await open_database(url, before_commit=BEFORE_COMMIT)
    try:
        now = SystemClock().now()
        await seed(database, seed=seed_number, amount=amount, billing_key=billing_key, progress=progress, now=now)
    finally:
        await database.close()
