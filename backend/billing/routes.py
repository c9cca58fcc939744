"""HTTP of billing: acknowledgements in, triggers and what was earned out."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody, QueryParameter

from backend.billing import service
from backend.billing.lifecycle import TriggerState
from backend.billing.schemas import Acknowledgement, AcknowledgementTaken, EarnedView, TriggerView
from backend.kernel.db import Transaction
from backend.kernel.paging import MAX_PAGE_SIZE, Page
from backend.kernel.repeats import Once

# Litestar keeps the name `state` for itself.
InState = Annotated[TriggerState | None, QueryParameter(name="state")]
PageSize = Annotated[int, QueryParameter(ge=1, le=MAX_PAGE_SIZE)]
MessageId = Annotated[str, HeaderParameter(name="webhook-id", min_length=1, max_length=128)]


@post("/api/v1/billing/acknowledgements", status_code=200, tags=["billing"], summary="Billing's word on a trigger")
async def take_acknowledgement(
    tx: NamedDependency[Transaction], data: JSONBody[Acknowledgement], message_id: MessageId
) -> AcknowledgementTaken:
    """Signed by billing's key. The webhook-id tells repeats, so no Idempotency-Key is asked for."""
    return await service.acknowledge(tx, data, message_id)


@get("/api/v1/billing-triggers", tags=["billing"], summary="What billing was told, and what became of it")
async def list_triggers(
    tx: NamedDependency[Transaction],
    order_id: FromQuery[UUID | None] = None,
    in_state: InState = None,
    page_size: PageSize = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[TriggerView]:
    return await service.see_triggers(tx, order_id=order_id, state=in_state, page_size=page_size, cursor=cursor)


@post("/api/v1/billing-triggers/{trigger_id:uuid}/redelivery", status_code=202, tags=["billing"], summary="Tell again")
async def redeliver_trigger(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], trigger_id: FromPath[UUID]
) -> TriggerView:
    return await once(TriggerView, lambda: service.redeliver(tx, trigger_id))


@get("/api/v1/earned-triggers", tags=["billing"], summary="What was earned, with its proof")
async def list_earned(
    tx: NamedDependency[Transaction],
    order_id: FromQuery[UUID | None] = None,
    page_size: PageSize = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[EarnedView]:
    return await service.see_earned(tx, order_id=order_id, page_size=page_size, cursor=cursor)


ROUTES = [take_acknowledgement, list_triggers, redeliver_trigger, list_earned]
