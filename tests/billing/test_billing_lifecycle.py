"""The table of a trigger's life: billing's word counts from every state, and what it applied stays applied."""

import pytest

from backend.billing.lifecycle import (
    BILLING_TRIGGER,
    EARNED_TRIGGER,
    EarnedCommand,
    EarnedState,
    TriggerCommand,
    TriggerState,
)
from backend.kernel.lifecycle import IllegalMove

S, C = TriggerState, TriggerCommand

ALLOWED = {
    S.PENDING: {C.SEND, C.APPLY, C.REJECT, C.SUPERSEDE},
    S.SENT: {C.DELIVER, C.GIVE_UP, C.APPLY, C.REJECT, C.REDELIVER},
    S.DELIVERED: {C.APPLY, C.REJECT, C.REDELIVER},
    S.APPLIED: {C.REJECT, C.SUPERSEDE},
    S.REJECTED: {C.APPLY},
    S.SUPERSEDED: set(),
    S.DEAD_LETTER: {C.APPLY, C.REJECT, C.REDELIVER, C.SUPERSEDE},
}


@pytest.mark.parametrize("state", list(S))
def test_a_state_knows_these_commands_and_no_others(state: TriggerState):
    assert set(BILLING_TRIGGER.allowed(state)) == ALLOWED[state]


@pytest.mark.parametrize("state", [S.PENDING, S.SENT, S.DELIVERED, S.DEAD_LETTER, S.REJECTED])
def test_what_billing_applied_is_applied_whatever_we_thought(state: TriggerState):
    assert BILLING_TRIGGER.advance(state, C.APPLY).to is S.APPLIED


def test_a_rejection_of_what_was_applied_overwrites_nothing_and_is_told():
    step = BILLING_TRIGGER.advance(S.APPLIED, C.REJECT)

    assert (step.to, step.event) == (S.APPLIED, "billing_trigger.contradicted")


def test_every_state_can_be_reached():
    assert {BILLING_TRIGGER.initial} | {step.to for step in BILLING_TRIGGER.moves.values()} == set(S)
    assert {EARNED_TRIGGER.initial} | {step.to for step in EARNED_TRIGGER.moves.values()} == set(EarnedState)


def test_what_was_reversed_is_not_earned_again():
    with pytest.raises(IllegalMove):
        EARNED_TRIGGER.advance(EarnedState.REVERSED, EarnedCommand.EARN)
