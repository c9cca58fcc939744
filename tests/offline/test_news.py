"""Waiting for news: held pulls, and the stream of events."""

import asyncio
from math import ceil
from typing import Any, cast

import httpx
import msgspec
import pytest
from litestar import Litestar

from backend.identity.models import User
from backend.jobs import service as jobs
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.offline.waiting import LOOK_EVERY_SECONDS
from sync import wire
from sync.protocol import (
    PullAnswer,
)
from tests.factories.identity import make_phone
from tests.factories.jobs import SUPERVISOR
from tests.offline.conftest import Field
from tests.offline.line import Pauses, pull_of, said

pytestmark = pytest.mark.anyio


async def test_a_waiting_pull_is_answered_when_something_changes(
    http: httpx.AsyncClient, database: Database, field: Field, pauses: Pauses
):
    waiting = asyncio.create_task(said(http, "pull", pull_of(field.phone, wait_s=30)))
    pause = await pauses.next()
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.cancel(tx, SUPERVISOR, field.job.id, "customer_cancelled")
    pause.set()

    patch = wire.decode((await waiting).content, PullAnswer).patch

    assert [row.id for row in patch] == [str(field.job.id)]


async def test_a_waiting_pull_is_answered_empty_when_its_time_is_over(
    http: httpx.AsyncClient, field: Field, pauses: Pauses
):
    waiting = asyncio.create_task(said(http, "pull", pull_of(field.phone, wait_s=1)))
    for _ in range(ceil(1 / LOOK_EVERY_SECONDS)):
        (await pauses.next()).set()

    answer = await waiting

    assert wire.decode(answer.content, PullAnswer).patch == ()


@pytest.mark.parametrize("wanted", [{"cursor": None}, {"digests": {}}, {"cursor": "garbage"}])
async def test_a_pull_that_has_something_to_hear_does_not_wait(
    http: httpx.AsyncClient, field: Field, pauses: Pauses, wanted: dict[str, Any]
):
    await said(http, "pull", msgspec.structs.replace(pull_of(field.phone, wait_s=30), **wanted))

    assert pauses.count == 0


async def test_a_stream_of_events_pokes_the_scope_that_changed(app: Litestar, database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        user = await tx.session.get_one(User, field.phone.principal.user_id)
        token = (await make_phone(tx, user)).tokens.access_token
    stream = Listening(app, token)
    listening = asyncio.create_task(stream.run())
    await stream.opened.wait()
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.cancel(tx, SUPERVISOR, field.job.id, "customer_cancelled")
    await stream.said.wait()
    listening.cancel()

    assert (stream.status, stream.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert "content-encoding" not in stream.headers
    assert stream.heard.startswith(
        b':\n\ndata: {"scope":"technician:' + str(field.technician.id).encode() + b'","seq":'
    )


class Listening:
    """One that reads the stream of events as it comes (the tests' HTTP client hands out whole answers only)."""

    def __init__(self, app: Litestar, token: str) -> None:
        self._app, self._token = app, token
        self.opened, self.said = asyncio.Event(), asyncio.Event()
        self.status, self.headers, self.heard = 0, dict[str, str](), b""

    async def run(self) -> None:
        headers = [(b"authorization", f"Bearer {self._token}".encode()), (b"accept-encoding", b"gzip")]
        scope = {"type": "http", "method": "GET", "path": "/sync/v1/events", "raw_path": b"/sync/v1/events"}
        scope |= {"query_string": b"", "headers": headers, "http_version": "1.1", "scheme": "http", "root_path": ""}
        scope |= {"server": ("test", 80), "client": ("test", 1)}
        await self._app(cast(Any, scope), self._receive, self._send)

    async def _receive(self) -> Any:
        if not self.opened.is_set():
            return {"type": "http.request", "body": b"", "more_body": False}
        return await asyncio.Future()

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            self.opened.set()
        elif message.get("body"):
            self.heard += message["body"]
            if b"data" in self.heard:
                self.said.set()
