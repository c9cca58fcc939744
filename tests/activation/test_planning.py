"""Which steps a service needs, and whether the network's word holds."""

from uuid import UUID

import pytest

from backend.activation import planning
from backend.activation.lifecycle import ACTIVATION, ActivationCommand, ActivationState, StepName
from backend.activation.schemas import Reason, Verdict
from backend.catalogue.schemas import PoolKind, ServiceKind
from backend.kernel.lifecycle import GuardRefused
from backend.ports import LineTest, NetworkService

SERVICE, FIBRE, PHONE = UUID(int=1), UUID(int=2), UUID(int=3)
ACCESS = planning.profiles(ServiceKind.ACCESS, {PoolKind.PORT: "olt-1/1/1", PoolKind.VLAN: "7"}, ["B", "A"])


def test_every_state_of_an_activation_can_be_reached():
    assert {ACTIVATION.initial} | {move.to for move in ACTIVATION.moves.values()} == set(ActivationState)


@pytest.mark.parametrize("done", [[], [True, False]])
def test_an_activation_does_not_succeed_before_every_step_is_done(done: list[bool]):
    with pytest.raises(GuardRefused):
        ACTIVATION.advance(ActivationState.RUNNING, ActivationCommand.SUCCEED, done)


@pytest.mark.parametrize(
    ("kind", "write"),
    [
        (ServiceKind.ACCESS, StepName.PORT_PROFILE),
        (ServiceKind.INTERNET, StepName.RADIUS_SUBSCRIBER),
        (ServiceKind.VOICE, StepName.VOICE_LINE),
    ],
)
def test_a_service_is_written_then_read_back_then_tested(kind: ServiceKind, write: StepName):
    assert planning.steps(kind) == (write, StepName.READ_BACK, StepName.TEST_AND_TURN_UP)


def test_a_port_is_bound_to_its_equipment():
    expected = {StepName.PORT_PROFILE: {"port": "olt-1/1/1", "vlan": "7", "equipment": "A,B"}}

    assert ACCESS.by_step == expected


def test_a_network_that_holds_what_was_wanted_is_believed():
    held = NetworkService(service_id=SERVICE, profiles={"port_profile": ACCESS.by_step[StepName.PORT_PROFILE]})

    assert planning.judge_read_back(ACCESS, held).verdict is Verdict.DONE


@pytest.mark.parametrize("found", [None, {"port": "olt-1/1/1", "vlan": "8", "equipment": "A,B"}])
def test_a_network_that_holds_something_else_is_not_believed(found: dict[str, str] | None):
    held = NetworkService(service_id=SERVICE, profiles={"port_profile": found}) if found else None

    outcome = planning.judge_read_back(ACCESS, held)

    assert (outcome.verdict, outcome.reason) == (Verdict.REFUSED, Reason.READ_BACK_DIFFERS)
    assert outcome.detail["port_profile"]["found"] == found


def test_a_dark_line_is_a_reason_with_its_measurement():
    outcome = planning.judge_test(LineTest(passed=False, measurements={"optical_power_dbm": -31.5}))

    assert (outcome.reason, outcome.detail) == (Reason.LINE_TEST_FAILED, {"optical_power_dbm": -31.5})


@pytest.mark.parametrize(
    ("installed", "ready"),
    [({"ONT", "GW"}, {FIBRE, PHONE}), ({"GW"}, set()), (set(), set()), ({"ONT", "GW", "MESH"}, {FIBRE, PHONE})],
)
def test_a_phone_needs_the_equipment_of_the_fibre_line(installed: set[str], ready: set[UUID]):
    assert planning.running({FIBRE: {"ONT", "GW"}, PHONE: set()}, installed) == ready


def test_a_service_that_needs_no_equipment_runs_at_once():
    assert planning.running({PHONE: set()}, set()) == {PHONE}
