"""Every charge line of a service as a stream of plain rows, for comparisons of the whole network."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from backend.kernel.db import Transaction
from backend.kernel.streams import Stream, stream
from backend.orders.models import ChargeLine

LINE = ChargeLine.__table__.c


class PriceRow(NamedTuple):
    """What was agreed for a service. amount_minor: of a whole period."""

    service_id: UUID
    charge_line_id: UUID
    amount_minor: int
    currency: str


async def prices_of_services(tx: Transaction) -> Stream[PriceRow]:
    """The provision line of every service that is charged by itself, whatever became of it, by service."""
    amount_minor = LINE.amount_minor * LINE.quantity
    query = select(LINE.service_id, LINE.id, amount_minor, LINE.currency)
    charged = query.where(LINE.service_id.is_not(None)).order_by(LINE.service_id)
    return await stream(tx, charged, PriceRow._make)
