"""The story as tests tell it: a site of its own, tellings on it, and what each step came to."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from backend.demo.story.play import STEPS, Told, Visits, play
from backend.demo.story.telling import Stage, Wanted, staged, tell_on
from tests.factories.databases import empty_database

ROOT = Path(__file__).parent.parent.parent
WIDE = 1000  # columns, so that no line of the story is broken in two
STORY_SECONDS = 300  # a story takes ten; a machine with other work to do takes its time
EVERY_STEP = [f"✓ {step.number:>2} {step.title:<12}" for step in STEPS]


@contextmanager
def stage_of(wanted: Wanted) -> Iterator[Stage]:
    """A site with its processes, as `truckroll story` starts it."""
    with staged(wanted, Console(file=StringIO())) as stage:
        stage.site.save()
        yield stage


@contextmanager
def stage_on(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """The same for a fixture whose parameter is `sqlite` or `postgres`: on a database of its own."""
    with ExitStack() as stack:
        is_sqlite = request.param == "sqlite"
        database = "" if is_sqlite else stack.enter_context(empty_database(request.getfixturevalue("postgres")))
        yield stack.enter_context(stage_of(Wanted(database=database)))


def tell_all(stage: Stage, wanted: Wanted) -> tuple[bool, str]:
    """Whether every telling held, and what was said."""
    said = StringIO()
    return tell_on(stage, wanted, Console(file=said, width=WIDE)), said.getvalue()


def tell_broken(stage: Stage, step: str, *, number: int) -> list[tuple[str, str]]:
    """(step, problem) of one telling with this step sabotaged, up to where it ended."""
    heard: list[tuple[str, str]] = []

    def listen(_number: int, told: Told) -> None:
        heard.append((told.step.name, told.problem))

    play(stage.site, listen, number=number, broken=step, url=stage.urls[0], visits=Visits())
    return heard


def story(*options: str) -> subprocess.CompletedProcess[str]:
    """`truckroll story` with these options, as a command of its own."""
    command = [sys.executable, "-m", "backend.cli", "story", *options]
    environment = os.environ | {"COLUMNS": str(WIDE)}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=STORY_SECONDS, check=False
    )


def steps_before(step: str) -> list[tuple[str, str]]:
    """What a telling says of the steps before this one: each held."""
    names = [one.name for one in STEPS]
    return [(name, "") for name in names[: names.index(step)]]
