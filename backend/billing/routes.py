"""HTTP of billing: acknowledgements in, triggers and what was earned out."""

from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody, QueryParameter

from backend.billing import delivery, earning, feed, service
from backend.billing.lifecycle import TriggerState
from backend.billing.schemas import (
    Acceptance,
    Acknowledgement,
    Acknowledgements,
    AcknowledgementsTaken,
    AcknowledgementTaken,
    Correction,
    EarnedView,
    FeedReading,
    Replay,
    ReplayView,
    TriggerView,
)
from backend.identity.principal import Principal
from backend.kernel.clock import in_utc
from backend.kernel.db import Database, Transaction
from backend.kernel.page_size import PageSize
from backend.kernel.paging import Page
from backend.kernel.repeats import Once
from backend.kernel.retries import retried
from clients.billing.messages import FeedPage

ACKNOWLEDGE = "POST /api/v1/billing/acknowledgements"  # as their audit rows say
ACKNOWLEDGE_TOGETHER = "POST /api/v1/billing/acknowledgement-batches"

# Litestar keeps the name `state` for itself.
InState = Annotated[TriggerState | None, QueryParameter(name="state")]
MessageId = Annotated[str, HeaderParameter(name="webhook-id", min_length=1, max_length=128)]


@post("/api/v1/billing/acknowledgements", status_code=200, tags=["billing"], summary="Billing's word on a trigger")
async def take_acknowledgement(
    database: NamedDependency[Database],
    principal: NamedDependency[Principal],
    data: JSONBody[Acknowledgement],
    message_id: MessageId,
) -> AcknowledgementTaken:
    """Signed by billing's key. The webhook-id tells repeats, so no Idempotency-Key is asked for."""
    # In one turn of a thread: after an outage they come by the hundred thousand.
    take = partial(delivery.acknowledge, acknowledgement=data, message_id=message_id)
    return await retried(database, principal.actor, ACKNOWLEDGE, take)


@post("/api/v1/billing/acknowledgement-batches", status_code=200, tags=["billing"], summary="Billing's word on many")
async def take_acknowledgements(
    database: NamedDependency[Database],
    principal: NamedDependency[Principal],
    data: JSONBody[Acknowledgements],
) -> AcknowledgementsTaken:
    """Signed by billing's key. Each of them counts once by its own message_id, so no Idempotency-Key is asked for."""
    take = partial(delivery.acknowledge_together, said=data.data)
    return await retried(database, principal.actor, ACKNOWLEDGE_TOGETHER, take)


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
    return await once(TriggerView, lambda: delivery.redeliver(tx, trigger_id))


@post("/api/v1/billing-triggers/{trigger_id:uuid}/correction", status_code=201, tags=["billing"], summary="Correct it")
async def correct_trigger(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    trigger_id: FromPath[UUID],
    data: JSONBody[Correction],
) -> TriggerView:
    """The trigger that says it from now on; one that billing may know is superseded by it."""
    return await once(
        TriggerView,
        lambda: service.correct(
            tx,
            trigger_id,
            correction_id=tx.new_id(),
            because=data.because,
            effective_at=data.effective_at and in_utc(data.effective_at),
            quantity=data.quantity,
            amount_minor=data.amount_minor,
        ),
    )


@post("/api/v1/billing-replays", status_code=202, tags=["billing"], summary="Tell a range once more")
async def replay_triggers(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], data: JSONBody[Replay]
) -> ReplayView:
    """For a billing system that lost something: it tells what it knows already by the trigger's id."""
    return await once(
        ReplayView,
        lambda: delivery.replay(
            tx,
            stream_id=data.stream_id,
            from_sequence=data.from_sequence,
            until_sequence=data.until_sequence,
            since=data.since and in_utc(data.since),
            until=data.until and in_utc(data.until),
        ),
    )


@post(
    "/api/v1/billing-feed", status_code=200, tags=["billing"], summary="Triggers for a billing system that fetches them"
)
async def read_feed(
    database: NamedDependency[Database],
    principal: NamedDependency[Principal],
    data: JSONBody[FeedReading],
) -> FeedPage:
    """The same again gives the same triggers."""
    # A transaction of its own: it notes that what is read is known to billing from then on.
    async with database.transaction(principal.actor, "POST /api/v1/billing-feed") as tx:
        return await feed.read(tx, after=data.after, limit=data.page_size)


@get("/api/v1/earned-triggers", tags=["billing"], summary="What was earned, with its proof")
async def list_earned(
    tx: NamedDependency[Transaction],
    order_id: FromQuery[UUID | None] = None,
    known_at: FromQuery[datetime | None] = None,
    page_size: PageSize = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[EarnedView]:
    """known_at: as it was known then; what was learned later is left out."""
    known = known_at and in_utc(known_at)
    return await earning.see(tx, order_id=order_id, known_at=known, page_size=page_size, cursor=cursor)


@post(
    "/api/v1/earned-triggers/{earned_id:uuid}/acceptance", status_code=200, tags=["billing"], summary="It is accepted"
)
async def accept_earned(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    earned_id: FromPath[UUID],
    data: JSONBody[Acceptance],
) -> EarnedView:
    return await once(EarnedView, lambda: earning.accept(tx, earned_id, in_utc(data.accepted_at)))


ROUTES = [
    take_acknowledgement,
    take_acknowledgements,
    list_triggers,
    redeliver_trigger,
    correct_trigger,
    replay_triggers,
    read_feed,
    list_earned,
    accept_earned,
]
