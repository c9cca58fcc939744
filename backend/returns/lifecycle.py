"""The life of an expected return: one unit that should come back from where nobody uses it any more. Pure table."""

from enum import StrEnum

from backend.kernel.lifecycle import Lifecycle, Move


class ReturnState(StrEnum):
    """lateCharged: it did not come in time, and was charged; reversed: it came all the same, and is not charged.

    waived: somebody gave it up, with a reason; withdrawn: a service there uses it after all.
    """

    EXPECTED = "expected"
    RETURNED = "returned"
    LATE_CHARGED = "lateCharged"
    REVERSED = "reversed"
    WAIVED = "waived"
    WITHDRAWN = "withdrawn"


class ReturnCommand(StrEnum):
    EXPECT = "expect"
    RETURN = "return"
    CHARGE = "charge"
    WAIVE = "waive"
    WITHDRAW = "withdraw"


S, C = ReturnState, ReturnCommand

EXPECTED_RETURN = Lifecycle(
    "expected_return",
    initial=S.EXPECTED,
    moves={
        (S.EXPECTED, C.RETURN): Move(S.RETURNED),
        (S.EXPECTED, C.CHARGE): Move(S.LATE_CHARGED),
        (S.EXPECTED, C.WAIVE): Move(S.WAIVED),
        (S.EXPECTED, C.WITHDRAW): Move(S.WITHDRAWN),
        (S.LATE_CHARGED, C.RETURN): Move(S.REVERSED),
        (S.LATE_CHARGED, C.WAIVE): Move(S.WAIVED),
        (S.LATE_CHARGED, C.WITHDRAW): Move(S.WITHDRAWN),
        # Nobody asked for it any more, and it came.
        (S.WAIVED, C.RETURN): Move(S.RETURNED),
        # The service that used it after all has ended, too.
        (S.WITHDRAWN, C.EXPECT): Move(S.EXPECTED, event="return.expected"),
    },
)

OUTSTANDING = frozenset({S.EXPECTED, S.LATE_CHARGED})
"""It is not here, and nobody has given it up."""
