"""The lives of an order, of its items and of its charge lines. Pure tables.

Source of the names: TMF641 Service Ordering, ServiceOrderStateType and ServiceOrderItemStateType. `assessingCancellation`
and `pendingCancellation` have no moves yet: an order that was submitted is not cancelled in this version.
"""

from enum import StrEnum

from backend.kernel.lifecycle import Lifecycle, Move


class OrderState(StrEnum):
    """acknowledged: placed, everything reserved for a while; rejected: that time passed; partial: ended incomplete."""

    ACKNOWLEDGED = "acknowledged"
    REJECTED = "rejected"
    IN_PROGRESS = "inProgress"
    ASSESSING_CANCELLATION = "assessingCancellation"
    PENDING_CANCELLATION = "pendingCancellation"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    PARTIAL = "partial"
    FAILED = "failed"


class OrderCommand(StrEnum):
    SUBMIT = "submit"
    CANCEL = "cancel"
    EXPIRE = "expire"
    COMPLETE = "complete"
    COMPLETE_IN_PART = "completeInPart"
    FAIL = "fail"


S, C = OrderState, OrderCommand

ORDER = Lifecycle(
    "product_order",
    initial=S.ACKNOWLEDGED,
    moves={
        (S.ACKNOWLEDGED, C.SUBMIT): Move(S.IN_PROGRESS, event="order.submitted"),
        (S.ACKNOWLEDGED, C.CANCEL): Move(S.CANCELLED, event="order.cancelled"),
        (S.ACKNOWLEDGED, C.EXPIRE): Move(S.REJECTED, event="order.expired"),
        (S.IN_PROGRESS, C.COMPLETE): Move(S.COMPLETED, event="order.completed"),
        (S.IN_PROGRESS, C.COMPLETE_IN_PART): Move(S.PARTIAL, event="order.completed_in_part"),
        (S.IN_PROGRESS, C.FAIL): Move(S.FAILED, event="order.failed"),
        # What was left is handed over after all, for example at a second visit.
        (S.PARTIAL, C.COMPLETE): Move(S.COMPLETED, event="order.completed"),
    },
)

# An item goes the ways of an order, but tells nobody: who listens to the order reads its items.
ITEM = Lifecycle("order_item", initial=ORDER.initial, moves={step: Move(move.to) for step, move in ORDER.moves.items()})


class LineState(StrEnum):
    """done: all of it was delivered. A line of which a part is delivered is split in two, so that none is in between."""

    OPEN = "open"
    DONE = "done"


class LineCommand(StrEnum):
    """split: a part of it, which was delivered, became a line of its own."""

    SPLIT = "split"
    FULFIL = "fulfil"


CHARGE_LINE = Lifecycle(
    "charge_line",
    initial=LineState.OPEN,
    moves={
        (LineState.OPEN, LineCommand.SPLIT): Move(LineState.OPEN),
        (LineState.OPEN, LineCommand.FULFIL): Move(LineState.DONE),
    },
)


class FulfilmentMethod(StrEnum):
    """How goods reach the customer; each has its own proof: a signature, a delivery notice, a counter's receipt."""

    TECHNICIAN = "technician"
    SHIPMENT = "shipment"
    PICK_UP = "pick_up"


class ConsignmentState(StrEnum):
    PACKED = "packed"
    IN_TRANSIT = "inTransit"
    HANDED_OVER = "handedOver"
    RETURNED = "returned"


class ConsignmentCommand(StrEnum):
    SEND = "send"
    DELIVER = "deliver"
    HAND_OUT = "handOut"
    BRING_BACK = "bringBack"


CONSIGNMENT = Lifecycle(
    "consignment",
    initial=ConsignmentState.PACKED,
    moves={
        (ConsignmentState.PACKED, ConsignmentCommand.SEND): Move(ConsignmentState.IN_TRANSIT, "consignment.sent"),
        (ConsignmentState.PACKED, ConsignmentCommand.HAND_OUT): Move(ConsignmentState.HANDED_OVER),
        (ConsignmentState.IN_TRANSIT, ConsignmentCommand.DELIVER): Move(ConsignmentState.HANDED_OVER),
        (ConsignmentState.IN_TRANSIT, ConsignmentCommand.BRING_BACK): Move(ConsignmentState.RETURNED),
    },
)


def ending(*, ordered: int, delivered: int, still_to_come: bool) -> OrderCommand | None:
    """How something ordered ends, or None while it goes on.

    ordered, delivered: counted pieces of goods, work and services, 0 ≤ delivered ≤ ordered.
    still_to_come: whether anybody is still at it.
    """
    assert 0 <= delivered <= ordered, f"{delivered} of {ordered} delivered"
    if delivered == ordered:
        return OrderCommand.COMPLETE
    if still_to_come:
        return None
    return OrderCommand.COMPLETE_IN_PART if delivered else OrderCommand.FAIL
