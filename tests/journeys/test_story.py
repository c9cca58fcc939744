"""`truckroll story` holds on both databases, and a telling with something wrong in it does not.

All breaks and all kills are drills (`tests/drills`), as each takes as long as a story.
"""

from collections.abc import Iterator

import pytest

from backend.demo.story.telling import Stage, Wanted
from tests.factories.story import EVERY_STEP, stage_of, steps_before, story, tell_broken


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """A running site on SQLite, for every test of this file."""
    with stage_of(Wanted()) as running:
        yield running


def test_the_story_holds_on_sqlite(stage: Stage) -> None:
    told = story("--home", str(stage.site.home))

    assert (told.returncode, [step for step in EVERY_STEP if step not in told.stdout]) == (0, []), told.stdout


@pytest.mark.postgres
def test_the_story_holds_on_postgresql(empty_postgres: str) -> None:
    told = story("--database", empty_postgres)

    assert (told.returncode, [step for step in EVERY_STEP if step not in told.stdout]) == (0, []), told.stdout


@pytest.mark.parametrize(("step", "number"), [("order", 1), ("appointment", 2)])
def test_a_step_that_is_sabotaged_fails_and_ends_the_telling(stage: Stage, step: str, number: int) -> None:
    *before, (failed, problem) = tell_broken(stage, step, number=number)

    assert (before, failed) == (steps_before(step), step)
    assert problem


def test_a_step_that_nobody_knows_cannot_be_sabotaged() -> None:
    refused = story("--break", "everything")

    assert refused.returncode == 2
    assert "order, decompose, appointment" in refused.stderr
