"""Activations at a steady pace: started one after the other while real workers carry them out and tell billing.

It begins where the completion of a job makes activations due, and ends where the service's start was sent to billing.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from backend.activation import service as activation
from backend.bench.delivery.processors import Used, await_rest
from backend.bench.delivery.town import fill_homes
from backend.billing.models import BillingTrigger
from backend.catalogue.schemas import ChargeKind, EarnedPolicy, Period, PoolKind, ServiceKind
from backend.demo.site import Site, free_port
from backend.deployment import trust_billing
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction, open_database
from backend.orders.lifecycle import CHARGE_LINE
from backend.orders.models import ChargeLine
from backend.parts import BEFORE_COMMIT
from backend.resources import service as resources
from backend.resources.lifecycle import ServiceCommand
from backend.resources.models import ServiceFact
from backend.resources.schemas import ServiceView
from backend.settings import read_settings
from clients.billing.messages import Kind

SERVICES_PER_TRANSACTION = 50
STARTED_AT_ONCE = 5  # a visit starts two or three services; more at a time would be a burst
LONGEST_WAIT_SECONDS = 180.0  # for the last one; what is not done then counts as that late


class NothingServed(RuntimeError):
    """Not one service came to run: there is a mistake, and no rate."""


@dataclass(frozen=True, kw_only=True)
class Served:
    """What became of a steady pace. activation_s, callback_s: from the start of each to its service and its callback, at
    least LONGEST_WAIT_SECONDS for what did not come; told: how many did. cpu_ms: of each activation, by process."""

    per_second: float
    activation_s: list[float]
    callback_s: list[float]
    told: int
    cpu_ms: dict[str, float]


def serve(home: Path, url: str, *, rate: int, seconds: int, workers: int) -> Served:
    """Start `rate` activations a second for so long, on an empty PostgreSQL database. Raises NothingServed."""
    count = rate * seconds
    fill_homes(url, count)
    site = Site(home=home, port=free_port(), billing_port=free_port(), database=url)
    with ExitStack() as stack:
        stack.callback(site.stop)
        site.start_receiver()
        site.start_web()  # which takes billing's acknowledgements
        asyncio.run(
            trust_billing(read_settings(site.environment), key_id="billing", public_key=site.keys.billing_public)
        )
        services = asyncio.run(_prepare(url, count))
        for number in range(workers):
            site.start_worker(f"worker-{number}")
        await_rest(site)
        used = Used(site, url)
        served = asyncio.run(_pace(url, services, rate))
        return replace(served, cpu_ms={name: 1000 * spent / count for name, spent in used.since().items()})


async def _prepare(url: str, count: int) -> list[ServiceView]:
    """Telephone lines that wait to be activated, each with its number and its price."""
    database = await open_database(url, before_commit=BEFORE_COMMIT)
    try:
        async with database.transaction(SYSTEM, "bench") as tx:
            numbers = [f"+35894{number:07d}" for number in range(count)]
            await resources.add_pool(tx, code="NUMBERS", kind=PoolKind.NUMBER, name="Numbers", values=numbers)
        prepared: list[ServiceView] = []
        for first in range(1, count + 1, SERVICES_PER_TRANSACTION):
            async with database.transaction(SYSTEM, "bench") as tx:
                homes = range(first, min(count + 1, first + SERVICES_PER_TRANSACTION))
                prepared += [await _line(tx, UUID(int=home)) for home in homes]
        return prepared
    finally:
        await database.close()


async def _line(tx: Transaction, home_id: UUID) -> ServiceView:
    await resources.reserve(
        tx, pool_kind=PoolKind.NUMBER, quantity=1, order_item_id=home_id, territory_id=None, expires_at=None
    )
    service = await resources.design_service(
        tx, kind=ServiceKind.VOICE, account_id=home_id, premises_id=home_id, order_item_id=home_id
    )
    tx.add(
        ChargeLine(
            id=tx.new_id(),
            order_id=home_id,
            order_item_id=home_id,
            code="P2",
            kind=ChargeKind.PROVISION,
            description="Phone",
            earned=EarnedPolicy.OVER_TIME,
            service_kind=ServiceKind.VOICE,
            service_id=service.id,
            quantity=1,
            amount_minor=990,
            currency="EUR",
            period=Period.MONTH,
            state=CHARGE_LINE.initial,
        )
    )
    return service


async def _pace(url: str, services: list[ServiceView], rate: int) -> Served:
    database = await open_database(url, before_commit=BEFORE_COMMIT)
    try:
        started: dict[UUID, datetime] = {}
        began = time.perf_counter()
        async with asyncio.TaskGroup() as starts:  # none of them waits for the one before
            for number in range(0, len(services), STARTED_AT_ONCE):
                await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
                some = services[number : number + STARTED_AT_ONCE]
                started |= dict.fromkeys((service.id for service in some), database.clock.now())
                starts.create_task(database.write(SYSTEM, "bench", partial(_start, some=some)))
        await _until_told(database, len(services))
        return await _read(database, started)
    finally:
        await database.close()


async def _start(tx: Transaction, some: list[ServiceView]) -> None:
    for service in some:
        await activation.start(
            tx, [service], order_id=service.order_item_id, job_id=tx.new_id(), equipment=[], effective_at=tx.now
        )


async def _until_told(database: Database, count: int) -> None:
    """Wait for the last one, no longer than LONGEST_WAIT_SECONDS."""
    deadline = time.perf_counter() + LONGEST_WAIT_SECONDS
    while time.perf_counter() < deadline:
        async with database.snapshot(SYSTEM, "bench") as tx:
            told = select(func.count()).select_from(BillingTrigger).where(BillingTrigger.sent_at.is_not(None))
            if (await tx.session.scalars(told)).one() == count:
                return
        await asyncio.sleep(0.5)


async def _read(database: Database, started: dict[UUID, datetime]) -> Served:
    activated = select(ServiceFact.subject_id, ServiceFact.recorded_at)
    activated = activated.where(ServiceFact.command == ServiceCommand.ACTIVATE)
    told = select(BillingTrigger.service_id, BillingTrigger.sent_at).where(BillingTrigger.kind == Kind.START)
    async with database.snapshot(SYSTEM, "bench") as tx:
        active = {row[0]: row[1] for row in await tx.session.execute(activated)}
        sent = {service_id: at for service_id, at in await tx.session.execute(told) if at is not None}
    if not active:
        raise NothingServed(f"none of {len(started)} services runs; the workers' logs say why")
    spent = (max(active.values()) - min(started.values())).total_seconds()
    return Served(
        per_second=len(active) / spent,
        activation_s=_waits(started, active),
        callback_s=_waits(started, sent),
        told=len(sent),
        cpu_ms={},
    )


def _waits(started: Mapping[UUID, datetime], came: Mapping[Any, datetime]) -> list[float]:
    late = LONGEST_WAIT_SECONDS
    return [(came[one] - at).total_seconds() if one in came else late for one, at in started.items()]
