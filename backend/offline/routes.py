"""HTTP of the sync protocol. Each message is an edge of its own: a push writes, a pull reads one snapshot."""

import logging
from collections.abc import AsyncGenerator
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Stream
from msgspec import structs

from backend.identity.principal import Barring, Principal
from backend.jobs.schemas import ResolveReview, ReviewCardView
from backend.kernel.db import Database, Transaction
from backend.kernel.drills import kill_point
from backend.kernel.feed import count_mismatches
from backend.kernel.repeats import Once
from backend.kernel.retries import boldly
from backend.offline import service
from backend.offline.contacts import Contact
from backend.offline.exchange import Exchange
from backend.offline.pulling import Page
from backend.offline.schemas import Outcomes
from backend.offline.waiting import Numbers, pokes
from sync import wire
from sync.protocol import (
    MAX_REQUEST_BYTES,
    MAX_SAFE_INTEGER,
    ErrorCode,
    PullAnswer,
    PullRequest,
    PushAnswer,
    PushRequest,
    Refusal,
    Refused,
    SyncAnswer,
    SyncRequest,
)

log = logging.getLogger(__name__)

EVENT_STREAM = "text/event-stream"
HEARTBEAT = b":\n\n"
TAKES_BARRED = {"quarantines": True}  # see `http.callers`
TAKES_GZIP = {"inflates": True}  # see `http.requests`
PACED = {"paced": True}  # see `http.pacing`


@post(
    "/sync/v1/push",
    status_code=200,
    tags=["sync"],
    summary="Send what was done",
    opt=PACED | TAKES_BARRED | TAKES_GZIP,
    request_max_body_size=MAX_REQUEST_BYTES,
)
async def push(exchange: NamedDependency[Exchange], data: JSONBody[PushRequest]) -> PushAnswer:
    return await _push(exchange, data)


@post(
    "/sync/v1/pull",
    status_code=200,
    tags=["sync"],
    summary="Get what changed",
    opt=PACED | TAKES_GZIP,
    request_max_body_size=MAX_REQUEST_BYTES,
)
async def pull(exchange: NamedDependency[Exchange], data: JSONBody[PullRequest]) -> PullAnswer:
    service.refuse_old(data, exchange.settings.minimum_schema)
    if data.wait_s and (known := await _nothing_beyond(exchange, data)) is not None:
        await exchange.news.wait(known, wait_s=data.wait_s)
    return await _pull(exchange, data)


@post(
    "/sync/v1/sync",
    status_code=200,
    tags=["sync"],
    summary="Send, then get, in one trip",
    opt=PACED | TAKES_BARRED | TAKES_GZIP,
    request_max_body_size=MAX_REQUEST_BYTES,
)
async def sync(exchange: NamedDependency[Exchange], data: JSONBody[SyncRequest]) -> SyncAnswer:
    """A refused push refuses all; a refused pull is told beside the push, which is stored by then."""
    pushed = await _push(exchange, data.push) if data.push else None
    try:
        service.refuse_old(data.pull, exchange.settings.minimum_schema)
        pulled = await _pull(exchange, data.pull)
    except Refused as refused:
        return SyncAnswer(push=pushed, pull_refused=refused.refusal)
    return SyncAnswer(push=pushed, pull=pulled)


@get(
    "/sync/v1/events",
    tags=["sync"],
    summary="Hints that something has changed",
    media_type=EVENT_STREAM,
    opt=PACED | {"uncompressed": True},  # a compressor would hold hints back until it has enough of them
)
async def events(exchange: NamedDependency[Exchange]) -> Stream:
    """Server-sent events: each `data` is a Poke, a comment is a heartbeat. Pull when the stream opens, and when poked."""
    principal, news = exchange.principal, exchange.news
    async with exchange.database.snapshot(principal.actor, "sync.events") as tx:
        known = await service.numbers(tx, principal)

    async def lines() -> AsyncGenerator[bytes]:
        yield HEARTBEAT  # so that a client sees at once whether something on the way holds the stream back
        async for poke in pokes(news, known):
            yield b"data: " + wire.encode(poke) + b"\n\n" if poke else HEARTBEAT

    return Stream(lines(), media_type=EVENT_STREAM)


@get("/sync/v1/outcomes", tags=["sync"], summary="The verdicts again", opt=PACED | TAKES_BARRED)
async def outcomes(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    outbox: Annotated[str, QueryParameter(min_length=1, max_length=128)],
    from_mid: Annotated[int, QueryParameter(ge=1, le=MAX_SAFE_INTEGER)] = 1,
) -> Outcomes:
    return await service.outcomes(tx, principal, outbox, from_mid)


@post("/api/v1/review-cards/{card_id:uuid}/resolution", status_code=201, tags=["jobs"], summary="Decide a review card")
async def resolve_review(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    card_id: FromPath[UUID],
    data: JSONBody[ResolveReview],
) -> ReviewCardView:
    """Here, above the jobs, because to apply a card is to carry out what a phone sent."""
    return await once(ReviewCardView, lambda: service.resolve_review(tx, principal, card_id, data))


async def _push(exchange: Exchange, request: PushRequest) -> PushAnswer:
    principal, pressure = exchange.principal, exchange.pressure

    async def decided(tx: Transaction) -> PushAnswer:
        return await service.push(tx, principal, request)

    with pressure.one_in_hand():
        answer = await boldly(exchange.database, principal.actor, "sync.push", decided)
        kill_point("push.committed")
        left = None if request.waiting is None else max(0, request.waiting - len(answer.results))
        _note(exchange, request, waiting=left)
        return structs.replace(answer, poll_after_ms=pressure.poll_after_ms())


async def _pull(exchange: Exchange, request: PullRequest) -> PullAnswer:
    principal, database, pressure = exchange.principal, exchange.database, exchange.pressure
    _refuse_barred(principal)
    with pressure.one_in_hand():
        glanced = await service.glance(database.reads, principal, request, database.clock.now())
        answer = glanced or await _page(exchange, request)
        _note(exchange, request, waiting=request.waiting, is_whole=not answer.more)
        return structs.replace(answer, poll_after_ms=pressure.poll_after_ms())


def _note(
    exchange: Exchange, request: PushRequest | PullRequest, *, waiting: int | None, is_whole: bool = False
) -> None:
    """The phone was here; is_whole: it has all there is now. Boards and customers' pages are no phones."""
    if (device_id := exchange.principal.device_id) is None:
        return
    now = exchange.database.clock.now()
    contact = Contact(
        device_id=device_id,
        heard_at=now,
        schema=request.schema,
        synced_at=now if is_whole else None,
        app=request.app,
        waiting=waiting,
    )
    exchange.contacts.note(contact)


async def _page(exchange: Exchange, request: PullRequest) -> PullAnswer:
    principal, database = exchange.principal, exchange.database

    async def read(tx: Transaction) -> Page:
        return await service.read_page(tx, exchange.feed, principal, request)

    page = await database.look(principal.actor, "sync.pull", read)
    if page.differing:
        await _count(database, principal, page.differing)
    return page.answer


async def _count(database: Database, principal: Principal, scopes: frozenset[str]) -> None:
    """A client that differs gets its scopes again, and we hear of it: `truckroll doctor` shows the count."""
    log.warning("%s held something else in %s", principal.actor, ", ".join(sorted(scopes)))
    async with database.transaction(principal.actor, "sync.mismatch") as tx:
        await count_mismatches(tx, scopes)


def _refuse_barred(principal: Principal) -> None:
    """Nothing of ours goes to a barred caller. A revoked phone learns that it has to wipe."""
    match principal.barring:
        case Barring.DEVICE_REVOKED:
            raise Refused(Refusal(code=ErrorCode.DEVICE_REVOKED))
        case Barring.USER_DISABLED:
            raise Refused(Refusal(code=ErrorCode.UNAUTHENTICATED))


async def _nothing_beyond(exchange: Exchange, request: PullRequest) -> Numbers | None:
    async with exchange.database.snapshot(exchange.principal.actor, "sync.wait") as tx:
        return await service.nothing_beyond(tx, exchange.principal, request)


ROUTES = [push, pull, sync, events, outcomes, resolve_review]
