"""Two pushes at once: one effect, and no work lost to the other."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select, update

from backend.jobs.models import Job, JobNote
from backend.jobs.operations import OPERATIONS
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.offline import service
from sync import PushAnswer
from sync import replica as replicas
from sync.operations import EnRoute, Note, Start
from sync.protocol import MutationState
from tests.factories.handset import Handset, uid
from tests.offline.conftest import Field

pytestmark = pytest.mark.anyio


async def pushed_at_once(database: Database, first: Handset, second: Handset) -> tuple[PushAnswer, PushAnswer]:
    """The first is decided before the second begins, and commits while the second waits for it."""
    async with database.transaction(SYSTEM, "test") as tx:
        answer = await service.push(tx, first.principal, first.request())
        waiting = asyncio.create_task(second.send(second.request()))
        await asyncio.sleep(0.2)  # nothing tells that another connection waits for a lock; by now it does
        assert not waiting.done(), "the second push does not wait for the first"
    return answer, await waiting


async def notes(database: Database) -> int:
    async with database.snapshot(SYSTEM, "test") as tx:
        return len((await tx.session.scalars(select(JobNote))).all())


async def test_the_same_push_twice_at_once_has_one_effect(database: Database, field: Field):
    field.phone.do(field.job.id, Note(text="once"))

    first, second = await pushed_at_once(database, field.phone, field.phone)

    assert second.results[0].status is MutationState.DUPLICATE
    assert (second.results[0].first, await notes(database)) == (first.results[0], 1)


async def test_the_same_work_in_two_outboxes_at_once_has_one_effect(database: Database, field: Field):
    field.phone.do(field.job.id, Note(text="once"))
    spare = Handset(database, field.phone.principal)
    spare.replica = replicas.renumber(field.phone.replica, new_outbox="phone.2")

    _, second = await pushed_at_once(database, field.phone, spare)

    assert (second.results[0].status, await notes(database)) == (MutationState.DUPLICATE, 1)


async def test_the_same_uid_about_two_jobs_at_once_has_one_effect(database: Database, field: Field):
    spare = Handset(database, field.phone.principal, outbox="phone.2")
    field.phone.do(field.job.id, Note(text="here"))
    spare.do(field.other_job.id, Note(text="there"))

    _, second = await pushed_at_once(database, field.phone, spare)

    assert (second.results[0].code, await notes(database)) == ("uid_reuse", 1)


async def test_two_jobs_started_at_once_from_two_phones_are_one_started_job(database: Database, field: Field):
    spare = Handset(database, field.phone.principal, outbox="phone.2")
    field.phone.do(field.job.id, Start())
    spare.do(field.other_job.id, Start(), uid=uid(2))

    first, second = await pushed_at_once(database, field.phone, spare)

    assert first.results[0].status is not MutationState.CONFLICT
    assert (second.results[0].status, second.results[0].code) == (MutationState.CONFLICT, "another_job_started")


async def test_a_batch_that_met_a_row_changed_meanwhile_is_tried_again_whole(
    database: Database, field: Field, monkeypatch: pytest.MonkeyPatch
):
    en_route, met = OPERATIONS[EnRoute], list[str]()

    async def overtaken_once(tx: Transaction, job: Job, *given: Any) -> Any:
        if not met:
            met.append("a row that others changed")
            await tx.session.execute(update(Job).where(Job.id == job.id).values(version=job.version + 1))
        return await en_route(tx, job, *given)

    monkeypatch.setitem(OPERATIONS, EnRoute, overtaken_once)  # type: ignore[arg-type]
    field.phone.do(field.job.id, Note(text="before"))
    field.phone.do(field.job.id, EnRoute())

    results = await field.phone.push()

    assert [result.status for result in results] == [MutationState.APPLIED] * 2
    assert (met, await notes(database)) == (["a row that others changed"], 1)
