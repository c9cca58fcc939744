"""What is kept for a while goes when that is over, all of it, and nothing else."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from backend.dispatch import tasks as dispatch
from backend.dispatch.models import DayInputs
from backend.identity import service as identity
from backend.identity import tasks as links
from backend.identity.models import AccessLink
from backend.kernel import retention
from backend.kernel.audit import SYSTEM, AuditRow
from backend.kernel.db import Database
from backend.kernel.retention import forget
from tests.factories.workforce import make_territory
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio


async def count(database: Database, table: type[Any]) -> int:
    async with database.snapshot(SYSTEM, "test") as tx:
        return (await tx.session.execute(select(func.count()).select_from(table))).scalar_one()


async def test_a_link_goes_a_day_after_its_end_and_one_that_holds_stays(
    database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    async with database.transaction(SYSTEM, "test") as tx:
        for _ in range(5):
            await identity.issue_link(tx, UUID(int=1), tx.now)
        await identity.issue_link(tx, UUID(int=2), tx.now + timedelta(days=30))

    clock.advance(timedelta(days=1).total_seconds())
    await forget(database, kept=links.LINKS)
    at_first = await count(database, AccessLink)
    clock.advance(1)
    await forget(database, kept=links.LINKS)

    assert at_first == 6
    assert await count(database, AccessLink) == 1


async def test_a_kept_day_goes_after_its_time_and_its_end_is_audited(database: Database, clock: FixedClock):
    async with database.transaction(SYSTEM, "test") as tx:
        territory = (await make_territory(tx)).id
        for days in (0, 1):
            at = tx.now + timedelta(days=days)
            tx.add(DayInputs(id=tx.new_id(), territory_id=territory, day=at.date(), taken_at=at, situation={}))

    clock.advance((dispatch.DAYS.period + timedelta(hours=1)).total_seconds())
    await forget(database, kept=dispatch.DAYS)

    assert await count(database, DayInputs) == 1
    async with database.snapshot(SYSTEM, "test") as tx:
        audited = select(AuditRow.change).where(AuditRow.cause == "forget day_inputs")
        assert list(await tx.session.scalars(audited)) == ["delete"]
