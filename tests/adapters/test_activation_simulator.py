"""The simulated network keeps the port's promises, and breaks them only when it is told to."""

import asyncio
from pathlib import Path
from uuid import UUID

import pytest

from backend.adapters.activation_simulator import ActivationSimulator, Fault
from backend.ports import Network, NetworkRefused, NetworkService, NetworkStep, NetworkUnreachable
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio

SERVICE = UUID("01978f6a-0000-7000-8000-00000000e001")
OTHER = UUID("01978f6a-0000-7000-8000-00000000e002")
NUMBER = {"number": "+358942450001"}
STEP = NetworkStep(key="one", service_id=SERVICE, name="voice_line", attributes=NUMBER)
HELD = NetworkService(service_id=SERVICE, profiles={"voice_line": NUMBER})


@pytest.fixture
def simulator(tmp_path: Path, clock: FixedClock) -> ActivationSimulator:
    return ActivationSimulator(tmp_path / "network.db", clock)


async def test_it_has_the_shape_of_the_port(simulator: ActivationSimulator):
    network: Network = simulator

    assert (await network.apply(STEP)).key == STEP.key


async def test_what_was_applied_is_read_back(simulator: ActivationSimulator):
    await simulator.apply(STEP)

    assert await simulator.read_back(SERVICE) == HELD


async def test_a_service_that_nobody_configured_is_unknown(simulator: ActivationSimulator):
    assert await simulator.read_back(SERVICE) is None


async def test_a_profile_that_was_taken_away_is_gone(simulator: ActivationSimulator):
    await simulator.apply(STEP)

    await simulator.apply(NetworkStep(key="two", service_id=SERVICE, name="voice_line", attributes=None))

    assert await simulator.read_back(SERVICE) is None


async def test_the_same_key_again_gets_the_same_receipt(simulator: ActivationSimulator):
    first, second = await simulator.apply(STEP), await simulator.apply(STEP)

    assert first == second
    assert [call.outcome for call in simulator.calls()] == ["done", "repeated"]


async def test_two_processes_share_one_network(simulator: ActivationSimulator, tmp_path: Path, clock: FixedClock):
    other = ActivationSimulator(tmp_path / "network.db", clock)

    receipts = await asyncio.gather(*(one.apply(STEP) for one in [simulator, other] * 5))

    assert len({receipt.reference for receipt in receipts}) == 1
    assert other.services() == simulator.services() == [HELD]


async def test_a_refused_step_changes_nothing(simulator: ActivationSimulator):
    simulator.plan_fault(Fault.REFUSE, operation="voice_line", reason="number not ported")

    with pytest.raises(NetworkRefused) as refused:
        await simulator.apply(STEP)

    assert refused.value.params == {"reason": "number not ported"}
    assert simulator.services() == []


async def test_a_fault_wears_off_after_its_number_of_times(simulator: ActivationSimulator):
    simulator.plan_fault(Fault.FAIL, times=2)

    for _ in range(2):
        with pytest.raises(NetworkUnreachable):
            await simulator.apply(STEP)
    await simulator.apply(STEP)

    assert [call.outcome for call in simulator.calls()] == ["fail", "fail", "done"]


async def test_a_fault_hits_only_the_service_it_was_planned_for(simulator: ActivationSimulator):
    simulator.plan_fault(Fault.FAIL, service_id=OTHER, times=None)

    await simulator.apply(STEP)

    with pytest.raises(NetworkUnreachable):
        await simulator.read_back(OTHER)


async def test_a_lost_answer_leaves_the_work_done_once(simulator: ActivationSimulator):
    simulator.plan_fault(Fault.DROP)

    with pytest.raises(NetworkUnreachable):
        await simulator.apply(STEP)
    await simulator.apply(STEP)

    assert [call.outcome for call in simulator.calls()] == ["drop", "repeated"]
    assert simulator.services() == [HELD]


async def test_a_lie_gives_a_receipt_for_nothing(simulator: ActivationSimulator):
    simulator.plan_fault(Fault.LIE)

    receipt = await simulator.apply(STEP)

    assert receipt.key == STEP.key
    assert await simulator.read_back(SERVICE) is None


async def test_half_a_step_leaves_half_of_it_until_it_is_done_again(simulator: ActivationSimulator):
    simulator.plan_fault(Fault.HALF)
    step = NetworkStep(key="two", service_id=SERVICE, name="port_profile", attributes={"port": "1", "vlan": "7"})

    with pytest.raises(NetworkUnreachable):
        await simulator.apply(step)
    half = await simulator.read_back(SERVICE)
    await simulator.apply(step)

    assert half is not None
    assert half.profiles == {"port_profile": {"port": "1"}}
    assert simulator.services()[0].profiles == {"port_profile": {"port": "1", "vlan": "7"}}


async def test_a_slow_network_answers_late(tmp_path: Path, clock: FixedClock):
    pauses: list[float] = []
    slow = ActivationSimulator(tmp_path / "slow.db", clock, pause=pauses.append)
    slow.plan_fault(Fault.SLOW, seconds=30.0)

    await slow.apply(STEP)
    await slow.read_back(SERVICE)

    assert pauses == [30.0, 0.0]


async def test_a_configured_line_passes_its_test_with_enough_light(simulator: ActivationSimulator):
    await simulator.apply(STEP)

    result = await simulator.test(SERVICE)

    assert result.passed
    assert -27.0 < result.measurements["optical_power_dbm"] < -8.0


async def test_an_unknown_line_does_not_pass(simulator: ActivationSimulator):
    assert not (await simulator.test(SERVICE)).passed


async def test_a_line_can_be_planned_to_be_dark(simulator: ActivationSimulator):
    await simulator.apply(STEP)
    simulator.plan_fault(Fault.REFUSE, operation="test")

    result = await simulator.test(SERVICE)

    assert not result.passed
    assert result.measurements["optical_power_dbm"] < -27.0


async def test_cleared_faults_are_forgotten(simulator: ActivationSimulator):
    simulator.plan_fault(Fault.FAIL, times=None)
    simulator.clear_faults()

    assert (await simulator.apply(STEP)).reference == "SIM-000001"
