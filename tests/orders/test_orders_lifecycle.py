"""The whole tables: every state × every command, those that are refused among them."""

from itertools import product

import pytest

from backend.kernel.lifecycle import IllegalMove
from backend.orders.lifecycle import (
    CHARGE_LINE,
    ITEM,
    OF_THE_ORDER,
    ORDER,
    LineCommand,
    LineState,
    OrderCommand,
    OrderState,
    ending,
)

S, C = OrderState, OrderCommand

ORDER_MOVES = {
    (S.ACKNOWLEDGED, C.SUBMIT): (S.IN_PROGRESS, "order.submitted"),
    (S.ACKNOWLEDGED, C.CANCEL): (S.CANCELLED, "order.cancelled"),
    (S.ACKNOWLEDGED, C.EXPIRE): (S.REJECTED, "order.expired"),
    (S.IN_PROGRESS, C.COMPLETE): (S.COMPLETED, "order.completed"),
    (S.IN_PROGRESS, C.COMPLETE_IN_PART): (S.PARTIAL, "order.completed_in_part"),
    (S.IN_PROGRESS, C.FAIL): (S.FAILED, "order.failed"),
    (S.PARTIAL, C.COMPLETE): (S.COMPLETED, "order.completed"),
    (S.IN_PROGRESS, C.AMEND): (S.IN_PROGRESS, "order.amended"),
    (S.IN_PROGRESS, C.CANCEL): (S.CANCELLED, "order.cancelled"),
    (S.IN_PROGRESS, C.ASSESS): (S.ASSESSING_CANCELLATION, "order.cancellation_requested"),
    (S.ASSESSING_CANCELLATION, C.KEEP): (S.IN_PROGRESS, None),
    (S.ASSESSING_CANCELLATION, C.ACCEPT): (S.PENDING_CANCELLATION, "order.cancellation_accepted"),
    (S.PENDING_CANCELLATION, C.CANCEL): (S.CANCELLED, "order.cancelled"),
    (S.CANCELLED, C.REVIVE): (S.IN_PROGRESS, None),
    (S.FAILED, C.REVIVE): (S.IN_PROGRESS, None),
    (S.PARTIAL, C.REVIVE): (S.IN_PROGRESS, None),
}
LINE_MOVES = {
    (LineState.OPEN, LineCommand.SPLIT): LineState.OPEN,
    (LineState.OPEN, LineCommand.FULFIL): LineState.DONE,
    (LineState.OPEN, LineCommand.CANCEL): LineState.CANCELLED,
    (LineState.CANCELLED, LineCommand.REVIVE): LineState.OPEN,
}


@pytest.mark.parametrize(("state", "command"), [*product(S, C)])
def test_an_order_moves_as_its_table_says_and_in_no_other_way(state: OrderState, command: OrderCommand):
    if (state, command) not in ORDER_MOVES:
        with pytest.raises(IllegalMove):
            ORDER.advance(state, command)
        return

    step = ORDER.advance(state, command)

    assert (step.to, step.event) == ORDER_MOVES[state, command]


@pytest.mark.parametrize(("state", "command"), [*product(S, C)])
def test_an_item_goes_the_ways_of_an_order_and_tells_nobody(state: OrderState, command: OrderCommand):
    if (state, command) not in ORDER_MOVES or command in OF_THE_ORDER:
        with pytest.raises(IllegalMove):
            ITEM.advance(state, command)
        return

    step = ITEM.advance(state, command)

    assert (step.to, step.event) == (ORDER_MOVES[state, command][0], None)


@pytest.mark.parametrize(("state", "command"), [*product(LineState, LineCommand)])
def test_a_charge_line_moves_as_its_table_says_and_in_no_other_way(state: LineState, command: LineCommand):
    if (state, command) not in LINE_MOVES:
        with pytest.raises(IllegalMove):
            CHARGE_LINE.advance(state, command)
        return

    assert CHARGE_LINE.advance(state, command).to == LINE_MOVES[state, command]


@pytest.mark.parametrize(
    ("ordered", "delivered", "still_to_come", "expected"),
    [
        (3, 3, False, C.COMPLETE),
        (3, 3, True, C.COMPLETE),
        (0, 0, True, C.COMPLETE),
        (3, 2, True, None),
        (3, 0, True, None),
        (3, 2, False, C.COMPLETE_IN_PART),
        (3, 0, False, C.FAIL),
    ],
)
def test_what_was_delivered_and_what_may_still_come_decide_the_ending(ordered, delivered, still_to_come, expected):
    assert ending(ordered=ordered, delivered=delivered, still_to_come=still_to_come) is expected
