"""Reports that are sent by themselves: to each what they may see, once for each span of days."""

import smtplib
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from backend.identity.models import User
from backend.identity.principal import Role
from backend.identity.queries import principal_of_user
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.tasks import Task, run_due
from backend.ports import Letter
from backend.reporting import scheduling, tasks
from backend.reporting.cadence import Cadence
from backend.reporting.models import ReportDelivery, ReportSchedule
from backend.reporting.report_schemas import ReportName, UnknownReport
from backend.reporting.routes import ROUTES
from backend.reporting.schedule_schemas import RecipientMayNotRead, ScheduleView
from backend.workforce.schemas import TechnicianView
from tests.factories.callers import calling
from tests.factories.identity import make_user
from tests.factories.jobs import make_field
from tests.factories.reporting import make_schedule
from tests.fakes import FixedClock
from tests.reporting.attended import attended

pytestmark = pytest.mark.anyio

WEEK = 7 * 86_400


class Post:
    """The port `Mail`: keeps what it takes. is_down: it takes nothing."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.is_down = False

    async def send(self, letter: Letter) -> None:
        if self.is_down:
            raise smtplib.SMTPServerDisconnected("away")
        self.letters.append(letter)


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
async def eero(database: Database) -> TechnicianView:
    async with database.transaction(SYSTEM, "test") as tx:
        return await make_field(tx)


@pytest.fixture
async def owner(database: Database, eero: TechnicianView) -> User:
    async with database.transaction(SYSTEM, "test") as tx:
        return await make_user(tx, Role.SUPERVISOR)


async def work(database: Database, post: Post) -> None:
    """What the worker does about reports, until nothing is due."""
    write_out = Task(name="out", model=ReportSchedule, perform=partial(tasks.write_out, database))
    deliver = Task(name="send", model=ReportDelivery, perform=partial(tasks.deliver, database, post))
    while await run_due(database, write_out, "worker") + await run_due(database, deliver, "worker"):
        pass


async def seen(database: Database, user: User) -> list[ScheduleView]:
    async with database.snapshot(SYSTEM, "test") as tx:
        return await scheduling.schedules(tx, principal_of_user(user))


async def test_each_reader_gets_the_week_before_as_they_may_see_it(
    database: Database, eero: TechnicianView, owner: User, post: Post, clock: FixedClock
):
    async with database.transaction(SYSTEM, "test") as tx:
        stranger = await make_user(tx, Role.DISPATCHER, territory_ids=())
        await attended(tx, eero, ahead=2)
        schedule_id = await make_schedule(tx, owner, stranger.id)
    await work(database, post)
    assert post.letters == []  # it is Monday, nine o'clock: the next is in a week

    clock.advance(WEEK)
    await work(database, post)
    await work(database, post)

    letters = {letter.to: letter for letter in post.letters}
    mine, other = letters[owner.email], letters[stranger.email]
    assert len(post.letters) == 2
    assert mine.subject == "First time fix, 2026-06-01 to 2026-06-07"
    assert mine.attachments[0].text == f"technician,attempts,fixed,fixed_share\r\n{eero.name},1,1,1.0\r\n"
    assert other.attachments[0].text == "technician,attempts,fixed,fixed_share\r\n"
    [view] = await seen(database, owner)
    assert (view.id, view.next_at) == (schedule_id, clock.now() + timedelta(days=7, hours=-2))
    assert {(one.user_id, one.sent_at) for one in view.last} == {(owner.id, clock.now()), (stranger.id, clock.now())}


async def test_a_report_that_the_mail_server_refuses_is_tried_again_and_sent_once(
    database: Database, owner: User, post: Post, clock: FixedClock
):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_schedule(tx, owner)
    clock.advance(WEEK)
    post.is_down = True
    await work(database, post)
    [failing] = await seen(database, owner)
    post.is_down = False
    clock.advance(600)
    await work(database, post)

    [sent] = await seen(database, owner)
    assert (failing.last[0].sent_at, "away" in (failing.last[0].error or "")) == (None, True)
    assert (sent.last[0].sent_at, sent.last[0].error) == (clock.now(), None)
    assert len(post.letters) == 1


async def test_after_a_month_without_a_worker_the_last_week_is_sent_and_not_four(
    database: Database, owner: User, post: Post, clock: FixedClock
):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_schedule(tx, owner)
    clock.advance(4.5 * WEEK)
    await work(database, post)

    assert [letter.subject for letter in post.letters] == ["First time fix, 2026-06-22 to 2026-06-28"]


async def test_nothing_is_sent_while_it_is_paused_nor_made_up_for(
    database: Database, owner: User, post: Post, clock: FixedClock
):
    async with database.transaction(SYSTEM, "test") as tx:
        schedule_id = await make_schedule(tx, owner, cadence=Cadence.DAILY)
        await scheduling.pause(tx, principal_of_user(owner), schedule_id, is_paused=True)
    clock.advance(WEEK)
    await work(database, post)
    assert post.letters == []
    async with database.transaction(SYSTEM, "test") as tx:
        await scheduling.pause(tx, principal_of_user(owner), schedule_id, is_paused=False)
    await work(database, post)
    assert post.letters == []

    clock.advance(86_400)
    await work(database, post)

    assert [letter.subject for letter in post.letters] == ["First time fix, 2026-06-08"]


async def test_who_may_not_read_it_any_more_gets_nothing(
    database: Database, owner: User, post: Post, clock: FixedClock
):
    async with database.transaction(SYSTEM, "test") as tx:
        leaver = await make_user(tx, Role.DISPATCHER)
        await make_schedule(tx, owner, leaver.id)
    async with database.transaction(SYSTEM, "test") as tx:
        (await tx.session.get_one(User, leaver.id)).is_active = False
    clock.advance(WEEK)
    await work(database, post)

    assert [letter.to for letter in post.letters] == [owner.email]
    [view] = await seen(database, owner)
    assert {one.user_id: one.why_not for one in view.last} == {owner.id: None, leaver.id: "no_longer_reads"}


async def test_nobody_is_sent_a_report_that_is_not_for_their_desk(database: Database, owner: User):
    async with database.transaction(SYSTEM, "test") as tx:
        keeper = await make_user(tx, Role.WAREHOUSE)
        with pytest.raises(RecipientMayNotRead):
            await make_schedule(tx, owner, keeper.id)
        with pytest.raises(RecipientMayNotRead):
            await make_schedule(tx, owner, UUID(int=9))
        with pytest.raises(UnknownReport):
            await make_schedule(tx, keeper, report=ReportName.FIRST_TIME_FIX)


async def test_over_http_it_is_set_up_seen_paused_and_ended(database: Database, owner: User):
    wanted = {"report": "stock-accuracy", "by": "location", "cadence": "monthly", "hour": 6}
    async with calling(database, ROUTES, principal_of_user(owner)) as http:
        made = await http.post("/api/v1/report-schedules", json=wanted | {"recipients": [str(owner.id)]})
        address = f"/api/v1/report-schedules/{made.json()['id']}"
        paused = await http.patch(address, json={"is_paused": True})
        listed = (await http.get("/api/v1/report-schedules")).json()
        ended = await http.delete(address)
        nothing = await http.get("/api/v1/report-schedules")

    assert (made.status_code, made.json()["next_at"]) == (201, "2026-07-01T03:00:00Z")
    assert (paused.json()["is_paused"], paused.json()["next_at"], len(listed)) == (True, None, 1)
    assert (ended.status_code, nothing.json()) == (204, [])
