"""The evidence of what was earned is one file that verifies without a server, and names nobody."""

from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from rich.console import Console

from backend.activation import service as activation
from backend.adapters.activation_simulator import ActivationSimulator
from backend.billing import keys
from backend.billing import service as billing
from backend.catalogue.schemas import ServiceKind
from backend.evidence.routes import ROUTES
from backend.identity.principal import Principal, Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.resources import service as resources
from backend.settings import Settings
from backend.workforce import service as workforce
from clients.billing.signatures import Ed25519Signer, read_signing_key, write_key_pair
from clients.evidence import command
from clients.evidence.bundle import verify, write
from clients.evidence.keys import KeysMalformed, PublishedKeys, read_published, write_published
from sync.operations import Complete, EnRoute, Outcome, Start
from tests.factories.activation import run
from tests.factories.billing import all_earned, make_handover
from tests.factories.callers import calling
from tests.factories.jobs import SIGNATURE, do, everything_required, make_dispatched_job
from tests.factories.orders import make_shop, make_submitted_order
from tests.factories.workforce import make_technician
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

PRIVATE, PUBLIC = write_key_pair(bytes(range(32)))
OTHER_PRIVATE, STRANGER = write_key_pair(bytes(range(1, 33)))
AUDITOR = Principal(actor=SYSTEM, role=Role.AUDITOR)


@pytest.fixture
async def job_id(database: Database) -> UUID:
    """Goods of an order reached the customer with a technician who completed his job."""
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        [territory] = await workforce.territories(tx)
        technician = await make_technician(tx, territory.id)
        job = await make_dispatched_job(tx, technician)
        work = [EnRoute(), Start(), *everything_required(), Complete(outcome=Outcome.FULL)]
        await do(tx, job.id, technician.id, *work)
        order = await make_submitted_order(tx)
        await billing.trigger_handover(tx, await make_handover(tx, order.id, job_id=job.id))
    return job.id


async def download(database: Database, earned_id: object, key: str = PRIVATE) -> tuple[int, bytes]:
    settings = Settings(billing_signing_key=key)
    async with calling(database, ROUTES, AUDITOR, settings=settings) as http:
        answer = await http.get(f"/api/v1/earned-triggers/{earned_id}/evidence")
    return answer.status_code, answer.content


def records(sealed: bytes) -> dict[str, dict[str, Any]]:
    """Kind → the body of its last record."""
    return {line["kind"]: line["body"] for line in map(msgspec.json.decode, sealed.splitlines())}


async def test_goods_are_proven_by_hand_over_form_and_signature(database: Database, job_id: UUID):
    [earned] = await all_earned(database)

    status, sealed = await download(database, earned.id)

    found = records(sealed)
    assert (status, verify(sealed).holds, verify(sealed).signed_by) == (200, True, [PUBLIC])
    assert found["earned"]["id"] == str(earned.id)
    assert found["handover"]["job_id"] == found["job"]["id"] == str(job_id)
    assert found["form"]["answers"] == {"drop": True, "light": -18.5}
    assert found["signature"] == {"sha256": SIGNATURE.sha256}
    assert found["billing_trigger"]["id"] == str(earned.billing_trigger_id)
    assert SIGNATURE.signer_name.encode() not in sealed


async def test_a_service_is_proven_by_its_activation_and_tests(database: Database, tmp_path: Path, clock: FixedClock):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx)
        *below, line = sorted(order.services, key=lambda one: one.kind is ServiceKind.VOICE)
        for one in below:
            await resources.activate(tx, one.id, MONDAY)
        [activation_id] = await activation.start(
            tx, [line], order_id=order.id, job_id=tx.new_id(), equipment=[], effective_at=MONDAY
        )
    await run(database, ActivationSimulator(tmp_path / "network.db", clock), activation_id)
    async with database.transaction(SYSTEM, "test") as tx:
        await billing.start_billing(tx, line.id, MONDAY)
    [earned] = await all_earned(database)

    _, sealed = await download(database, earned.id)

    found = records(sealed)
    assert verify(sealed).holds
    assert (found["service"]["state"], found["activation"]["state"]) == ("active", "succeeded")
    assert found["activation_step"]["done_at"] is not None


async def test_the_command_says_where_a_bundle_was_changed(database: Database, job_id: UUID, tmp_path: Path):
    [earned] = await all_earned(database)
    _, sealed = await download(database, earned.id)
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    good.write_bytes(sealed)
    bad.write_bytes(sealed.replace(b"-18.5", b"-11.5"))
    console = Console(record=True, width=200)

    codes = [
        command.verify(file, keys, console)
        for file, keys in ((good, []), (good, [PUBLIC]), (good, [STRANGER]), (bad, []))
    ]

    changed = next(n for n, line in enumerate(sealed.splitlines(), start=1) if b"-18.5" in line)
    assert codes == [0, 0, 2, 1]
    assert f"line {changed} (byte" in console.export_text()


async def fetch_keys(database: Database, file: Path) -> Path:
    async with calling(database, ROUTES, AUDITOR, settings=Settings()) as http:
        write_published(
            msgspec.json.decode((await http.get("/api/v1/evidence-keys")).content, type=PublishedKeys), file
        )
    return file


async def rotate(database: Database, clock: FixedClock, seed: int) -> None:
    """A new key, and the overlap is over."""
    async with database.transaction(SYSTEM, "test") as tx:
        await keys.rotate(tx, PRIVATE, overlap=keys.SHORTEST_OVERLAP, random_bytes=Random(seed).randbytes)
    clock.advance(keys.SHORTEST_OVERLAP.total_seconds())


async def test_bundles_from_before_two_rotations_verify_with_the_keys_published_since(
    database: Database, job_id: UUID, tmp_path: Path, clock: FixedClock
):
    [earned] = await all_earned(database)
    bundles = [tmp_path / f"bundle-{number}.jsonl" for number in range(3)]
    bundles[0].write_bytes((await download(database, earned.id))[1])
    await rotate(database, clock, 1)
    bundles[1].write_bytes((await download(database, earned.id))[1])
    before_the_second = read_published(await fetch_keys(database, tmp_path / "before.json"))
    await rotate(database, clock, 2)
    bundles[2].write_bytes((await download(database, earned.id))[1])
    since = read_published(await fetch_keys(database, tmp_path / "since.json"))
    console = Console(record=True, width=200)

    with_all = [command.verify(file, [], console, published=since) for file in bundles]
    with_older = [command.verify(file, [], console, published=before_the_second) for file in bundles]

    sealers = [verify(file.read_bytes()).signed_by for file in bundles]
    assert sealers == [[key.public_key] for key in reversed(since)]
    assert (with_all, with_older) == ([0, 0, 0], [0, 0, 2])
    assert f"sealed by {sealers[2][0]} (unknown)" in console.export_text()


async def test_a_key_that_was_not_in_force_when_the_bundle_says_does_not_count(
    database: Database, job_id: UUID, tmp_path: Path, clock: FixedClock
):
    await rotate(database, clock, 1)
    late = tmp_path / "late.jsonl"
    late.write_bytes(write([("earned", {"gathered_at": clock.now()})], [signer(PRIVATE)]))
    published = read_published(await fetch_keys(database, tmp_path / "keys.json"))
    console = Console(record=True, width=200)

    code = command.verify(late, [], console, published=published)

    assert code == command.UNTRUSTED
    assert "published, but not in force" in console.export_text()


async def test_the_key_of_settings_that_changed_without_a_rotation_stays_published(
    database: Database, job_id: UUID, tmp_path: Path
):
    [earned] = await all_earned(database)
    for _ in range(2):
        await download(database, earned.id)
    await download(database, earned.id, key=OTHER_PRIVATE)

    published = read_published(await fetch_keys(database, tmp_path / "keys.json"))

    assert sorted(key.public_key for key in published) == sorted([PUBLIC, STRANGER])
    assert [(key.valid_from, key.valid_until) for key in published] == [(None, None)] * 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"keys": [{}]}',
        '{"keys": [{"public_key": "k", "valid_from": "2026-01-01T00:00:00", "valid_until": null}]}',
    ],
)
def test_a_file_that_holds_no_published_keys_is_told(tmp_path: Path, text: str):
    file = tmp_path / "keys.json"
    file.write_text(text)

    with pytest.raises(KeysMalformed):
        read_published(file)
    assert command.verify_with(file, [], file, Console(record=True)) == command.UNTRUSTED


def signer(private: str) -> Ed25519Signer:
    found = read_signing_key(private)
    assert isinstance(found, Ed25519Signer)
    return found


async def test_without_an_ed25519_key_or_such_an_obligation_there_is_no_bundle(database: Database, job_id: UUID):
    [earned] = await all_earned(database)

    no_key, unknown = await download(database, earned.id, key=""), await download(database, uuid4())

    assert (no_key[0], unknown[0]) == (409, 404)
    assert b"no_signing_key" in no_key[1]
