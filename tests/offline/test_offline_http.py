"""The protocol over HTTP: each refusal with its own status and body, and a pull that waits for news."""

import gzip
from collections.abc import AsyncIterator
from functools import partial

import httpx
import msgspec
import pytest
from litestar import Litestar
from sqlalchemy import select

from backend.identity import devices
from backend.identity.models import User
from backend.jobs.models import JobNote
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.feed import mismatches
from backend.offline import pushing
from backend.offline.models import SyncMutation
from backend.offline.pressure import Pressure
from backend.offline.routes import ROUTES
from backend.offline.waiting import News
from backend.settings import Settings
from sync import cursor, wire
from sync.cursor import Cursor
from sync.operations import Note
from sync.protocol import (
    MAX_REQUEST_BYTES,
    JsonObject,
    PullAnswer,
    PushAnswer,
    SyncAnswer,
    SyncRequest,
)
from sync.upcasters import present
from tests.factories.callers import calling
from tests.factories.handset import Handset, make_carrier
from tests.factories.identity import Bearer, make_phone, make_user
from tests.factories.jobs import SUPERVISOR
from tests.factories.workforce import make_technician
from tests.fakes import FixedClock
from tests.offline.conftest import Field
from tests.offline.line import JSON, changed, exchange, pull_of, said, told

pytestmark = pytest.mark.anyio


async def test_a_push_is_answered_with_its_verdicts(http: httpx.AsyncClient, field: Field):
    field.phone.do(field.job.id, Note(text="hello"))

    answer = await said(http, "push", field.phone.request())

    pushed = wire.decode(answer.content, PushAnswer)
    assert (answer.status_code, pushed.last, pushed.results[0].status) == (200, 1, "applied")


async def test_sync_brings_the_effects_of_what_it_pushed(http: httpx.AsyncClient, field: Field):
    field.phone.do(field.job.id, Note(text="hello"))

    answer = await said(http, "sync", SyncRequest(push=field.phone.request(), pull=pull_of(field.phone)))

    both = wire.decode(answer.content, SyncAnswer)
    assert both.push is not None
    assert both.pull is not None
    assert (both.push.last, both.pull.last_mid, len(both.pull.patch)) == (1, 1, 1)


async def test_sync_tells_a_refused_pull_beside_the_stored_push(http: httpx.AsyncClient, field: Field):
    field.phone.do(field.job.id, Note(text="hello"))
    pull = msgspec.structs.replace(pull_of(field.phone), cursor="garbage")

    answer = await said(http, "sync", SyncRequest(push=field.phone.request(), pull=pull))

    both = wire.decode(answer.content, SyncAnswer)
    assert answer.status_code == 200
    assert both.push is not None
    assert both.pull_refused is not None
    assert (both.push.last, both.pull_refused.code) == (1, "cursor_invalid")


async def test_sync_refuses_all_when_the_push_is_refused(http: httpx.AsyncClient, field: Field):
    field.phone.do(field.job.id, Note(text="hello"))
    push = wire.sealed(changed(field.phone.request(), epoch="another"))

    assert told(await said(http, "sync", SyncRequest(push=push, pull=pull_of(field.phone)))) == (410, "epoch_changed")


async def test_a_damaged_push_is_422(http: httpx.AsyncClient, field: Field):
    field.phone.do(field.job.id, Note(text="hello"))
    raw = wire.encode(field.phone.request()).replace(b'"hello"', b'"hallo"')

    assert told(await said(http, "push", raw)) == (422, "digest_mismatch")


async def test_a_gap_is_409_with_the_number_that_is_expected(http: httpx.AsyncClient, field: Field):
    for text in ("one", "two"):
        field.phone.do(field.job.id, Note(text=text))
    request = field.phone.request()

    answer = await said(http, "push", wire.sealed(changed(request, batch=request.batch[1:])))

    assert (*told(answer), answer.json()["expected"]) == (409, "mid_gap", 1)


async def test_too_many_mutations_are_413(http: httpx.AsyncClient, field: Field):
    for number in range(101):
        field.phone.do(field.job.id, Note(text=f"note {number}"))
    batch = tuple(entry.mutation for entry in field.phone.replica.outbox.entries)
    request = changed(field.phone.request(), batch=batch)

    assert told(await said(http, "push", request)) == (413, "too_many_mutations")


async def test_the_outbox_of_another_user_is_403(database: Database, field: Field):
    field.phone.do(field.job.id, Note(text="mine"))
    await field.phone.send(field.phone.request())
    async with database.transaction(SYSTEM, "test") as tx:
        other = await make_carrier(tx, await make_technician(tx, field.technician.territory_id))

    async with calling(database, ROUTES, other, exchange=exchange(database, other, news=News(database))) as http:
        answers = [
            await said(http, "push", field.phone.request()),
            await said(http, "pull", pull_of(field.phone)),
            await http.get("/sync/v1/outcomes", params={"outbox": "phone.1"}),
        ]

    assert [told(answer) for answer in answers] == [(403, "outbox_foreign")] * 3


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"{", 400, "malformed"),
        (b'{"outbox": 7, "device": "d", "schema": 1}', 400, "malformed"),
        (b'{"outbox": "\\u0000", "device": "d", "schema": 1}', 400, "nul_character"),
        (b'{"outbox": "\xff", "device": "d", "schema": 1}', 400, "not_utf8"),
        (b'{"x": ' + b"[" * 40 + b"]" * 40 + b"}", 400, "too_deep"),
        (b'{"x": "' + b"a" * (1 << 20) + b'"}', 413, "too_large"),
        (b'{"outbox": "o", "device": "d", "schema": 0}', 426, "schema_too_old"),
        (b'{"outbox": "o", "device": "d", "schema": 1, "cursor": "garbage"}', 410, "cursor_invalid"),
        (b'{"outbox": "o", "device": "d", "schema": 1, "limit_bytes": 0}', 400, "malformed"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_pull_that_is_none_is_refused_with_its_status(
    http: httpx.AsyncClient, raw: bytes, status: int, code: str
):
    assert told(await said(http, "pull", raw)) == (status, code)


async def test_cursors_that_lead_nowhere_are_410(http: httpx.AsyncClient, field: Field):
    scope, epoch = f"technician:{field.technician.id}", field.phone.replica.epoch
    assert epoch is not None
    ahead = Cursor(epoch=epoch, positions={scope: 10_000})

    answers = [
        await said(http, "pull", msgspec.structs.replace(pull_of(field.phone), cursor=cursor.encode(one)))
        for one in (Cursor(epoch="another"), ahead)
    ]

    assert [told(answer) for answer in answers] == [(410, "epoch_changed"), (410, "cursor_ahead")]
    assert answers[0].json()["epoch"] == epoch


async def test_an_old_app_pushes_and_is_asked_to_update_before_it_pulls(database: Database, field: Field):
    field.phone.do(field.job.id, Note(text="from an old app"))
    given = exchange(database, field.phone.principal, news=News(database), settings=Settings(minimum_schema=2))

    async with calling(database, ROUTES, field.phone.principal, exchange=given) as http:
        pushed = await said(http, "push", field.phone.request())
        pulled = await said(http, "pull", pull_of(field.phone))
        both = await said(http, "sync", SyncRequest(push=field.phone.request(), pull=pull_of(field.phone)))

    refused = wire.decode(both.content, SyncAnswer)
    assert (pushed.status_code, told(pulled), pulled.json()["minimum"]) == (200, (426, "schema_too_old"), 2)
    assert refused.push is not None
    assert refused.pull_refused is not None
    assert (refused.push.last, refused.pull_refused.code) == (1, "schema_too_old")


async def test_work_in_old_words_is_decided_in_the_present_ones_and_kept_as_it_came(
    http: httpx.AsyncClient, database: Database, field: Field, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pushing.upcasters, "present", partial(present, upcasters={("remark", 0): as_note}))
    field.phone.record(str(field.job.id), op="remark", args={"words": "hello"})

    await said(http, "push", changed(field.phone.request(), schema=0))

    async with database.snapshot(SYSTEM, "test") as tx:
        [note], [kept] = await tx.session.scalars(select(JobNote)), await tx.session.scalars(select(SyncMutation))
    assert (note.text, kept.op, kept.args, kept.schema) == ("hello", "remark", {"words": "hello"}, 0)


def as_note(args: JsonObject) -> tuple[str, JsonObject]:
    return "note", {"text": args.get("words")}


async def test_a_compressed_push_is_taken(http: httpx.AsyncClient, field: Field):
    field.phone.do(field.job.id, Note(text="hello"))
    raw = gzip.compress(wire.encode(field.phone.request()))

    answer = await http.post("/sync/v1/push", content=raw, headers=JSON | {"content-encoding": "gzip"})

    assert (answer.status_code, wire.decode(answer.content, PushAnswer).last) == (200, 1)


@pytest.mark.parametrize(
    ("coding", "raw", "refusal"),
    [
        ("gzip", gzip.compress(b" " * (2 << 20)), (413, "too_large")),
        ("gzip", b"{}", (400, "malformed")),
    ],
    ids=["a bomb", "none"],  # gzip notes the time
)
async def test_a_compressed_body_that_is_none_or_a_bomb_is_refused(
    http: httpx.AsyncClient, coding: str, raw: bytes, refusal: tuple[int, str]
):
    assert told(await http.post("/sync/v1/push", content=raw, headers=JSON | {"content-encoding": coding})) == refusal


async def test_more_bytes_than_a_request_may_have_are_not_read(http: httpx.AsyncClient):
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1 << 16
            yield b" " * (1 << 16)

    answer = await http.post("/sync/v1/push", content=endless(), headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert sent <= MAX_REQUEST_BYTES + (1 << 17)


async def test_a_phone_in_a_loop_is_held_to_its_pace_and_others_are_not(
    app: Litestar, api: httpx.AsyncClient, database: Database, field: Field, clock: FixedClock
):
    app.state.pressure = Pressure(clock, requests_per_second=0.1, chance=lambda: 0.0)  # a burst of one
    async with database.transaction(SYSTEM, "test") as tx:
        user = await tx.session.get_one(User, field.phone.principal.user_id)
        phones = [Bearer((await make_phone(tx, user)).tokens.access_token) for _ in range(2)]

    first, second = [await api.get("/sync/v1/outcomes", params={"outbox": "x"}, auth=phones[0]) for _ in range(2)]
    other = await api.get("/sync/v1/outcomes", params={"outbox": "x"}, auth=phones[1])

    assert (first.status_code, told(second), other.status_code) == (200, (429, "rate_limited"), 200)
    assert (second.headers["retry-after"], second.json()["retry_after_ms"]) == ("11", 10_001)


async def test_an_answer_says_when_to_come_again(http: httpx.AsyncClient, field: Field):
    answer = await said(http, "pull", pull_of(field.phone))

    assert answer.json()["poll_after_ms"] == 30_000


async def test_a_phones_token_opens_the_protocol(api: httpx.AsyncClient, database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        user = await make_user(tx, technician_id=field.technician.id, role=field.phone.principal.role)
        token = (await make_phone(tx, user)).tokens.access_token
    fresh = Handset(database, field.phone.principal, outbox="fresh")

    answer = await api.post(
        "/sync/v1/pull",
        content=wire.encode(pull_of(fresh)),
        headers=JSON | {"authorization": f"Bearer {token}"},
    )

    assert (answer.status_code, len(wire.decode(answer.content, PullAnswer).patch)) == (200, 3)


@pytest.mark.parametrize("path", ["push", "pull", "sync"])
async def test_without_a_token_it_is_401(api: httpx.AsyncClient, path: str):
    assert told(await said(api, path, b"{}")) == (401, "unauthenticated")


async def test_a_revoked_phone_is_403(api: httpx.AsyncClient, database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        user = await make_user(tx, technician_id=field.technician.id, role=field.phone.principal.role)
        phone = await make_phone(tx, user)
        await devices.revoke(tx, SUPERVISOR, phone.tokens.device_id)

    answer = await api.post(
        "/sync/v1/pull",
        content=wire.encode(pull_of(field.phone)),
        headers=JSON | {"authorization": f"Bearer {phone.tokens.access_token}"},
    )

    assert told(answer) == (403, "device_revoked")


async def test_a_client_that_holds_something_else_gets_it_again_and_is_counted(
    http: httpx.AsyncClient, database: Database, field: Field
):
    lost, other = f"job/{field.job.id}", f"job/{field.other_job.id}"
    held = {name: held for name, held in field.phone.replica.documents.items() if name != lost}
    field.phone.replica = msgspec.structs.replace(field.phone.replica, documents=held)

    answers = [await said(http, "pull", pull_of(field.phone, with_digests=True)) for _ in range(2)]

    async with database.snapshot(SYSTEM, "test") as tx:
        assert await mismatches(tx) == len(answers)
    patch = wire.decode(answers[0].content, PullAnswer).patch
    assert {f"{row.kind}/{row.id}" for row in patch} == {lost, other}


async def test_the_verdicts_can_be_had_again(http: httpx.AsyncClient, field: Field):
    for text in ("one", "two"):
        field.phone.do(field.job.id, Note(text=text))
    await field.phone.push()

    answer = await http.get("/sync/v1/outcomes", params={"outbox": "phone.1", "from_mid": 2})

    assert (answer.json()["last"], [one["mid"] for one in answer.json()["results"]]) == (2, [2])


async def test_outcomes_from_no_number_are_refused(http: httpx.AsyncClient):
    answers = [await http.get("/sync/v1/outcomes", params={"outbox": "x", "from_mid": n}) for n in (0, 2**63)]

    assert [answer.status_code for answer in answers] == [400, 400]
