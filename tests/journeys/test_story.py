"""`truckroll story` holds on both databases, and a telling with something wrong in it does not.

All breaks and all kills are drills (`tests/drills`), as each takes as long as a story.
"""

from collections.abc import Iterator

import pytest

from backend.demo.story.telling import Stage, Wanted
from tests.factories.story import EVERY_STEP, stage_on, steps_before, story, tell_all, tell_broken

EVERYDAY = ("no_access", "fallout_retry", "shipment")  # one of each kind; all of them are a drill


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A running site, for every test of this file."""
    with stage_on(request) as running:
        yield running


def test_the_story_holds(stage: Stage) -> None:
    told = story("--home", str(stage.site.home))

    assert (told.returncode, [step for step in EVERY_STEP if step not in told.stdout]) == (0, []), told.stdout


@pytest.mark.parametrize("variant", EVERYDAY)
def test_a_variant_holds(stage: Stage, variant: str) -> None:
    held, said = tell_all(stage, Wanted(variant=variant))

    assert held, said


@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("step", "number"), [("order", 1), ("appointment", 2)])
def test_a_step_that_is_sabotaged_fails_and_ends_the_telling(stage: Stage, step: str, number: int) -> None:
    *before, (failed, problem) = tell_broken(stage, step, number=number)

    assert (before, failed) == (steps_before(step), step)
    assert problem


def test_a_variant_that_nobody_knows_is_refused() -> None:
    refused = story("--variant", "everything")

    assert refused.returncode == 2
    assert "no_access" in refused.stderr


def test_a_step_that_nobody_knows_cannot_be_sabotaged() -> None:
    refused = story("--break", "everything")

    assert refused.returncode == 2
    assert "order, decompose, appointment" in refused.stderr
