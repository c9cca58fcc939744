"""A supplier's list of serials: tried first, watched by a progress bar."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path

import msgspec
from rich.progress import Progress

from backend.imports.errorfile import ErrorFile
from backend.inventory import service as inventory
from backend.inventory.importing import ImportResult
from backend.inventory.seriallists import ERROR_COLUMNS, Fault, error_row
from backend.kernel.audit import SYSTEM
from backend.kernel.db import open_database
from backend.kernel.errors import DomainError
from backend.parts import BEFORE_COMMIT
from backend.settings import Settings
from backend.terminal import console, refuse

Watch = Callable[[str, int], None]
"""Hears what is being done, and of how many more bytes."""


class SerialList(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier's list, and where its units go. model: of all rows, None when each says its own.

    errors: where the rows at fault are written; there is no such file when there is no fault.
    """

    file: Path
    location: str
    model: str | None = None
    errors: Path


def run(settings: Settings, wanted: SerialList, *, is_trial: bool, only_valid: bool) -> bool:
    """Import with a progress bar, and tell what became of it; whether everything is well. Refuses what cannot be."""
    with Progress(console=console) as bars:
        bar = bars.add_task("checking", total=wanted.file.stat().st_size * (1 if is_trial else 2))

        def watch(what: str, size_bytes: int) -> None:
            bars.update(bar, description=what, advance=size_bytes)

        try:
            done = asyncio.run(import_serials(settings, wanted, watch, is_trial=is_trial, only_valid=only_valid))
        except (DomainError, OSError) as error:
            refuse(str(error))
    console.print(f"{done.rows} rows, {done.rows - done.valid} at fault, {done.taken} taken into stock")
    if done.valid < done.rows:
        console.print(f"what is at fault stands in {wanted.errors}")
    return done.valid == done.rows or done.taken > 0


async def import_serials(
    settings: Settings, wanted: SerialList, watch: Watch, *, is_trial: bool, only_valid: bool
) -> ImportResult:
    """Try a list, and take it in when nothing is at fault or what is at fault may be left out.

    Raises DomainError for what the file, the place or the models cannot be, OSError for the file.
    """
    database = await open_database(settings.database_url, before_commit=BEFORE_COMMIT)
    try:
        async with database.snapshot(SYSTEM, "try_serials") as tx:
            location_id = (await inventory.location_named(tx, wanted.location)).id
            goods = {"location_id": location_id, "model": wanted.model}
            with _errors(wanted) as errors, closing(_lines(wanted.file, "checking", watch)) as lines:
                tried = await inventory.try_serials(tx, lines, **goods, tell=_teller(errors))
        if is_trial or (tried.valid < tried.rows and not only_valid):
            return tried
        async with database.transaction(SYSTEM, "import_serials") as tx:
            with _errors(wanted) as errors, closing(_lines(wanted.file, "taking in", watch)) as lines:
                goods |= {"source": wanted.file.name, "only_valid": only_valid}
                return await inventory.import_serials(tx, lines, **goods, tell=_teller(errors))
    finally:
        await database.close()


def _errors(wanted: SerialList) -> ErrorFile:
    return ErrorFile(wanted.errors, ERROR_COLUMNS)


def _teller(errors: ErrorFile) -> Callable[[Fault], None]:
    return lambda fault: errors.write(error_row(fault))


def _lines(path: Path, what: str, watch: Watch) -> Generator[str, None, None]:
    """The lines of a file. What is no UTF-8 in it is replaced, so that its row is at fault and not the whole file."""
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        for line in file:
            watch(what, len(line.encode()))
            yield line
