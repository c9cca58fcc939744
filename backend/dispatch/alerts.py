"""Alerts of windows that may be missed, kept as rows: worked out by the worker, read by whoever can still do something."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from backend.dispatch import delays as delay_policies
from backend.dispatch import estimates
from backend.dispatch.arrivals import arrivals
from backend.dispatch.durations import Done, learn
from backend.dispatch.jeopardy import Risk, remedies, risks
from backend.dispatch.live import LiveDay, LiveDays
from backend.dispatch.models import JeopardyAlert, Remedy
from backend.dispatch.playing import Beginning, play
from backend.dispatch.schemas import AlertsView, AlertView
from backend.jobs import service as jobs
from backend.kernel.audit import SYSTEM
from backend.kernel.chores import Chore
from backend.kernel.db import Database, Transaction
from backend.workforce import service as workforce

LOOK_EVERY = timedelta(seconds=60)  # a technician who is late by a minute is late in a minute
LEARN_FROM = timedelta(days=90)  # teams and equipment change: what was true a year ago is not
CAUSE = "look_ahead"
SEED = 1


def chore(live: LiveDays, delays: delay_policies.Pack) -> dict[str, Chore]:
    """The chore that looks ahead, over days that it keeps in memory. delays: when a customer is told of one."""

    async def perform(database: Database) -> None:
        async with database.snapshot(SYSTEM, CAUSE) as tx:
            territories = await workforce.territories(tx)
        for territory in territories:
            await look_ahead(database, live, territory.id, delays)

    return {"look ahead": Chore(every=LOOK_EVERY, perform=perform)}


async def look_ahead(database: Database, live: LiveDays, territory_id: UUID, delays: delay_policies.Pack) -> None:
    """Work out what is at risk on a territory's present day and who comes when, and keep that instead of what was known."""
    async with database.snapshot(SYSTEM, CAUSE) as tx:
        territory = await workforce.territory(tx, territory_id)
        today = tx.now.astimezone(ZoneInfo(territory.zone)).date()
        reading = await live.read(tx, territory_id, [today])
        left = await jobs.set_out(tx, territory_id)
        done = await jobs.durations(tx, territory_id, since=tx.now - LEARN_FROM)
    [day] = await live.days(reading)
    model = learn([Done(work=work, planned_s=planned, real_s=real) for work, planned, real in done])
    beginnings = play(day, model, left, seed=SEED)
    found = [(risk, remedies(day, risk)) for risk in risks(day, beginnings)]
    expected, policy = arrivals(beginnings, epoch=day.situation.epoch), delays.on(today)
    late = _late(day, beginnings, policy)
    async with database.transaction(SYSTEM, CAUSE) as tx:
        await _keep(tx, territory_id, today, day, found)
        await estimates.keep(tx, territory_id, today, expected, late=late, policy=policy)


async def alerts(tx: Transaction, territory_id: UUID, day: date) -> AlertsView:
    """What is at risk, the worst first."""
    query = select(JeopardyAlert).where(JeopardyAlert.territory_id == territory_id, JeopardyAlert.day == day)
    rows = await tx.session.scalars(query.order_by(JeopardyAlert.probability.desc(), JeopardyAlert.job_id))
    fields = AlertView.__struct_fields__
    return AlertsView(items=[AlertView(**{name: getattr(row, name) for name in fields}) for row in rows])


def _late(day: LiveDay, beginnings: Sequence[Beginning], policy: delay_policies.Policy) -> set[UUID]:
    ends = {one.job.id: day.translation.second(one.job.window.end) for one in beginnings if one.job.window is not None}
    return {one.job.id for one in beginnings if one.job.id in ends and policy.is_late(one.starts_s, ends[one.job.id])}


async def _keep(
    tx: Transaction, territory_id: UUID, today: date, day: LiveDay, found: Sequence[tuple[Risk, list[Remedy]]]
) -> None:
    await tx.session.execute(delete(JeopardyAlert).where(JeopardyAlert.territory_id == territory_id))
    for risk, ways in found:
        assert risk.job.window is not None, "only promised jobs are at risk"
        assert risk.job.technician_id is not None, "of those that somebody has"
        tx.add(
            JeopardyAlert(
                id=tx.new_id(),
                territory_id=territory_id,
                day=today,
                job_id=risk.job.id,
                technician_id=risk.job.technician_id,
                window_end=risk.job.window.end,
                probability=risk.probability,
                expected_start=risk.expected_start,
                remedies=ways,
                computed_at=day.situation.now,
            )
        )
