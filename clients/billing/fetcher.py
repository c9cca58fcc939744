"""Fetches truckroll's feed of triggers, for whom no webhook reaches: page by page, from where the ledger has got to.

The position moves in the transaction that takes the page in. So a crash before it fetches the page again, and one after it
goes on behind it; what a webhook told meanwhile is known by its trigger id.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import httpx
import msgspec

from clients.billing.calls import Caller
from clients.billing.intake import TooManyWaiting
from clients.billing.ledger import Ledger
from clients.billing.messages import BadBody, FeedPage, read_page, trigger_of

PATH = "/api/v1/billing-feed"

PAGE_SIZE = 200
"""Triggers of one page, the most that truckroll gives: one transaction of the ledger, some 30 ms."""

MAX_PAGE_BYTES = 1024 * 1024
"""The largest page that is read. A trigger has about 600 bytes, and 3 kB with the longest texts."""

ANSWER_SECONDS = 30.0
"""How long one page may take: reading new triggers numbers up to a thousand of them."""

log = logging.getLogger(__name__)


class NotFetched(Exception):
    """No page came that can be taken in; nothing was stored. The text says why, for the log."""


@dataclass(frozen=True, kw_only=True)
class Fetcher:
    """Reads the feed. One runs beside the receiver.

    every_seconds: the pause when all is read, and after a failure. after_fetch: called between fetching a page with
    triggers and taking it in. taken: called when there may be acknowledgements to send.
    """

    ledger: Ledger
    client: httpx.AsyncClient
    caller: Caller
    every_seconds: float
    clock: Callable[[], datetime]
    new_id: Callable[[], UUID]
    taken: Callable[[], None]
    after_fetch: Callable[[], None] = lambda: None

    async def run(self) -> None:
        """Fetch for ever; ends by being cancelled."""
        while True:
            try:
                has_more = await self.fetch_page()
            except (NotFetched, TooManyWaiting) as trouble:
                # The position stands: nothing is left out, and the same page is asked for again.
                log.warning("the feed was not read on: %s", trouble)
                has_more = False
            except Exception:
                # The edge of a background task: a disk that is full now must not end it for ever.
                log.exception("fetching the feed failed; trying again")
                has_more = False
            if not has_more:
                await asyncio.sleep(self.every_seconds)

    async def fetch_page(self) -> bool:
        """Fetch the next page and take it in; whether there is more. Raises NotFetched, TooManyWaiting."""
        after = await asyncio.to_thread(self.ledger.feed_position)
        body = msgspec.json.encode({"after": after, "page_size": PAGE_SIZE})
        page = _page_behind(after, await self._ask(body))
        if page.items:
            self.after_fetch()
            await asyncio.to_thread(self._take_in, page)
            self.taken()
        return page.has_more

    def _take_in(self, page: FeedPage) -> None:
        try:
            triggers = [trigger_of(item.callback) for item in page.items]
        except BadBody as error:
            raise NotFetched(f"a trigger behind {page.items[0].position - 1} cannot be read: {error}") from error
        self.ledger.receive_page(triggers, position=page.next_after, now=self.clock())

    async def _ask(self, body: bytes) -> bytes:
        headers = self.caller.headers(str(self.new_id()), body, now=self.clock())
        # What is held in memory is what is counted: an inflated answer could be a thousand times of what came.
        headers["accept-encoding"] = "identity"
        try:
            async with (
                asyncio.timeout(ANSWER_SECONDS),
                self.client.stream("POST", self.caller.url + PATH, content=body, headers=headers) as response,
            ):
                if not response.is_success:
                    raise NotFetched(f"truckroll answered {response.status_code}")
                return await _bounded(response)
        except (httpx.HTTPError, TimeoutError) as error:
            raise NotFetched(type(error).__name__) from error


async def _bounded(response: httpx.Response) -> bytes:
    answer = bytearray()
    async for chunk in response.aiter_bytes():
        answer += chunk
        if len(answer) > MAX_PAGE_BYTES:
            raise NotFetched(f"the page is larger than {MAX_PAGE_BYTES} bytes")
    return bytes(answer)


def _page_behind(after: int, answer: bytes) -> FeedPage:
    """The page, whose positions count up from behind `after`: what is out of order is another feed than ours."""
    try:
        page = read_page(answer)
    except BadBody as error:
        raise NotFetched(f"the page cannot be read: {error}") from error
    positions = [after, *(item.position for item in page.items)]
    if positions != sorted(set(positions)) or page.next_after != positions[-1]:
        raise NotFetched(f"the page does not go on from position {after}")
    return page
