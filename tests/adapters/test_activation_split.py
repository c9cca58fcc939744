"""Several systems behave as one network: each has its profiles, and a line is good only when all say so."""

from pathlib import Path
from uuid import UUID

import pytest

from backend.adapters.activation_simulator import ActivationSimulator, Fault
from backend.adapters.activation_split import SplitNetwork
from backend.ports import NetworkRefused, NetworkStep
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio

SERVICE = UUID("01978f6a-0000-7000-8000-00000000e201")


@pytest.fixture
def radius(tmp_path: Path, clock: FixedClock) -> ActivationSimulator:
    return ActivationSimulator(tmp_path / "radius.db", clock)


@pytest.fixture
def access(tmp_path: Path, clock: FixedClock) -> ActivationSimulator:
    return ActivationSimulator(tmp_path / "access.db", clock)


def step(name: str) -> NetworkStep:
    return NetworkStep(key=name, service_id=SERVICE, name=name, attributes={"of": name})


async def test_each_profile_goes_to_its_system(radius: ActivationSimulator, access: ActivationSimulator):
    network = SplitNetwork({"radius_subscriber": radius}, others=access)

    await network.apply(step("radius_subscriber"))
    await network.apply(step("port_profile"))

    held = await network.read_back(SERVICE)
    assert held is not None
    assert held.profiles == {name: {"of": name} for name in ("radius_subscriber", "port_profile")}
    assert [list(one.profiles) for one in radius.services()] == [["radius_subscriber"]]


async def test_a_line_is_good_only_when_every_system_says_so(radius: ActivationSimulator, access: ActivationSimulator):
    network = SplitNetwork({"radius_subscriber": radius}, others=access)
    unknown = await network.test(SERVICE)
    await network.apply(step("radius_subscriber"))
    await network.apply(step("port_profile"))
    access.plan_fault(Fault.REFUSE, operation="test")

    assert [unknown.passed, (await network.test(SERVICE)).passed, (await network.test(SERVICE)).passed] == [
        False,
        False,
        True,
    ]


async def test_a_profile_that_no_system_has_is_refused(radius: ActivationSimulator):
    with pytest.raises(NetworkRefused):
        await SplitNetwork({"radius_subscriber": radius}, others=None).apply(step("voice_line"))
