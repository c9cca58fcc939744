"""The demo operator's data in a database: of a site of its own, or of whatever deployment asks for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from backend.adapters.blobs_local import LocalBlobs
from backend.demo.past import Hands, PastDays
from backend.demo.people import ZONE, Crew
from backend.demo.seed import Amount, Progress, add_operator, add_work, demo_days
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
    planted = fill(
        site.database_url, billing_key, seed_number=seed_number, amount=amount, progress=progress, home=site.home
    )
    if planted is not None:
        planted.save(site.home)
    return planted


def fill(
    url: str,
    billing_key: str,
    *,
    seed_number: int,
    amount: Amount,
    progress: Progress,
    home: Path | None = None,
) -> Planted | None:
    """Migrate the database at `url` and fill it; what was planted. Raises NotEmpty when it holds data.

    billing_key: with which billing signs; "" for none yet. home: of the deployment's files, without which there is no past.
    """
    upgrade(url)
    return asyncio.run(_fill(url, billing_key, seed_number, amount, progress, home))


async def _fill(
    url: str, billing_key: str, seed_number: int, amount: Amount, progress: Progress, home: Path | None
) -> Planted | None:
    random, now = Random(seed_number), SystemClock().now()
    days = demo_days(now, amount.days)
    # Whatever the hour, everybody is at work today.
    rostered = sorted({now.astimezone(ZONE).date(), *days}) if amount.past_days else days
    hands = Hands(now - timedelta(days=amount.past_days + 1) if amount.past_days else now)
    async with _opened(url, hands) as database:
        crew = await add_operator(
            database, random, amount=amount, billing_key=billing_key, days=rostered, progress=progress
        )
        if amount.past_days:
            assert home is not None, "the customers of the past have signed, and pictures are files"
            past = PastDays(
                database=database, hands=hands, crew=crew, rostered=rostered, random=Random(f"past:{seed_number}")
            )
            await past.keep_signature(LocalBlobs(home / "blobs"))
            await _play(past, amount.past_days, now, progress)
    async with _opened(url, SystemClock()) as database:
        await add_work(database, random, crew, amount=amount, days=days, now=now, progress=progress)
    return await _plant(url, crew, seed_number) if amount.truths else None


async def _play(past: PastDays, days: int, now: datetime, progress: Progress) -> None:
    """So many days before today, and what of today is over."""
    for ago in range(days, -1, -1):
        progress("days before", days - ago, days + 1)
        await past.play(now.astimezone(ZONE).date() - timedelta(days=ago), until=now)
    progress("days before", days + 1, days + 1)


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
