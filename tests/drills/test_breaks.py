"""Every step of the story can fail: with the step sabotaged, exactly its check says so."""

from collections.abc import Iterator

import pytest

from backend.demo.story.play import BREAKABLE
from backend.demo.story.telling import Stage
from tests.factories.story import stage_on, steps_before, tell_broken

pytestmark = pytest.mark.drill

LEAVE_RUINS = ["billing", "activation"]  # no billing, and a network that refuses everything: they come last
IN_ORDER = [*(step for step in BREAKABLE if step not in LEAVE_RUINS), *LEAVE_RUINS]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    with stage_on(request) as running:
        yield running


@pytest.mark.parametrize(("number", "step"), list(enumerate(IN_ORDER)), ids=IN_ORDER)
def test_the_check_of_a_sabotaged_step_fails(stage: Stage, number: int, step: str) -> None:
    *before, (failed, problem) = tell_broken(stage, step, number=number)

    assert (before, failed) == (steps_before(step), step)
    assert problem
