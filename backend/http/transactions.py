"""One request, one transaction: reading requests see a snapshot, all others write and commit before the answer."""

import hashlib
from collections.abc import AsyncGenerator
from typing import Any

from litestar import Request
from litestar.di import NamedDependency

from backend.identity.principal import Principal
from backend.kernel.db import Database, Transaction
from backend.kernel.errors import Invalid
from backend.kernel.repeats import MAX_KEY_LENGTH, Once, RequestKey
from backend.offline.exchange import Exchange


class BadIdempotencyKey(Invalid):
    """The Idempotency-Key is longer than identifiers are."""

    code = "bad_idempotency_key"


async def provide_transaction(
    request: Request[Any, Any, Any], database: NamedDependency[Database]
) -> AsyncGenerator[Transaction]:
    """The request's transaction, by its principal, named by its route."""
    cause = f"{request.method} {next(iter(request.route_handler.paths))}"
    await request.body()  # before it begins: a slow sender must not hold a transaction open
    opened = database.snapshot if request.method in ("GET", "HEAD") else database.transaction
    async with opened(request.user.actor, cause) as tx:
        yield tx


async def provide_principal(request: Request[Any, Any, Any]) -> Principal:
    return request.user


async def provide_database(request: Request[Any, Any, Any]) -> Database:
    return request.app.state.database


async def provide_exchange(request: Request[Any, Any, Any]) -> Exchange:
    state = request.app.state
    return Exchange(
        principal=request.user,
        database=state.database,
        feed=state.parts.feed,
        news=state.news,
        contacts=state.contacts,
        pressure=state.pressure,
        settings=state.parts.settings,
    )


async def provide_once(request: Request[Any, Any, Any], tx: NamedDependency[Transaction]) -> Once:
    """Repeats of this request, told by its Idempotency-Key, get the first answer."""
    return (await provide_request_key(request)).once(tx)


async def provide_request_key(request: Request[Any, Any, Any]) -> RequestKey:
    """For routes that open their transaction themselves, after they asked the outside."""
    key = request.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= MAX_KEY_LENGTH:
        raise BadIdempotencyKey(longest=MAX_KEY_LENGTH)
    said = f"{request.method} {request.url.path}\n".encode() + await request.body()
    return RequestKey(key=key, digest=hashlib.sha256(said).hexdigest())
