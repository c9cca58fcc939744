"""A receiver with the side that it talks to, for the tests of its HTTP and of its sender."""

from collections.abc import Iterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any, cast
from uuid import uuid4

import httpx
import msgspec

from clients.billing.calls import Caller
from clients.billing.ledger import Ledger
from clients.billing.receiver import Receiver, create_app
from clients.billing.sender import Sender
from clients.billing.signatures import read_signing_key, read_verifying_key, sign, write_key_pair
from clients.billing.storage import Storage
from tests.clients.billing.triggers import NOW, body_of

TRUCKROLL_PRIVATE, TRUCKROLL_PUBLIC = write_key_pair(bytes(range(32)))
RECEIVER_PRIVATE, RECEIVER_PUBLIC = write_key_pair(bytes(range(1, 33)))
JSON = {"content-type": "application/json"}


class Truckroll:
    """The other side: keeps each request that it was sent and answers as told.

    status_together: to many in one request; leaves_out: the triggers of which it then takes none.
    """

    def __init__(self):
        self.status = 204
        self.status_together = 200
        self.leaves_out = set()
        self.requests = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        are_many = request.url.path.endswith("-batches")
        status = self.status_together if are_many else self.status
        if status == 0:
            raise httpx.ConnectError("nobody there", request=request)
        return httpx.Response(
            status,
            headers={"location": "http://127.0.0.1:1/elsewhere"},
            json={"taken": list(self._taken(request))} if are_many else None,
        )

    def _taken(self, request: httpx.Request) -> Iterator[str]:
        for one in msgspec.json.decode(request.content)["data"]:
            if one["message"]["data"]["trigger_id"] not in self.leaves_out:
                yield one["message_id"]


class World:
    """Everything about one receiver; the sender does not run by itself, tests call it."""

    def __init__(self, storage):
        self.now = NOW
        self.truckroll = Truckroll()
        self.ledger = Ledger(storage, new_id=uuid4)
        self.sender = Sender(
            storage=storage,
            client=httpx.AsyncClient(transport=httpx.MockTransport(self.truckroll.answer)),
            caller=Caller(url="http://127.0.0.1:9", key=read_signing_key(RECEIVER_PRIVATE), key_id="billing-1"),
            clock=lambda: self.now,
            random=Random(7),
            new_id=uuid4,
        )
        self.app = create_app(
            Receiver(
                ledger=self.ledger,
                sender=self.sender,
                trusted=lambda: [read_verifying_key(TRUCKROLL_PUBLIC)],
                clock=lambda: self.now,
            )
        )
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(cast(Any, self.app)), base_url="http://127.0.0.1")

    async def post(self, body: bytes, *, message_id: str, **headers: str) -> httpx.Response:
        signed = sign(message_id=message_id, sent_at=self.now, body=body, keys=[read_signing_key(TRUCKROLL_PRIVATE)])
        return await self.http.post("/webhooks", content=body, headers=JSON | signed | headers)

    async def deliver(self, one) -> httpx.Response:
        return await self.post(body_of(one), message_id=str(one.trigger_id))


@asynccontextmanager
async def open_world(path):
    storage = Storage(path)
    world = World(storage)
    async with world.http, world.sender.client:
        yield world
    storage.close()
