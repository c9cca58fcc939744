"""`truckroll doctor`: whether a deployment has all that it needs, each point in a line that says what to do."""

import platform
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
from sqlalchemy import make_url

from backend.identity import second_factors
from backend.kernel.audit import SYSTEM
from backend.kernel.clock import SystemClock
from backend.kernel.db import Transaction
from backend.kernel.feed import epoch, mismatches
from backend.migrations.run import revisions
from backend.offline.durability import at_risk
from backend.parts import Parts, open_parts
from backend.settings import Settings
from scheduling.travel import Place

TIMEOUT_SECONDS = 3.0


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One point that was looked at. found: what was found and, when it is not well, what to do."""

    what: str
    found: str
    is_well: bool = True


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything; what cannot be reached is a finding, not an error."""
    findings = [Finding(what="Python", found=platform.python_version()), _migrations(settings)]
    if not findings[-1].is_well:
        return findings
    async with open_parts(settings) as parts:
        return findings + [finding async for finding in _parts(parts)]


def _migrations(settings: Settings) -> Finding:
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        found = f"there is none at {url.database}: truckroll migrate makes it; --database or --home names another one"
        return Finding(what="database", found=found, is_well=False)
    try:
        present, wanted = revisions(settings.database_url)
    except Exception as error:  # noqa: BLE001 - whatever keeps us from the database is the finding
        reason = str(getattr(error, "orig", error)).strip()  # without the library's link to its own pages
        return Finding(what="database", found=f"cannot be opened: {reason}", is_well=False)
    if present is None:
        return Finding(what="migrations", found="the database is empty: truckroll migrate", is_well=False)
    if present != wanted:
        return Finding(what="migrations", found=f"at {present}, wanted {wanted}: truckroll migrate", is_well=False)
    return Finding(what="migrations", found=f"at {present}, up to date")


async def _parts(parts: Parts) -> AsyncIterator[Finding]:
    async with parts.database.snapshot(SYSTEM, "doctor") as tx:
        yield Finding(what="database", found=f"{parts.database.dialect}, epoch {await epoch(tx)}")
        yield Finding(
            what="backup", found=f"{await at_risk(tx)} pieces of phones' work are in none: truckroll backup FILE"
        )
        differing = await mismatches(tx)
        yield await _log_in(tx, parts.settings)
        yield Finding(
            what="phones", found=f"{differing} times one held something else than it was sent", is_well=not differing
        )
    yield await _roads(parts)
    network = type(parts.network).__name__ if parts.network else "none: set TRUCKROLL_NETWORK"
    yield Finding(what="network", found=network, is_well=parts.network is not None)
    yield await _billing(parts.settings)
    yield Finding(what="mail", found=type(parts.mail).__name__)
    notified = (
        "by Web Push"
        if parts.push
        else "only while the app is open, customers by letter and text message: set TRUCKROLL_PUSH_KEY"
    )
    yield Finding(what="notifications", found=notified)


async def _log_in(tx: Transaction, settings: Settings) -> Finding:
    with_one, everybody = await second_factors.spread(tx)
    found = f"{with_one} of {everybody} people of the office have a second factor"
    return Finding(what="log-in", found=found if settings.log_in_key else f"{found}: set TRUCKROLL_LOG_IN_KEY")


async def _roads(parts: Parts) -> Finding:
    """A trip across the demo's town: its source tells whether roads or the great circle are in use."""
    places = (Place(60.1699, 24.9384), Place(60.1715, 24.9490))
    matrix = await parts.roads.matrix(places, SystemClock().now())
    return Finding(what="roads", found=f"{matrix.source(0, 1)}: {matrix.seconds[0, 1]} s between two places")


async def _billing(settings: Settings) -> Finding:
    if not settings.billing_url:
        return Finding(what="billing", found="none: set TRUCKROLL_BILLING_URL", is_well=False)
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
            answer = await client.get(f"{settings.billing_url}/health")
    except httpx.TransportError as error:
        return Finding(what="billing", found=f"{settings.billing_url} does not answer: {error!r}", is_well=False)
    return Finding(
        what="billing", found=f"{settings.billing_url} answers {answer.status_code}", is_well=answer.is_success
    )
