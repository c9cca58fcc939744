"""The receiver over HTTP: the real app, its real ledger file, and another side that the test plays."""

from datetime import timedelta
from io import BytesIO
from uuid import UUID

import httpx
import msgspec
import pytest

from backend.reconciliation.extract import rows_of_file
from clients.billing.messages import MAX_BODY_BYTES, Kind
from clients.billing.page import money
from clients.billing.signatures import read_signing_key, sign
from tests.clients.billing.triggers import NOW, body_of, trigger
from tests.clients.billing.world import JSON, TRUCKROLL_PRIVATE, open_world


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
                "trigger_id": str(trigger(1).trigger_id),
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


async def test_the_extract_as_a_table_is_one_that_reconciliation_takes(world):
    await world.deliver(trigger(1))
    signed = sign(message_id="e-1", sent_at=NOW, body=b"", keys=[read_signing_key(TRUCKROLL_PRIVATE)])

    table = await world.http.get("/extract.csv", headers=signed)
    refused = await world.http.get("/extract.csv")

    assert problem(refused) == (401, "signature_header_missing")
    assert (table.headers["content-type"], table.headers["last-modified"]) == (
        "text/csv; charset=utf-8",
        "Mon, 02 Mar 2026 08:30:00 GMT",
    )
    [(_, row)] = rows_of_file(BytesIO(table.content), "csv")
    [item] = world.ledger.extract(as_of=NOW).items
    assert {name: getattr(row, name) for name in item.__struct_fields__} == msgspec.structs.asdict(item)
