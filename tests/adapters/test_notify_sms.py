"""Text messages over a provider's HTTP interface, on loopback: the key, repeats, and what is refused for good."""

import asyncio
import json
from dataclasses import dataclass, field
from uuid import UUID

import httpx
import pytest

from backend.adapters.notify_sms import TRIES, SmsHttp
from backend.ports import TextMessage, TextRefused, TextUnreachable
from tests.factories.listening import LOOPBACK, listening

pytestmark = pytest.mark.anyio

MESSAGE = TextMessage(id=UUID(int=7), to="+358401234567", text="Huomenna klo 9.00–11.00")


@dataclass
class Provider:
    """Answers with these statuses in turn, the last again and again; sends a key once, however often it comes."""

    statuses: list[int]
    asked: list[dict[str, str]] = field(default_factory=list)
    bodies: list[dict[str, str]] = field(default_factory=list)
    sent: dict[str, str] = field(default_factory=dict)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = json.loads(await reader.readexactly(int(headers["content-length"])))
        status = self.statuses[min(len(self.asked), len(self.statuses) - 1)]
        self.asked.append(headers)
        self.bodies.append(body)
        # The unkindest provider: it sends at once and then fails to say so.
        self.sent.setdefault(headers["idempotency-key"], body["text"])
        writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()


async def send(provider: Provider) -> list[float]:
    """Send the message; the pauses that were made."""
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async with listening(provider.converse) as port, httpx.AsyncClient() as client:
        url = f"http://{LOOPBACK}:{port}/messages"
        await SmsHttp(client, url, token="secret", sender="Northbank", pause=pause).send(MESSAGE)
    return pauses


async def test_a_message_is_handed_over_with_its_id_as_key():
    provider = Provider([202])

    assert await send(provider) == []

    assert provider.bodies == [
        {"to": MESSAGE.to, "from": "Northbank", "text": MESSAGE.text, "reference": str(MESSAGE.id)}
    ]
    assert provider.asked[0]["authorization"] == "Bearer secret"


@pytest.mark.parametrize("trouble", [500, 503, 429, 408])
async def test_what_may_pass_is_tried_again_under_the_same_key(trouble: int):
    provider = Provider([trouble, trouble, 200])

    assert await send(provider) == [0.5, 1.0]

    assert len(provider.asked) == 3
    assert provider.sent == {str(MESSAGE.id): MESSAGE.text}  # once, for whoever knows the key


async def test_after_three_tries_the_worker_comes_again_later():
    provider = Provider([503])

    with pytest.raises(TextUnreachable):
        await send(provider)

    assert len(provider.asked) == TRIES


@pytest.mark.parametrize("status", [400, 404, 422])
async def test_what_the_provider_refuses_is_not_tried_again(status: int):
    provider = Provider([status])

    with pytest.raises(TextRefused) as refused:
        await send(provider)

    assert refused.value.params == {"reason": f"http_{status}"}
    assert len(provider.asked) == 1


async def test_nobody_at_the_address_is_told_as_such():
    async with httpx.AsyncClient() as client:

        async def at_once(_seconds: float) -> None:
            return None

        with pytest.raises(TextUnreachable):
            await SmsHttp(client, f"http://{LOOPBACK}:1", token="", sender="x", pause=at_once).send(MESSAGE)
