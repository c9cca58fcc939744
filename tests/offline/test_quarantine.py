"""What barred senders bring is kept, not looked at; what was done without a lease counts, and is shown."""

from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import select

from backend.identity import devices
from backend.identity.models import User
from backend.identity.principal import Barring, Lapse, Role
from backend.jobs.lifecycle import ReviewKind
from backend.jobs.models import Job, JobNote, ReviewCard
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.offline.models import SyncMutation
from sync import replica as replicas
from sync import wire
from sync.operations import Note
from sync.protocol import MutationState, PushAnswer, ReasonCode, SyncAnswer, SyncRequest
from tests.factories.handset import Handset
from tests.factories.identity import Bearer, Phone, make_phone, make_user
from tests.factories.jobs import SUPERVISOR
from tests.fakes import FixedClock
from tests.offline.conftest import Field

pytestmark = pytest.mark.anyio

JSON = {"content-type": "application/json"}


class Lost:
    """Eero's phone with a job on it and a note that waits, spoken to over HTTP."""

    def __init__(self, api: httpx.AsyncClient, database: Database, handset: Handset, phone: Phone) -> None:
        self.api, self.database, self.handset, self.phone = api, database, handset, phone

    async def said(self, path: str, message: Any) -> httpx.Response:
        auth = Bearer(self.phone.tokens.access_token)
        return await self.api.post(f"/sync/v1/{path}", content=wire.encode(message), headers=JSON, auth=auth)

    async def push(self) -> PushAnswer:
        answer = await self.said("push", self.handset.request())
        assert answer.status_code == 200, answer.text
        return wire.decode(answer.content, PushAnswer)

    async def revoke(self) -> None:
        async with self.database.transaction(SYSTEM, "test") as tx:
            await devices.revoke(tx, SUPERVISOR, self.phone.tokens.device_id)

    async def change_user(self, **changes: Any) -> None:
        async with self.database.transaction(SYSTEM, "test") as tx:
            user = await tx.session.get_one(User, self.handset.principal.user_id)
            for name, value in changes.items():
                setattr(user, name, value)


@pytest.fixture
async def lost(api: httpx.AsyncClient, database: Database, field: Field) -> Lost:
    async with database.transaction(SYSTEM, "test") as tx:
        user = await tx.session.get_one(User, field.phone.principal.user_id)
        phone = await make_phone(tx, user)
    field.phone.do(field.job.id, Note(text="canary"))
    return Lost(api, database, field.phone, phone)


async def rows(database: Database, model: type[Any]) -> list[Any]:
    async with database.snapshot(SYSTEM, "test") as tx:
        return list(await tx.session.scalars(select(model)))


def verdicts(answer: PushAnswer) -> list[tuple[str, str | None]]:
    return [(result.status, result.code) for result in answer.results]


async def test_the_work_of_a_revoked_phone_is_kept_and_has_no_effect(lost: Lost, database: Database):
    await lost.revoke()

    answer = await lost.push()

    [kept] = await rows(database, SyncMutation)
    assert (verdicts(answer), answer.last) == ([(MutationState.QUARANTINED, "device_revoked")], 1)
    assert (kept.status, kept.args) == (MutationState.QUARANTINED, {"text": "canary"})
    assert await rows(database, JobNote) == []


async def test_a_quarantined_verdict_tells_nothing_of_the_document(lost: Lost):
    await lost.revoke()

    [result] = (await lost.push()).results

    assert (result.version, result.state) == (None, None)


async def test_the_dispatcher_of_the_job_gets_one_card_for_a_batch(lost: Lost, database: Database, field: Field):
    lost.handset.do(field.job.id, Note(text="more"))
    await lost.revoke()

    await lost.push()

    [card] = await rows(database, ReviewCard)
    [job] = [job for job in await rows(database, Job) if job.id == field.job.id]
    assert (card.kind, card.reason, card.subject) == (ReviewKind.QUARANTINE, "device_revoked", "phone.1")
    assert (card.job_id, card.territory_id, job.needs_review) == (field.job.id, job.territory_id, True)


async def test_work_on_nothing_that_the_sender_had_is_shown_in_the_senders_territory(
    lost: Lost, database: Database, field: Field
):
    lost.handset.record("nothing", op="note", args={"text": "?"})
    await lost.revoke()

    await lost.push()

    cards = await rows(database, ReviewCard)
    assert {(card.job_id, card.territory_id) for card in cards} == {
        (field.job.id, field.technician.territory_id),
        (None, field.technician.territory_id),
    }


async def test_a_revoked_phone_is_recognised_long_after_its_token_has_expired(lost: Lost, clock: FixedClock):
    await lost.revoke()
    clock.advance(60 * 24 * 3600)

    assert verdicts(await lost.push()) == [(MutationState.QUARANTINED, "device_revoked")]


async def test_the_same_push_again_is_a_duplicate_and_opens_no_other_card(lost: Lost, database: Database):
    await lost.revoke()
    await lost.push()

    again = await lost.push()

    assert [result.status for result in again.results] == [MutationState.DUPLICATE]
    assert len(await rows(database, ReviewCard)) == 1


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"role": Role.AGENT}, {"role": Role.AGENT, "technician_id": None}]
)
async def test_the_work_of_a_user_who_may_not_work_any_more_is_kept(lost: Lost, change: dict[str, Any]):
    await lost.change_user(**change)

    assert verdicts(await lost.push()) == [(MutationState.QUARANTINED, "user_disabled")]


async def test_what_was_sent_in_time_stays_applied(lost: Lost, database: Database):
    await lost.push()
    await lost.revoke()

    again = await lost.push()

    assert [result.first.status for result in again.results if result.first] == [MutationState.APPLIED]
    assert len(await rows(database, JobNote)) == 1


async def test_a_revoked_phone_that_syncs_leaves_its_work_and_is_told_to_wipe(lost: Lost):
    await lost.revoke()
    pull = replicas.pull_request(lost.handset.replica, device="phone")

    answer = await lost.said("sync", SyncRequest(push=lost.handset.request(), pull=pull))

    both = wire.decode(answer.content, SyncAnswer)
    assert both.push is not None
    assert both.pull_refused is not None
    assert (both.push.results[0].status, both.pull, both.pull_refused.code) == ("quarantined", None, "device_revoked")


@pytest.mark.parametrize(
    ("change", "status"), [("revoke", (403, "device_revoked")), ("disable", (401, "unauthenticated"))]
)
async def test_a_barred_sender_gets_nothing(lost: Lost, change: str, status: tuple[int, str]):
    await (lost.revoke() if change == "revoke" else lost.change_user(is_active=False))
    auth = Bearer(lost.phone.tokens.access_token)

    pulled = await lost.said("pull", replicas.pull_request(lost.handset.replica, device="phone"))
    read = await lost.api.get("/api/v1/jobs", auth=auth)

    assert [(one.status_code, one.json()["code"]) for one in (pulled, read)] == [status] * 2


async def test_a_barred_sender_reads_its_own_verdicts_again(lost: Lost):
    await lost.revoke()
    await lost.push()

    answer = await lost.api.get(
        "/sync/v1/outcomes", params={"outbox": "phone.1"}, auth=Bearer(lost.phone.tokens.access_token)
    )

    assert [one["status"] for one in answer.json()["results"]] == ["quarantined"]


async def test_a_barred_sender_cannot_write_into_the_outbox_of_another(lost: Lost, database: Database):
    await lost.push()
    async with database.transaction(SYSTEM, "test") as tx:
        stranger = await make_phone(tx, await make_user(tx, Role.TECHNICIAN))
        await devices.revoke(tx, SUPERVISOR, stranger.tokens.device_id)
    lost.phone = stranger

    answer = await lost.said("push", lost.handset.request())

    assert (answer.status_code, answer.json()["code"]) == (403, "outbox_foreign")


async def test_the_next_phone_of_the_same_user_sends_what_the_last_one_held(
    lost: Lost, database: Database, field: Field
):
    async with database.transaction(SYSTEM, "test") as tx:
        lost.phone = await make_phone(tx, await tx.session.get_one(User, field.phone.principal.user_id))

    assert verdicts(await lost.push()) == [(MutationState.APPLIED, None)]


def test_every_barring_is_a_reason_of_the_protocol():
    assert set(Barring) <= set(ReasonCode)


# --- Without a lease --------------------------------------------------------------------------------------------------


async def test_work_done_without_a_lease_counts_and_is_shown(database: Database, field: Field, clock: FixedClock):
    lapse = Lapse(since=clock.now() - timedelta(hours=1), until=clock.now() + timedelta(hours=1))
    field.phone.principal = msgspec.structs.replace(field.phone.principal, lapse=lapse)
    field.phone.do(field.job.id, Note(text="late"))

    [result] = await field.phone.push()

    [card], [kept] = await rows(database, ReviewCard), await rows(database, SyncMutation)
    assert (result.status, kept.had_lease) == (MutationState.APPLIED, False)
    assert (card.kind, card.reason, card.job_id) == (ReviewKind.LEASE, "lease_expired", field.job.id)


async def test_work_done_before_the_lease_ran_out_is_like_any_other(
    database: Database, field: Field, clock: FixedClock
):
    lapse = Lapse(since=clock.now() + timedelta(seconds=1), until=clock.now() + timedelta(hours=1))
    field.phone.principal = msgspec.structs.replace(field.phone.principal, lapse=lapse)
    field.phone.do(field.job.id, Note(text="in time"))

    await field.phone.push()

    [kept] = await rows(database, SyncMutation)
    assert (kept.had_lease, await rows(database, ReviewCard)) == (True, [])
