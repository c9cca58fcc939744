"""When a technician is expected: an interval that narrows, what was said two hours ahead, and a word when it will be late."""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import select

from backend.dispatch import alerts, estimates
from backend.dispatch.courses import Course, Stop
from backend.dispatch.delays import read_pack
from backend.dispatch.durations import NORMAL, Done, Spread, learn
from backend.dispatch.live import LiveDays
from backend.dispatch.models import ArrivalEstimate
from backend.dispatch.schemas import ArrivalView
from backend.jobs import service as jobs
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.outbox import OutboxRow
from sync.operations import EnRoute, Operation, Start
from tests.factories.dispatch import AirLines, make_jobs, make_team, plan
from tests.factories.jobs import do
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio


class Day(NamedTuple):
    """Eero has two jobs of ninety minutes, the second promised to begin between 12 and 13 in Helsinki."""

    territory_id: UUID
    eero: UUID
    first: UUID
    promised: UUID


@pytest.fixture
async def day(database: Database) -> Day:
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1)
        first, promised = await make_jobs(tx, eero.territory_id, 2)
        await plan(tx, first, eero, hours=0.5)
        await plan(tx, promised, eero, hours=3)
        start = MONDAY + timedelta(hours=3)
        window = {"start": start, "end": start + timedelta(hours=1), "zone": "Europe/Helsinki", "local": "12:00–13:00"}
        await jobs.promise_window(tx, promised.id, **window)
        for job in (first, promised):
            await jobs.dispatch(tx, job.id)
    return Day(eero.territory_id, eero.id, first.id, promised.id)


async def expected(database: Database, day: Day) -> ArrivalView | None:
    await alerts.look_ahead(database, LiveDays(AirLines()), day.territory_id, read_pack("standard"))
    async with database.snapshot(SYSTEM, "test") as tx:
        return await estimates.arrival_of(tx, day.promised)


async def work(database: Database, day: Day, job_id: UUID, *operations: Operation) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await do(tx, job_id, day.eero, *operations)


async def delays_told(database: Database) -> int:
    async with database.snapshot(SYSTEM, "test") as tx:
        return len(list(await tx.session.scalars(select(OutboxRow.id).where(OutboxRow.type == estimates.DELAYED))))


async def test_the_interval_holds_the_window_and_narrows_as_the_day_goes_on(
    database: Database, day: Day, clock: FixedClock
):
    morning = await expected(database, day)
    clock.advance(1800)
    await work(database, day, day.first, EnRoute(), Start())
    clock.advance(5400)
    at_work = await expected(database, day)

    assert morning is not None
    assert at_work is not None
    assert morning.earliest >= MONDAY + timedelta(hours=3)  # nobody begins before what was promised
    assert morning.earliest <= morning.expected <= morning.latest
    assert at_work.latest - at_work.earliest < timedelta(hours=1)


async def test_what_was_said_two_hours_ahead_is_judged_by_what_came(database: Database, day: Day, clock: FixedClock):
    clock.advance(1800)
    await work(database, day, day.first, EnRoute(), Start())
    clock.advance(2100)
    await expected(database, day)
    clock.advance(7200)
    async with database.transaction(SYSTEM, "test") as tx:
        await estimates.note_arrival(tx, day.promised, tx.now)
        await estimates.note_arrival(tx, day.promised, tx.now + timedelta(hours=9))

    async with database.snapshot(SYSTEM, "test") as tx:
        row = (await tx.session.scalars(select(ArrivalEstimate).where(ArrivalEstimate.job_id == day.promised))).one()
        found = await estimates.accuracy(tx, since=row.day, until=row.day + timedelta(days=1))
        none = await estimates.accuracy(tx, since=row.day + timedelta(days=1), until=row.day + timedelta(days=2))
        assert await estimates.arrival_of(tx, day.promised) is None  # nobody is waited for any more
    assert row.ahead_at == MONDAY + timedelta(seconds=3900)
    assert (found.arrivals, found.inside, found.share_inside) == (1, 1, 1.0)
    assert found.median_width_minutes is not None
    assert (none.arrivals, none.share_inside) == (0, None)


async def test_a_visit_that_will_be_late_is_told_of_once(database: Database, day: Day, clock: FixedClock):
    await expected(database, day)
    assert await delays_told(database) == 0
    clock.advance(timedelta(hours=3).total_seconds())
    await work(database, day, day.first, EnRoute(), Start())
    clock.advance(60)

    late = await expected(database, day)
    await expected(database, day)

    assert late is not None
    assert late.expected > MONDAY + timedelta(hours=4)
    assert await delays_told(database) == 1


async def test_a_visit_that_may_be_a_little_late_is_not_told_of(database: Database, day: Day, clock: FixedClock):
    clock.advance(timedelta(hours=2).total_seconds())
    await work(database, day, day.first, EnRoute(), Start())
    clock.advance(60)

    late = await expected(database, day)

    assert late is not None
    assert late.expected > MONDAY + timedelta(hours=4)
    assert await delays_told(database) == 0


async def test_it_is_told_again_when_it_got_clearly_worse_and_not_for_ever(
    database: Database, day: Day, clock: FixedClock
):
    clock.advance(timedelta(hours=3).total_seconds())
    await work(database, day, day.first, EnRoute(), Start())
    told: list[int] = []
    for _ in range(10):
        clock.advance(1800)
        await expected(database, day)
        told.append(await delays_told(database))

    assert told[0] == 1
    assert told == sorted(told)
    assert told[-1] == read_pack("standard").versions[0].most_messages
    async with database.snapshot(SYSTEM, "test") as tx:
        assert await estimates.delays_told(tx, day.promised) == told[-1]


@pytest.mark.parametrize(
    ("told", "before", "now", "is_news"),
    [(0, None, 0, True), (1, 0, 29, False), (1, 0, 30, True), (2, 30, 45, False), (3, 0, 300, False)],
)
def test_news_is_the_first_word_and_what_is_worse_by_half_an_hour(
    *, told: int, before: int | None, now: int, is_news: bool
):
    policy = read_pack("standard").versions[0]
    at = [None if minutes is None else MONDAY + timedelta(minutes=minutes) for minutes in (before, now)]

    assert at[1] is not None
    assert policy.is_news(told=told, told_expected=at[0], expected=at[1]) == is_news


def test_late_is_beyond_the_tolerance_and_sure_enough():
    policy = read_pack("standard").versions[0]

    assert policy.is_late(np.array([1000.0] * 3 + [700.0 + 601.0] * 7), 700.0)
    assert not policy.is_late(np.array([1000.0] * 4 + [700.0 + 601.0] * 6), 700.0)
    assert not policy.is_late(np.array([700.0 + 600.0] * 10), 700.0)


async def test_who_is_on_the_way_is_expected_by_the_drive_alone(database: Database, day: Day, clock: FixedClock):
    await work(database, day, day.promised, EnRoute())

    found = await expected(database, day)

    assert found is not None
    assert found.latest - found.earliest < timedelta(minutes=10)
    assert found.latest < MONDAY + timedelta(minutes=30)


async def test_what_nobody_works_out_any_more_is_not_told(database: Database, day: Day, clock: FixedClock):
    await expected(database, day)
    clock.advance(301)

    async with database.snapshot(SYSTEM, "test") as tx:
        assert await estimates.arrival_of(tx, day.promised) is None


def course(now_s: float) -> Course:
    return Course.of(np.random.default_rng(1), NORMAL, now_s=now_s, free_s=0.0, breaks=[(3600.0, 1800.0)], draws=4000)


def test_work_that_lasts_long_already_is_expected_to_last_longer():
    spread = Spread(sigma=0.3)
    early, late = course(600.0), course(7200.0)

    early.finish(planned_s=3600.0, spread=spread, began_s=0.0)
    late.finish(planned_s=3600.0, spread=spread, began_s=0.0)

    assert abs(float(np.median(early.free_s)) - 3600) < 120
    assert float(np.min(late.free_s)) >= 7200


def test_a_break_is_taken_only_in_the_days_that_come_to_it():
    half = course(0.0)
    half.finish(planned_s=3600.0, spread=Spread(sigma=0.3), began_s=0.0)
    stop = Stop(planned_s=600.0, travel_s=0.0, not_before_s=0.0, spread=Spread())

    starts = half.go_on(stop)

    assert 0.4 < float(np.mean(starts > 3600.0 + 1700.0)) < 0.7


def test_the_shape_of_durations_is_their_own_once_enough_were_done():
    long_tailed = [Done(work="a", planned_s=1.0, real_s=1.0 + (n % 20 == 0) * 3.0) for n in range(100)]

    assert learn(long_tailed[:10]).shape == NORMAL
    assert max(learn(long_tailed).shape) > max(NORMAL)
