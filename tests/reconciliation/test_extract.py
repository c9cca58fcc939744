"""Reading billing's extract: what is right comes out sorted, what is wrong is named with its row, and nothing is half read."""

import csv
import io
import json
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import msgspec
import pytest

from backend.reconciliation import sorting
from backend.reconciliation.extract import COLUMNS, rows_of_file, store
from backend.reconciliation.schemas import BilledItem, ExtractInvalid

RIGHT: dict[str, Any] = {
    "service_id": str(UUID(int=1)),
    "charge_line_id": str(UUID(int=11)),
    "charge_code": "P1",
    "account_id": str(UUID(int=21)),
    "kind": "subscription",
    "billed_since": "2026-05-01T02:00:00+02:00",
    "billed_until": "",
    "quantity": 1,
    "amount_minor": 3990,
    "currency": "EUR",
    "entry_id": "entry-1",
    "trigger_id": "",
}


def as_csv(*rows: dict[str, Any]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(RIGHT | row for row in rows)
    return text.getvalue().encode()


def read(content: bytes, folder: Path, form: Any = "csv") -> list[BilledItem]:
    return list(store(rows_of_file(io.BytesIO(content), form), folder).items())


def refused(content: bytes, folder: Path, form: Any = "csv") -> list[tuple[int, str, str]]:
    """(row, column, code) of each error."""
    with pytest.raises(ExtractInvalid) as caught:
        read(content, folder, form)
    return [(error["row"], error["column"], error["code"]) for error in caught.value.params["errors"]]


def test_items_come_out_by_service_and_time_however_they_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sorting, "LINES_AT_ONCE", 7)  # so that fifty rows need several files
    rows = [
        {"service_id": str(UUID(int=n % 25)), "billed_since": f"2026-0{1 + n // 25}-01T00:00:00Z", "entry_id": f"e{n}"}
        for n in range(50)
    ]
    Random(1).shuffle(rows)

    found = read(as_csv(*rows), tmp_path)

    keys = [(item.service_id, item.billed_since) for item in found]
    assert keys == sorted(keys)
    assert len(set(keys)) == 50


def test_csv_and_json_lines_say_the_same(tmp_path: Path):
    line = {name: value for name, value in RIGHT.items() if value != ""}

    [of_csv] = read(as_csv({}), tmp_path)
    [of_json] = read(json.dumps(line).encode() + b"\n", tmp_path, "jsonl")

    assert msgspec.structs.replace(of_csv, row=1) == of_json
    assert of_csv.billed_since.isoformat() == "2026-05-01T00:00:00+00:00"


def test_single_charges_and_what_has_no_service_are_counted_and_left_out(tmp_path: Path):
    content = as_csv({}, {"kind": "one_off"}, {"service_id": ""}, {"quantity": 0})

    stored = store(rows_of_file(io.BytesIO(content), "csv"), tmp_path)

    assert (stored.item_count, len(list(stored.items()))) == (4, 1)


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("amount_minor", "39.90", "not_whole_minor_units"),
        ("amount_minor", "3990.0", "not_whole_minor_units"),
        ("amount_minor", "4e3", "not_whole_minor_units"),
        ("amount_minor", "", "value_missing"),
        ("amount_minor", "9999999999999999", "not_whole_minor_units"),
        ("quantity", "-1", "not_a_whole_number"),
        ("currency", "EURO", "unknown_currency"),
        ("currency", "QQQ", "unknown_currency"),
        ("service_id", "O-100001", "not_an_id"),
        ("billed_since", "2026-05-01", "not_an_instant_with_zone"),
        ("billed_since", "2026-05-01T00:00:00", "not_an_instant_with_zone"),
        ("billed_until", "2026-04-01T00:00:00Z", "ends_before_it_began"),
        ("kind", "monthly", "unknown_kind"),
    ],
)
def test_a_wrong_value_is_named_with_its_row_and_column(column: str, value: str, code: str, tmp_path: Path):
    content = as_csv({}, {column: value, "entry_id": "entry-2"})

    assert refused(content, tmp_path) == [(3, column, code)]


def test_money_in_floats_is_refused_in_json_too(tmp_path: Path):
    line = {name: value for name, value in RIGHT.items() if value != ""} | {"amount_minor": 39.9}

    assert refused(json.dumps(line).encode(), tmp_path, "jsonl") == [(1, "amount_minor", "not_whole_minor_units")]


def test_a_row_that_comes_twice_is_named_with_the_other_one(tmp_path: Path):
    with pytest.raises(ExtractInvalid) as caught:
        read(as_csv({"entry_id": "entry-7"}, {"service_id": str(UUID(int=2))}, {"entry_id": "entry-7"}), tmp_path)

    assert caught.value.params["errors"] == [{"row": 4, "column": "", "code": "duplicate_row", "value": "row 2"}]


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path):
    content = as_csv({"currency": "QQQ"}, {}, {"amount_minor": "1.5"}) + b'"torn,1\n'

    assert refused(content, tmp_path) == [
        (2, "currency", "unknown_currency"),
        (4, "amount_minor", "not_whole_minor_units"),
        (5, "", "malformed"),
    ]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", (1, "service_id", "column_missing")),
        (as_csv().replace(b"currency", b"money"), (1, "currency", "column_missing")),
        (as_csv() + b"1,2,3\n", (2, "", "wrong_number_of_columns")),
        (as_csv() + b"\xff\xfe,2\n", (2, "", "malformed")),
    ],
)
def test_a_file_of_another_shape_is_told_where_it_differs(content: bytes, error: tuple[int, str, str], tmp_path: Path):
    assert refused(content, tmp_path)[0] == error


@pytest.mark.parametrize("line", [b"[1, 2]", b"{", b"[" * 9000, b'{"service_id": 1}', b"\xff"])
def test_a_line_that_is_no_row_is_told(line: bytes, tmp_path: Path):
    assert refused(line + b"\n", tmp_path, "jsonl")[0][0] == 1
