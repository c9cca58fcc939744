"""How fast billing is told of what waits: web, worker and reference receiver as processes, as a deployment runs them.

The web is part of it, as it takes what the receiver acknowledges meanwhile.
"""

import asyncio
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import func, insert, select

from backend.bench.delivery.processors import Used, await_rest
from backend.billing.lifecycle import TriggerState
from backend.billing.models import BillingStream, BillingTrigger
from backend.catalogue.schemas import Period
from backend.customers.models import Account
from backend.demo.site import Site, free_port
from backend.deployment import trust_billing
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, open_database
from backend.kernel.ids import NewId
from backend.settings import read_settings
from clients.billing.messages import Kind
from clients.billing.receiver import Health

ROWS_AT_ONCE = 1000
TRIGGERS_PER_STREAM = 2  # most services are started, and later changed or stopped
STALLED_SECONDS = 60.0  # nothing told for so long: there is a mistake, and no rate
TOLD = (TriggerState.DELIVERED, TriggerState.APPLIED)

T = TypeVar("T")


class NotAllTaken(RuntimeError):
    """The receiver does not have what was told, or has it twice: the figure would be of something else."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """So many triggers were told in so many seconds. cpu_ms: of each trigger, by process."""

    triggers: int
    seconds: float
    cpu_ms: dict[str, float]

    @property
    def per_second(self) -> float:
        return self.triggers / self.seconds


def callbacks_per_s(home: Path, database: str, *, triggers: int) -> Rate:
    """Let a worker tell the receiver so many triggers, two of each account. database: of an empty, migrated PostgreSQL.

    Raises NotAllTaken when the receiver's ledger does not hold each exactly once.
    """
    site = Site(home=home, port=free_port(), billing_port=free_port(), database=database)
    with ExitStack() as stack:
        stack.callback(site.stop)
        site.start_receiver()
        site.start_web()
        asyncio.run(
            trust_billing(read_settings(site.environment), key_id="billing", public_key=site.keys.billing_public)
        )
        site.start_worker()
        await_rest(site)
        return asyncio.run(_tell(site, triggers))


async def _tell(site: Site, count: int) -> Rate:
    database = await open_database(site.database_url)
    try:
        await fill(database, count)
        began, used = time.perf_counter(), Used(site, site.database_url)
        await _until_told(database, count)
        seconds, spent = time.perf_counter() - began, used.since()
    finally:
        await database.close()
    if (held := _entries(site)) != count:
        raise NotAllTaken(f"{count} triggers were told, the ledger has {held} entries")
    return Rate(triggers=count, seconds=seconds, cpu_ms={name: 1000 * one / count for name, one in spent.items()})


def _entries(site: Site) -> int:
    """How many triggers the receiver's ledger has."""
    with urllib.request.urlopen(f"{site.billing_url}/health") as answer:  # noqa: S310 - our own loopback address
        return msgspec.json.decode(answer.read(), type=Health).entries


async def _until_told(database: Database, count: int) -> None:
    """Wait until all are told, as long as it goes on. Raises NotAllTaken."""
    found, since = -1, time.perf_counter()
    while found < count:
        await asyncio.sleep(0.25)
        async with database.snapshot(SYSTEM, "bench") as tx:
            told = select(func.count(BillingTrigger.id)).where(BillingTrigger.state.in_(TOLD))
            now_found = (await tx.session.scalars(told)).one()
        if now_found > found:
            found, since = now_found, time.perf_counter()
        elif time.perf_counter() - since > STALLED_SECONDS:
            raise NotAllTaken(f"{count} triggers waited, {found} were told; the worker's log says why")


async def fill(database: Database, count: int) -> None:
    """Credits that wait to be told: TRIGGERS_PER_STREAM for each of as many accounts as that takes."""
    async with database.transaction(SYSTEM, "bench") as tx:
        streams = [tx.new_id() for _ in range(-(-count // TRIGGERS_PER_STREAM))]
        for some in _batches(streams):
            people = {"name": "Bench", "language": "en", "version": 1}
            await tx.session.execute(insert(Account), [people | {"id": one} for one in some])
            work = {"last": TRIGGERS_PER_STREAM, "due_at": tx.now, "attempts": 0}
            await tx.session.execute(insert(BillingStream), [work | {"id": one} for one in some])
        for rows in _batches(_credits(streams, count, tx.new_id, tx.now)):
            await tx.session.execute(insert(BillingTrigger), rows)


def _credits(streams: list[UUID], count: int, new_id: NewId, now: datetime) -> Iterator[dict[str, Any]]:
    for number in range(count):
        stream, sequence = streams[number // TRIGGERS_PER_STREAM], 1 + number % TRIGGERS_PER_STREAM
        trigger_id = new_id()
        yield {
            "id": trigger_id,
            "version": 1,
            "fact_key": f"credit:{trigger_id}",
            "revision": 0,
            "kind": Kind.CREDIT,
            "stream_id": stream,
            "account_id": stream,
            "sequence": sequence,
            "charge_code": "credit",
            "description": "technician_late",
            "effective_at": now,
            "recorded_at": now,
            "quantity": 1,
            "amount_minor": 1500,
            "currency": "EUR",
            "period": Period.ONCE,
            "state": TriggerState.PENDING,
            "is_due": True,
            "attempts": 0,
        }


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    left = iter(items)
    while some := list(islice(left, ROWS_AT_ONCE)):
        yield some
