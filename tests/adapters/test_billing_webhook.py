"""Our side of the billing contract: against the reference receiver itself, and against receivers in trouble."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import httpx
import msgspec
import pytest

from backend.adapters import billing_webhook
from backend.adapters.billing_webhook import BillingWebhook
from backend.ports import BillingRefused, BillingUnreachable
from clients.billing.messages import Callback
from clients.billing.signatures import read_verifying_key, verify
from tests.clients.billing.triggers import trigger
from tests.factories.receiver import (
    ADDRESS,
    OUR_PRIVATE,
    OUR_PUBLIC,
    STRANGER_PRIVATE,
    World,
    only,
    open_receiver,
)
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

START = Callback(type="billing.start", timestamp=MONDAY, data=trigger(1))
Answer = Callable[[httpx.Request], httpx.Response] | Callable[[httpx.Request], Awaitable[httpx.Response]]


@pytest.fixture
async def world(tmp_path: Path, clock: FixedClock) -> AsyncIterator[World]:
    async with httpx.AsyncClient() as nobody, open_receiver(tmp_path / "ledger.db", clock, nobody) as opened:
        yield opened


def billing_that(answer: Answer, clock: FixedClock) -> BillingWebhook:
    """The adapter in front of a receiver that answers like this."""
    client = httpx.AsyncClient(transport=httpx.MockTransport(cast(Any, answer)))
    return BillingWebhook(client=client, url=ADDRESS, keys=only(OUR_PRIVATE), clock=clock)


async def test_the_receiver_takes_what_we_deliver(world: World):
    await world.billing.deliver(START)

    [entry] = world.ledger.entries()
    assert (entry.trigger_id, entry.amount_minor) == (START.data.trigger_id, START.data.amount_minor)


async def test_the_same_trigger_again_counts_once(world: World):
    await world.billing.deliver(START)
    world.clock.advance(600)  # longer than a signature holds
    await world.billing.deliver(START)

    assert len(world.ledger.entries()) == 1


async def test_the_extract_says_what_the_receiver_bills(world: World):
    await world.billing.deliver(START)

    extract = await world.billing.extract()

    [item] = extract.items
    assert (item.service_id, item.billed_since, item.billed_until) == (
        START.data.service_id,
        START.data.effective_at,
        None,
    )


async def test_what_the_receiver_refuses_is_refused_with_its_reason(world: World):
    wrong = msgspec.structs.replace(START, type="billing.stop")

    with pytest.raises(BillingRefused) as refused:
        await world.billing.deliver(wrong)

    assert refused.value.params == {"reason": "type_differs"}
    assert world.ledger.entries() == []


async def test_a_key_that_the_receiver_does_not_know_yet_may_be_known_next_time(world: World):
    with pytest.raises(BillingUnreachable) as unreachable:
        await world.signed_by(STRANGER_PRIVATE).deliver(START)

    assert unreachable.value.params == {"reason": "signature_unmatched"}


async def test_each_attempt_is_signed_anew_over_the_same_body(clock: FixedClock):
    seen: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(202)

    billing = billing_that(take, clock)
    for _ in range(2):
        await billing.deliver(START)
        proven = verify(seen[-1].headers, seen[-1].content, keys=[read_verifying_key(OUR_PUBLIC)], now=clock.now())
        clock.advance(600)

        assert proven.message_id == str(START.data.trigger_id)
    assert seen[0].content == seen[1].content
    assert seen[0].headers["webhook-signature"] != seen[1].headers["webhook-signature"]


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (400, BillingRefused),
        (413, BillingRefused),
        (415, BillingRefused),
        (422, BillingRefused),
        (302, BillingUnreachable),
        (401, BillingUnreachable),
        (404, BillingUnreachable),
        (429, BillingUnreachable),
        (500, BillingUnreachable),
        (503, BillingUnreachable),
    ],
)
async def test_only_a_no_to_the_request_itself_is_final(clock: FixedClock, status: int, trouble: type[Exception]):
    billing = billing_that(lambda _request: httpx.Response(status, headers={"location": "/elsewhere"}), clock)

    with pytest.raises(trouble, match=f"http_{status}"):
        await billing.deliver(START)


async def test_a_receiver_that_is_away_is_unreachable(clock: FixedClock):
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there", request=request)

    with pytest.raises(BillingUnreachable, match="ConnectError"):
        await billing_that(fail, clock).deliver(START)


async def test_an_answer_without_end_is_not_read_to_its_end(clock: FixedClock):
    sent: list[int] = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            sent.append(1 << 16)
            yield b" " * (1 << 16)

    with pytest.raises(BillingUnreachable, match="answer_too_large"):
        await billing_that(lambda _request: httpx.Response(202, content=endless()), clock).deliver(START)

    assert sum(sent) <= 2 * billing_webhook.MAX_ANSWER_BYTES


async def test_an_answer_that_never_comes_is_given_up(clock: FixedClock):
    async def keep_silent(_request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        return httpx.Response(202)

    client = httpx.AsyncClient(transport=httpx.MockTransport(keep_silent))
    billing = BillingWebhook(client=client, url=ADDRESS, keys=only(OUR_PRIVATE), clock=clock, answer_seconds=0.0)

    with pytest.raises(BillingUnreachable, match="TimeoutError"):
        await billing.deliver(START)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "extract_malformed"),
        (b"\xff", "extract_malformed"),
        (b'{"as_of":"2026-06-01T06:00:00Z","items":[{}]}', "extract_malformed"),
        (b'{"as_of":"2026-06-01T06:00:00","items":[]}', "extract_without_time_zone"),
    ],
)
async def test_an_extract_that_cannot_be_read_is_refused(clock: FixedClock, body: bytes, reason: str):
    billing = billing_that(lambda _request: httpx.Response(200, content=body), clock)

    with pytest.raises(BillingRefused, match=reason):
        await billing.extract()
