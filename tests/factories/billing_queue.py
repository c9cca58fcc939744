"""Many triggers that wait to be told, without the orders, visits and networks that would make them one by one."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from backend.billing.models import BillingStream, BillingTrigger
from backend.billing.triggers import Terms
from backend.catalogue.schemas import ServiceKind
from backend.kernel.db import Transaction
from backend.orders.schemas import ChargeLineView, OrderView
from backend.resources.lifecycle import ServiceState
from backend.resources.models import Service
from clients.billing.messages import Kind
from tests.factories.orders import make_shop, make_submitted_order

LIFE = (Kind.START, Kind.SUSPEND, Kind.RESUME, Kind.CHANGE, Kind.STOP)
ROWS_AT_ONCE = 500  # services; their triggers are five times as many


async def fill_queue(tx: Transaction, services: int) -> None:
    """So many services, and for each the five triggers of its whole life. Makes a shop and one order for all of them."""
    await make_shop(tx)
    order = await make_submitted_order(tx)
    line = next(line for line in order.charge_lines if line.service_kind is ServiceKind.INTERNET)
    ids = [tx.new_id() for _ in range(services)]
    for begin in range(0, services, ROWS_AT_ONCE):
        some = ids[begin : begin + ROWS_AT_ONCE]
        await tx.session.execute(insert(Service), [_service(order, service_id) for service_id in some])
        work = {"last": len(LIFE), "due_at": tx.now, "attempts": 0}
        await tx.session.execute(insert(BillingStream), [work | {"id": service_id} for service_id in some])
        rows = [row for service_id in some for row in _triggers(tx, order, line, service_id)]
        await tx.session.execute(insert(BillingTrigger), rows)


def _service(order: OrderView, service_id: UUID) -> dict[str, Any]:
    return {
        "id": service_id,
        "version": 1,
        "kind": ServiceKind.INTERNET,
        "account_id": order.account_id,
        "premises_id": order.premises_id,
        "order_item_id": order.items[0].id,
        "state": ServiceState.TERMINATED,
        "characteristics": {},
    }


def _triggers(tx: Transaction, order: OrderView, line: ChargeLineView, service_id: UUID) -> Iterator[dict[str, Any]]:
    terms = Terms.of_line(line, line.quantity)
    for sequence, kind in enumerate(LIFE, 1):
        yield {
            "id": tx.new_id(),
            "version": 1,
            "fact_key": f"{kind}:{service_id}",
            "revision": 0,
            "kind": kind,
            "stream_id": service_id,
            "sequence": sequence,
            "order_id": order.id,
            "order_number": order.number,
            "account_id": order.account_id,
            "service_id": service_id,
            "effective_at": tx.now + timedelta(days=sequence),
            "recorded_at": tx.now,
            "state": "pending",
            "is_due": True,
            "attempts": 0,
            **{name: getattr(terms, name) for name in Terms.__dataclass_fields__},
        }
