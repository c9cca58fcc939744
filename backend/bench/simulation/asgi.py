"""The whole application under simulation: real requests with real tokens, without a socket."""

import asyncio
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, cast

import httpx
import msgspec

from backend.app import create_app
from backend.bench.simulation.databases import Databases
from backend.bench.simulation.site import NOT_PLAYABLE, OFFICE, ServiceSite
from backend.identity import devices
from backend.identity.schemas import DeviceTokens, EnrolDevice
from backend.kernel.db import Transaction
from backend.parts import open_parts
from backend.settings import Settings
from clients.device.identity import new_identity, public_key
from sync import wire
from sync.clock import milliseconds
from sync.protocol import MAX_ANSWER_BYTES, PullAnswer, PullRequest, PushAnswer, PushRequest, Refusal, Refused
from sync.simulation.steps import Happening

Answer = TypeVar("Answer", PushAnswer, PullAnswer)

KEY = public_key(new_identity())
BASE_URL = "http://simulation"
UNHURRIED = 1e9  # requests per second: here time stands still between them
# By the server's environment, which stays as it is while it runs, and by whoever manages users.
SETTLED_BY_OTHERS = {Happening.REQUIRE_SCHEMA, Happening.DISABLE, Happening.ENABLE}


class AsgiSite(ServiceSite):
    """The real service behind its HTTP: who calls, decoding, refusals as problems, encoding."""

    def __init__(self, databases: Databases, runner: asyncio.Runner, seed: int, home: Path) -> None:
        super().__init__(databases, runner, seed, home)
        self.playable = frozenset(Happening) - NOT_PLAYABLE - SETTLED_BY_OTHERS
        self._enrolled: dict[str, DeviceTokens] = {}
        self._stop = asyncio.Event()
        self._client = self._run(self._started(databases.url))

    def push(self, request: PushRequest, *, now_ms: int) -> PushAnswer:
        return self._asked(request.device, "/sync/v1/push", request, PushAnswer, now_ms)

    def pull(self, request: PullRequest, *, now_ms: int) -> PullAnswer:
        return self._asked(request.device, "/sync/v1/pull", request, PullAnswer, now_ms)

    def revoke(self, device: str) -> None:
        if (tokens := self._enrolled.get(device)) is not None:
            now_ms = milliseconds(self.clock.now())
            self._attempt(lambda tx: devices.revoke(tx, OFFICE, tokens.device_id), now_ms)

    def close(self) -> None:
        self._run(self._stopped())
        super().close()

    def _asked(self, device: str, path: str, request: object, shape: type[Answer], now_ms: int) -> Answer:
        """The answer. Tokens that are over, or lost by a restore, are made anew. Raises Refused."""
        self._begin_writing(now_ms)
        # The server opens a database of its own at start, the simulation another one after each backup.
        self._app.state.database = self._app.state.contacts.database = self.database
        self._app.state.parts = replace(self._app.state.parts, database=self.database)
        body = wire.encode(request)
        answer = self._run(self._posted(device, path, body))
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._enrolled.pop(device)
            answer = self._run(self._posted(device, path, body))
        if not answer.is_success:
            raise Refused(msgspec.json.decode(answer.content, type=Refusal))
        return wire.decode(answer.content, shape, limit_bytes=MAX_ANSWER_BYTES)

    async def _posted(self, device: str, path: str, body: bytes) -> httpx.Response:
        tokens = self._enrolled.get(device)
        if tokens is None:
            tokens = self._enrolled[device] = await self._write(lambda tx: self._enrol(tx, device))
        headers = {"authorization": f"Bearer {tokens.access_token}", "content-type": "application/json"}
        return await self._client.post(path, content=body, headers=headers)

    async def _enrol(self, tx: Transaction, device: str) -> DeviceTokens:
        user_id = self._principal(device).user_id
        assert user_id is not None, "technicians are users"
        code = await devices.issue_code(tx, OFFICE, user_id)
        await tx.flush()
        return await devices.enrol(tx, EnrolDevice(code=code.code, public_key=KEY, name=device))

    async def _started(self, url: str) -> httpx.AsyncClient:
        ready = asyncio.get_running_loop().create_future()
        self._serving = asyncio.create_task(self._serve(url, ready))
        return await ready

    async def _serve(self, url: str, ready: asyncio.Future[httpx.AsyncClient]) -> None:
        """Keep the application running, in one task from its start to its end, as its framework wants."""
        settings = Settings(data_dir=self._home, database=url, sync_requests_per_second=UNHURRIED)
        async with open_parts(settings, clock=self.clock) as opened:
            await opened.database.close()
            self._app = create_app(lambda: nullcontext(replace(opened, database=self.database)))
            transport = httpx.ASGITransport(cast(Any, self._app))
            async with self._app.lifespan(), httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
                ready.set_result(client)
                await self._stop.wait()

    async def _stopped(self) -> None:
        self._stop.set()
        await self._serving
