"""A small orchestrator on loopback that speaks TMF640 and TMF653, at once or by a monitor."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from litestar import Litestar, Request, Response, get, patch, post
from litestar.params import FromPath

from tests.factories.listening import LOOPBACK

TOKEN = "of the orchestrator"
START_SECONDS = 10


@dataclass
class Orchestrator:
    """What it holds, and how it behaves. looks_needed: at a monitor until it has ended; 0: it answers at once.

    refusal: why it will do nothing; is_lying: it says that it was done; is_away: it answers 503.
    """

    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: list[str | None] = field(default_factory=list)
    looks_needed: int = 0
    looks: int = 0
    refusal: str = ""
    is_lying: bool = False
    is_away: bool = False
    is_dark: bool = False

    def later(self) -> Response[Any]:
        return Response(None, status_code=202, headers={"location": "/monitor/1", "retry-after": "3"})

    def app(self) -> Litestar:
        @patch("/service/{service_id:str}")
        async def change(service_id: FromPath[str], request: Request[Any, Any, Any]) -> Response[Any]:
            assert request.headers["authorization"] == f"Bearer {TOKEN}"
            self.keys.append(request.headers.get("idempotency-key"))
            return self._change(service_id, await request.json())

        @get("/monitor/1")
        async def monitor() -> Response[Any]:
            self.looks += 1
            return self._monitor()

        @get("/service/{service_id:str}")
        async def see(service_id: FromPath[str]) -> Response[Any]:
            found = self.services.get(service_id)
            return Response(found or {"code": "404", "reason": "unknown"}, status_code=200 if found else 404)

        @post("/serviceTest", status_code=201)
        async def test() -> Response[Any]:
            if self.looks_needed:
                return self.later()
            return Response({"state": "failed" if self.is_dark else "completed", "testMeasure": []}, status_code=201)

        return Litestar([change, monitor, see, test], openapi_config=None)

    def _change(self, service_id: str, body: dict[str, Any]) -> Response[Any]:
        if self.is_away:
            return Response(None, status_code=503)
        if self.refusal and not self.looks_needed:
            return Response({"code": "60", "reason": self.refusal}, status_code=422)
        if not self.is_lying and not self.refusal:
            self._merge(service_id, body)
        return self.later() if self.looks_needed else Response({"id": service_id}, status_code=200)

    def _monitor(self) -> Response[Any]:
        if self.looks < self.looks_needed:
            return Response({"state": "InProgress"}, headers={"retry-after": "2"})
        if self.refusal:
            return Response({"state": "Failed", "error": {"code": "60", "reason": self.refusal}})
        passed = {"state": "completed", "testMeasure": [{"metricName": "optical_power_dbm", "value": -18.5}]}
        return Response({"state": "Completed", "result": passed})

    def _merge(self, service_id: str, body: dict[str, Any]) -> None:
        """A feature of the same name is replaced."""
        held = self.services.setdefault(service_id, {"id": service_id, "feature": []})
        names = {one["name"] for one in body["feature"]}
        held["feature"] = [one for one in held["feature"] if one["name"] not in names] + body["feature"]


@asynccontextmanager
async def listening(orchestrator: Orchestrator) -> AsyncIterator[str]:
    """Its address, while it listens."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port = probe.getsockname()[1]
    server = Server(
        orchestrator.app(),
        address=LOOPBACK,
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.error,
    )
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(START_SECONDS):
        for _ in iter(int, 1):  # for ever: the time above ends it
            if await _answers(port):
                break
    yield f"http://{LOOPBACK}:{port}"
    server.stop()
    await serving


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except ConnectionError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
