"""Background work of reconciliation: fetch billing's extract, sort it, compare, write what was found.

An extract is read to disk outside any transaction, and compared in a snapshot: neither holds up anybody who writes.
"""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from backend.kernel.audit import SYSTEM
from backend.kernel.chores import Chore
from backend.kernel.db import Database
from backend.kernel.errors import Invalid
from backend.ports import Billing, BillingRefused, BillingUnreachable
from backend.reconciliation import queries, service
from backend.reconciliation.comparing import Progress, compare
from backend.reconciliation.extract import Form, StoredExtract, rows_of_file, rows_of_items, store
from backend.reconciliation.schemas import RunView

COMPARE_EVERY = timedelta(days=1)  # as often as people look at what was found; also on demand
NOTE_EVERY_SECONDS = 2.0  # how far a run is, for whoever waits for it

Stored = Callable[[Path, Callable[[int], None]], tuple[StoredExtract, datetime]]
"""Reads an extract into a folder, and tells how many rows it has read."""


async def run(database: Database, billing: Billing, run_id: UUID) -> None:
    """Perform one due `ReconciliationRun` with billing's own extract. Raises BillingUnreachable: try again later."""
    async with database.transaction(SYSTEM, "begin_reconciliation") as tx:
        asked_at = await service.begin(tx, run_id)
    if asked_at is not None:
        await _ask(database, billing, run_id, asked_at)


async def run_now(database: Database, billing: Billing, *, progress: Progress | None = None) -> RunView:
    """The same here and at once, for whoever waits. Raises BillingUnreachable; the run has failed then."""
    async with database.transaction(SYSTEM, "begin_reconciliation") as tx:
        run_id = await service.bring(tx, service.FROM_BILLING)
        asked_at = await service.begin(tx, run_id)
    assert asked_at is not None, "nobody else knows of this run"
    try:
        return await _ask(database, billing, run_id, asked_at, progress)
    except BillingUnreachable as trouble:
        async with database.transaction(SYSTEM, "fail_reconciliation") as tx:
            await service.fail(tx, run_id, trouble)
        raise


async def run_file(
    database: Database, file: Path, form: Form, *, as_of: datetime, progress: Progress | None = None
) -> RunView:
    """Compare with an extract in a file, now and here. as_of: when billing wrote it. Raises OSError."""
    async with database.transaction(SYSTEM, "begin_reconciliation") as tx:
        run_id = await service.bring(tx, file.name)
        await service.begin(tx, run_id)

    def stored(folder: Path, read: Callable[[int], None]) -> tuple[StoredExtract, datetime]:
        with file.open("rb") as opened:
            return store(rows_of_file(opened, form), folder, progress=read), as_of

    return await _carry_out(database, run_id, stored, asked_at=as_of, progress=progress)


async def _ask(
    database: Database, billing: Billing, run_id: UUID, asked_at: datetime, progress: Progress | None = None
) -> RunView:
    try:
        extract = await billing.extract()
    except BillingRefused as refused:
        async with database.transaction(SYSTEM, "fail_reconciliation") as tx:
            return await service.fail(tx, run_id, refused)

    def stored(folder: Path, read: Callable[[int], None]) -> tuple[StoredExtract, datetime]:
        return store(rows_of_items(extract.items), folder, progress=read), extract.as_of

    return await _carry_out(database, run_id, stored, asked_at=asked_at, progress=progress)


async def _carry_out(
    database: Database, run_id: UUID, stored: Stored, *, asked_at: datetime, progress: Progress | None = None
) -> RunView:
    """From an extract that was found to the end of the run, be it done or failed."""
    try:
        with tempfile.TemporaryDirectory(prefix="truckroll-extract-") as folder:
            async with _noted(database, run_id, progress) as tell:
                tell("extract", 0, 0)
                read = partial(_tell_rows, tell)
                extract, as_of = await asyncio.to_thread(stored, Path(folder), read)
                tell("extract", extract.item_count, extract.item_count)
                compared = partial(compare, extract=extract, as_of=as_of, asked_at=asked_at, progress=tell)
                comparison = await database.look(SYSTEM, "reconcile", compared)
    except Invalid as trouble:
        async with database.transaction(SYSTEM, "fail_reconciliation") as tx:
            return await service.fail(tx, run_id, trouble)
    async with database.transaction(SYSTEM, "finish_reconciliation") as tx:
        return await service.finish(tx, run_id, comparison)


def _tell_rows(tell: Progress, rows: int) -> None:
    """How many rows an extract has is known only at its end."""
    tell("extract", rows, 0)


@asynccontextmanager
async def _noted(database: Database, run_id: UUID, progress: Progress | None) -> AsyncGenerator[Progress]:
    """What tells the caller how far a run is, and writes it on its row now and then."""
    latest = "", 0, 0

    def tell(stage: str, done: int, total: int) -> None:
        nonlocal latest
        latest = stage, done, total
        if progress is not None:
            progress(stage, done, total)

    ended = asyncio.Event()
    noting = asyncio.create_task(_note(database, run_id, ended, lambda: latest))
    try:
        yield tell
    finally:
        ended.set()
        await noting


async def _note(
    database: Database, run_id: UUID, ended: asyncio.Event, latest: Callable[[], tuple[str, int, int]]
) -> None:
    while not ended.is_set():
        async with database.transaction(SYSTEM, "note_reconciliation") as tx:
            await queries.note_progress(tx, run_id, *latest())
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), NOTE_EVERY_SECONDS)


async def request_run(database: Database) -> None:
    async with database.transaction(SYSTEM, "request_reconciliation") as tx:
        await service.request_if_idle(tx)


CHORES = {"reconcile": Chore(every=COMPARE_EVERY, perform=request_run)}
