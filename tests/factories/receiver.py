"""The reference billing receiver, real but for its socket: its app, its ledger file, its sender."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any, cast
from uuid import uuid4

import httpx

from backend.adapters.billing_webhook import BillingWebhook, SigningKeys
from clients.billing.calls import Caller
from clients.billing.ledger import Ledger
from clients.billing.receiver import Receiver, create_app
from clients.billing.sender import Sender
from clients.billing.signatures import SigningKey, read_signing_key, read_verifying_key, write_key_pair
from clients.billing.storage import Storage
from tests.fakes import FixedClock

OUR_PRIVATE, OUR_PUBLIC = write_key_pair(bytes(range(32)))
THEIR_PRIVATE, THEIR_PUBLIC = write_key_pair(bytes(range(1, 33)))
STRANGER_PRIVATE, STRANGER_PUBLIC = write_key_pair(bytes(range(2, 34)))
ADDRESS = "http://127.0.0.1:9"


class World:
    """A receiver and our way to it. The sender does not run by itself; tests call it.

    truckroll: the client with which the receiver reaches us.
    """

    def __init__(self, storage: Storage, clock: FixedClock, truckroll: httpx.AsyncClient) -> None:
        self.clock = clock
        self.ledger = Ledger(storage, new_id=uuid4)
        self.sender = Sender(
            storage=storage,
            client=truckroll,
            caller=Caller(url="http://test", key=read_signing_key(THEIR_PRIVATE), key_id="billing"),
            clock=clock.now,
            random=Random(7),
            new_id=uuid4,
        )
        self.trusted = [read_verifying_key(OUR_PUBLIC)]
        receiver = Receiver(ledger=self.ledger, sender=self.sender, trusted=lambda: self.trusted, clock=clock.now)
        app = create_app(receiver)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(cast(Any, app)))
        self.billing = self.signed_by(OUR_PRIVATE)

    def signed_by(self, private_key: str) -> BillingWebhook:
        """Our adapter, with this key."""
        return BillingWebhook(client=self.client, url=ADDRESS, keys=only(private_key), clock=self.clock)


def only(private_key: str) -> SigningKeys:
    """A key ring with one key, which never changes."""

    async def signing() -> Sequence[SigningKey]:
        return [read_signing_key(private_key)]

    return signing


@asynccontextmanager
async def open_receiver(path: Path, clock: FixedClock, truckroll: httpx.AsyncClient) -> AsyncIterator[World]:
    """A receiver whose ledger is the file at `path`."""
    storage = Storage(path)
    world = World(storage, clock, truckroll)
    async with world.client:
        yield world
    storage.close()
