"""Text messages through a provider's HTTP interface: one POST of JSON for each, with the message's id as Idempotency-Key.

The shape is the least that providers share; who has another puts a translating proxy between. A repeated request has the
same key, so that a provider that knows it sends nothing twice. Source: draft-ietf-httpapi-idempotency-key-header.
"""

import asyncio
from collections.abc import Awaitable, Callable

import httpx

from backend.ports import TextMessage, TextRefused, TextUnreachable

TRIES = 3  # within one attempt of the worker, which comes again later
FIRST_PAUSE_SECONDS = 0.5
ANSWER_SECONDS = 10.0
LATER = frozenset({408, 409, 425, 429})  # of the 4xx, those that mean: again

Pause = Callable[[float], Awaitable[None]]


class SmsHttp:
    """The port `TextMessages`. url: of the provider; token: ours there; sender: what the telephone shows."""

    def __init__(
        self, client: httpx.AsyncClient, url: str, *, token: str, sender: str, pause: Pause = asyncio.sleep
    ) -> None:
        self._client, self._url, self._sender, self._pause = client, url, sender, pause
        self._headers = {"authorization": f"Bearer {token}"} if token else {}

    async def send(self, message: TextMessage) -> None:
        """Raises TextUnreachable, TextRefused."""
        for attempt in range(TRIES):
            try:
                await self._post(message)
            except TextUnreachable:
                if attempt == TRIES - 1:
                    raise
            else:
                return
            await self._pause(FIRST_PAUSE_SECONDS * 2**attempt)

    async def _post(self, message: TextMessage) -> None:
        body = {"to": message.to, "from": self._sender, "text": message.text, "reference": str(message.id)}
        headers = {**self._headers, "idempotency-key": str(message.id)}
        try:
            answer = await self._client.post(self._url, json=body, headers=headers, timeout=ANSWER_SECONDS)
        except httpx.HTTPError as error:
            raise TextUnreachable(reason=type(error).__name__) from error
        if answer.is_success:
            return
        is_final = answer.is_client_error and answer.status_code not in LATER
        raise (TextRefused if is_final else TextUnreachable)(reason=f"http_{answer.status_code}")
