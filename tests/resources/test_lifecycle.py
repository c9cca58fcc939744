"""The tables of a resource's and a service's life."""

from datetime import datetime

import pytest

from backend.kernel.lifecycle import GuardRefused, IllegalMove
from backend.resources.lifecycle import RESOURCE, SERVICE, ResourceCommand, ResourceState, ServiceCommand, ServiceState
from tests.fakes import MONDAY


def test_every_state_can_be_reached():
    assert {RESOURCE.initial} | {move.to for move in RESOURCE.moves.values()} == set(ResourceState)
    assert {SERVICE.initial} | {move.to for move in SERVICE.moves.values()} == set(ServiceState)


def test_a_terminated_service_stays_terminated():
    assert SERVICE.allowed(ServiceState.TERMINATED) == []


@pytest.mark.parametrize(
    ("command", "since"),
    [(ServiceCommand.ACTIVATE, MONDAY), (ServiceCommand.RESUME, None), (ServiceCommand.TERMINATE, None)],
)
def test_a_service_starts_once_and_stops_only_if_it_ever_ran(command: ServiceCommand, since: datetime | None):
    with pytest.raises(GuardRefused):
        SERVICE.advance(ServiceState.INACTIVE, command, since)


def test_a_quarantined_resource_cannot_be_reserved():
    with pytest.raises(IllegalMove):
        RESOURCE.advance(ResourceState.QUARANTINED, ResourceCommand.RESERVE)
