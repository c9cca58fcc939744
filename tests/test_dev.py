"""The set-up does each step once per state of its inputs, and says what to do when it cannot go on."""

import sys
from pathlib import Path

import pytest

import dev


@pytest.fixture
def append(tmp_path: Path) -> list[str]:
    """A command that adds a line to `log` in the test's folder."""
    return [sys.executable, "-c", f"open({str(tmp_path / 'log')!r}, 'a').write('ran\\n')"]


def test_a_step_runs_once_for_the_same_state(tmp_path: Path, append: list[str]) -> None:
    dev.once(tmp_path, "Appending", "state", append)
    dev.once(tmp_path, "Appending", "state", append)

    assert (tmp_path / "log").read_text() == "ran\n"


def test_a_step_runs_again_when_its_state_changed(tmp_path: Path, append: list[str]) -> None:
    dev.once(tmp_path, "Appending", "state", append)
    dev.once(tmp_path, "Appending", "another state", append)

    assert (tmp_path / "log").read_text() == "ran\nran\n"


def test_a_step_runs_again_when_what_it_makes_is_gone(tmp_path: Path, append: list[str]) -> None:
    dev.once(tmp_path, "Appending", "state", append, makes=tmp_path / "log")
    (tmp_path / "log").unlink()
    dev.once(tmp_path, "Appending", "state", append, makes=tmp_path / "log")

    assert (tmp_path / "log").read_text() == "ran\n"


def test_a_failed_step_stops_with_its_command_and_advice_and_runs_again(tmp_path: Path) -> None:
    fail = [sys.executable, "-c", "raise SystemExit(3)"]

    for _ in range(2):
        with pytest.raises(SystemExit, match=r"(?s)Failing failed with exit code 3: .*raise.*Ask the oracle"):
            dev.once(tmp_path, "Failing", "state", fail, advice="Ask the oracle.")


def test_a_long_step_says_that_it_goes_on(
    tmp_path: Path, append: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev, "GOES_ON_SECONDS", 0.001)

    dev.once(tmp_path, "Appending", "state", append)

    assert "Appending: goes on" in capsys.readouterr().out
    assert (tmp_path / "log").read_text() == "ran\n"


def test_installed_packages_are_no_sources(tmp_path: Path) -> None:
    for name in ("src/main.ts", "node_modules/vite/index.js", "shared/node_modules/dexie/index.js"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    assert dev.sources(tmp_path) == [tmp_path / "src/main.ts"]


def test_an_old_python_is_told_which_one_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))

    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer; this is 3\.9"):
        dev.main("run")


def test_a_missing_package_is_named_when_only_root_may_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev.os, "geteuid", lambda: 1000)

    with pytest.raises(SystemExit, match="apt-get install chromium"):
        dev.apt_install("Finding Chromium", "chromium")


def test_a_chromium_that_is_no_program_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "no-such-program")

    with pytest.raises(SystemExit, match="CHROMIUM=no-such-program is no program"):
        dev.chromium()


def test_without_a_task_the_two_commands_are_shown() -> None:
    with pytest.raises(SystemExit, match=r"(?s)dev\.py run.*dev\.py test"):
        dev.main()
