"""The evidence of what was earned is one file that verifies without a server, and names nobody."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from rich.console import Console

from backend.activation import service as activation
from backend.adapters.activation_simulator import ActivationSimulator
from backend.billing import service as billing
from backend.catalogue.schemas import ServiceKind
from backend.evidence.routes import ROUTES
from backend.identity.principal import Principal, Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.resources import service as resources
from backend.settings import Settings
from backend.workforce import service as workforce
from clients.billing.signatures import write_key_pair
from clients.evidence import command
from clients.evidence.bundle import verify
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
_, STRANGER = write_key_pair(bytes(range(1, 33)))
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


async def test_without_an_ed25519_key_or_such_an_obligation_there_is_no_bundle(database: Database, job_id: UUID):
    [earned] = await all_earned(database)

    no_key, unknown = await download(database, earned.id, key=""), await download(database, uuid4())

    assert (no_key[0], unknown[0]) == (409, 404)
    assert b"no_signing_key" in no_key[1]
