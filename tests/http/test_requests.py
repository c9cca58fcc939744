"""What comes in is taken exactly as declared, or refused with the reason."""

import gzip
from collections.abc import AsyncIterator

import httpx
import pytest

from backend.app import MAX_BODY_BYTES
from backend.identity.models import Organisation
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from sync.protocol import MAX_DEPTH, MAX_REQUEST_BYTES

TREES = "/api/v1/try/trees"
JSON = {"content-type": "application/json"}


async def test_what_is_declared_is_taken(trials: httpx.AsyncClient) -> None:
    answer = await trials.post(TREES, json={"count": 7, "branches": [{"leaf": None}]})

    assert (answer.status_code, answer.json()) == (201, {"count": 7, "name": "", "branches": [{"leaf": None}]})


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ('{"count": "7"}', "$.count"),
        ('{"count": 7.5}', "$.count"),
        ('{"count": true}', "$.count"),
        ('{"count": null}', "$.count"),
        ('{"count": 7, "name": 7}', "$.name"),
        ('{"count": 7, "name": "xxxxxxxxxxxxxxxxxxxxx"}', "$.name"),
        ('{"count": 7, "extra": 1}', "$.extra"),
        ("{}", "$.count"),
        ("[]", "$"),
        ('{"count": 7} {}', "$"),
        ('{"count": NaN}', "$"),
    ],
)
async def test_what_is_not_declared_is_refused_where_it_stands(trials: httpx.AsyncClient, body: str, path: str) -> None:
    answer = await trials.post(TREES, content=body, headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert answer.json()["params"]["path"] == path


async def test_a_body_that_is_missing_is_a_bad_request(trials: httpx.AsyncClient) -> None:
    answer = await trials.post(TREES, headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


@pytest.mark.parametrize("count", [2**63, -(2**63) - 1, 10**30])
async def test_a_number_that_no_column_holds_is_refused(trials: httpx.AsyncClient, count: int) -> None:
    answer = await trials.post("/api/v1/try/numbers", json={"count": count})

    assert (answer.status_code, answer.json()["code"]) == (422, "value_out_of_range")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"count": 7, "name": "\\u0000"}', "nul_character"),
        (b'{"count": 7, "name": "\x00"}', "nul_character"),
        (b'{"count": 7, "name": "\xff"}', "not_utf8"),
        (b'{"count": 7, "branches": ' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", "too_deep"),
        (b"[" * 100_000, "too_deep"),
    ],
)
async def test_text_that_would_hurt_later_is_refused_at_once(trials: httpx.AsyncClient, body: bytes, code: str) -> None:
    answer = await trials.post(TREES, content=body, headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_json_beyond_a_mebibyte_is_refused(trials: httpx.AsyncClient) -> None:
    answer = await trials.post(TREES, content=b'{"count": 7' + b" " * MAX_REQUEST_BYTES + b"}", headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_a_slow_sender_keeps_nobody_from_writing(trials: httpx.AsyncClient, database: Database) -> None:
    async def slowly() -> AsyncIterator[bytes]:
        async with database.transaction(SYSTEM, "meanwhile") as tx:
            tx.add(Organisation(id=tx.new_id(), name="Southbank", is_contractor=False))
        yield b"at last"

    answer = await trials.put("/api/v1/try/organisation", content=slowly(), headers={"idempotency-key": "k1"})

    assert answer.status_code == 201


async def test_a_body_without_an_end_is_cut_off(trials: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1 << 16
            yield b" " * (1 << 16)

    answer = await trials.post(TREES, content=endless(), headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert sent <= MAX_BODY_BYTES + (1 << 17)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
async def test_only_json_is_taken_as_json(trials: httpx.AsyncClient, kind: str) -> None:
    answer = await trials.post(TREES, content='{"count": 7}', headers={"content-type": kind})

    assert (answer.status_code, answer.json()["code"]) == (415, "wrong_content_type")


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
async def test_json_may_be_named_as_rfc_9110_allows(trials: httpx.AsyncClient, kind: str) -> None:
    assert (await trials.post(TREES, content='{"count": 7}', headers={"content-type": kind})).status_code == 201


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "GZIP"])
async def test_a_route_that_does_not_say_so_takes_no_compressed_body(trials: httpx.AsyncClient, coding: str) -> None:
    headers = JSON | {"content-encoding": coding}

    answer = await trials.post(TREES, content=gzip.compress(b'{"count": 7}'), headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (415, "wrong_content_type")


@pytest.mark.parametrize("count", ["seven", "", "7.5", "9" * 5000])
async def test_a_number_in_the_address_is_a_number(trials: httpx.AsyncClient, count: str) -> None:
    answer = await trials.get("/api/v1/try/numbers", params={"count": count})

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


async def test_the_same_request_with_its_key_is_answered_once(trials: httpx.AsyncClient) -> None:
    path, key = "/api/v1/try/organisation", {"idempotency-key": "k1"}

    first, again = [await trials.put(path, headers=key) for _ in range(2)]
    other = await trials.put(path, headers=key, content=b"another body")

    assert (first.status_code, again.text) == (201, first.text)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


@pytest.mark.parametrize("key", ["", "k" * 129])
async def test_a_key_is_an_identifier(trials: httpx.AsyncClient, key: str) -> None:
    answer = await trials.put("/api/v1/try/organisation", headers={"idempotency-key": key})

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_idempotency_key")
