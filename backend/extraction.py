"""`truckroll extract`: tables of facts into files that grow, from wherever they ended the last time."""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.parts import open_parts
from backend.reporting import extracting
from backend.reporting.extracting import AT_ONCE, Page
from backend.reporting.extracts import EXTRACTS, Extract
from backend.settings import Settings

PLACES = "cursors.json"


class FilesDiffer(ValueError):
    """A file is gone, or shorter than it was: what it held before is not fetched again, so begin in another folder."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """How far a file is. size_bytes: of what is whole; what is behind it was cut short and is written again."""

    cursor: str
    size_bytes: int


async def extract(settings: Settings, names: Sequence[str], folder: Path, console: Console) -> None:
    """Write what is new of these tables, of all when none is named.

    Raises UnknownExtract, StaleExtractCursor, FilesDiffer.
    """
    wanted = [extracting.extract_of(name) for name in names] or list(EXTRACTS.values())
    async with open_parts(settings) as parts:
        for one in wanted:
            count = await _go_on(parts.database, one, folder)
            console.print(f"{one.name}: {count} new rows")


async def _go_on(database: Database, one: Extract, folder: Path) -> int:
    count, has_more = 0, True
    while has_more:
        place = places(folder).get(one.name)
        async with database.transaction(SYSTEM, "truckroll extract") as tx:
            page = await extracting.read(tx, one, cursor=place.cursor if place else None, limit=AT_ONCE)
        if page.next_cursor is None or not page.rows:
            return count
        size_bytes = _append(folder / f"{one.name}.csv", page, place)
        _note(folder, one.name, Place(cursor=page.next_cursor, size_bytes=size_bytes))
        count, has_more = count + len(page.rows), page.has_more
    return count


def _append(file: Path, page: Page, place: Place | None) -> int:
    """Behind what is whole of the file; how large it is then. The heading stands once, at its beginning."""
    heading, _, rows = page.csv().partition("\r\n")
    file.parent.mkdir(parents=True, exist_ok=True)
    if place and (not file.exists() or file.stat().st_size < place.size_bytes):
        raise FilesDiffer(f"{file} is gone, or shorter than it was: begin in another folder")
    with file.open("r+b" if place else "wb") as out:
        out.seek(place.size_bytes if place else 0)
        out.truncate()
        out.write((rows if place else f"{heading}\r\n{rows}").encode())
        out.flush()
        os.fsync(out.fileno())  # before it is noted: a place behind the end of its file would be a hole in it
        return out.tell()


def places(folder: Path) -> dict[str, Place]:
    file = folder / PLACES
    return msgspec.json.decode(file.read_bytes(), type=dict[str, Place]) if file.exists() else {}


def _note(folder: Path, name: str, place: Place) -> None:
    """In one step: a file that is half written would lose every place."""
    partial = folder / f"{PLACES}.partial"
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(places(folder) | {name: place}), indent=1))
    partial.replace(folder / PLACES)
