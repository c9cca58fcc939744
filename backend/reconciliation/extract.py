"""Reading billing's extract row by row: CSV, JSON lines, or the items of billing's own answer.

Every row is checked, and what is wrong is said with its row and column. The items come out sorted by service, on disk:
an extract may be far larger than memory. One bad row refuses the whole: half an extract would look like billing that
is missing.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC
from pathlib import Path
from typing import Any, BinaryIO, Literal
from uuid import UUID

import msgspec

from backend.reconciliation.currencies import CURRENCIES
from backend.reconciliation.schemas import BilledItem, ExtractInvalid, RowError
from backend.reconciliation.sorting import in_order, sort_to_disk
from clients.billing.messages import AmountMinor, Code, Currency, ExtractItem, Instant, Quantity

MAX_ROW_ERRORS = 100  # more tell a reader nothing new
ROWS_PER_SIGN = 5_000  # so often progress is told: many times a second
MAX_ROWS = 10_000_000  # a service has few items; this is a country
VALUE_CHARACTERS = 64  # of a wrong value that is told
MAX_LINE_BYTES = 16 << 10  # a row has 400; a longer line is cut, and its pieces are no rows
KEY_CHARACTERS = 32  # a service id in hex begins each sorted line

Form = Literal["csv", "jsonl"]


class ExtractRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row as it must come: the fields of `ExtractItem`, and what a billing system may know besides.

    entry_id: billing's own id of it. Other columns are passed over.
    """

    service_id: UUID | None = None
    charge_line_id: UUID
    charge_code: Code
    account_id: UUID
    kind: Literal["subscription", "one_off"]
    billed_since: Instant
    billed_until: Instant | None = None
    quantity: Quantity
    amount_minor: AmountMinor
    currency: Currency
    entry_id: Code | None = None
    trigger_id: UUID | None = None


COLUMNS = ExtractRow.__struct_fields__
REQUIRED = tuple(name for name in COLUMNS if name not in ("entry_id", "trigger_id"))
WRONG = {
    "service_id": "not_an_id",
    "charge_line_id": "not_an_id",
    "account_id": "not_an_id",
    "trigger_id": "not_an_id",
    "charge_code": "not_a_code",
    "entry_id": "not_a_code",
    "kind": "unknown_kind",
    "billed_since": "not_an_instant_with_zone",
    "billed_until": "not_an_instant_with_zone",
    "quantity": "not_a_whole_number",
    "amount_minor": "not_whole_minor_units",
    "currency": "unknown_currency",
}
WHOLE = re.compile(r"-?[0-9]{1,15}")


class StoredExtract:
    """The subscriptions of an extract, sorted by service on disk. item_count: all rows, single charges among them."""

    def __init__(self, files: list[Path], item_count: int) -> None:
        self._files = files
        self.item_count = item_count

    def items(self) -> Iterator[BilledItem]:
        """By service, each service's in the order of time. Raises ExtractInvalid for rows that come twice, at the end."""
        decode = msgspec.json.Decoder(BilledItem).decode
        twice: list[RowError] = []
        last: BilledItem | None = None
        for line in in_order(self._files):
            item = decode(line[KEY_CHARACTERS:])
            if last is not None and last.service_id == item.service_id and _is_same(last, item):
                twice.append(RowError(row=item.row, column="", code="duplicate_row", value=f"row {last.row}"))
            last = item
            yield item
        _refuse(twice, len(twice))


def store(
    rows: Iterable[tuple[int, ExtractRow | RowError]],
    folder: Path,
    *,
    progress: Callable[[int], None] = lambda _rows: None,
) -> StoredExtract:
    """Check all rows and sort them into `folder`. rows: each with its number; progress: told the rows so far, now and
    then. Raises ExtractInvalid."""
    reading = _Reading(rows, progress)
    files = sort_to_disk(reading.lines(), folder)
    _refuse(reading.errors, reading.error_count)
    return StoredExtract(files, reading.row_count)


def rows_of_file(file: BinaryIO, form: Form) -> Iterator[tuple[int, ExtractRow | RowError]]:
    """The rows of a file, each with the number of its line."""
    return _rows_of_csv(file) if form == "csv" else _rows_of_json_lines(file)


def rows_of_items(items: Iterable[ExtractItem]) -> Iterator[tuple[int, ExtractRow | RowError]]:
    """The rows of billing's own answer, counted from 1."""
    for number, item in enumerate(items, start=1):
        yield number, _converted(number, msgspec.structs.asdict(item))


class _Reading:
    """One pass over the rows: counts them, keeps the first errors, and makes a sortable line of each subscription."""

    def __init__(self, rows: Iterable[tuple[int, ExtractRow | RowError]], progress: Callable[[int], None]) -> None:
        self._rows = rows
        self._progress = progress
        self.errors: list[RowError] = []
        self.error_count = 0
        self.row_count = 0

    def lines(self) -> Iterator[bytes]:
        encode = msgspec.json.Encoder().encode
        for number, row in self._rows:
            self.row_count += 1
            if self.row_count % ROWS_PER_SIGN == 0:
                self._progress(self.row_count)
            if isinstance(row, RowError):
                self._note(row)
            elif row.currency not in CURRENCIES:
                self._note(RowError(row=number, column="currency", code=WRONG["currency"], value=row.currency))
            elif row.billed_until is not None and row.billed_until < row.billed_since:
                until = row.billed_until.isoformat()
                self._note(RowError(row=number, column="billed_until", code="ends_before_it_began", value=until))
            elif row.service_id is not None and row.kind == "subscription" and row.quantity:
                yield row.service_id.hex.encode() + encode(_item(number, row, row.service_id)) + b"\n"
            if self.row_count >= MAX_ROWS:
                self._note(RowError(row=number, column="", code="too_many_rows", value=str(MAX_ROWS)))
                return

    def _note(self, error: RowError) -> None:
        self.error_count += 1
        if len(self.errors) < MAX_ROW_ERRORS:
            self.errors.append(error)


def _item(number: int, row: ExtractRow, service_id: UUID) -> BilledItem:
    return BilledItem(
        service_id=service_id,
        billed_since=row.billed_since.astimezone(UTC),
        billed_until=None if row.billed_until is None else row.billed_until.astimezone(UTC),
        charge_line_id=row.charge_line_id,
        account_id=row.account_id,
        amount_minor=row.amount_minor,
        currency=row.currency,
        trigger_id=row.trigger_id,
        entry_id=row.entry_id,
        row=number,
    )


def _is_same(one: BilledItem, other: BilledItem) -> bool:
    return msgspec.structs.replace(one, row=other.row) == other


def _refuse(errors: list[RowError], error_count: int) -> None:
    if errors:
        raise ExtractInvalid(errors=msgspec.to_builtins(errors[:MAX_ROW_ERRORS]), error_count=error_count)


def _rows_of_csv(file: BinaryIO) -> Iterator[tuple[int, ExtractRow | RowError]]:
    reader = csv.reader(_text(file), strict=True)
    try:
        names = [name.strip() for name in next(reader, [])]
    except (csv.Error, UnicodeDecodeError) as error:
        yield 1, _malformed(1, error)
        return
    if missing := [name for name in REQUIRED if name not in names]:
        yield from ((1, RowError(row=1, column=name, code="column_missing")) for name in missing)
        return
    while True:
        try:
            values = next(reader)
        except StopIteration:
            return
        except (csv.Error, UnicodeDecodeError) as error:
            # A line that is no text never reached the reader, and the generator of lines has ended with it.
            is_text = isinstance(error, csv.Error)
            number = reader.line_num if is_text else reader.line_num + 1
            yield number, _malformed(number, error)
            if is_text:
                continue
            return
        if values:
            yield reader.line_num, _csv_row(reader.line_num, names, values)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(MAX_LINE_BYTES):
        yield line


def _text(file: BinaryIO) -> Iterator[str]:
    for line in _lines(file):
        yield line.decode("utf-8-sig" if line.startswith(b"\xef\xbb\xbf") else "utf-8")


def _csv_row(number: int, names: list[str], values: list[str]) -> ExtractRow | RowError:
    if len(values) != len(names):
        return RowError(row=number, column="", code="wrong_number_of_columns", value=f"{len(values)} of {len(names)}")
    raw: dict[str, Any] = {name: value or None for name, value in zip(names, values, strict=True)}
    for name in ("quantity", "amount_minor"):
        if raw[name] is not None and WHOLE.fullmatch(raw[name]):
            raw[name] = int(raw[name])
    return _converted(number, raw)


def _rows_of_json_lines(file: BinaryIO) -> Iterator[tuple[int, ExtractRow | RowError]]:
    decode = msgspec.json.Decoder(ExtractRow).decode
    for number, line in enumerate(_lines(file), start=1):
        try:
            yield number, decode(line)
        except msgspec.ValidationError as error:
            yield number, _named(number, error, _raw(line))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            yield number, _malformed(number, error)


def _raw(line: bytes) -> Any:
    """What stands in a line that is no row, to tell of its wrong value."""
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _converted(number: int, raw: dict[str, Any]) -> ExtractRow | RowError:
    try:
        return msgspec.convert(raw, ExtractRow)
    except msgspec.ValidationError as error:
        return _named(number, error, raw)


def _named(number: int, error: msgspec.ValidationError, raw: Any) -> RowError:
    """The error with its column, which msgspec names as a path (`$.amount_minor`) or as a missing field."""
    found = re.search(r"`\$\.(\w+)`|field `(\w+)`", str(error))
    column = (found[1] or found[2]) if found else ""
    value = raw.get(column) if isinstance(raw, dict) else raw
    if column not in WRONG:
        return RowError(row=number, column="", code="not_a_row", value=str(value)[:VALUE_CHARACTERS])
    code = "value_missing" if value is None else WRONG[column]
    return RowError(row=number, column=column, code=code, value="" if value is None else str(value)[:VALUE_CHARACTERS])


def _malformed(number: int, error: Exception) -> RowError:
    return RowError(row=number, column="", code="malformed", value=str(error)[:VALUE_CHARACTERS])
