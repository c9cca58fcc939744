"""Reports over what really happened: windows that were promised, and services that were started, billed and ended."""

from datetime import timedelta
from typing import Any

import pytest

from backend.billing import service as billing
from backend.catalogue.schemas import ServiceKind
from backend.identity.principal import Principal, Role
from backend.jobs import service as jobs
from backend.kernel import outbox
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.tasks import run_due
from backend.reporting import service
from backend.reporting.report_schemas import Asked, By, ReportName, ReportTable
from backend.resources import service as resources
from backend.subscriptions import subscriptions
from sync.operations import Arrive, Complete, EnRoute, Outcome, Start
from tests.factories.booking import make_appointment, window
from tests.factories.dispatch import make_jobs, make_team
from tests.factories.jobs import do, everything_required
from tests.factories.orders import make_shop, make_submitted_order
from tests.fakes import FixedClock
from tests.reporting.attended import FIRST, day
from tests.reporting.test_balance import acknowledge_all, start

pytestmark = pytest.mark.anyio

SUPERVISOR = Principal(actor=SYSTEM, role=Role.SUPERVISOR)


async def hear(database: Database) -> None:
    """Deliver every event, also those that reactions cause."""
    reactions = subscriptions("http://test", "northbank")
    while await run_due(database, outbox.delivering(database, reactions), "worker"):
        pass


async def told(database: Database, report: ReportName, by: By, **filters: Any) -> ReportTable:
    async with database.snapshot(SYSTEM, "test") as tx:
        days: dict[str, Any] = {"first_day": FIRST, "last_day": day(2)}
        return await service.report(tx, SUPERVISOR, Asked(report=report, by=by, **(days | filters)))


async def test_a_window_was_on_time_when_somebody_came_by_its_end(database: Database, clock: FixedClock):
    async with database.transaction(SYSTEM, "test") as tx:
        eero, _ = await make_team(tx, 2, days=2)
        in_time, too_late = await make_jobs(tx, eero.territory_id, 2)
    kept = await make_appointment(database, in_time.id, window(10))
    broken = await make_appointment(database, too_late.id, window(12))
    async with database.transaction(SYSTEM, "test") as tx:
        owners = {job.id: (await jobs.job_view(tx, job.id)).technician_id for job in (in_time, too_late)}
        for job_id in owners:
            await jobs.dispatch(tx, job_id)
    await hear(database)
    clock.advance(86_400)
    visit = [EnRoute(), Arrive(), Start(), *everything_required(), Complete(outcome=Outcome.FULL)]
    for made, at in ((kept, kept.window.start), (broken, broken.window.end + timedelta(minutes=40))):
        technician_id = owners[made.job_id]
        assert technician_id is not None
        async with database.transaction(SYSTEM, "test") as tx:
            await do(tx, made.job_id, technician_id, *visit, at=at)
        await hear(database)

    table = await told(database, ReportName.ON_TIME, By.DAY)

    assert [(row.label, row.values) for row in table.rows] == [(str(FIRST), [2, 1, 0.5, 1, 40 * 60])]


async def test_the_balance_of_a_day_is_that_of_its_end(database: Database, clock: FixedClock):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx)
    [internet, _voice] = await start(database, order, ServiceKind.INTERNET, ServiceKind.VOICE)
    clock.advance(86_400)
    await acknowledge_all(database)
    clock.advance(86_400)
    async with database.transaction(SYSTEM, "test") as tx:
        await resources.terminate(tx, internet, tx.now)
        await billing.stop_billing(tx, internet, tx.now)
    clock.advance(86_400)
    await acknowledge_all(database)
    clock.advance(86_400)

    table = await told(database, ReportName.PROVISION_AND_BILL, By.DAY, last_day=day(9))
    earlier = await told(database, ReportName.PROVISION_AND_BILL, By.DAY, first_day=day(-1), last_day=day(0))

    assert [row.values for row in table.rows] == [[2, 0, 2], [2, 2, 0], [1, 2, -1], [1, 1, 0], [1, 1, 0]]
    assert table.total == [1, 1, 0]
    assert [row.values for row in earlier.rows] == [[0, 0, 0], [2, 0, 2]]
