"""CSV as RFC 4180 has it, that no spreadsheet runs: what is read by people and by programs alike."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"

# A text that begins so is a formula to a spreadsheet (OWASP, "CSV Injection"): an apostrophe before it makes it text.
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_text(heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A heading and rows, with CRLF behind each. None is nothing; instants are in UTC; what has parts is JSON."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)  # its defaults are those of the RFC
    writer.writerow(heading)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return lines.getvalue()


def _cell(value: Any) -> Any:
    match value:
        case bool():
            return "true" if value else "false"
        case None | int() | float():
            return value  # a number below zero is no formula
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case dict() | list():
            return msgspec.json.encode(value).decode()  # begins with a bracket
        case _:
            text = str(value)
            return f"'{text}" if text.startswith(FORMULAS) else text
