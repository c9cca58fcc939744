"""Every vector is run by Python and by the browser code: a file or a group that nobody runs proves nothing."""

import json
import re
from pathlib import Path

import pytest

VECTORS = Path(__file__).parent
ROOT = VECTORS.parent.parent
RUNNERS = {
    "Python": ROOT / "tests/sync/test_vectors.py",
    "the browser code": ROOT / "clients/web/shared/sync/vectors.test.ts",
}
# What only a server does. A browser keeps cursors as they are, and its own operations are checked by their types.
OF_SERVERS = {
    "cursor.json",
    "operations.json",
    ("clock.json", "occurred"),
    ("merge.json", "restores"),
}
NAMED = re.compile(r"""cases(?:<.*>)?\(["']([a-z]+\.json)["'],\s*["'](\w+)["']\)""")

Group = tuple[str, str]


def groups() -> set[Group]:
    """(file, group) of all cases that there are; `about` explains them."""
    files = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in VECTORS.glob("*.json")}
    return {(name, group) for name, content in files.items() for group in content if group != "about"}


def run_by(runner: str) -> set[Group]:
    """The groups that this runner takes its cases from."""
    return {(name, group) for name, group in NAMED.findall(RUNNERS[runner].read_text(encoding="utf-8"))}


def test_python_runs_every_vector() -> None:
    assert run_by("Python") == groups()


def test_the_browser_runs_every_vector_that_a_client_can() -> None:
    of_clients = {group for group in groups() if group not in OF_SERVERS and group[0] not in OF_SERVERS}

    assert run_by("the browser code") == of_clients


def test_what_is_left_to_servers_is_there() -> None:
    known = {name for name, _ in groups()} | groups()

    assert set(OF_SERVERS) <= known


@pytest.mark.parametrize("path", sorted(VECTORS.glob("*.json")), ids=lambda path: path.name)
def test_a_file_says_what_it_is_about_and_has_cases(path: Path) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))

    assert content.pop("about")
    assert content != {}
    assert all(cases for cases in content.values())


def test_every_file_stands_in_the_readme() -> None:
    table = (VECTORS / "README.md").read_text(encoding="utf-8")

    assert set(re.findall(r"^\| `(\w+\.json)`", table, re.MULTILINE)) == {path.name for path in VECTORS.glob("*.json")}
