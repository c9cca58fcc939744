"""The tables of a unit's and a reservation's life."""

import pytest

from backend.inventory.lifecycle import RESERVATION, SERIAL, ReservationCommand, ReservationState, SerialCommand
from backend.inventory.lifecycle import SerialState as S
from backend.kernel.lifecycle import IllegalMove


def test_every_state_of_a_unit_can_be_reached():
    reached = {SERIAL.initial} | {move.to for move in SERIAL.moves.values()}

    assert reached == set(S)


@pytest.mark.parametrize("state", sorted(set(S) - {S.AVAILABLE, S.RESERVED}))
def test_only_an_available_or_reserved_unit_can_be_installed(state: S):
    with pytest.raises(IllegalMove):
        SERIAL.advance(state, SerialCommand.INSTALL)


@pytest.mark.parametrize("command", ReservationCommand)
@pytest.mark.parametrize("state", sorted(set(ReservationState) - {ReservationState.RESERVED}))
def test_an_ended_reservation_takes_no_command(state: ReservationState, command: ReservationCommand):
    with pytest.raises(IllegalMove):
        RESERVATION.advance(state, command)
