"""The tables of a resource's and a service's life."""

import pytest

from backend.kernel.lifecycle import IllegalMove
from backend.resources.lifecycle import RESOURCE, SERVICE, ResourceCommand, ResourceState, ServiceCommand, ServiceState


def test_every_state_can_be_reached():
    assert {RESOURCE.initial} | {move.to for move in RESOURCE.moves.values()} == set(ResourceState)
    assert {SERVICE.initial} | {move.to for move in SERVICE.moves.values()} == set(ServiceState)


def test_a_terminated_service_stays_terminated():
    assert SERVICE.allowed(ServiceState.TERMINATED) == []


def test_only_activation_and_termination_speak_to_billing():
    speaking = {command for (_, command), move in SERVICE.moves.items() if move.event}

    assert speaking == {ServiceCommand.ACTIVATE, ServiceCommand.TERMINATE}


def test_a_quarantined_resource_cannot_be_reserved():
    with pytest.raises(IllegalMove):
        RESOURCE.advance(ResourceState.QUARANTINED, ResourceCommand.RESERVE)
