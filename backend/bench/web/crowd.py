"""An operator as large as the board is made for: 60 technicians with 400 jobs on one day, most of them planned."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import msgspec

from backend.demo.people import TERRITORIES, shift_on
from backend.demo.places import place_near
from backend.demo.seed import Amount, demo_days
from backend.demo.set_up import set_up
from backend.demo.site import Site, free_port
from backend.dispatch import handwork
from backend.jobs import service as jobs
from backend.jobs.schemas import JobView
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction, open_database
from backend.parts import BEFORE_COMMIT
from backend.workforce import service as workforce
from backend.workforce.schemas import AddTechnician, TechnicianView

TECHNICIANS, JOBS = 60, 400
DRIVE = timedelta(minutes=15)
LONGEST_DAY = timedelta(hours=8)


def make_crowd(home: Path, *, seed: int = 1) -> Site:
    """The site's data, on SQLite; nothing is started. What does not fit into a route is backlog."""
    site = Site(home=home, port=free_port(), billing_port=free_port())
    set_up(site, seed_number=seed, amount=Amount(jobs_a_day=JOBS, days=1), progress=lambda *_: None)
    asyncio.run(_fill(site, seed))
    return site


async def _fill(site: Site, seed: int) -> None:
    database = await open_database(site.database_url, before_commit=BEFORE_COMMIT)
    try:
        await _hire(database, Random(seed))
        await _plan(database)
    finally:
        await database.close()


async def _hire(database: Database, random: Random) -> None:
    """More technicians, with the skills of those that there are."""
    async with database.transaction(SYSTEM, "hire") as tx:
        present = await workforce.technicians(tx)
        [day] = demo_days(tx.now, 1)
        for index in range(len(present), TECHNICIANS):
            added = await workforce.add_technician(tx, _like(random, present[index % len(present)], index))
            await workforce.add_shift(tx, shift_on(day, added.id, starts=time(7, 30)))


def _like(random: Random, one: TechnicianView, index: int) -> AddTechnician:
    _, _, latitude, longitude = TERRITORIES[index % len(TERRITORIES)]
    home = place_near(random, latitude, longitude)
    values = msgspec.to_builtins(one)
    for name in ("id", "version"):
        values.pop(name)
    values |= {
        "number": index + 1,
        "name": f"{one.name} {index // 24 + 1}",
        "home_latitude": home.lat,
        "home_longitude": home.lon,
    }
    return msgspec.convert(values, AddTechnician)


async def _plan(database: Database) -> None:
    """Give each job, in order of its window, to whoever of its territory is free first, as many as it takes."""
    async with database.transaction(SYSTEM, "plan") as tx:
        for territory in await workforce.territories(tx):
            await _plan_territory(tx, territory.id)


async def _plan_territory(tx: Transaction, territory_id: UUID) -> None:
    [day] = demo_days(tx.now, 1)
    people = await workforce.technicians(tx, territory_id)
    free = {
        shift.technician_id: shift.starts_at for shift in await workforce.shifts(tx, [day], [one.id for one in people])
    }
    ends = {technician_id: start + LONGEST_DAY for technician_id, start in free.items()}
    for job in sorted(await jobs.backlog(tx, territory_id), key=_due):
        crew = sorted(free, key=lambda one: free[one])[: job.crew_size]
        start = max(free[crew[-1]] + DRIVE, job.window.start if job.window else tx.now)
        end = start + timedelta(seconds=job.duration_seconds)
        if end <= min(ends[one] for one in crew) and (job.window is None or start <= job.window.end):
            await handwork.plan_job(tx, job.id, technician_id=crew[0], helper_ids=crew[1:], start=start)
            free |= dict.fromkeys(crew, end)


def _due(job: JobView) -> datetime:
    return job.window.end if job.window else datetime.max.replace(tzinfo=UTC)
