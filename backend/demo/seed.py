"""Filling an empty database with the demo operator, the same for the same seed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from sqlalchemy import select

from backend.demo.offers import add_catalogue
from backend.demo.people import PASSWORD, ZONE, Crew, add_people
from backend.demo.stock import add_pools, add_stock
from backend.demo.truths.planting import CERTIFICATE, empty_van, fill_pool
from backend.demo.work import add_job
from backend.identity import service as identity
from backend.identity.models import User
from backend.identity.principal import Role
from backend.identity.secrets import hash_password
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database

DAYS = 5
LATEST_START = time(15)  # a demo that starts later shows tomorrow as its first day
JOBS_PER_TRANSACTION = 40

Progress = Callable[[str, int, int], None]


class NotEmpty(RuntimeError):
    """There is somebody's data in this database already; the seed only fills an empty one."""


@dataclass(frozen=True, kw_only=True)
class Amount:
    """How much work there is. truths: with what is wrong at the operator (see `truths`)."""

    jobs_a_day: int = 120
    days: int = DAYS
    truths: bool = False


async def seed(
    database: Database, *, seed: int, amount: Amount, billing_key: str, progress: Progress, now: datetime
) -> Crew:
    """Make the demo operator. billing_key: public key of the billing system. Raises NotEmpty, with nothing changed."""
    random = Random(seed)
    days = demo_days(now, amount.days)
    password_hash = await asyncio.to_thread(hash_password, PASSWORD)
    async with database.transaction(SYSTEM, "seed") as tx:
        if (await tx.session.scalars(select(User.id).limit(1))).first() is not None:
            raise NotEmpty("this database is not empty; name another one, or another --home")
        progress("people, catalogue, stock", 0, 1)
        if billing_key:
            await identity.register_key(tx, "billing", Role.BILLING_SYSTEM, billing_key)
        crew = await add_people(tx, random, days, password_hash, expiring=CERTIFICATE if amount.truths else None)
        await add_catalogue(tx)
        depot_id = await add_stock(tx, random, crew.technicians)
        await add_pools(tx, crew.territory_ids)
        if amount.truths:
            await empty_van(tx, crew, depot_id)
            await fill_pool(tx)
        progress("people, catalogue, stock", 1, 1)
    await _add_work(database, random, crew, days, amount.jobs_a_day, progress)
    return crew


def demo_days(now: datetime, count: int) -> list[date]:
    """The local days of the demo: from today on, or from tomorrow when today's work is as good as over."""
    local = now.astimezone(ZONE)
    first = local.date() + timedelta(days=local.time() >= LATEST_START)
    return [first + timedelta(days=n) for n in range(count)]


async def _add_work(
    database: Database, random: Random, crew: Crew, days: list[date], jobs_a_day: int, progress: Progress
) -> None:
    wanted = [(day, n) for n, day in enumerate(day for day in days for _ in range(jobs_a_day))]
    for start in range(0, len(wanted), JOBS_PER_TRANSACTION):
        progress("orders and jobs", start, len(wanted))
        async with database.transaction(SYSTEM, "seed") as tx:
            for day, index in wanted[start : start + JOBS_PER_TRANSACTION]:
                await add_job(tx, random, crew.territory_ids, day, index)
    progress("orders and jobs", len(wanted), len(wanted))
