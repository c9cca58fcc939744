"""A supplier's list of serials as CSV, read row by row. Pure: what stock knows of them is held against it in `importing`.

Excel writes semicolons where the decimal comma is in use, and a byte order mark: both are read.
"""

import csv
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from backend.kernel.errors import Invalid
from sync.serials import normalised

MAX_CONTENT = 500  # characters of a row that are told of it
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would carry out
ERROR_COLUMNS = ("row", "column", "reason", "content")


class BadList(Invalid):
    """The file is no list of serials. params: reason (no_heading or missing_column), column."""

    code = "bad_serial_list"


class Row(NamedTuple):
    """number: as a spreadsheet counts, where the heading is 1; content: the row as it came."""

    number: int
    serial: str
    model: str
    content: str


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Why a row cannot be taken in. column: the one at fault, "" for the whole row; content: the row itself, cut."""

    row: int
    column: str
    reason: str
    content: str


def read_rows(lines: Iterable[str], *, model: str | None = None) -> Iterator[Row | Fault]:
    """The rows of a list, empty ones left out; a row that is no CSV is a fault like any other.

    lines: with a heading that names `serial`, and `model` unless one is given for all; other columns are passed over.
    Raises BadList.
    """
    source = iter(lines)
    heading = next(source, "").removeprefix("\ufeff")
    delimiter = ";" if heading.count(";") > heading.count(",") else ","
    columns = [name.strip().casefold() for name in next(csv.reader([heading], delimiter=delimiter), [])]
    wanted = ["serial"] if model else ["serial", "model"]
    for name in wanted:
        if name not in columns:
            raise BadList(reason="missing_column" if columns else "no_heading", column=name)
    places = [columns.index(name) for name in wanted]
    return _read(csv.reader(source, delimiter=delimiter, strict=True), places, model)


def error_row(fault: Fault) -> tuple[int, str, str, str]:
    """The fault as a row of the error file, in the order of ERROR_COLUMNS; nothing in it is a formula."""
    content = f"'{fault.content}" if fault.content.startswith(FORMULA) else fault.content
    return fault.row, fault.column, fault.reason, content


def _read(reader: Iterator[list[str]], places: list[int], model: str | None) -> Iterator[Row | Fault]:
    number = 1
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Fault(row=number, column="", reason="malformed_row", content=str(error))
            continue
        if any(cell.strip() for cell in cells):
            yield _row(number, cells, places, model)


def _row(number: int, cells: list[str], places: list[int], model: str | None) -> Row | Fault:
    content = ",".join(cells)[:MAX_CONTENT]
    names = ("serial", "model")
    values = [cells[place].strip() if place < len(cells) else "" for place in places]
    empty = next((name for name, value in zip(names, values, strict=False) if not value), None)
    if empty:
        return Fault(row=number, column=empty, reason="missing", content=content)
    return Row(number, normalised(values[0]), model or values[1], content)
