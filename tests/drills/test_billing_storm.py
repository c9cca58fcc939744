"""A receiver that fails, hangs and tears off its answers, a worker that is killed, keys that change: each effect once.

The big ones are one command: `pytest --drills tests/drills/test_billing_storm.py`.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from random import Random
from typing import NamedTuple

import pytest

from backend.demo.site import free_port
from tests.drills.billing_storm import Aftermath, BillingStorm, StormSite
from tests.drills.unruly import LOOPBACK, Unruly, unruly
from tests.factories.billing_queue import LIFE
from tests.factories.databases import empty_database


class Storm(NamedTuple):
    storm: BillingStorm
    receiver: Unruly
    left: Aftermath


class Size(NamedTuple):
    services: int
    kills: int
    rotations: int
    answer_seconds: float


SMALL, BIG = Size(40, 1, 1, 1.0), Size(2000, 20, 2, 2.0)
STORMS = [
    pytest.param(("sqlite", SMALL), id="sqlite, 200 triggers"),
    pytest.param(("sqlite", BIG), id="sqlite, 10,000 triggers", marks=pytest.mark.drill),
    pytest.param(("postgres", BIG), id="postgres, 10,000 triggers", marks=[pytest.mark.drill, pytest.mark.postgres]),
]

pytestmark = pytest.mark.parametrize("storm", STORMS, indirect=True, scope="module")


@pytest.fixture(scope="module")
def storm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storm]:
    kind, size = request.param
    with ExitStack() as stack:
        is_postgres = kind == "postgres"
        database = stack.enter_context(empty_database(request.getfixturevalue("postgres"))) if is_postgres else ""
        site = StormSite(
            home=tmp_path_factory.mktemp("billing-storm"),
            port=free_port(),
            billing_port=free_port(),
            database=database,
            answer_seconds=size.answer_seconds,
        )
        door = stack.enter_context(unruly(f"http://{LOOPBACK}:{site.billing_port}", seed=size.services))
        site.billing_door = door.port
        stack.callback(site.stop)
        raging = BillingStorm(site=site, services=size.services, random=Random(size.services))
        raging.prepare()
        yield Storm(raging, door, raging.rage(kills=size.kills, rotations=size.rotations))


def test_everything_went_wrong_that_should(storm: Storm, request: pytest.FixtureRequest):
    size = request.node.callspec.params["storm"][1]

    assert (storm.storm.kills, storm.storm.rotations) == (size.kills, size.rotations)
    assert {"fails", "hangs", "resets", "passes on"} <= storm.receiver.did.keys()
    assert storm.receiver.did["fails"] > storm.storm.triggers * 0.2


def test_each_trigger_has_one_effect_and_each_effect_a_trigger(storm: Storm):
    assert len(storm.left.effects) == storm.storm.triggers
    assert sorted(storm.left.effects) == sorted(storm.left.told)


def test_each_service_was_told_and_billed_in_its_order(storm: Storm):
    in_order = list(range(1, len(LIFE) + 1))

    assert len(storm.left.applied) == storm.storm.services
    assert all(numbers == in_order for numbers in storm.left.arrived.values())
    assert all(numbers == in_order for numbers in storm.left.applied.values())


def test_nothing_is_left_open_on_either_side(storm: Storm):
    assert storm.left.states == {"applied": storm.storm.triggers}
    assert (storm.left.streams_at_work, storm.left.waiting_or_rejected) == (0, 0)
