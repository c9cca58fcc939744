"""HTTP of the sync protocol. Each message is an edge of its own: a push writes, a pull reads one snapshot."""

import asyncio
import time

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from backend.identity.principal import Principal
from backend.kernel.db import Database, Transaction
from backend.kernel.drills import kill_point
from backend.kernel.feed import Feed
from backend.kernel.retries import retried
from backend.offline import service
from backend.offline.schemas import Outcomes
from sync.protocol import PullAnswer, PullRequest, PushAnswer, PushRequest, Refused, SyncAnswer, SyncRequest

LOOK_EVERY_SECONDS = 0.3  # how soon a waiting client hears of a change


@post("/sync/v1/push", status_code=200, tags=["sync"], summary="Send what was done")
async def push(
    database: NamedDependency[Database], principal: NamedDependency[Principal], data: JSONBody[PushRequest]
) -> PushAnswer:
    return await _push(database, principal, data)


@post("/sync/v1/pull", status_code=200, tags=["sync"], summary="Get what changed")
async def pull(
    database: NamedDependency[Database],
    feed: NamedDependency[Feed],
    principal: NamedDependency[Principal],
    data: JSONBody[PullRequest],
) -> PullAnswer:
    await _wait_for_news(database, principal, data)
    return await _pull(database, feed, principal, data)


@post("/sync/v1/sync", status_code=200, tags=["sync"], summary="Send, then get, in one trip")
async def sync(
    database: NamedDependency[Database],
    feed: NamedDependency[Feed],
    principal: NamedDependency[Principal],
    data: JSONBody[SyncRequest],
) -> SyncAnswer:
    """A refused push refuses all; a refused pull is told beside the push, which is stored by then."""
    pushed = await _push(database, principal, data.push) if data.push else None
    try:
        pulled = await _pull(database, feed, principal, data.pull)
    except Refused as refused:
        return SyncAnswer(push=pushed, pull_refused=refused.refusal)
    return SyncAnswer(push=pushed, pull=pulled)


@get("/sync/v1/outcomes", tags=["sync"], summary="The verdicts again")
async def outcomes(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    outbox: FromQuery[str],
    from_mid: FromQuery[int] = 1,
) -> Outcomes:
    return await service.outcomes(tx, principal, outbox, from_mid)


async def _push(database: Database, principal: Principal, request: PushRequest) -> PushAnswer:
    answer = await retried(database, principal.actor, "sync.push", lambda tx: service.push(tx, principal, request))
    kill_point("push.committed")
    return answer


async def _pull(database: Database, feed: Feed, principal: Principal, request: PullRequest) -> PullAnswer:
    async with database.snapshot(principal.actor, "sync.pull") as tx:
        return await service.pull(tx, feed, principal, request)


async def _wait_for_news(database: Database, principal: Principal, request: PullRequest) -> None:
    """Hold a pull that would be empty, with nothing open, for as long as its client allows."""
    deadline = time.monotonic() + request.wait_s
    while time.monotonic() < deadline:
        async with database.snapshot(principal.actor, "sync.wait") as tx:
            if await service.has_news(tx, principal, request):
                return
        await asyncio.sleep(LOOK_EVERY_SECONDS)


ROUTES = [push, pull, sync, outcomes]
