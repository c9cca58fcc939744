"""Goods that are paid by the month are billed until they come back, piece by piece."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from backend.billing import rentals, service
from backend.catalogue.schemas import Period
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from clients.billing.messages import Kind
from tests.factories.billing import VISIT, all_triggers, make_handover
from tests.factories.catalogue import MESH_UNIT, make_offering, make_price
from tests.factories.orders import make_shop, make_submitted_order

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)
FIRST, SECOND, THIRD = (UUID(int=number) for number in (1, 2, 3))


@pytest.fixture
async def handover(database: Database) -> UUID:
    """Two mesh units that are rented for 5.90 a month each, handed over at VISIT and told to billing."""
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        await make_offering(tx, code="MESH-RENT", specification=MESH_UNIT)
        await make_price(tx, "MESH-RENT", "F2", 590, period=Period.MONTH)
        order = await make_submitted_order(tx, ("MESH-RENT", 2))
        proof_id = await make_handover(tx, order.id, quantity=2)
        await service.trigger_handover(tx, proof_id)
    return proof_id


async def told(database: Database) -> list[tuple[Kind, datetime, int, int]]:
    return [(one.kind, one.effective_at, one.quantity, one.amount_minor) for one in await all_triggers(database)]


async def test_the_rest_is_billed_on_and_after_the_last_piece_nothing(database: Database, handover: UUID):
    async with database.transaction(SYSTEM, "test") as tx:
        for fact_id, at in (
            (FIRST, VISIT + DAY),
            (FIRST, VISIT + DAY),
            (SECOND, VISIT + 2 * DAY),
            (THIRD, VISIT + 3 * DAY),
        ):
            await rentals.give_back(tx, handover, fact_id=fact_id, at=at)

    assert await told(database) == [
        (Kind.FULFIL, VISIT, 2, 1180),
        (Kind.CHANGE, VISIT + DAY, 1, 590),
        (Kind.STOP, VISIT + 2 * DAY, 2, 1180),
    ]


async def test_what_was_paid_once_stays_paid(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx, ("MESH", 1))
        proof_id = await make_handover(tx, order.id)
        await service.trigger_handover(tx, proof_id)

        await rentals.give_back(tx, proof_id, fact_id=FIRST, at=VISIT + DAY)

    assert [kind for kind, *_ in await told(database)] == [Kind.FULFIL]
