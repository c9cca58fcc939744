"""`kill -9` at the worst moments: the story still holds, nothing is lost and nothing is done twice."""

import pytest

from backend.demo.story.telling import KILLS
from tests.factories.story import EVERY_STEP, story

pytestmark = pytest.mark.drill


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> str:
    return "" if request.param == "sqlite" else request.getfixturevalue("empty_postgres")


@pytest.mark.parametrize("kill", KILLS)
def test_the_story_holds_although_a_process_is_killed(database: str, kill: str) -> None:
    told = story("--kill", kill, "--database", database)

    assert (told.returncode, [step for step in EVERY_STEP if step not in told.stdout]) == (0, []), told.stdout
    assert f"kill at {kill}: happened, and nothing was lost" in told.stdout
