"""A billing system behind signed webhooks: the contract that `clients/billing/README.md` states.

Each request is signed anew at each attempt, because a signature holds for five minutes only.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import httpx
import msgspec

from backend.kernel.clock import Clock
from backend.ports import BillingRefused, BillingUnreachable
from clients.billing.messages import Callback, Extract
from clients.billing.signatures import SigningKey, sign

ANSWER_SECONDS = 10.0  # the receiver writes one row; longer than this and it is in trouble
EXTRACT_SECONDS = 120.0  # the whole ledger, read and sent in one piece
MAX_ANSWER_BYTES = 64 << 10  # an answer to a callback is a line, a problem document a few
MAX_EXTRACT_BYTES = 128 << 20  # twice of what the reference receiver sends at its own limit

# These say no to the request itself. All other trouble (keys, rates, redirects, outages) may be over next time.
REFUSALS = frozenset({400, 413, 415, 422})

SigningKeys = Callable[[], Awaitable[Sequence[SigningKey]]]


class Problem(msgspec.Struct, frozen=True):
    """What we read of a problem document. code: stable, "" when there is none."""

    code: str = ""


class BillingWebhook:
    """The receiver at `url` behind the port `Billing`.

    keys: gives those that prove now that it is us, several while they rotate; client: is closed by its owner.
    answer_seconds: how long the answer to a callback may take.
    """

    def __init__(
        self,
        *,
        client: httpx.AsyncClient,
        url: str,
        keys: SigningKeys,
        clock: Clock,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._client = client
        self._url = url.rstrip("/")
        self._keys = keys
        self._clock = clock
        self._answer_seconds = answer_seconds

    async def deliver(self, callback: Callback) -> None:
        """Raises BillingUnreachable, BillingRefused."""
        request = await self._request("POST", "/webhooks", str(callback.data.trigger_id), msgspec.json.encode(callback))
        await self._send(request, within_seconds=self._answer_seconds, limit_bytes=MAX_ANSWER_BYTES)

    async def extract(self) -> Extract:
        """Raises BillingUnreachable, BillingRefused."""
        request = await self._request("GET", "/extract", f"extract-{int(self._clock.now().timestamp())}", b"")
        answer = await self._send(request, within_seconds=EXTRACT_SECONDS, limit_bytes=MAX_EXTRACT_BYTES)
        return _read_extract(answer)

    async def _request(self, method: str, path: str, message_id: str, body: bytes) -> httpx.Request:
        keys = await self._keys()
        proof = sign(message_id=message_id, sent_at=self._clock.now(), body=body, keys=keys)
        headers = proof | {"accept-encoding": "identity"}  # so that the limits count what is held in memory
        if body:
            headers["content-type"] = "application/json"
        return self._client.build_request(method, self._url + path, content=body, headers=headers, timeout=None)

    async def _send(self, request: httpx.Request, *, within_seconds: float, limit_bytes: int) -> bytes:
        """The answer's body, when it is a yes and no longer than allowed."""
        try:
            async with asyncio.timeout(within_seconds):
                response = await self._client.send(request, stream=True, follow_redirects=False)
                try:
                    answer = await _read(response, limit_bytes)
                finally:
                    await response.aclose()
        except (httpx.HTTPError, TimeoutError) as error:
            raise BillingUnreachable(reason=type(error).__name__) from error
        if response.is_success:
            return answer
        trouble = BillingRefused if response.status_code in REFUSALS else BillingUnreachable
        raise trouble(reason=_code(answer) or f"http_{response.status_code}")


async def _read(response: httpx.Response, limit_bytes: int) -> bytes:
    answer = bytearray()
    async for chunk in response.aiter_bytes():
        answer += chunk
        if len(answer) > limit_bytes:
            raise BillingUnreachable(reason="answer_too_large")
    return bytes(answer)


def _code(answer: bytes) -> str:
    try:
        return msgspec.json.decode(answer, type=Problem).code[:100]
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""


def _read_extract(answer: bytes) -> Extract:
    """Decode and check: an instant without a zone could mean anything."""
    try:
        extract = msgspec.json.decode(answer, type=Extract)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BillingRefused(reason="extract_malformed") from error
    instants: list[datetime | None] = [extract.as_of]
    instants += [at for item in extract.items for at in (item.billed_since, item.billed_until)]
    if any(at is not None and at.tzinfo is None for at in instants):
        raise BillingRefused(reason="extract_without_time_zone")
    return extract
