"""How fast a worker tells billing: triggers that wait, the worker's own courier, and a reference receiver beside it."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, insert, select

from backend.billing.lifecycle import TriggerState
from backend.billing.models import BillingStream, BillingTrigger
from backend.billing.tasks import Courier
from backend.catalogue.schemas import Period
from backend.customers.models import Account
from backend.demo.site import Site, free_port
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.ids import NewId
from backend.kernel.tasks import ManyTask, run_due
from backend.parts import Parts, open_parts
from backend.settings import read_settings
from clients.billing.messages import Kind

ROWS_AT_ONCE = 1000
TRIGGERS_PER_STREAM = 2  # most services are started, and later changed or stopped


T = TypeVar("T")


class NotAllTaken(RuntimeError):
    """The receiver does not have what was told, or has it twice: the figure would be of something else."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """So many triggers were told in so many seconds."""

    triggers: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.triggers / self.seconds


def callbacks_per_s(home: Path, database: str, *, triggers: int) -> Rate:
    """Tell the receiver so many triggers, two of each account. database: address of a migrated one, else SQLite in home.

    Raises NotAllTaken when the receiver's ledger does not hold each exactly once.
    """
    site = Site(home=home, port=free_port(), billing_port=free_port(), database=database)
    with ExitStack() as stack:
        stack.callback(site.stop)
        site.start_receiver()
        return asyncio.run(_tell(site, triggers))


async def _tell(site: Site, count: int) -> Rate:
    async with open_parts(read_settings(site.environment)) as parts:
        await fill(parts.database, count)
        began = time.perf_counter()
        await _drain(parts)
        seconds = time.perf_counter() - began
        async with parts.database.snapshot(SYSTEM, "bench") as tx:
            told = BillingTrigger.state.in_((TriggerState.DELIVERED, TriggerState.APPLIED))
            found = (await tx.session.scalars(select(func.count(BillingTrigger.id)).where(told))).one()
    if found != count:
        raise NotAllTaken(f"{count} triggers waited, {found} were taken")
    return Rate(triggers=count, seconds=seconds)


async def _drain(parts: Parts) -> None:
    assert parts.billing is not None, "the site has a receiver"
    courier = Courier(parts.database, parts.billing, random=Random(1))
    work = ManyTask(name="tell billing", model=BillingStream, drain=courier.drain)
    while await run_due(parts.database, work, "bench"):
        pass


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
