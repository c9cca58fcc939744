"""The `truckroll` command: what it says of itself, and what it does to a deployment."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from backend.cli import app
from backend.demo.site import Site

SUBCOMMANDS = (
    "demo",
    "serve",
    "worker",
    "migrate",
    "seed",
    "story",
    "backup",
    "extract",
    "restored",
    "doctor",
    "openapi",
    "bench",
    "device",
)


@pytest.fixture
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of a deployment on SQLite, and nothing of this machine's own settings."""
    for name in ("TRUCKROLL_DATABASE", "TRUCKROLL_BILLING_URL", "TRUCKROLL_NETWORK", "TRUCKROLL_STREETS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TRUCKROLL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def test_the_command_names_its_subcommands() -> None:
    said = subprocess.run([sys.executable, "-m", "backend.cli", "--help"], capture_output=True, text=True, check=True)

    assert [name for name in SUBCOMMANDS if name not in said.stdout] == []


def test_a_database_is_migrated_once(deployment: Path) -> None:
    first, second = run("migrate"), run("migrate")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "was empty" in first.stdout
    assert f"was {first.stdout.split()[2]}" in second.stdout
    assert (deployment / "truckroll.db").exists()


def test_the_api_describes_itself(deployment: Path) -> None:
    file = deployment / "api.json"

    told = run("openapi", "--output", str(file))

    paths = json.loads(file.read_bytes())["paths"]
    assert told.exit_code == 0
    assert {"/api/v1/orders", "/sync/v1/push", "/api/v1/billing/acknowledgements"} <= paths.keys()


def test_the_doctor_names_what_is_missing(deployment: Path) -> None:
    untouched = run("doctor")
    run("migrate")
    migrated = run("doctor")

    assert (untouched.exit_code, migrated.exit_code) == (1, 1)
    assert "truckroll migrate" in untouched.stdout
    assert "set TRUCKROLL_BILLING_URL" in migrated.stdout
    assert "truckroll migrate" not in migrated.stdout


def test_the_doctor_says_in_a_sentence_that_there_is_no_database(deployment: Path) -> None:
    untouched, elsewhere = run("doctor"), run("doctor", "--home", str(deployment / "nowhere"))

    assert "there is none at" in untouched.stdout
    assert "sqlalche.me" not in untouched.stdout
    assert elsewhere.exit_code == 2
    assert "no demo is in" in elsewhere.stderr


def test_the_doctor_looks_at_a_demo(deployment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(home=deployment / "demo", port=1, billing_port=2)
    site.save()
    for name in site.environment:  # what the command sets is taken back afterwards
        monkeypatch.setenv(name, "")

    looked = run("doctor", "--home", str(site.home))

    assert f"there is none at {site.home / 'truckroll.db'}" in looked.stdout


def test_the_chain_of_the_audit_is_verified(deployment: Path) -> None:
    run("migrate")
    whole, wrong = run("verify-audit"), run("verify-audit", "--head", "7")
    forged = run("verify-audit", "--head", f"7:{'00' * 32}")

    assert (whole.exit_code, wrong.exit_code, forged.exit_code) == (0, 2, 1)
    assert "the chain holds: 0 rows" in whole.stdout
    assert "ends before" in forged.stdout


def test_a_backup_is_a_database_that_runs(deployment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("migrate")
    made = run("backup", str(deployment / "backup.db"))

    monkeypatch.setenv("TRUCKROLL_DATABASE", f"sqlite:///{deployment / 'backup.db'}")
    begun, looked = run("restored"), run("doctor")

    assert (made.exit_code, begun.exit_code) == (0, 0)
    assert begun.stdout.split()[1] in looked.stdout


@pytest.mark.parametrize("words", [(), ("backup.db", "--mark", "2026-06-01T02:00:00")])
def test_a_backup_needs_a_file_or_a_time(deployment: Path, words: tuple[str, ...]) -> None:
    assert run("backup", *words).exit_code == 2
