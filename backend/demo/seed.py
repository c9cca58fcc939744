"""Filling an empty database with the demo operator, the same for the same seed."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from sqlalchemy import select

from backend.demo.offers import add_catalogue
from backend.demo.people import PASSWORD, ZONE, Crew, add_people, at
from backend.demo.stock import add_pools, add_stock
from backend.demo.truths.planting import CERTIFICATE, empty_van, fill_pool
from backend.demo.work import WINDOW_HOURS, add_job
from backend.identity import service as identity
from backend.identity.models import User
from backend.identity.principal import Role
from backend.identity.secrets import hash_password
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database

DAYS = 5
PAST_DAYS = 7  # a week: about a hundred visits, and some ten seconds of the first start
LATEST_START = time(13)  # of a demo that starts later the work to come begins tomorrow: the last windows begin at 14:00
AHEAD = timedelta(minutes=30)  # of a window that is still promised today, in a demo with a past
JOBS_PER_TRANSACTION = 40

Progress = Callable[[str, int, int], None]


class NotEmpty(RuntimeError):
    """There is somebody's data in this database already; the seed only fills an empty one."""


@dataclass(frozen=True, kw_only=True)
class Amount:
    """How much work there is. truths: with what is wrong at the operator (see `truths`).

    past_days: on which some worked before (see `past`); then what of the first day is over by now has been done, too.
    """

    jobs_a_day: int = 120
    days: int = DAYS
    truths: bool = False
    past_days: int = 0

    def hours_of(self, day: date, now: datetime) -> tuple[int, ...]:
        """At which the windows begin that are promised on a day of the demo."""
        if not self.past_days:
            return WINDOW_HOURS
        return tuple(hour for hour in WINDOW_HOURS if at(day, time(hour)) >= now + AHEAD)


async def add_operator(
    database: Database, random: Random, *, amount: Amount, billing_key: str, days: Sequence[date], progress: Progress
) -> Crew:
    """People with their shifts of these days, catalogue, stock. billing_key: public key of the billing system.

    Raises NotEmpty, with nothing changed.
    """
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
    return crew


async def add_work(
    database: Database,
    random: Random,
    crew: Crew,
    *,
    amount: Amount,
    days: Sequence[date],
    now: datetime,
    progress: Progress,
) -> None:
    """The orders and jobs of these days; less of them for a day of which a part is over."""
    hours = {day: amount.hours_of(day, now) for day in days}
    wanted = [day for day in days for _ in range(amount.jobs_a_day * len(hours[day]) // len(WINDOW_HOURS))]
    for start in range(0, len(wanted), JOBS_PER_TRANSACTION):
        progress("orders and jobs", start, len(wanted))
        async with database.transaction(SYSTEM, "seed") as tx:
            for index, day in enumerate(wanted[start : start + JOBS_PER_TRANSACTION], start):
                await add_job(tx, random, crew.territory_ids, day, index, hours=hours[day])
    progress("orders and jobs", len(wanted), len(wanted))


def demo_days(now: datetime, count: int) -> list[date]:
    """The local days with work to come: from today on, or from tomorrow when today's is as good as over."""
    local = now.astimezone(ZONE)
    first = local.date() + timedelta(days=local.time() >= LATEST_START)
    return [first + timedelta(days=n) for n in range(count)]
