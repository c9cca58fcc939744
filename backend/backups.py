"""Backups that phones can rely on, and what a restored one has to say.

A phone lets go of its work only when it hears that a backup holds it. So a backup that was made is told to the live
database; and a database that was restored begins a new epoch, upon which every phone sends again what no backup held.
The files of photos and signatures are not in it: copy the folder of blobs afterwards, its files never change.
"""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import make_url, text

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, open_database
from backend.kernel.feed import begin_epoch
from backend.offline import durability
from backend.offline.durability import Held
from backend.settings import Settings

# Work is dated when its transaction begins: longer than any of ours takes, so that none is counted that came too late.
MARGIN = timedelta(minutes=5)


class BackupFailed(Exception):
    """There is no backup; the text says why, and what to do."""


async def back_up(settings: Settings, file: Path) -> int:
    """Copy the whole database to `file` while it is in use, and tell the phones. Work that is in no backup yet.

    SQLite: a database file; PostgreSQL: an archive for pg_restore. A file that is there is replaced when the new one
    is whole. Raises BackupFailed.
    """
    part = file.with_name(f"{file.name}.part")
    async with _opened(settings) as database:
        make = _copy if database.dialect == "sqlite" else _dump
        held = await make(database, settings.database_url, part)
        _keep(part, file)
        return await _tell(database, held)


async def mark(settings: Settings, began_at: datetime) -> int:
    """Tell the phones of a backup made in another way, which began then. Work that is in no backup yet."""
    async with _opened(settings) as database:
        async with database.snapshot(SYSTEM, "backup") as tx:
            held = await durability.received_by(tx, began_at - MARGIN)
        return await _tell(database, held)


async def restored(settings: Settings) -> str:
    """Begin a new epoch in a database that was just restored; its name."""
    async with _opened(settings) as database, database.transaction(SYSTEM, "restored") as tx:
        await durability.mark(tx, await durability.present(tx))
        return await begin_epoch(tx)


async def _tell(database: Database, held: Held) -> int:
    async with database.transaction(SYSTEM, "backup") as tx:
        await durability.mark(tx, held)
        return await durability.at_risk(tx)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncGenerator[Database]:
    database = await open_database(settings.database_url)
    try:
        yield database
    finally:
        await database.close()


async def _copy(_database: Database, url: str, part: Path) -> Held:
    """SQLite's online backup (sqlite.org/backup.html). What it holds is read from the copy itself."""

    def copy() -> Held:
        part.unlink(missing_ok=True)
        source = make_url(url).database
        with closing(sqlite3.connect(str(source))) as live, closing(sqlite3.connect(part)) as target:
            live.backup(target)
            return dict(target.execute("SELECT id, last_mid FROM sync_outbox"))

    try:
        return await asyncio.to_thread(copy)
    except sqlite3.Error as error:
        raise BackupFailed(f"{part}: {error}") from error


async def _dump(database: Database, url: str, part: Path) -> Held:
    """pg_dump of the very snapshot in which we read what it holds (PostgreSQL's documentation, 9.28.5)."""
    if shutil.which("pg_dump") is None:
        raise BackupFailed(
            "there is no pg_dump here: install PostgreSQL's client programs, or make the backup in your own way and "
            "tell when it began: truckroll backup --mark 2026-06-01T02:00:00Z"
        )
    async with database.snapshot(SYSTEM, "backup") as tx:
        snapshot = (await tx.session.execute(text("SELECT pg_export_snapshot()"))).scalar_one()
        await _run_pg_dump(url, f"--snapshot={snapshot}", f"--file={part}")
        return await durability.present(tx)


async def _run_pg_dump(url: str, *options: str) -> None:
    address = make_url(url).set(drivername="postgresql")
    secret = {"PGPASSWORD": address.password} if address.password else {}  # in an argument every user could read it
    shown = address.set(password=None).render_as_string(hide_password=False)
    process = await asyncio.create_subprocess_exec(
        "pg_dump",
        "--format=custom",
        f"--dbname={shown}",
        *options,
        env=os.environ | secret,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    if process.returncode:
        raise BackupFailed(f"pg_dump: {said.decode(errors='replace').strip()}")


def _keep(part: Path, file: Path) -> None:
    """The file has its name only when it is on the disk, whole."""
    with part.open("rb") as written:
        os.fsync(written.fileno())
    part.replace(file)
    directory = os.open(file.parent, os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)
