"""`truckroll extract`: files that grow, also when the last writing was cut short."""

import csv
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from backend.cli import app
from backend.extraction import PLACES


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


@pytest.fixture
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A migrated SQLite database with one fact, and nothing of this machine's own settings."""
    for name in ("TRUCKROLL_DATABASE", "TRUCKROLL_BILLING_URL", "TRUCKROLL_NETWORK", "TRUCKROLL_STREETS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TRUCKROLL_DATA_DIR", str(tmp_path))
    assert run("migrate").exit_code == 0
    write_fact(tmp_path, 1)
    return tmp_path


def write_fact(home: Path, number: int) -> None:
    with sqlite3.connect(home / "truckroll.db") as connection:
        at = "2026-06-01 06:00:00.000000"
        row = (f"{number:032x}", f"{7:032x}", "cancel", "pending", "cancelled", at, at, "system", "{}")
        connection.execute(
            "INSERT INTO job_fact (id, subject_id, command, from_state, to_state, occurred_at, recorded_at, actor_kind,"
            " detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
    connection.close()


def rows(file: Path) -> list[str]:
    with file.open(newline="", encoding="utf-8") as text:
        return [row["id"][-1] for row in csv.DictReader(text)]


def test_it_goes_on_where_the_file_ends_and_mends_what_was_cut_short(deployment: Path) -> None:
    into = deployment / "extracts"
    file = into / "job_fact.csv"
    first = run("extract", "job_fact", "--into", str(into))
    with file.open("ab") as broken:
        broken.write(b"half a ro")
    write_fact(deployment, 2)
    second = run("extract", "--into", str(into))
    third = run("extract", "job_fact", "--into", str(into))

    assert ("job_fact: 1 new rows" in first.stdout, first.exit_code) == (True, 0)
    assert ("job_fact: 1 new rows" in second.stdout, second.exit_code) == (True, 0)
    assert "job_fact: 0 new rows" in third.stdout
    assert rows(file) == ["1", "2"]
    assert (into / PLACES).exists()


def test_a_table_that_there_is_not_is_refused_in_words(deployment: Path) -> None:
    refused = run("extract", "weather", "--into", str(deployment))

    assert refused.exit_code == 2
    assert "No table of facts is called so" in refused.stderr


def test_a_file_that_is_shorter_than_it_was_is_not_gone_on_with(deployment: Path) -> None:
    into = deployment / "extracts"
    run("extract", "job_fact", "--into", str(into))
    (into / "job_fact.csv").write_bytes(b"cursor,id\r\n")
    write_fact(deployment, 2)

    refused = run("extract", "job_fact", "--into", str(into))

    assert (refused.exit_code, (into / "job_fact.csv").read_bytes()) == (2, b"cursor,id\r\n")
    assert "begin in another folder" in refused.stderr
