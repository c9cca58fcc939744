"""`truckroll simulate`: what it prints, and its exit code."""

import re
from contextlib import nullcontext

import pytest
from typer.testing import CliRunner, Result

from backend.bench.simulation import run
from backend.cli import app
from sync.simulate import Size, simulate
from sync.simulation.site import TwinSite
from tests.sync.planted import PLANTED

SMALL = ("--devices", "3", "--days", "2")


def command(*options: str) -> Result:
    return CliRunner().invoke(app, ["simulate", *options])


def test_seeds_that_hold_are_told_with_the_trace_of_the_first():
    result = command("--seeds", "3", "--seed", "7", *SMALL)

    trace = simulate(7, Size(devices=3, days=2)).trace_hash
    assert (result.exit_code, f"trace of seed 7: {trace}" in result.output) == (0, True)


def test_a_seed_that_fails_is_told_with_a_short_history(monkeypatch: pytest.MonkeyPatch):
    server = PLANTED["removal forgotten"].server
    monkeypatch.setattr(run, "open_twin", lambda: nullcontext(TwinSite(server)))

    result = command("--seeds", "50", *SMALL)

    assert result.exit_code == 1
    assert re.search(r"^seed \d+: I\d+: ", result.output, re.MULTILINE)
    assert "open phone" in result.output


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--server", "mainframe"), "takes one of: twin, sqlite, postgresql"),
        (("--http",), "has no HTTP"),
        (("--server", "sqlite", "--devices", "99"), "at most 24"),
        (("--database", "sqlite:///x.db"), "PostgreSQL server"),
    ],
)
def test_what_cannot_be_simulated_is_refused_with_its_reason(options: tuple[str, ...], reason: str):
    result = command(*options)

    assert (result.exit_code, reason in " ".join(result.output.split())) == (2, True)
