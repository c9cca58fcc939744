"""Whatever is sent to the protocol's routes, there is a precise refusal or a verdict, and nothing else is stored."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import func, select

from backend.identity.schemas import DeviceTokens
from backend.jobs.models import JobNote
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.offline.decisions import OUR_MISTAKE
from backend.offline.models import SyncMutation, SyncOutbox
from sync import Draft, Refused, wire
from sync.operations import OPERATIONS, Note
from sync.protocol import HTTP_STATUS, VERDICTS, Mutation, MutationState, Refusal
from tests.factories.handset import uid
from tests.factories.identity import Bearer, make_phone, make_user
from tests.factories.inventory import make_van
from tests.journeys.hostile import VALUES, example, is_declared, twisted
from tests.offline.conftest import Field

pytestmark = pytest.mark.anyio

Json = dict[str, Any]

JSON = {"content-type": "application/json"}
BATCH = 25  # of values up to 20 kB each, within what one request may carry
UNREADABLE_OF_EACH = 3
DECIDED = {str(state) for state in VERDICTS} - {MutationState.RETRY}


class Line:
    """The phone's line to the server, and a look at what the server keeps."""

    def __init__(self, api: httpx.AsyncClient, database: Database, tokens: DeviceTokens) -> None:
        self._api, self._database, self._auth = api, database, Bearer(tokens.access_token)
        self.device = str(tokens.device_id)

    async def send(self, path: str, message: Any) -> httpx.Response:
        content = message if isinstance(message, bytes) else msgspec.json.encode(message)
        return await self._api.post(f"/sync/v1/{path}", content=content, headers=JSON, auth=self._auth)

    async def stored(self) -> dict[str, int]:
        """How many rows there are of what a push may store."""
        async with self._database.snapshot(SYSTEM, "test") as tx:
            tables = (SyncOutbox, SyncMutation, JobNote)
            counts = [await tx.session.scalar(select(func.count()).select_from(table)) for table in tables]
        return {table.__tablename__: count or 0 for table, count in zip(tables, counts, strict=True)}


@pytest.fixture
async def line(api: httpx.AsyncClient, database: Database, field: Field) -> Line:
    async with database.transaction(SYSTEM, "test") as tx:
        user = await make_user(tx, technician_id=field.technician.id, role=field.phone.principal.role)
        return Line(api, database, (await make_phone(tx, user)).tokens)


@pytest.fixture
def push(field: Field) -> Json:
    """A good push of three notes, in an outbox that nobody knows."""
    for text in ("one", "two", "three"):
        field.phone.do(field.job.id, Note(text=text))
    return {**msgspec.to_builtins(field.phone.request()), "outbox": "fresh"}


def sealed(push: Mapping[str, Any], *, with_mutations: bool = True) -> Json:
    """The push with the seals that it deserves, as far as what stands in it can be sealed at all."""
    batch = [_sealed(mutation) if with_mutations else mutation for mutation in push["batch"]]
    digests = [mutation["digest"] for mutation in batch]
    digest = wire.batch_digest(push["outbox"], push.get("epoch"), batch[0]["mid"], digests)
    return {**push, "batch": batch, "digest": digest}


def _sealed(mutation: Json) -> Json:
    fields = {name: value for name, value in mutation.items() if name in Draft.__struct_fields__}
    try:
        return {**mutation, "digest": wire.mutation_digest(Draft(**fields), mutation.get("base"))}
    except (Refused, TypeError):  # no canonical form, or a part is missing
        return mutation


def told(answer: httpx.Response) -> tuple[int, str]:
    refusal = msgspec.json.decode(answer.content, type=Refusal)
    assert HTTP_STATUS[refusal.code] == answer.status_code
    return answer.status_code, refusal.code


def changed(push: Json, **fields: Any) -> Json:
    """The push with its second mutation changed, sealed again."""
    first, second, third = push["batch"]
    return sealed({**push, "batch": [first, {**second, **fields}, third]})


def nested(levels: int) -> Any:
    return {"deeper": nested(levels - 1)} if levels else "x"


def flipped(push: Json) -> bytes:
    """One bit of one letter, as a bad line makes it."""
    return wire.encode(push).replace(b'"two"', b'"twn"')


REFUSED: dict[str, tuple[Callable[[Json], Any], tuple[int, str]]] = {
    "no batch": (lambda push: {**push, "batch": []}, (400, "malformed")),
    "ten thousand mutations": (lambda push: sealed({**push, "batch": many(push, 10_000)}), (413, "too_large")),
    "a hundred and one": (lambda push: sealed({**push, "batch": many(push, 101)}), (413, "too_many_mutations")),
    "more than a megabyte": (lambda push: changed(push, args={"text": "x" * (1 << 20)}), (413, "too_large")),
    "too deep": (lambda push: changed(push, args=nested(40)), (400, "too_deep")),
    "a hundred thousand brackets": (lambda _: b"[" * 100_000, (400, "too_deep")),
    "NUL": (lambda push: changed(push, args={"text": "a\0b"}), (400, "nul_character")),
    "half a character": (lambda push: wire.encode(push).replace(b'"two"', b'"\\ud800"'), (400, "malformed")),
    "not UTF-8": (lambda push: wire.encode(push).replace(b'"two"', b'"\xff"'), (400, "not_utf8")),
    "half a message": (lambda push: wire.encode(push)[:-20], (400, "malformed")),
    "a number that not every reader can hold": (
        lambda push: changed(push, args={"text": "x", "n": 2**53}),
        (400, "number_out_of_range"),
    ),
    "a number as text": (lambda push: changed(push, mid="2"), (400, "malformed")),
    "number 0": (lambda push: changed(push, mid=0), (400, "malformed")),
    "no uid": (lambda push: changed(push, uid="second"), (400, "malformed")),
    "arguments as a list": (lambda push: changed(push, args=["text"]), (400, "malformed")),
    "a time before 1970": (lambda push: changed(push, at=-1), (400, "malformed")),
    "an attachment without a hash": (lambda push: changed(push, blobs=["photo.jpg"]), (400, "malformed")),
    "no outbox": (lambda push: {**push, "outbox": ""}, (400, "malformed")),
    "an endless name": (lambda push: sealed({**push, "outbox": "x" * 10_000}), (400, "malformed")),
    "a hole in the numbers": (lambda push: changed(push, mid=7), (409, "mid_gap")),
    "numbers from the future": (
        lambda push: sealed({**push, "batch": [{**push["batch"][0], "mid": 99}]}),
        (409, "mid_gap"),
    ),
    "another epoch": (lambda push: sealed({**push, "epoch": "lost"}), (410, "epoch_changed")),
    "a flipped bit": (flipped, (422, "digest_mismatch")),
    "a wrong seal of the batch": (lambda push: {**push, "digest": "ab" * 32}, (422, "digest_mismatch")),
    "another order": (
        lambda push: {**push, "batch": [{**push["batch"][2 - n], "mid": n + 1} for n in range(3)]},
        (422, "digest_mismatch"),
    ),
    "the seals of another outbox": (lambda push: {**push, "outbox": "another"}, (422, "digest_mismatch")),
}


def many(push: Json, count: int) -> list[Json]:
    return [{**push["batch"][0], "mid": number, "uid": uid(number)} for number in range(1, count + 1)]


async def test_a_bad_push_is_refused_for_what_it_is_and_stores_nothing(line: Line, push: Json):
    good, before = sealed(push), await line.stored()

    answers = {what: told(await line.send("push", spoilt(good))) for what, (spoilt, _) in REFUSED.items()}

    assert answers == {what: expected for what, (_, expected) in REFUSED.items()}
    assert await line.stored() == before


async def test_a_bad_push_refuses_what_comes_with_it(line: Line, push: Json):
    good, before = sealed(push), await line.stored()
    pull = {"outbox": "fresh", "device": "phone", "schema": 1}

    answers = {
        what: told(await line.send("sync", {"push": spoilt(good), "pull": pull}))
        for what, (spoilt, _) in REFUSED.items()
        if not isinstance(spoilt(good), bytes)
    }

    assert answers == {what: expected for what, (_, expected) in REFUSED.items() if what in answers}
    assert await line.stored() == before


async def test_after_all_that_the_good_push_is_taken(line: Line, push: Json):
    good, before = sealed(push), await line.stored()
    for spoilt, _ in REFUSED.values():
        await line.send("push", spoilt(good))

    answer = await line.send("push", good)

    assert [result["status"] for result in answer.json()["results"]] == ["applied"] * 3
    after = await line.stored()
    assert {name: after[name] - count for name, count in before.items()} == {
        "sync_outbox": 1,
        "sync_mutation": 3,
        "job_note": 3,
    }


async def test_what_is_sent_in_the_name_of_another_device_is_kept_under_its_own(
    line: Line, push: Json, database: Database
):
    answer = await line.send("push", {**sealed(push), "device": "somebody else's"})

    async with database.snapshot(SYSTEM, "test") as tx:
        kept = set(await tx.session.scalars(select(SyncMutation.device)))
    assert (answer.status_code, kept) == (200, {line.device})


async def test_every_field_of_a_mutation_with_any_value_is_refused_or_decided(line: Line, push: Json):
    """Sealed as it should be, each in an outbox of its own; what is refused stores nothing, what is decided one row."""
    before, troubles, taken = await line.stored(), list[Any](), 0

    for number, body in enumerate(_twisted_mutations(push["batch"][0])):
        request = {**push, "outbox": f"twisted {number}", "batch": [body]}
        answer = await line.send("push", _sealed_if_possible(request))
        taken += answer.status_code == 200
        troubles += [] if _is_well(answer) else [(body, answer.status_code, answer.text)]

    assert troubles == []
    assert (await line.stored())["sync_mutation"] - before["sync_mutation"] == taken > 0


async def test_every_operation_with_any_arguments_gets_a_verdict(
    database: Database, line: Line, field: Field, push: Json
):
    """None of them is our mistake, however well it fits its declared type."""
    codes: set[str | None] = set()
    async with database.transaction(SYSTEM, "test") as tx:
        van = await make_van(tx, field.technician.id)
    drafts = list(_twisted_operations({"job": str(field.job.id), "van": str(van.id)}))

    for number, start in enumerate(range(0, len(drafts), BATCH)):
        batch = drafts[start : start + BATCH]
        numbered = [
            {**draft, "mid": mid, "uid": uid(5000 + number * BATCH + mid)} for mid, draft in enumerate(batch, 1)
        ]
        answer = await line.send("push", sealed({**push, "outbox": f"operations {number}", "batch": numbered}))
        assert answer.status_code == 200, answer.text
        results = answer.json()["results"]
        assert [result["mid"] for result in results] == [mutation["mid"] for mutation in numbered]
        assert {result["status"] for result in results} <= DECIDED
        codes |= {result.get("code") for result in results}

    assert OUR_MISTAKE not in codes
    assert "invalid_arguments" in codes


def _twisted_mutations(good: Json) -> Iterator[Json]:
    """The mutation with one part replaced, left out or added, each time as work of its own.

    What is no mutation at all is refused like any body of another shape, which tests/journeys tries on every route.
    """
    for number, body in enumerate(twisted(good, VALUES)):
        if is_declared(body, Mutation):
            yield body | {"uid": uid(1000 + number)} if body.get("uid") == good["uid"] else body


def _twisted_operations(ids: Mapping[str, str]) -> Iterator[Json]:
    """Mutations of every operation, with all arguments that it declares, however odd, and some that it does not."""
    for name, shape in OPERATIONS.items():
        odd = [args for args in twisted(example(shape), VALUES) if isinstance(args, dict)]
        taken = [args for args in odd if is_declared(args, shape)]
        for args in (*taken, *[args for args in odd if args not in taken][:UNREADABLE_OF_EACH]):
            draft = {
                "op": name,
                "kind": shape.kind,
                "id": ids[shape.kind],
                "args": args,
                "at": 0,
                "off": 0,
                "base": None,
            }
            if "digest" in _sealed({**draft, "uid": uid(1)}):
                yield draft


def _sealed_if_possible(push: Json) -> Json:
    try:
        return sealed(push)
    except (Refused, KeyError, TypeError):
        return push


def _is_well(answer: httpx.Response) -> bool:
    """Whether it is a verdict on the one mutation, or a refusal by the protocol's own table."""
    if answer.status_code != 200:
        return 400 <= told(answer)[0] < 500
    (result,) = answer.json()["results"]
    return result["status"] in DECIDED and result.get("code") != OUR_MISTAKE
