"""Fetching the feed: on from where the ledger has got to, a page wholly or not at all, and never past what is missing."""

import asyncio
import json
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from clients.billing.calls import Caller
from clients.billing.fetcher import MAX_PAGE_BYTES, Fetcher, NotFetched
from clients.billing.messages import Callback, FeedItem, FeedPage, Kind
from clients.billing.signatures import read_signing_key, read_verifying_key, verify
from tests.clients.billing.triggers import NOW, trigger
from tests.clients.billing.world import RECEIVER_PRIVATE, RECEIVER_PUBLIC


def page(*triggers, first=1, has_more=False, **changes) -> bytes:
    """A page with these triggers from the position `first` on."""
    items = [
        FeedItem(position=position, callback=Callback(type=f"billing.{one.kind}", timestamp=NOW, data=one))
        for position, one in enumerate(triggers, first)
    ]
    told = FeedPage(items=items, next_after=first + len(items) - 1, has_more=has_more)
    return msgspec.json.encode(msgspec.to_builtins(told) | changes)


class Feed:
    """The other side: gives these answers, one at each request, and keeps the requests."""

    def __init__(self):
        self.answers = []
        self.requests = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        status, body = self.answers.pop(0)
        if status == 0:
            raise httpx.ConnectError("nobody there", request=request)
        return httpx.Response(status, content=body)


@pytest.fixture
def feed():
    return Feed()


@pytest.fixture
async def fetcher(world, feed):
    async with httpx.AsyncClient(transport=httpx.MockTransport(feed.answer)) as client:
        yield Fetcher(
            ledger=world.ledger,
            client=client,
            caller=Caller(url="http://127.0.0.1:9", key=read_signing_key(RECEIVER_PRIVATE), key_id="billing-1"),
            every_seconds=1.0,
            clock=lambda: world.now,
            new_id=uuid4,
            taken=world.sender.wake,
        )


async def test_it_asks_for_what_is_behind_the_last_page_and_proves_who_asks(world, feed, fetcher):
    feed.answers = [(200, page(trigger(1), has_more=True)), (200, page(first=2))]

    more = [await fetcher.fetch_page(), await fetcher.fetch_page()]

    asked = [json.loads(request.content)["after"] for request in feed.requests]
    for request in feed.requests:
        verify(request.headers, request.content, keys=[read_verifying_key(RECEIVER_PUBLIC)], now=NOW)
    assert (more, asked) == ([True, False], [0, 1])
    assert {(r.url.path, r.headers["truckroll-key-id"]) for r in feed.requests} == {
        ("/api/v1/billing-feed", "billing-1")
    }
    assert world.ledger.counts().acknowledgements_queued == 1


async def test_what_a_webhook_told_before_is_entered_once_and_acknowledged_again(world, feed, fetcher):
    await world.deliver(trigger(1))
    await world.sender.send_due()
    feed.answers = [(200, page(trigger(1), trigger(2, Kind.STOP)))]

    await fetcher.fetch_page()

    assert [entry.trigger_id for entry in world.ledger.entries()] == [UUID(int=1001), UUID(int=1002)]
    assert (await world.deliver(trigger(2, Kind.STOP))).json()["duplicate"] is True
    assert world.ledger.counts().acknowledgements_queued == 2


async def test_a_page_of_which_one_trigger_cannot_be_taken_in_leaves_nothing_behind(world, feed, fetcher):
    late = trigger(2, Kind.STOP, effective_at=NOW.replace(year=2999))
    feed.answers = [(200, page(trigger(1), late))]

    with pytest.raises(NotFetched, match="2000 to 2100"):
        await fetcher.fetch_page()

    assert (world.ledger.entries(), world.ledger.feed_position()) == ([], 0)


async def test_trouble_within_the_transaction_moves_neither_the_bill_nor_the_position(
    world, feed, fetcher, monkeypatch
):
    feed.answers = [(200, page(trigger(1), trigger(2, Kind.STOP)))] * 2
    only_one = [uuid4()]
    with monkeypatch.context() as patched:
        patched.setattr(world.ledger, "_new_id", only_one.pop)
        trouble = (await asyncio.gather(fetcher.fetch_page(), return_exceptions=True))[0]
    between = world.ledger.entries(), world.ledger.feed_position()

    await fetcher.fetch_page()

    assert isinstance(trouble, Exception)
    assert between == ([], 0)
    assert (len(world.ledger.entries()), world.ledger.feed_position()) == (2, 2)


@pytest.mark.parametrize(
    ("status", "answer", "why"),
    [
        (0, b"", "ConnectError"),
        (401, b"", "answered 401"),
        (307, b"", "answered 307"),
        (200, b"{", "one JSON document"),
        (200, b"[" * 5000, "deeper"),
        (200, page(trigger(1), next_after=7), "does not go on from position 0"),
        (200, page(trigger(1), trigger(2), first=0), "does not go on from position 0"),
        (200, page(next_after=5), "does not go on from position 0"),
        (200, b" " * (MAX_PAGE_BYTES + 1), "larger than"),
    ],
)
async def test_an_answer_that_is_no_page_of_this_feed_changes_nothing_and_says_why(
    world, feed, fetcher, status, answer, why
):
    feed.answers = [(status, answer)]

    with pytest.raises(NotFetched, match=why):
        await fetcher.fetch_page()

    assert (world.ledger.entries(), world.ledger.feed_position()) == ([], 0)
