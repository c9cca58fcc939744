"""Every variant of the story holds on both databases; what runs is billed after each of them."""

from collections.abc import Iterator

import pytest

from backend.demo.story.telling import Stage, Wanted
from backend.demo.story.variants.table import VARIANTS
from tests.factories.story import stage_on, tell_all

pytestmark = pytest.mark.drill


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    with stage_on(request) as running:
        yield running


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_holds(stage: Stage, variant: str) -> None:
    held, said = tell_all(stage, Wanted(variant=variant))

    assert held, said
