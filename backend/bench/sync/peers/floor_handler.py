"""The floor's one handler; it runs in its own environment, see `floor`."""

import hashlib
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg  # pyright: ignore[reportMissingImports] - it is in the floor's own environment
from litestar import Litestar, Request, Response, post

POOL_SIZE = 10  # per process, as ours
CALLER = """
    SELECT app_user.technician_id FROM device_token
    JOIN device ON device.id = device_token.device_id JOIN app_user ON app_user.id = device.user_id
    WHERE device_token.token_hash = $1 AND NOT device_token.is_refresh AND device_token.expires_at > now()
      AND device.revoked_at IS NULL AND app_user.is_active"""
HEAD = "SELECT seq FROM feed_scope WHERE scope = $1"
CHANGES = """
    SELECT entry.id, entry.version, feed_body.body FROM feed_entry entry
    JOIN feed_body ON feed_body.id = entry.id AND feed_body.kind = entry.kind AND feed_body.version = entry.version
    WHERE entry.scope = $1 AND entry.seq > 0 AND entry.op = 'put' ORDER BY entry.seq LIMIT 200"""


@asynccontextmanager
async def pool(app: Litestar) -> AsyncGenerator[None]:
    address = urlsplit(os.environ["FLOOR_DATABASE"])
    host = parse_qs(address.query).get("host", [address.hostname])[0]
    names: dict[str, Any] = {"host": host, "port": address.port, "user": address.username, "password": address.password}
    async with asyncpg.create_pool(**names, database=address.path[1:], min_size=2, max_size=POOL_SIZE) as opened:
        app.state.pool = opened
        yield


@post("/sync/v1/pull", status_code=200)
async def pull(request: Request[Any, Any, Any]) -> Response[bytes]:
    await request.json()
    token = request.headers["authorization"].removeprefix("Bearer ")
    async with request.app.state.pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
        technician = await connection.fetchval(CALLER, hashlib.sha256(token.encode()).hexdigest())
        scope = f"technician:{technician}"
        head = await connection.fetchval(HEAD, scope)
        rows = await connection.fetch(CHANGES, scope)
    patch = b",".join(
        b'{"op":"put","scope":"%b","kind":"job","id":"%b","version":%d,"doc":%b}'
        % (scope.encode(), str(row["id"]).encode(), row["version"], row["body"])
        for row in rows
    )
    return Response(b'{"cursor":"%d","patch":[%b]}' % (head, patch), media_type="application/json")


app = Litestar([pull], lifespan=[pool], openapi_config=None)
