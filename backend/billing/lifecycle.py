"""The life of a billing trigger, and of what was earned. Pure tables.

A trigger's acknowledgement may overtake our own note that it was delivered, and after a restored backup even our note
that it was sent: billing's word counts from every state. What billing applied stays applied.
"""

from enum import StrEnum

from backend.kernel.lifecycle import Lifecycle, Move


class TriggerState(StrEnum):
    """sent: an attempt was begun; delivered: billing has it; applied, rejected: billing's word; deadLetter: refused."""

    PENDING = "pending"
    SENT = "sent"
    DELIVERED = "delivered"
    APPLIED = "applied"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    DEAD_LETTER = "deadLetter"


class TriggerCommand(StrEnum):
    SEND = "send"
    DELIVER = "deliver"
    APPLY = "apply"
    REJECT = "reject"
    GIVE_UP = "giveUp"
    REDELIVER = "redeliver"
    SUPERSEDE = "supersede"


S, C = TriggerState, TriggerCommand

BILLING_TRIGGER = Lifecycle(
    "billing_trigger",
    initial=S.PENDING,
    moves={
        (S.PENDING, C.SEND): Move(S.SENT),
        (S.SENT, C.DELIVER): Move(S.DELIVERED),
        (S.SENT, C.GIVE_UP): Move(S.DEAD_LETTER, event="billing_trigger.dead_lettered"),
        (S.PENDING, C.APPLY): Move(S.APPLIED),
        (S.SENT, C.APPLY): Move(S.APPLIED),
        (S.DELIVERED, C.APPLY): Move(S.APPLIED),
        (S.DEAD_LETTER, C.APPLY): Move(S.APPLIED),
        # Two answers to one trigger may arrive in either order: that it was applied stands both times.
        (S.REJECTED, C.APPLY): Move(S.APPLIED),
        (S.APPLIED, C.REJECT): Move(S.APPLIED, event="billing_trigger.contradicted"),
        (S.PENDING, C.REJECT): Move(S.REJECTED, event="billing_trigger.rejected"),
        (S.SENT, C.REJECT): Move(S.REJECTED, event="billing_trigger.rejected"),
        (S.DELIVERED, C.REJECT): Move(S.REJECTED, event="billing_trigger.rejected"),
        (S.DEAD_LETTER, C.REJECT): Move(S.REJECTED, event="billing_trigger.rejected"),
        (S.SENT, C.REDELIVER): Move(S.PENDING),
        (S.DELIVERED, C.REDELIVER): Move(S.PENDING),
        (S.DEAD_LETTER, C.REDELIVER): Move(S.PENDING),
        (S.APPLIED, C.SUPERSEDE): Move(S.SUPERSEDED),
    },
)


class EarnedState(StrEnum):
    UNEARNED = "unearned"
    EARNED = "earned"
    REVERSED = "reversed"
    RESTATED = "restated"


class EarnedCommand(StrEnum):
    EARN = "earn"
    REVERSE = "reverse"
    RESTATE = "restate"


EARNED_TRIGGER = Lifecycle(
    "earned_trigger",
    initial=EarnedState.UNEARNED,
    moves={
        (EarnedState.UNEARNED, EarnedCommand.EARN): Move(EarnedState.EARNED),
        (EarnedState.EARNED, EarnedCommand.REVERSE): Move(EarnedState.REVERSED),
        (EarnedState.EARNED, EarnedCommand.RESTATE): Move(EarnedState.RESTATED),
    },
)
