"""The rows of a file that are at fault, as CSV: there is no such file when there is no fault."""

import csv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO


class ErrorFile:
    """Written as the faults come. columns: its heading."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._path = path
        self._columns = columns
        self._file: IO[str] | None = None

    def __enter__(self) -> "ErrorFile":
        self._path.unlink(missing_ok=True)
        return self

    def write(self, row: Sequence[object]) -> None:
        if self._file is None:
            self._file = self._path.open("w", encoding="utf-8", newline="")
            csv.writer(self._file).writerow(self._columns)
        csv.writer(self._file).writerow(row)

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
