"""Problems and plans as JSON: everything of the model comes through, a written plan reads back, and what is wrong is said with its place."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import scheduling
from scheduling import (
    Break,
    Depot,
    Frozen,
    Gap,
    Iterations,
    Job,
    Lock,
    Plan,
    Policy,
    Shift,
    Skill,
    Technician,
    Window,
    check,
    cost_terms,
    great_circle_matrix,
)
from scheduling.errors import InvalidProblem
from scheduling.files import BadFile, clock_text, read_plan, read_policy, read_problem, write_plan
from scheduling.reference import solve

README = (Path(scheduling.__file__).parent / "README.md").read_text(encoding="utf-8")
HOUR_S = 3600


def readme(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found, f"README.md has no {language}"
    return found[1]


def example() -> Any:
    return json.loads(readme("json"))


def encoded(file: Any) -> bytes:
    return json.dumps(file).encode()


def test_the_documented_example_is_what_it_says() -> None:
    problem = read_problem(readme("json").encode())

    lunch = Break(earliest_s=11 * HOUR_S, latest_s=13 * HOUR_S, duration_s=1800)
    shift = Shift(start_s=8 * HOUR_S, end_s=16 * HOUR_S, start_place=0, end_place=0, breaks=(lunch,))
    assert problem.technicians[0] == Technician(
        id="aino", shifts=(shift,), skills=(Skill(name="fibre", level=2),), stock={"ont": 1}
    )
    assert problem.technicians[1].shifts[0].end_place == 0
    assert problem.jobs[1] == Job(id="repair", place=3, duration_s=2700, priority=3, due_s=12 * HOUR_S)
    assert problem.jobs[0].windows == (Window(start_s=8 * HOUR_S, end_s=10 * HOUR_S),)
    assert (problem.travel.seconds == great_circle_matrix(problem.places).seconds).all()


def test_the_documented_program_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("day.json").write_text(readme("json"))

    exec(compile(readme("python"), "README.md", "exec"), {})  # noqa: S102 - the example itself is what is tested

    assert "routes, 1 left undone" in capsys.readouterr().out


def test_a_written_plan_reads_back_and_can_be_the_plan_in_force() -> None:
    file = example()
    problem = read_problem(encoded(file))
    plan = solve(problem, Policy(), seed=1, stop=Iterations(20))
    written = write_plan(plan, cost_terms(problem, Policy(), plan))

    assert read_plan(written) == plan
    assert json.loads(written)["unserved"] == [{"job": "splice", "reason": "skill"}]

    file["previous"] = json.loads(written)
    file["jobs"][0]["lock"] = "both"
    again = read_problem(encoded(file))
    assert again.previous == plan
    assert again.jobs[0].lock is Lock.BOTH
    assert check(again, plan) == ()


def test_everything_of_the_model_can_be_said() -> None:
    file = example()
    file["depots"] = [{"id": "main", "place": "depot", "handling": "0:15", "stock": {"ont": 9}, "tools": ["otdr"],
                       "windows": [{"start": "7:00", "end": "15:00"}]}]  # fmt: skip
    file["technicians"][1] |= {"tools": ["ladder"], "pace_percent": 120, "territories": ["north"], "contractor": True,
                               "cost_per_hour_minor": 9000, "skills": [{"name": "copper", "valid_until": "32:00:30"}]}  # fmt: skip
    file["jobs"] += [
        {"id": "pull", "place": "hill", "duration": "1:00", "crew_size": 2, "helper_skills": {}, "tools": ["ladder"],
         "territory": "north", "preferred": ["eero"], "forbidden": ["aino"], "after": ["survey"],
         "gaps": [{"job": "survey", "least": "1:00", "most": "2:00"}]},
        {"id": "begun", "place": "hill", "duration": "0:30", "frozen": {"technician": "eero", "shift": 0, "start": "9:05"}},
    ]  # fmt: skip
    file |= {"now": "9:10", "disturbance_limit": 3}

    problem = read_problem(encoded(file))

    window = Window(start_s=7 * HOUR_S, end_s=15 * HOUR_S)
    assert problem.depots == (
        Depot(id="main", place=0, handling_s=900, stock={"ont": 9}, tools=frozenset({"otdr"}), windows=(window,)),
    )
    eero = problem.technicians[1]
    assert (eero.tools, eero.pace_percent, eero.territories) == ({"ladder"}, 120, {"north"})
    assert (eero.contractor, eero.cost_per_hour_minor) == (True, 9000)
    assert eero.skills == (Skill(name="copper", valid_until_s=32 * HOUR_S + 30),)
    pull, begun = problem.jobs[-2:]
    assert (pull.crew_size, pull.helper_skills, pull.tools, pull.after) == (2, {}, {"ladder"}, ("survey",))
    assert pull.gaps == (Gap(job="survey", least_s=HOUR_S, most_s=2 * HOUR_S),)
    assert (pull.territory, pull.preferred, pull.forbidden) == ("north", {"eero"}, {"aino"})
    assert begun.frozen == Frozen(technician="eero", shift=0, start_s=9 * HOUR_S + 300)
    assert (problem.now_s, problem.disturbance_limit) == (9 * HOUR_S + 600, 3)


def test_given_drives_are_taken_and_null_is_no_way() -> None:
    file = example()
    rows = [[0 if a == b else 600 for b in range(4)] for a in range(4)]
    rows[1][2] = None  # type: ignore[call-overload]
    file["travel"] = {"seconds": rows, "metres": rows}

    travel = read_problem(encoded(file)).travel

    assert travel.seconds[0, 1] == 600
    assert not travel.reachable[1, 2]
    assert travel.source(0, 1) == "file"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f["jobs"][1].update(place="moon"), r"jobs\[1\]\.place: there is no place 'moon'"),
        (lambda f: f["technicians"][0]["shifts"][0].update({"from": "moon"}), r"technicians\[0\]\.shifts\[0\]\.from"),
        (lambda f: f["jobs"][2].update(duration="20 min"), r"\$\.jobs\[2\]\.duration"),
        (lambda f: f["jobs"][2].update(duration="0:60"), r"\$\.jobs\[2\]\.duration"),
        (lambda f: f["jobs"][2].update(duraton="0:20"), r"unknown field `duraton`.*\$\.jobs\[2\]"),
        (lambda f: f["jobs"][2].update(priority="high"), r"\$\.jobs\[2\]\.priority"),
        (lambda f: f["jobs"][2].update(lock="maybe"), r"\$\.jobs\[2\]\.lock"),
        (lambda f: f["jobs"][2].pop("id"), "missing required field `id`"),
        (lambda f: f.update(travel={"seconds": [[0]], "metres": [[0]]}), r"travel\.seconds: 1 rows for 4 places"),
        (lambda f: f["jobs"].append(f["jobs"][0]), "'install' appears twice"),
        (lambda f: f["jobs"][0].update(priority=0), "priority 0 is outside"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(change: Any, said: str) -> None:
    file = example()
    change(file)

    with pytest.raises(InvalidProblem, match=said):
        read_problem(encoded(file))


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"places": 7}'])
def test_what_is_no_such_file_is_refused(data: bytes) -> None:
    with pytest.raises(BadFile):
        read_problem(data)


def test_a_policy_names_what_differs_from_the_standard() -> None:
    assert read_policy(b'{"travel": 2, "name": "thrifty"}') == Policy(travel=2, name="thrifty")

    for data, said in (
        (b'{"travl": 2}', "no travl"),
        (b'{"travel": -1}', "travel: a weight"),
        (b'{"travel": "2"}', "float"),
    ):
        with pytest.raises(BadFile, match=said):
            read_policy(data)


def test_clock_texts() -> None:
    assert [clock_text(seconds) for seconds in (0, 59, 8 * HOUR_S, 117_000)] == ["0:00", "0:00:59", "8:00", "32:30"]


def test_an_empty_plan_is_written_too() -> None:
    assert read_plan(write_plan(Plan(), {})) == Plan()
