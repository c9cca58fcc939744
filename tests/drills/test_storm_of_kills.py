"""`kill -9`, again and again, under eight devices at work: nothing acknowledged is lost, and nothing is done twice."""

from collections.abc import Iterator
from contextlib import ExitStack
from random import Random
from typing import NamedTuple

import pytest

from backend.demo.site import Site, free_port
from backend.migrations.run import upgrade
from tests.drills.storm import DEVICES, Outcome, Storm
from tests.factories.sites import own_postgres


class Aftermath(NamedTuple):
    """kills: that were wanted; outcomes: of each device."""

    kills: int
    storm: Storm
    outcomes: list[Outcome]


STORMS = [
    pytest.param(("sqlite", 3), id="sqlite, 3 kills"),
    pytest.param(("sqlite", 25), id="sqlite, 25 kills", marks=pytest.mark.drill),
    pytest.param(("postgres", 15), id="postgres, 15 kills", marks=[pytest.mark.drill, pytest.mark.postgres]),
]


pytestmark = pytest.mark.parametrize("aftermath", STORMS, indirect=True, scope="module")


@pytest.fixture(scope="module")
def aftermath(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath]:
    """What is left when the storm is over. On PostgreSQL the database is killed as well, hence one of our own."""
    kind, kills = request.param
    home = tmp_path_factory.mktemp("storm")
    with ExitStack() as stack:
        database = stack.enter_context(own_postgres()) if kind == "postgres" else ""
        site = Site(home=home, port=free_port(), billing_port=free_port(), database=database)
        upgrade(site.database_url)
        stack.callback(site.stop)
        site.start_web()
        storm = Storm(site=site, random=Random(kills), may_hurt_database=bool(database))
        yield Aftermath(kills, storm, storm.rage(kills, home))


def test_the_kills_happened(aftermath: Aftermath) -> None:
    assert aftermath.storm.killed.total() == aftermath.kills
    assert len(aftermath.outcomes) == DEVICES
    assert all(outcome.device for outcome in aftermath.outcomes)


def test_nothing_is_lost_and_nothing_is_done_twice(aftermath: Aftermath) -> None:
    """Each device's own record against the server's rows: the same notes, once each, in the order of the work."""
    done = [[entry.mutation.args["text"] for entry in outcome.device] for outcome in aftermath.outcomes]

    assert [outcome.server for outcome in aftermath.outcomes] == done


def test_every_piece_of_work_was_decided_once(aftermath: Aftermath) -> None:
    assert [outcome.decided for outcome in aftermath.outcomes] == [
        len(outcome.device) for outcome in aftermath.outcomes
    ]


def test_every_device_knows_the_verdicts_and_shows_what_the_server_has(aftermath: Aftermath) -> None:
    states = {str(entry.state) for outcome in aftermath.outcomes for entry in outcome.device}

    assert states <= {"applied", "merged"}
    assert [outcome.shown for outcome in aftermath.outcomes] == [outcome.server for outcome in aftermath.outcomes]


def test_no_answer_was_a_mistake_of_ours(aftermath: Aftermath) -> None:
    assert set(aftermath.storm.answers) <= {200, 201, 401, 429, 503}
