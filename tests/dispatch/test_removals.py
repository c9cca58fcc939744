"""The board moves a day about while a technician is offline: afterwards the phone lets go of exactly that, and nothing done is lost."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import httpx
import pytest

from backend.dispatch.routes import ROUTES as DISPATCH
from backend.jobs import service as jobs
from backend.jobs.routes import ROUTES as JOBS
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from sync.operations import Acknowledge, EnRoute, Note
from sync.protocol import Remove
from tests.factories.callers import calling
from tests.factories.dispatch import make_jobs, make_team, plan
from tests.factories.handset import Handset, make_carrier
from tests.factories.jobs import SUPERVISOR
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio

TODAY = MONDAY.date().isoformat()


class Day(NamedTuple):
    """Eero pulled four jobs in the morning, an hour and a half each, and then drove into a cellar."""

    aino: UUID
    kept: UUID
    given: UUID
    taken: UUID
    called_off: UUID
    phone: Handset
    other_phone: Handset


@pytest.fixture
async def day(database: Database) -> Day:
    async with database.transaction(SYSTEM, "test") as tx:
        eero, aino = await make_team(tx, 2)
        mine = await make_jobs(tx, eero.territory_id, 4)
        for number, job in enumerate(mine):
            await plan(tx, job, eero, hours=1 + 1.75 * number)
        await jobs.dispatch_day(tx, eero.territory_id, MONDAY.date())
        phone = Handset(database, await make_carrier(tx, eero))
        other_phone = Handset(database, await make_carrier(tx, aino), outbox="phone.other")
    await phone.pull()
    await other_phone.pull()
    kept, given, taken, called_off = (job.id for job in mine)
    assert phone.held().keys() == {str(job.id) for job in mine}
    return Day(aino.id, kept, given, taken, called_off, phone, other_phone)


@pytest.fixture
async def board(database: Database, day: Day) -> AsyncIterator[httpx.AsyncClient]:
    """The dispatcher's hands."""
    async with calling(database, [*DISPATCH, *JOBS], SUPERVISOR) as opened:
        yield opened


async def moves_jobs_away(board: httpx.AsyncClient, day: Day) -> None:
    body = {"technician_id": str(day.aino), "start": (MONDAY + timedelta(hours=3)).isoformat()}
    answers = [
        await board.post(f"/api/v1/jobs/{day.given}/assignment", json=body),
        await board.delete(f"/api/v1/jobs/{day.taken}/assignment"),
        await board.post(f"/api/v1/jobs/{day.called_off}/cancellation", json={"reason": "The customer moved out."}),
    ]
    assert [answer.is_success for answer in answers] == [True] * 3
    territory_id = answers[0].json()["territory_id"]
    sent = await board.post(f"/api/v1/territories/{territory_id}/days/{TODAY}/dispatch")
    assert sent.json()["job_ids"] == [str(day.given)]


async def test_a_phone_that_was_offline_all_the_while_lets_go_of_exactly_what_was_moved_away(
    board: httpx.AsyncClient, day: Day
):
    await moves_jobs_away(board, day)

    answer = await day.phone.pull()
    await day.other_phone.pull()

    removed = {one.id: one.why for one in answer.patch if isinstance(one, Remove)}
    assert removed == {
        str(day.given): "reassigned",
        str(day.taken): "reassigned",
        str(day.called_off): "cancelled",
    }
    assert day.phone.held().keys() == {str(day.kept)}
    assert day.other_phone.held().keys() == {str(day.given)}
    assert (await day.phone.pull()).patch == ()


async def test_what_was_done_meanwhile_is_kept_also_at_jobs_that_were_moved_away(
    board: httpx.AsyncClient, database: Database, day: Day
):
    for job_id in (day.kept, day.given, day.called_off):
        day.phone.do(job_id, Note(text=f"Done in the cellar of {job_id}."))
    day.phone.do(day.kept, Acknowledge())
    day.phone.do(day.kept, EnRoute())
    await moves_jobs_away(board, day)

    verdicts = [str(result.status) for result in await day.phone.push()]
    await day.phone.pull()

    assert "rejected" not in verdicts
    assert len(verdicts) == 5
    for job_id in (day.kept, day.given, day.called_off):
        noted = (await board.get(f"/api/v1/jobs/{job_id}")).json()["notes"]
        assert [note["text"] for note in noted] == [f"Done in the cellar of {job_id}."]
    assert day.phone.held().keys() == {str(day.kept)}
    assert day.phone.held()[str(day.kept)]["state"] == "enRoute"
