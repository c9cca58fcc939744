"""`truckroll plan` on a file: plan and pictures beside it, the same for the same number of steps, and plain words for a bad file."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import scheduling
from backend.cli import app
from scheduling import check
from scheduling.files import read_plan, read_problem

README = (Path(scheduling.__file__).parent / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = re.search(r"```json\n(.*?)```", README, re.DOTALL)
    assert found
    path = tmp_path / "day.json"
    path.write_text(found[1], encoding="utf-8")
    return path


def test_a_file_is_planned_and_drawn(file: Path) -> None:
    done = CliRunner().invoke(app, ["plan", str(file), "--iterations", "30", "--seed", "2"])

    assert done.exit_code == 0, done.output
    assert "3 of 4 jobs served" in done.output
    assert "splice is left undone: skill" in done.output
    plan = read_plan(file.with_name("day.plan.json").read_bytes())
    assert check(read_problem(file.read_bytes()), plan) == ()
    for name in ("day.gantt.png", "day.map.png"):
        assert file.with_name(name).read_bytes()[:4] == b"\x89PNG"


def test_the_same_steps_give_the_same_plan_in_another_folder(file: Path, tmp_path: Path) -> None:
    for out in ("one", "two"):
        CliRunner().invoke(app, ["plan", str(file), "--iterations", "30", "--out", str(tmp_path / out)])

    one, two = ((tmp_path / out / "day.plan.json").read_bytes() for out in ("one", "two"))
    assert one == two


def test_a_policy_changes_what_things_cost(file: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text('{"unserved_priority_s": 7200}')

    for name, arguments in (("standard", []), ("dear", ["--policy", str(policy)])):
        out = str(tmp_path / name)
        CliRunner().invoke(app, ["plan", str(file), "--iterations", "10", "--out", out, *arguments])

    costs = [json.loads((tmp_path / name / "day.plan.json").read_bytes())["cost"] for name in ("standard", "dear")]
    assert [cost["unserved"] for cost in costs] == [3600, 7200]


@pytest.mark.parametrize(
    ("text", "said"), [("{", "day.json: Input data was truncated"), ('{"places": {}, "jobs": []}', "technicians")]
)
def test_a_bad_file_is_refused_in_plain_words(file: Path, text: str, said: str) -> None:
    file.write_text(text)

    done = CliRunner().invoke(app, ["plan", str(file)])

    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["plan", str(tmp_path / "none.json")])

    assert done.exit_code == 2
    assert "cannot be read" in " ".join(done.output.split())
