"""A server in memory behind HTTP, and a network that can be told to fail."""

from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import msgspec

from sync import MemoryServer, PullRequest, PushRequest, Refused, wire
from sync.clock import instant
from sync.protocol import HTTP_STATUS
from tests.clients.device.shelf import UPLOADS, Shelf
from tests.sync.field import NOON_MS

TECHNICIAN = "01900000-0000-7000-8000-0000000000aa"
SCOPE = f"technician:{TECHNICIAN}"
PROOF_WINDOW = timedelta(minutes=5)

Fault = Callable[["Twin", httpx.Request], httpx.Response]


def request_lost(_twin: "Twin", request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no network", request=request)


def answer_lost(twin: "Twin", request: httpx.Request) -> httpx.Response:
    twin.serve(request)
    raise httpx.ReadTimeout("no answer", request=request)


def says(status: int, body: str, **headers: str) -> Fault:
    return lambda _twin, _request: httpx.Response(status, text=body, headers=headers)


class Twin:
    """What a device talks to. faults: what happens to the next requests; asked: their paths, in order."""

    def __init__(self, server: MemoryServer) -> None:
        self.server = server
        self.now_ms = NOON_MS
        self.technician = TECHNICIAN
        self.faults: list[Fault] = []
        self.asked: list[str] = []
        self.shelf = Shelf()
        self.generation = 0
        self.is_expired = False
        self.lease_seconds = 72 * 3600
        self.events = ""

    @property
    def files(self) -> dict[str, bytes]:
        """What came whole, by name."""
        return self.shelf.files

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        fault = self.faults.pop(0) if self.faults else Twin.serve
        return fault(self, request)

    def serve(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/sync/v1/events":
            return httpx.Response(200, text=self.events)
        content = _unpacked(request)
        body: dict[str, Any] = {} if path.startswith(UPLOADS) else msgspec.json.decode(content)
        if path == "/api/v1/devices":
            return self._tokens(outbox=f"outbox-of-{body['code']}")
        if path == "/api/v1/devices/tokens":
            return self._renewal(body)
        if self.is_expired or request.headers["authorization"] != f"Bearer access-{self.generation}":
            return self._problem(401, code="unauthenticated")
        if path.startswith(UPLOADS):
            return self.shelf.serve(request)
        return self._protocol(path, content)

    def _protocol(self, path: str, content: bytes) -> httpx.Response:
        try:
            if path.endswith("push"):
                answer: Any = self.server.push(wire.decode(content, PushRequest), now_ms=self.now_ms)
            else:
                request = wire.decode(content, PullRequest)
                self.server.grant(request.device, {SCOPE})
                answer = self.server.pull(request, now_ms=self.now_ms)
        except Refused as refused:
            refusal = msgspec.to_builtins(refused.refusal)
            return self._problem(HTTP_STATUS[refused.refusal.code], title="refused", **refusal)
        return httpx.Response(200, content=wire.encode(answer))

    def _renewal(self, body: dict[str, Any]) -> httpx.Response:
        signed_at = msgspec.convert(body["signed_at"], type=type(instant(0)))
        is_near = abs(signed_at - instant(self.now_ms)) <= PROOF_WINDOW
        if not is_near or body["refresh_token"] != f"refresh-{self.generation}":
            return self._problem(403, code="bad_refresh")
        return self._tokens(outbox="of-no-interest")

    def _tokens(self, *, outbox: str) -> httpx.Response:
        self.generation += 1
        self.is_expired = False
        tokens = {
            "device_id": "phone",
            "outbox_id": outbox,
            "technician_id": self.technician,
            "technician_name": "Eero Virtanen",
            "access_token": f"access-{self.generation}",
            "access_expires_at": (instant(self.now_ms) + timedelta(minutes=15)).isoformat(),
            "refresh_token": f"refresh-{self.generation}",
            "lease_seconds": self.lease_seconds,
        }
        return httpx.Response(201, json=tokens)

    def _problem(self, status: int, **body: Any) -> httpx.Response:
        date = format_datetime(instant(self.now_ms), usegmt=True)
        return httpx.Response(status, json={"status": status, **body}, headers={"date": date})


def _unpacked(request: httpx.Request) -> bytes:
    is_packed = request.headers.get("content-encoding") == "gzip"
    return wire.inflate(request.content) if is_packed else request.content
