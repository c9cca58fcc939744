"""A site from nothing: its tables, its keys, the demo operator's data."""

import asyncio

from backend.demo.seed import Amount, Progress, seed
from backend.demo.site import Site
from backend.kernel.clock import SystemClock
from backend.kernel.db import open_database
from backend.parts import BEFORE_COMMIT


def set_up(site: Site, *, seed_number: int, amount: Amount, progress: Progress) -> None:
    """Migrate the site's database and fill it. Raises NotEmpty when it holds data."""
    site.migrate()
    asyncio.run(_seed(site, seed_number, amount, progress))


async def _seed(site: Site, seed_number: int, amount: Amount, progress: Progress) -> None:
    database = await open_database(site.database_url, before_commit=BEFORE_COMMIT)
    try:
        await seed(
            database,
            seed=seed_number,
            amount=amount,
            billing_key=site.keys.billing_public,
            progress=progress,
            now=SystemClock().now(),
        )
    finally:
        await database.close()
