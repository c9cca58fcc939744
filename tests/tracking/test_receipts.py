"""What the customer reads of the costs is what was and will be billed."""

import msgspec
import pytest

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.orders.lifecycle import LineState
from backend.orders.schemas import OrderView
from backend.tracking.receipts import receipt_of
from tests.factories.orders import make_shop, make_submitted_order

pytestmark = pytest.mark.anyio


@pytest.fixture
async def order(database: Database) -> OrderView:
    """Two mesh units: one line."""
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        return await make_submitted_order(tx, ("MESH", 2))


def with_states(order: OrderView, *states: LineState) -> OrderView:
    """The order with its one line as many times as states are named, one piece in each."""
    (line,) = order.charge_lines
    lines = [msgspec.structs.replace(line, quantity=1, state=state) for state in states]
    return msgspec.structs.replace(order, charge_lines=lines)


async def test_a_line_costs_what_all_its_pieces_cost(order: OrderView):
    (line,) = receipt_of(order, signed_by=None).lines

    assert (line.quantity, line.amount_minor) == (2, 2 * order.charge_lines[0].amount_minor)


async def test_what_was_not_delivered_is_told_from_what_was(order: OrderView):
    receipt = receipt_of(with_states(order, LineState.OPEN, LineState.DONE), signed_by="Aino Laine")

    assert [line.is_delivered for line in receipt.lines] == [False, True]


async def test_what_was_called_off_costs_nothing(order: OrderView):
    receipt = receipt_of(with_states(order, LineState.CANCELLED, LineState.DONE), signed_by="Aino Laine")

    assert len(receipt.lines) == 1
