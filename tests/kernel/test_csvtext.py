"""CSV that programs read and that no spreadsheet runs."""

import csv
import io
from datetime import UTC, datetime

import pytest

from backend.kernel.csvtext import csv_text


def test_what_is_written_is_read_back():
    text = csv_text(["a", "b"], [['says "no", twice', "two\nlines"], [None, -1.5]])

    assert list(csv.reader(text.splitlines(keepends=True))) == [
        ["a", "b"],
        ['says "no", twice', "two\nlines"],
        ["", "-1.5"],
    ]
    assert text.startswith("a,b\r\n")


@pytest.mark.parametrize("text", ["=1+1", "+358401234567", "-2", "@SUM(A1)", "\tx", "\r=1", "\n=1"])
def test_a_text_that_would_be_a_formula_is_a_text(text: str):
    [_, [cell]] = csv.reader(io.StringIO(csv_text(["x"], [[text]]), newline=""))

    assert cell.startswith("'")


def test_instants_are_in_utc_and_parts_are_json():
    instant = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)

    assert csv_text(["x"], [[instant], [True], [{"a": [1]}]]).splitlines() == [
        "x",
        "2026-06-01T06:00:00Z",
        "true",
        '"{""a"":[1]}"',
    ]
