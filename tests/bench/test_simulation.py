"""The real service holds what the server in memory holds: under the simulator, and by the contract of every server."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec import structs

from backend.bench.simulation.asgi import AsgiSite
from backend.bench.simulation.databases import Databases
from backend.bench.simulation.site import ServiceSite, open_service
from backend.kernel import feed
from backend.offline import queries, service
from sync.simulate import Failed, Run, Size, simulate
from sync.simulation.site import Site
from tests.sync.contract import ServerContract

SMALL = Size(devices=3, days=2)
SEEDS = 20
SHARES = 5  # of the seeds, so that several processes may take them
ASGI_SEEDS = 3
ENOUGH = 12  # seeds in which a planted mistake must show


@pytest.fixture
def play(databases: Databases, runner: asyncio.Runner) -> Callable[..., Run]:
    """Simulate a seed on the real service."""

    def played(seed: int, make: type[ServiceSite] = ServiceSite) -> Run:
        return simulate(seed, SMALL, open_site=lambda: open_service(databases, runner, seed, make), replays=0)

    return played


@pytest.mark.parametrize("share", range(SHARES))
def test_nothing_goes_wrong_on_the_real_service(play: Callable[..., Run], share: int):
    for seed in range(share, SEEDS, SHARES):
        play(seed)


def test_nothing_goes_wrong_behind_real_requests(play: Callable[..., Run]):
    for seed in range(ASGI_SEEDS):
        play(seed, AsgiSite)


def test_a_seed_is_played_the_same_way_again(play: Callable[..., Run]):
    assert play(1).trace_hash == play(1).trace_hash


class TestService(ServerContract):
    @pytest.fixture
    def site(self, databases: Databases, runner: asyncio.Runner) -> Iterator[Site]:
        with open_service(databases, runner, seed=1) as site:
            yield site


class TestApplication(ServerContract):
    @pytest.fixture
    def site(self, databases: Databases, runner: asyncio.Runner) -> Iterator[Site]:
        with open_service(databases, runner, seed=1, make=AsgiSite) as site:
            yield site


# --- Mistakes, planted in the real service ----------------------------------------------------------------------------


def numbers_are_forgotten(patches: pytest.MonkeyPatch) -> None:
    """Work that comes again under its number is not recognised."""

    async def nothing(*_args: Any) -> dict[int, Any]:
        return {}

    patches.setattr(queries, "decided", nothing)


def durable_when_decided(patches: pytest.MonkeyPatch) -> None:
    """Phones are told that a backup holds what was only committed."""
    push = service.push

    async def pushed(*args: Any) -> Any:
        answer = await push(*args)
        return structs.replace(answer, durable_mid=answer.last)

    patches.setattr(service, "push", pushed)


def removals_are_not_fed(patches: pytest.MonkeyPatch) -> None:
    """A scope does not hear of a document that leaves it."""
    changes = feed._of_document  # noqa: SLF001 - sabotage reaches inside

    def puts(*args: Any) -> list[dict[str, Any]]:
        return [change for change in changes(*args) if change["op"] == "put"]

    patches.setattr(feed, "_of_document", puts)


PLANTED = [numbers_are_forgotten, durable_when_decided, removals_are_not_fed]


@pytest.mark.parametrize("plant", PLANTED)
def test_a_mistake_in_the_real_service_is_found(
    play: Callable[..., Run], monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None]
):
    plant(monkeypatch)

    assert any(_fails(play, seed) for seed in range(ENOUGH))


def _fails(play: Callable[..., Run], seed: int) -> bool:
    try:
        play(seed)
    except Failed:
        return True
    return False
