"""What a visit costs, as its customer reads it: what was ordered, with what of it was not delivered yet. No bill: billing writes those."""

from backend.orders.lifecycle import LineState
from backend.orders.schemas import ChargeLineView, OrderView
from backend.tracking.schemas import Receipt, ReceiptLine


def receipt_of(order: OrderView, *, signed_by: str | None) -> Receipt:
    kept = [line for line in order.charge_lines if line.state is not LineState.CANCELLED]
    return Receipt(order_number=order.number, lines=[_line(line) for line in kept], signed_by=signed_by)


def _line(line: ChargeLineView) -> ReceiptLine:
    return ReceiptLine(
        description=line.description,
        quantity=line.quantity,
        amount_minor=line.amount_minor * line.quantity,
        currency=line.currency,
        period=line.period,
        is_delivered=line.state is LineState.DONE,
    )
