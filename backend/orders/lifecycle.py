"""The lives of an order, of its items and of its charge lines. Pure tables.

Source of the names: TMF641 Service Ordering, ServiceOrderStateType and ServiceOrderItemStateType.
"""

from enum import StrEnum

from backend.kernel.lifecycle import Lifecycle, Move


class OrderState(StrEnum):
    """acknowledged: placed, everything reserved for a while; rejected: that time passed; partial: ended incomplete.

    assessingCancellation: somebody has to say what it costs to give up, as the point of no return is behind it;
    pendingCancellation: it is given up, and what is under way comes to its end first.
    """

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
    ASSESS = "assess"
    ACCEPT = "accept"
    KEEP = "keep"
    AMEND = "amend"
    REVIVE = "revive"
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
        (S.IN_PROGRESS, C.AMEND): Move(S.IN_PROGRESS, event="order.amended"),
        # Before the point of no return an order is given up at once, behind it only after somebody has decided.
        (S.IN_PROGRESS, C.CANCEL): Move(S.CANCELLED, event="order.cancelled"),
        (S.IN_PROGRESS, C.ASSESS): Move(S.ASSESSING_CANCELLATION, event="order.cancellation_requested"),
        (S.ASSESSING_CANCELLATION, C.KEEP): Move(S.IN_PROGRESS),
        (S.ASSESSING_CANCELLATION, C.ACCEPT): Move(S.PENDING_CANCELLATION, event="order.cancellation_accepted"),
        (S.PENDING_CANCELLATION, C.CANCEL): Move(S.CANCELLED, event="order.cancelled"),
        # The field had done the work before it heard; or the rest is to come another way.
        (S.CANCELLED, C.REVIVE): Move(S.IN_PROGRESS),
        (S.FAILED, C.REVIVE): Move(S.IN_PROGRESS),
        (S.PARTIAL, C.REVIVE): Move(S.IN_PROGRESS),
    },
)

# An item goes the ways of an order, but tells nobody: who listens to the order reads its items. What is discussed or
# changed about the order as a whole is no step of an item.
OF_THE_ORDER = frozenset({C.ASSESS, C.ACCEPT, C.KEEP, C.AMEND})
ITEM = Lifecycle(
    "order_item",
    initial=ORDER.initial,
    moves={step: Move(move.to) for step, move in ORDER.moves.items() if step[1] not in OF_THE_ORDER},
)


class LineState(StrEnum):
    """done: all of it was delivered. A line of which a part is delivered is split in two, so that none is in between."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class LineCommand(StrEnum):
    """split: a part of it, which was delivered, became a line of its own."""

    SPLIT = "split"
    FULFIL = "fulfil"
    CANCEL = "cancel"
    REVIVE = "revive"


CHARGE_LINE = Lifecycle(
    "charge_line",
    initial=LineState.OPEN,
    moves={
        (LineState.OPEN, LineCommand.SPLIT): Move(LineState.OPEN),
        (LineState.OPEN, LineCommand.FULFIL): Move(LineState.DONE),
        (LineState.OPEN, LineCommand.CANCEL): Move(LineState.CANCELLED),
        (LineState.CANCELLED, LineCommand.REVIVE): Move(LineState.OPEN),
    },
)


class FulfilmentMethod(StrEnum):
    """How goods reach the customer; each has its own proof: a signature, a delivery notice, a counter's receipt."""

    TECHNICIAN = "technician"
    SHIPMENT = "shipment"
    PICK_UP = "pick_up"


class Milestone(StrEnum):
    """What an order passes on its way, each with a date by which it is due (see `milestones`)."""

    APPOINTED = "appointed"
    DISPATCHED = "dispatched"
    VISIT_BEGAN = "visit_began"
    COMPLETED = "completed"


class Jeopardy(StrEnum):
    """How a milestone stands: late is late for ever, also when it was reached at last."""

    NONE = "none"
    AT_RISK = "at_risk"
    LATE = "late"


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
        (ConsignmentState.IN_TRANSIT, ConsignmentCommand.DELIVER): Move(
            ConsignmentState.HANDED_OVER, "consignment.arrived"
        ),
        (ConsignmentState.IN_TRANSIT, ConsignmentCommand.BRING_BACK): Move(
            ConsignmentState.RETURNED, "consignment.returned"
        ),
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
