"""The life of a billing trigger, and of what was earned. Pure tables.

A trigger's acknowledgement may overtake our own note that it was delivered, and after a restored backup even our note
that it was sent: billing's word counts from every state. What billing applied stays applied.
"""

from enum import StrEnum

from backend.kernel.lifecycle import Lifecycle, Move


class TriggerState(StrEnum):
    """sent: an attempt was begun; delivered: billing has it; applied, rejected: billing's word; deadLetter: refused.

    superseded: corrected, before anybody heard of it or after billing applied the correction.
    """

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
        # What was once sent may be known to billing: it never becomes pending again.
        (S.SENT, C.REDELIVER): Move(S.SENT),
        (S.DELIVERED, C.REDELIVER): Move(S.SENT),
        (S.DEAD_LETTER, C.REDELIVER): Move(S.SENT),
        (S.PENDING, C.SUPERSEDE): Move(S.SUPERSEDED),
        (S.DEAD_LETTER, C.SUPERSEDE): Move(S.SUPERSEDED),
        (S.APPLIED, C.SUPERSEDE): Move(S.SUPERSEDED),
    },
)

# Billing has never taken these: what supersedes them is told in their place, under their number.
NEVER_TAKEN = frozenset({S.PENDING, S.DEAD_LETTER})


class EarnedState(StrEnum):
    """unearned: billed, but its obligation is not fulfilled yet; restated: another row says it better."""

    UNEARNED = "unearned"
    EARNED = "earned"
    REVERSED = "reversed"
    RESTATED = "restated"


class EarnedCommand(StrEnum):
    EARN = "earn"
    END = "end"
    REVERSE = "reverse"
    RESTATE = "restate"


U, E = EarnedState, EarnedCommand

EARNED_TRIGGER = Lifecycle(
    "earned_trigger",
    initial=U.UNEARNED,
    moves={
        (U.UNEARNED, E.EARN): Move(U.EARNED),
        (U.UNEARNED, E.REVERSE): Move(U.REVERSED),
        (U.UNEARNED, E.RESTATE): Move(U.RESTATED),
        # The end of what is earned day by day, and a better knowledge of it: the facts keep each.
        (U.EARNED, E.END): Move(U.EARNED),
        (U.EARNED, E.REVERSE): Move(U.REVERSED),
        (U.EARNED, E.RESTATE): Move(U.RESTATED),
    },
)
