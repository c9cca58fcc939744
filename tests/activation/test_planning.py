"""Which steps a service needs, and whether the network's word holds."""

from typing import Any
from uuid import UUID

import pytest

from backend.activation import planning
from backend.activation.lifecycle import ACTIVATION, ActivationCommand, ActivationState, Purpose, StepName
from backend.activation.schemas import Reason, Verdict
from backend.catalogue.schemas import PoolKind, ServiceKind
from backend.kernel.lifecycle import GuardRefused
from backend.ports import LineTest, NetworkService
from backend.resources.lifecycle import ServiceState
from backend.resources.schemas import ServiceView
from tests.fakes import MONDAY

SERVICE, FIBRE, PHONE = UUID(int=1), UUID(int=2), UUID(int=3)
PORT = {"status": "enabled", "port": "olt-1/1/1", "vlan": "7", "equipment": "A,B"}


def line(kind: ServiceKind, **changes: Any) -> ServiceView:
    """A service that was designed and never ran."""
    values: dict[str, Any] = {
        "id": SERVICE,
        "version": 1,
        "kind": kind,
        "account_id": UUID(int=4),
        "premises_id": UUID(int=5),
        "order_item_id": FIBRE,
        "state": ServiceState.INACTIVE,
        "characteristics": {},
        "active_since": None,
        "suspended_at": None,
        "terminated_at": None,
        "resources": {PoolKind.PORT: "olt-1/1/1", PoolKind.VLAN: "7"},
    }
    return ServiceView(**(values | changes))


ACCESS = planning.wanted(Purpose.ACTIVATE, line(ServiceKind.ACCESS), ["B", "A"])
RUNS = {"state": ServiceState.ACTIVE, "active_since": MONDAY}
RESTS = {"active_since": MONDAY, "suspended_at": MONDAY}


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
    steps = planning.steps(Purpose.ACTIVATE, line(kind))

    assert steps == (write, StepName.READ_BACK, StepName.TEST_AND_TURN_UP)


def test_a_line_that_shall_not_run_is_not_tested():
    assert StepName.TEST_AND_TURN_UP not in planning.steps(Purpose.SUSPEND, line(ServiceKind.VOICE, **RUNS))
    assert StepName.TEST_AND_TURN_UP not in planning.steps(Purpose.REPROVISION, line(ServiceKind.VOICE, **RESTS))
    assert StepName.TEST_AND_TURN_UP not in planning.steps(Purpose.TERMINATE, line(ServiceKind.VOICE, **RUNS))


@pytest.mark.parametrize(
    ("state", "possible"),
    [
        ({}, {Purpose.ACTIVATE, Purpose.TERMINATE}),
        (RUNS, {Purpose.SUSPEND, Purpose.CHANGE, Purpose.REPROVISION, Purpose.TERMINATE}),
        (RESTS, {Purpose.RESUME, Purpose.REPROVISION, Purpose.TERMINATE}),
    ],
)
def test_what_can_be_done_to_a_service_depends_on_its_life(state: dict[str, Any], possible: set[Purpose]):
    service = line(ServiceKind.VOICE, **state)

    assert {purpose for purpose in Purpose if planning.is_possible(purpose, service)} == possible


def test_what_was_asked_at_all_is_taken_back_last_write_first():
    called = [StepName.PORT_PROFILE, StepName.VOICE_LINE, StepName.READ_BACK, StepName.PORT_PROFILE]

    undoing = planning.undoing(called)

    assert undoing == (StepName.VOICE_LINE, StepName.PORT_PROFILE, StepName.READ_BACK)
    assert planning.undoing([]) == ()


def test_rates_are_told_to_radius_and_a_change_brings_its_own():
    service = line(ServiceKind.INTERNET, characteristics={"downstream_kbps": "100000", "wifi": "6"}, **RUNS)

    now = planning.wanted(Purpose.REPROVISION, service, [])
    changed = planning.wanted(Purpose.CHANGE, service, [], {"downstream_kbps": "500000"})

    assert now.by_step == {StepName.RADIUS_SUBSCRIBER: {"status": "enabled", "downstream_kbps": "100000"}}
    assert changed.by_step == {StepName.RADIUS_SUBSCRIBER: {"status": "enabled", "downstream_kbps": "500000"}}


def test_a_port_is_bound_to_its_equipment():
    assert ACCESS.by_step == {StepName.PORT_PROFILE: PORT}


def test_a_network_that_holds_what_was_wanted_is_believed():
    held = NetworkService(service_id=SERVICE, profiles={"port_profile": PORT})

    assert planning.judge_read_back(ACCESS, held).verdict is Verdict.DONE


@pytest.mark.parametrize("found", [None, PORT | {"vlan": "8"}])
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
