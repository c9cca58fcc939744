"""The receiver over HTTP: the real app, its real ledger file, and another side that the test plays."""

from contextlib import asynccontextmanager
from datetime import timedelta
from random import Random
from typing import Any, cast
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from clients.billing.ledger import Ledger
from clients.billing.messages import MAX_BODY_BYTES, Acknowledgement, Kind
from clients.billing.page import money
from clients.billing.receiver import Receiver, create_app
from clients.billing.sender import LONGEST_PAUSE_SECONDS, Sender
from clients.billing.signatures import read_signing_key, read_verifying_key, sign, verify, write_key_pair
from clients.billing.storage import Storage
from tests.clients.billing.triggers import NOW, body_of, trigger

TRUCKROLL_PRIVATE, TRUCKROLL_PUBLIC = write_key_pair(bytes(range(32)))
RECEIVER_PRIVATE, RECEIVER_PUBLIC = write_key_pair(bytes(range(1, 33)))
JSON = {"content-type": "application/json"}


class Truckroll:
    """The other side: keeps each acknowledgement that it was sent and answers as told."""

    def __init__(self):
        self.status = 204
        self.requests = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.status == 0:
            raise httpx.ConnectError("nobody there", request=request)
        return httpx.Response(self.status, headers={"location": "http://127.0.0.1:1/elsewhere"})


class World:
    """Everything about one receiver; the sender does not run by itself, tests call it."""

    def __init__(self, storage):
        self.now = NOW
        self.truckroll = Truckroll()
        self.ledger = Ledger(storage, new_id=uuid4)
        self.sender = Sender(
            storage=storage,
            client=httpx.AsyncClient(transport=httpx.MockTransport(self.truckroll.answer)),
            url="http://127.0.0.1:9",
            key=read_signing_key(RECEIVER_PRIVATE),
            key_id="billing-1",
            clock=lambda: self.now,
            random=Random(7),
        )
        self.app = create_app(
            Receiver(
                ledger=self.ledger,
                sender=self.sender,
                trusted=[read_verifying_key(TRUCKROLL_PUBLIC)],
                clock=lambda: self.now,
            )
        )
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(cast(Any, self.app)), base_url="http://127.0.0.1")

    async def post(self, body: bytes, *, message_id: str, **headers: str) -> httpx.Response:
        signed = sign(message_id=message_id, sent_at=self.now, body=body, keys=[read_signing_key(TRUCKROLL_PRIVATE)])
        return await self.http.post("/webhooks", content=body, headers=JSON | signed | headers)

    async def deliver(self, one) -> httpx.Response:
        return await self.post(body_of(one), message_id=str(one.trigger_id))


@asynccontextmanager
async def open_world(path):
    storage = Storage(path)
    world = World(storage)
    async with world.http, world.sender.client:
        yield world
    storage.close()


@pytest.fixture
async def world(tmp_path, anyio_backend):
    async with open_world(tmp_path / "ledger.db") as opened:
        yield opened


@pytest.fixture(scope="module")
async def refusing_world(tmp_path_factory, anyio_backend):
    """One for all the requests that must leave no trace: each test finds it as empty as the one before."""
    async with open_world(tmp_path_factory.mktemp("refusing") / "ledger.db") as opened:
        yield opened


def problem(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == response.status_code
    return response.status_code, response.json()["code"]


def stored(world) -> int:
    return len(world.ledger.storage.read("select * from callback"))


async def test_a_signed_callback_is_taken_and_entered(world):
    response = await world.deliver(trigger(1))

    assert response.status_code == 202
    assert response.json() == {"received": str(UUID(int=1001)), "duplicate": False}
    assert len(world.ledger.entries()) == 1


async def test_a_redelivery_is_taken_as_a_duplicate(world):
    await world.deliver(trigger(1))

    response = await world.deliver(trigger(1))

    assert (response.status_code, response.json()["duplicate"]) == (202, True)
    assert len(world.ledger.entries()) == 1


async def test_a_callback_without_signature_is_refused_and_not_stored(refusing_world):
    response = await refusing_world.http.post("/webhooks", content=body_of(trigger(1)), headers=JSON)

    assert problem(response) == (401, "signature_header_missing")
    assert stored(refusing_world) == 0


async def test_a_changed_body_is_refused_and_not_stored(refusing_world):
    body = body_of(trigger(1))
    signed = sign(message_id="m", sent_at=NOW, body=body, keys=[read_signing_key(TRUCKROLL_PRIVATE)])

    response = await refusing_world.http.post(
        "/webhooks", content=body.replace(b"4990", b"1990"), headers=JSON | signed
    )

    assert problem(response) == (401, "signature_unmatched")
    assert stored(refusing_world) == 0


async def test_an_old_callback_played_again_is_refused(world):
    body = body_of(trigger(1))
    signed = sign(message_id="m", sent_at=NOW, body=body, keys=[read_signing_key(TRUCKROLL_PRIVATE)])
    world.now = NOW + timedelta(minutes=6)

    response = await world.http.post("/webhooks", content=body, headers=JSON | signed)

    assert problem(response) == (401, "signature_timestamp_too_old")


GOOD = msgspec.json.decode(body_of(trigger(1)))


def with_data(**changes) -> bytes:
    return msgspec.json.encode(GOOD | {"data": GOOD["data"] | changes})


BAD_BODIES = [
    (b"", "json_malformed"),
    (b"{", "json_malformed"),
    (b"\xff\xfe", "json_malformed"),
    (b"\xef\xbb\xbf" + body_of(trigger(1)), "json_malformed"),
    (body_of(trigger(1)) + b"{}", "json_malformed"),
    (body_of(trigger(1)).replace(b"Internet", b"\xff"), "json_malformed"),
    (body_of(trigger(1)).replace(b"Internet", b"\\ud800"), "json_malformed"),
    (b"[" * 100_000, "too_deep"),
    (b'{"a":' * 100_000, "too_deep"),
    (b"null", "field_invalid"),
    (b"[]", "field_invalid"),
    (msgspec.json.encode(GOOD | {"more": 1}), "field_invalid"),
    (msgspec.json.encode(GOOD | {"timestamp": "2026-03-02T08:30:00"}), "field_invalid"),
    (msgspec.json.encode(GOOD | {"type": "billing.stop"}), "type_differs"),
    (with_data(more=1), "field_invalid"),
    (with_data(kind="begin"), "field_invalid"),
    (with_data(sequence=0), "field_invalid"),
    (with_data(sequence="1"), "field_invalid"),
    (with_data(sequence=True), "field_invalid"),
    (with_data(sequence=2**63), "field_invalid"),
    (with_data(quantity=-1), "field_invalid"),
    (with_data(amount_minor=49.5), "field_invalid"),
    (with_data(amount_minor=10**13), "field_invalid"),
    (with_data(currency="euro"), "field_invalid"),
    (with_data(currency="EU\n"), "field_invalid"),
    (with_data(period="week"), "field_invalid"),
    (with_data(description="a\0b"), "field_invalid"),
    (with_data(description="x" * 501), "field_invalid"),
    (with_data(charge_code=""), "field_invalid"),
    (with_data(service_id="1"), "field_invalid"),
    (with_data(effective_at="2026-03-02T08:30:00"), "field_invalid"),
    (with_data(effective_at=1772440200), "field_invalid"),
    (with_data(effective_at="0001-01-01T00:00:00+14:00"), "effective_at_out_of_range"),
    (with_data(effective_at="9999-12-31T23:00:00-14:00"), "effective_at_out_of_range"),
    (with_data(trigger_id=str(UUID(int=5))), "message_id_differs"),
]


@pytest.mark.parametrize(("body", "code"), BAD_BODIES, ids=range(len(BAD_BODIES)))
async def test_a_signed_body_that_is_no_callback_is_refused_and_not_stored(refusing_world, body, code):
    response = await refusing_world.post(body, message_id=str(UUID(int=1001)))

    assert problem(response) == (400, code)
    assert stored(refusing_world) == 0


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded", "a", "/", "json;="])
async def test_other_content_types_are_refused(refusing_world, content_type):
    response = await refusing_world.post(body_of(trigger(1)), message_id="m", **{"content-type": content_type})

    assert problem(response) == (415, "unsupported_media_type")


async def test_a_content_type_with_a_character_set_is_taken(world):
    one = trigger(1)

    response = await world.post(
        body_of(one), message_id=str(one.trigger_id), **{"content-type": "application/json; charset=utf-8"}
    )

    assert response.status_code == 202


async def test_a_compressed_body_is_refused(refusing_world):
    response = await refusing_world.post(body_of(trigger(1)), message_id="m", **{"content-encoding": "gzip"})

    assert problem(response) == (415, "unsupported_media_type")


async def test_a_body_over_the_limit_is_refused(refusing_world):
    response = await refusing_world.post(b" " * (MAX_BODY_BYTES + 1), message_id="m")

    assert problem(response) == (413, "request_entity_too_large")


async def test_a_body_without_announced_length_is_cut_off_at_the_limit(refusing_world):
    async def endless():
        for _ in range(100):
            yield b" " * 65536

    response = await refusing_world.http.post("/webhooks", content=endless(), headers=JSON)

    assert problem(response) == (413, "request_entity_too_large")


@pytest.mark.parametrize("length", ["abc", "-1", "1e3", ""])
async def test_a_senseless_content_length_makes_no_server_error(refusing_world, length):
    response = await refusing_world.post(b"{}", message_id="m", **{"content-length": length})

    assert 400 <= response.status_code < 500


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("GET", "/webhooks", 405)])
async def test_an_unknown_route_or_method_is_a_problem_too(refusing_world, method, path, status):
    response = await refusing_world.http.request(method, path)

    assert problem(response)[0] == status


async def test_a_full_waiting_room_says_when_to_come_back(world, monkeypatch):
    monkeypatch.setattr("clients.billing.intake.MAX_WAITING", 0)

    response = await world.deliver(trigger(2, Kind.STOP))

    assert problem(response) == (429, "too_many_waiting")
    assert response.headers["retry-after"] == "60"


async def test_the_extract_is_for_who_signs_the_request(world):
    await world.deliver(trigger(1))
    signed = sign(message_id="e-1", sent_at=NOW, body=b"", keys=[read_signing_key(TRUCKROLL_PRIVATE)])

    allowed = await world.http.get("/extract", headers=signed)
    refused = await world.http.get("/extract")

    assert problem(refused) == (401, "signature_header_missing")
    assert allowed.json() == {
        "as_of": "2026-03-02T08:30:00Z",
        "items": [
            {
                "service_id": str(UUID(int=1)),
                "charge_line_id": str(UUID(int=2)),
                "charge_code": "P1",
                "account_id": str(UUID(int=3)),
                "kind": "subscription",
                "billed_since": "2026-03-02T08:30:00Z",
                "billed_until": None,
                "quantity": 1,
                "amount_minor": 4990,
                "currency": "EUR",
            }
        ],
    }


async def test_health_counts_what_is_not_done_yet(world):
    await world.deliver(trigger(1))
    await world.deliver(trigger(5, Kind.STOP))

    response = await world.http.get("/health")

    assert response.json() == {
        "status": "ok",
        "entries": 1,
        "waiting": 1,
        "rejected": 0,
        "acknowledgements_queued": 1,
    }


async def test_the_page_shows_the_ledger_as_text_and_runs_nothing(world):
    await world.deliver(trigger(1, description="<script>alert(1)</script>", order_number="O-\"1'&"))

    response = await world.http.get("/")

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in response.text
    assert "O-&quot;1&#x27;&amp;" in response.text
    assert "<script" not in response.text
    assert "49.90 EUR" in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert response.headers["content-type"].startswith("text/html")


async def test_the_page_of_an_empty_ledger_says_what_comes(world):
    response = await world.http.get("/")

    assert "None yet" in response.text


@pytest.mark.parametrize(
    ("amount_minor", "currency", "text"),
    [(4990, "EUR", "49.90 EUR"), (-5, "EUR", "-0.05 EUR"), (4990, "JPY", "4990 JPY"), (4990, "BHD", "4.990 BHD")],
)
def test_money_is_shown_with_the_digits_of_its_currency(amount_minor, currency, text):
    assert money(amount_minor, currency) == text


async def test_an_acknowledgement_is_signed_with_the_receivers_key_and_names_it(world):
    await world.deliver(trigger(1))

    await world.sender.send_due()

    (request,) = world.truckroll.requests
    proven = verify(request.headers, request.content, keys=[read_verifying_key(RECEIVER_PUBLIC)], now=NOW)
    told = msgspec.json.decode(request.content, type=Acknowledgement, strict=True)
    assert request.url == "http://127.0.0.1:9/api/v1/billing/acknowledgements"
    assert request.headers["truckroll-key-id"] == "billing-1"
    assert proven.message_id != str(told.data.trigger_id)
    assert (told.data.trigger_id, told.data.status, told.data.reason) == (UUID(int=1001), "applied", None)


async def test_an_acknowledgement_that_was_taken_is_not_sent_again(world):
    await world.deliver(trigger(1))
    await world.sender.send_due()
    world.now += timedelta(days=1)

    assert await world.sender.send_due() == 0
    assert world.ledger.counts().acknowledgements_queued == 0


@pytest.mark.parametrize("status", [0, 301, 400, 401, 500, 503])
async def test_an_acknowledgement_not_taken_is_sent_again_under_the_same_id_with_a_new_time(world, status):
    await world.deliver(trigger(1))
    world.truckroll.status = status
    await world.sender.send_due()
    world.truckroll.status = 200
    world.now += timedelta(seconds=2)

    await world.sender.send_due()

    first, second = world.truckroll.requests
    assert first.content == second.content
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 2
    assert world.ledger.counts().acknowledgements_queued == 0


async def test_an_acknowledgement_is_not_sent_before_its_pause_is_over(world):
    await world.deliver(trigger(1))
    world.truckroll.status = 503
    await world.sender.send_due()

    assert await world.sender.send_due() == 0


async def test_pauses_double_up_to_the_longest_and_differ_by_chance(world):
    pauses = [world.sender.pause_seconds(attempts) for attempts in (1, 2, 3, 50, 10_000)]

    assert [longest / 2 <= pause <= longest for longest, pause in zip((1, 2, 4, 300, 300), pauses, strict=True)]
    assert pauses[-1] != pauses[-2]
    assert max(pauses) <= LONGEST_PAUSE_SECONDS


async def test_the_sender_runs_with_the_app(world):
    async with world.app.lifespan():
        await world.deliver(trigger(1))
        for _ in range(1000):
            if world.truckroll.requests:
                break
            await world.http.get("/health")

    assert len(world.truckroll.requests) == 1
