"""An orchestrator that speaks TMF640: what it says at once, what it says later by a monitor, and what is no answer."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from backend.adapters.activation_http import POLLS_AT_MOST, ActivationHttp
from backend.ports import Network, NetworkRefused, NetworkService, NetworkStep, NetworkUnreachable
from tests.factories.orchestrator import TOKEN, Orchestrator, listening
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio

SERVICE = UUID("01978f6a-0000-7000-8000-00000000e301")
PROFILE = {"port": "olt-1/1/1", "vlan": "7"}
WAITS: list[float] = []


def step(attributes: dict[str, str] | None = PROFILE, name: str = "port_profile") -> NetworkStep:
    return NetworkStep(key=f"key of {name}", service_id=SERVICE, name=name, attributes=attributes)


@pytest.fixture
def orchestrator() -> Orchestrator:
    return Orchestrator()


@pytest.fixture
async def network(orchestrator: Orchestrator, clock: FixedClock) -> AsyncIterator[ActivationHttp]:
    WAITS.clear()

    async def pause(seconds: float) -> None:
        WAITS.append(seconds)

    async with listening(orchestrator) as url, httpx.AsyncClient() as client:
        yield ActivationHttp(client, url, token=TOKEN, clock=clock, pause=pause)


async def test_profiles_are_features_that_are_written_read_back_and_taken_away(
    network: ActivationHttp, orchestrator: Orchestrator
):
    port: Network = network
    unknown = await port.read_back(SERVICE)

    receipt = await port.apply(step())
    await port.apply(step({"number": "+358942450001"}, "voice_line"))
    both = await port.read_back(SERVICE)
    await port.apply(step(None))
    left = await port.read_back(SERVICE)

    assert unknown is None
    assert receipt.key == "key of port_profile"
    assert both == NetworkService(
        service_id=SERVICE, profiles={"port_profile": PROFILE, "voice_line": {"number": "+358942450001"}}
    )
    assert left == NetworkService(service_id=SERVICE, profiles={"voice_line": {"number": "+358942450001"}})
    assert orchestrator.keys == ["key of port_profile", "key of voice_line", "key of port_profile"]


async def test_what_takes_longer_is_waited_for_at_its_monitor_as_long_as_it_says(
    network: ActivationHttp, orchestrator: Orchestrator
):
    orchestrator.looks_needed = 3

    await network.apply(step())
    waits = list(WAITS)
    tested = await network.test(SERVICE)

    assert waits == [3.0, 2.0, 2.0]
    assert (tested.passed, tested.measurements) == (True, {"optical_power_dbm": -18.5})


@pytest.mark.parametrize("looks", [0, 2], ids=["at once", "by the monitor"])
async def test_a_no_comes_in_the_orchestrators_own_words(
    network: ActivationHttp, orchestrator: Orchestrator, looks: int
):
    orchestrator.looks_needed, orchestrator.refusal = looks, "the port is in maintenance"

    with pytest.raises(NetworkRefused) as refused:
        await network.apply(step())

    assert refused.value.params == {"reason": "the port is in maintenance"}


async def test_a_monitor_that_never_ends_is_no_answer(network: ActivationHttp, orchestrator: Orchestrator):
    orchestrator.looks_needed = POLLS_AT_MOST + 1

    with pytest.raises(NetworkUnreachable):
        await network.apply(step())

    assert len(WAITS) == POLLS_AT_MOST


async def test_an_orchestrator_that_is_away_is_asked_again_later(network: ActivationHttp, orchestrator: Orchestrator):
    orchestrator.is_away = True

    with pytest.raises(NetworkUnreachable):
        await network.apply(step())


async def test_a_lie_shows_when_it_is_read_back(network: ActivationHttp, orchestrator: Orchestrator):
    orchestrator.is_lying = True

    await network.apply(step())

    assert await network.read_back(SERVICE) is None


async def test_a_dark_line_does_not_pass(network: ActivationHttp, orchestrator: Orchestrator):
    orchestrator.is_dark = True

    assert not (await network.test(SERVICE)).passed


@pytest.mark.parametrize("monitor", ["https://elsewhere.example/monitor/1", "//elsewhere.example/monitor"])
async def test_a_monitor_elsewhere_never_sees_our_credentials(clock: FixedClock, monitor: str):
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(202, headers={"location": monitor})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        with pytest.raises(NetworkRefused):
            await ActivationHttp(client, "https://noc.example", token=TOKEN, clock=clock, pause=_at_once).apply(step())

    assert asked == [f"https://noc.example/service/{SERVICE}"]


async def test_nobody_there_is_no_answer(clock: FixedClock):
    async with httpx.AsyncClient() as client:
        nobody = ActivationHttp(client, "http://127.0.0.1:9", token="", clock=clock)

        with pytest.raises(NetworkUnreachable):
            await nobody.read_back(SERVICE)


async def _at_once(_seconds: float) -> None:
    """No time passes."""
