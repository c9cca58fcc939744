"""Notifications to browsers, by the push service that each of them chose (Web Push, RFC 8030)."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from uuid import UUID

import httpx
from cryptography.hazmat.primitives.asymmetric import ec

from backend.adapters.webpush_messages import CURVE, SALT_BYTES, authorization, encrypted
from backend.kernel.clock import Clock
from backend.ports import PushAddress, PushGone, PushMessage, PushNotTaken, VapidKey

ANSWER_SECONDS = 10.0
GONE = frozenset({404, 410})  # RFC 8030, 7.3


class WebPush:
    """The port `Push`.

    client: guarded, for browsers name the addresses; closed by its owner. key: ours; contact: whom a push service asks
    when something is wrong with our messages; random_bytes: from a source fit for keys.
    """

    def __init__(
        self,
        *,
        client: httpx.AsyncClient,
        key: Callable[[], Awaitable[VapidKey]],
        contact: str,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._client, self._key, self._contact, self._clock = client, key, contact, clock
        self._random_bytes = random_bytes

    async def send(self, address: PushAddress, message: PushMessage) -> None:
        """Raises PushGone, PushNotTaken."""
        try:
            url = httpx.URL(address.endpoint)
            body = encrypted(
                message.body,
                p256dh=address.p256dh,
                auth=address.auth,
                ours=ec.generate_private_key(CURVE),
                salt=self._random_bytes(SALT_BYTES),
            )
        except (ValueError, httpx.InvalidURL) as error:
            raise PushGone() from error  # what cannot be reached at all is nobody's address
        headers = {
            "authorization": await self._authorization(url),
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            "ttl": str(round(message.holds_for.total_seconds())),
            "topic": _topic(message.id),
            "urgency": "high" if message.is_urgent else "normal",
        }
        status = await self._post(url, body, headers)
        if status in GONE:
            raise PushGone()
        if not 200 <= status < 300:
            raise PushNotTaken(reason=f"http_{status}")

    async def _authorization(self, url: httpx.URL) -> str:
        audience = f"{url.scheme}://{url.netloc.decode()}"
        return authorization(await self._key(), audience=audience, contact=self._contact, now=self._clock.now())

    async def _post(self, url: httpx.URL, body: bytes, headers: dict[str, str]) -> int:
        """The answer's status; what else it says is nobody's business, and is not read."""
        request = self._client.build_request("POST", url, content=body, headers=headers, timeout=None)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                response = await self._client.send(request, stream=True, follow_redirects=False)
                await response.aclose()
        except (httpx.HTTPError, TimeoutError) as error:
            raise PushNotTaken(reason=type(error).__name__) from error
        return response.status_code


def _topic(id: UUID) -> str:
    """An id in the 32 characters that a topic may have (RFC 8030, 5.4)."""
    return base64.urlsafe_b64encode(id.bytes).rstrip(b"=").decode()
