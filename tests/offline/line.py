"""The sync routes as a phone calls them, with pauses that last until a test ends them."""

import asyncio
from typing import Any

import httpx
import msgspec

from backend.identity.principal import Principal
from backend.kernel.db import Database
from backend.offline.contacts import Contacts
from backend.offline.exchange import Exchange
from backend.offline.pressure import Pressure
from backend.offline.waiting import News
from backend.parts import FEED
from backend.settings import Settings
from sync import PushRequest, wire
from sync import replica as replicas
from sync.protocol import (
    HTTP_STATUS,
    Refusal,
)
from tests.factories.handset import Handset

JSON = {"content-type": "application/json"}


def easy(database: Database) -> Pressure:
    return Pressure(database.clock, requests_per_second=100, chance=lambda: 0.5)


def exchange(
    database: Database,
    principal: Principal,
    *,
    news: News,
    contacts: Contacts | None = None,
    settings: Settings | None = None,
) -> Exchange:
    """What a message of this caller is answered with."""
    return Exchange(
        principal=principal,
        database=database,
        feed=FEED,
        news=news,
        contacts=contacts or Contacts(database),
        pressure=easy(database),
        settings=settings or Settings(),
    )


class Pauses:
    """The pauses of a waiting pull: each lasts until the test ends it."""

    def __init__(self) -> None:
        self.count = 0
        self._begun = asyncio.Queue[asyncio.Event]()

    async def pause(self, _seconds: float) -> None:
        self.count += 1
        ended = asyncio.Event()
        await self._begun.put(ended)
        await ended.wait()

    async def next(self) -> asyncio.Event:
        """The next pause, once it has begun; setting it ends it."""
        return await self._begun.get()


def pull_of(phone: Handset, **wanted: Any) -> Any:
    return replicas.pull_request(phone.replica, device="phone", **wanted)


async def said(http: httpx.AsyncClient, path: str, message: Any) -> httpx.Response:
    raw = message if isinstance(message, bytes) else wire.encode(message)
    return await http.post(f"/sync/v1/{path}", content=raw, headers=JSON)


def told(answer: httpx.Response) -> tuple[int, str]:
    refusal = msgspec.json.decode(answer.content, type=Refusal)
    assert HTTP_STATUS[refusal.code] == answer.status_code
    return answer.status_code, refusal.code


def changed(request: PushRequest, **changes: Any) -> PushRequest:
    return msgspec.structs.replace(request, **changes)
