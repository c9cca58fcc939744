"""Web Push: only the browser opens a message, and the push service sees who sent it."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from random import Random
from uuid import UUID

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from backend.adapters.http_guard import PublicOnly
from backend.adapters.notify_webpush import WebPush
from backend.adapters.webpush_messages import encrypted
from backend.notifications.keys import new_key
from backend.ports import PushAddress, PushGone, PushMessage, PushNotTaken, VapidKey
from tests.factories.push_service import LOOPBACK, PushService, base64url, push_service, raw_of
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

EMPTY = PushMessage(id=UUID(int=1), body=b"{}", holds_for=timedelta(minutes=5))
OURS = new_key(Random(1).randbytes)


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service() as listening:
        yield listening


@pytest.fixture
async def push(clock: FixedClock) -> AsyncIterator[WebPush]:
    async with httpx.AsyncClient() as client:
        yield pushing(client, clock)


def pushing(client: httpx.AsyncClient, clock: FixedClock) -> WebPush:
    async def key() -> VapidKey:
        return OURS

    contact = "mailto:office@example.test"
    return WebPush(client=client, key=key, contact=contact, clock=clock, random_bytes=Random(2).randbytes)


def address(service: PushService) -> PushAddress:
    return PushAddress(**service.subscription)


def test_the_example_of_the_rfc_is_encrypted_as_it_says() -> None:
    """RFC 8291, appendix A."""
    ours = ec.derive_private_key(int.from_bytes(raw_of("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")), ec.SECP256R1())

    body = encrypted(
        b"When I grow up, I want to be a watermelon",
        p256dh="BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        auth="BTBZMqHH6r4Tts7J_aSIgg",
        ours=ours,
        salt=raw_of("DGv6ra1nlYgDCS1FRnbzlw"),
    )

    assert base64url(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
        "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


@pytest.mark.parametrize("is_urgent", [False, True])
async def test_the_browser_opens_the_message_and_the_service_knows_its_sender(
    push: WebPush, service: PushService, *, is_urgent: bool
) -> None:
    message = PushMessage(id=UUID(int=1), body=b'{"count":2}', holds_for=timedelta(minutes=5), is_urgent=is_urgent)
    await push.send(address(service), message)

    [received] = service.taken
    assert received.message == {"count": 2}
    assert received.claims["aud"] == service.origin
    assert received.claims["sub"] == "mailto:office@example.test"
    assert 0 < received.claims["exp"] - MONDAY.timestamp() <= 24 * 3600
    assert received.public_key == OURS.public_key
    assert received.headers["topic"] == "AAAAAAAAAAAAAAAAAAAAAQ"
    assert (received.headers["ttl"], received.headers["urgency"]) == ("300", "high" if is_urgent else "normal")


@pytest.mark.parametrize("status", [404, 410])
async def test_an_address_without_a_browser_is_gone(push: WebPush, service: PushService, status: int) -> None:
    service.answers = [status]

    with pytest.raises(PushGone):
        await push.send(address(service), EMPTY)


@pytest.mark.parametrize("status", [307, 400, 403, 429, 500, 503])
async def test_a_service_that_does_not_take_it_may_do_so_later(
    push: WebPush, service: PushService, status: int
) -> None:
    service.answers = [status]

    with pytest.raises(PushNotTaken) as refused:
        await push.send(address(service), EMPTY)

    assert refused.value.params == {"reason": f"http_{status}"}
    assert len(service.tried) == 1, "nobody is sent on to another address"


async def test_nobody_listening_is_no_end(push: WebPush, service: PushService) -> None:
    there = address(service)
    closed = PushAddress(endpoint=f"http://{LOOPBACK}:9/wpush/1", p256dh=there.p256dh, auth=there.auth)

    with pytest.raises(PushNotTaken):
        await push.send(closed, EMPTY)


async def test_an_address_in_our_own_network_is_not_called(service: PushService, clock: FixedClock) -> None:
    guarded = PublicOnly(httpx.AsyncHTTPTransport(), allowed_hosts=())
    async with httpx.AsyncClient(transport=guarded) as client:
        with pytest.raises(PushNotTaken) as refused:
            await pushing(client, clock).send(address(service), EMPTY)

    assert refused.value.params == {"reason": "AddressNotPublic"}
    assert service.tried == []


async def test_keys_that_are_none_are_nobodys(push: WebPush, service: PushService) -> None:
    broken = PushAddress(endpoint=service.subscription["endpoint"], p256dh="BAAA", auth="AAAA")

    with pytest.raises(PushGone):
        await push.send(broken, EMPTY)
