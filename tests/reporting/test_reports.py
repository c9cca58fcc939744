"""What each report counts, by what it is told by, and who sees which rows of it."""

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.activation.models import ActivationFact
from backend.identity.principal import Principal, Role
from backend.inventory.models import StockCount
from backend.jobs.lifecycle import JobState
from backend.jobs.models import Job
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.reporting import service
from backend.reporting.periods import local_days
from backend.reporting.report_schemas import Asked, BadPeriod, By, ReportName, UnknownReport, WrongGrouping
from backend.reporting.reports import REPORTS
from backend.reporting.routes import ROUTES
from backend.workforce.schemas import TechnicianView
from sync.operations import Outcome
from tests.architecture.house import ROOT
from tests.factories.activation import make_activation
from tests.factories.callers import calling
from tests.factories.identity import make_organisation
from tests.factories.inventory import make_depot
from tests.factories.jobs import make_field
from tests.factories.resources import make_pools
from tests.factories.workforce import make_shift, make_technician, make_territory
from tests.fakes import FixedClock
from tests.reporting.attended import FIRST, attended, day, visited

pytestmark = pytest.mark.anyio

SUPERVISOR = Principal(actor=SYSTEM, role=Role.SUPERVISOR)


@pytest.fixture
async def eero(database: Database) -> TechnicianView:
    async with database.transaction(SYSTEM, "test") as tx:
        return await make_field(tx)


async def told(
    database: Database, report: ReportName, by: By, principal: Principal = SUPERVISOR, **filters: Any
) -> dict[str, dict[str, float | None]]:
    """Label → figure → value, over four weeks from MONDAY; the total stands under "total"."""
    asked: dict[str, Any] = {"first_day": FIRST, "last_day": FIRST + timedelta(days=27)}
    async with database.snapshot(SYSTEM, "test") as tx:
        table = await service.report(tx, principal, Asked(report=report, by=by, **(asked | filters)))
    names = [figure.name for figure in table.figures]
    rows = {row.label: dict(zip(names, row.values, strict=True)) for row in table.rows}
    return rows | {"total": dict(zip(names, table.total, strict=True))}


async def test_what_is_done_at_the_first_attempt_is_fixed(database: Database, eero: TechnicianView):
    async with database.transaction(SYSTEM, "test") as tx:
        await attended(tx, eero)
        await attended(tx, eero, outcome=Outcome.PARTIAL)
        broken_off = await attended(tx, eero, state=JobState.SUSPENDED, outcome=None)
        of_same = {"follows_job_id": broken_off.id, "work_order_id": broken_off.work_order_id}
        await attended(tx, eero, ahead=1, after=broken_off, **of_same)
        seemed_done = await attended(tx, eero)
        of_same = {"work_order_id": seemed_done.work_order_id, "service_day": None, "state": JobState.PENDING}
        await attended(tx, eero, after=seemed_done, **of_same)

    by_technician = await told(database, ReportName.FIRST_TIME_FIX, By.TECHNICIAN)

    assert by_technician[eero.name] == {"attempts": 4, "fixed": 1, "fixed_share": 0.25}
    assert by_technician["total"] == by_technician[eero.name]


async def test_two_of_a_crew_at_one_work_order_are_not_each_others_second_attempt(
    database: Database, eero: TechnicianView
):
    async with database.transaction(SYSTEM, "test") as tx:
        lead = await attended(tx, eero)
        await attended(tx, eero, after=lead, work_order_id=lead.work_order_id)

    assert (await told(database, ReportName.FIRST_TIME_FIX, By.DAY))["total"]["fixed_share"] == 1


async def test_a_visit_is_repeated_when_somebody_comes_to_the_premises_again(database: Database, eero: TechnicianView):
    async with database.transaction(SYSTEM, "test") as tx:
        first = await attended(tx, eero)
        await attended(tx, eero, after=first)  # the same day: one attendance of two jobs
        await attended(tx, eero, ahead=10, after=first)
        await attended(tx, eero, ahead=2)

    month = await told(database, ReportName.REPEAT_VISITS, By.DAY)
    week = await told(database, ReportName.REPEAT_VISITS, By.DAY, within_days=9)

    assert month[str(FIRST)] == {"attended": 2, "repeated": 2, "repeated_share": 1.0}
    assert (month["total"]["attended"], month["total"]["repeated"]) == (4, 2)
    assert week["total"]["repeated"] == 0


async def test_a_shift_is_work_travel_and_the_rest(database: Database, eero: TechnicianView, clock: FixedClock):
    async with database.transaction(SYSTEM, "test") as tx:
        shift = await make_shift(tx, eero.id)  # eight hours, half an hour of them a break
        await make_shift(tx, eero.id, days_ahead=1)
        morning, evening = await attended(tx, eero), await attended(tx, eero)
        start, end = shift.starts_at, shift.ends_at
        hour = timedelta(hours=1)
        await visited(tx, morning, en_route=start - hour, arrived=start + hour, ended=start + 3 * hour)
        await visited(tx, evening, en_route=end - 2 * hour, arrived=end - hour, ended=end + hour)
    clock.advance(86_400)  # the second shift has just begun

    by_technician = await told(database, ReportName.UTILISATION, By.TECHNICIAN)

    assert by_technician[eero.name] == {
        "shifts": 1,
        "shift": 7.5 * 3600,
        "work": 3 * 3600,  # two hours in the morning, one of the two in the evening
        "travel": 2 * 3600,
        "idle": 2.5 * 3600,
        "utilised_share": pytest.approx(5 / 7.5),
    }


async def fall_out(tx: Transaction, activation_id: UUID, *, minutes: int | None, reason: str) -> None:
    """It waited for so many minutes, None: it waits still."""
    common = {"subject_id": activation_id, "actor_kind": "system", "actor_id": None, "command": "x"}
    out = {"from_state": "running", "to_state": "fallout", "detail": {"reason": reason}}
    tx.append(ActivationFact, **common, **out, occurred_at=tx.now, recorded_at=tx.now)
    if minutes is not None:
        then = tx.now + timedelta(minutes=minutes)
        back = {"from_state": "fallout", "to_state": "running", "detail": {}}
        tx.append(ActivationFact, **common, **back, occurred_at=then, recorded_at=then)
    await tx.flush()


async def test_a_fallout_ages_until_a_person_decides(database: Database, eero: TechnicianView, clock: FixedClock):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pools(tx)
        activation_id = await make_activation(tx)
        await fall_out(tx, activation_id, minutes=30, reason="line_test_failed")
        await fall_out(tx, activation_id, minutes=120, reason="line_test_failed")
        await fall_out(tx, await make_activation(tx), minutes=None, reason="network_refused")
    clock.advance(2 * 86_400)

    by_reason = await told(database, ReportName.FALLOUT_AGEING, By.REASON)

    assert by_reason["line_test_failed"] == {
        "fallouts": 2,
        "waiting": 0,
        "age": 75 * 60,
        "within_hour": 1,
        "within_day": 1,
        "within_three_days": 0,
        "older": 0,
    }
    assert (by_reason["network_refused"]["waiting"], by_reason["network_refused"]["within_three_days"]) == (1, 1)


async def test_stock_is_accurate_where_counts_found_what_the_ledger_said(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        depot = await make_depot(tx)
        for model, expected, counted in (("ONT", 10, 10), ("GW", 5, 3), ("GW", 3, 4)):
            known: dict[str, Any] = {"missing": [], "found": [], "misplaced": [], "reason": "cycle"}
            known |= {"location_id": depot.id, "model": model, "at": tx.now, "actor_kind": "system", "actor_id": None}
            tx.add(StockCount(id=tx.new_id(), expected=expected, counted=counted, **known))

    by_place = await told(database, ReportName.STOCK_ACCURACY, By.LOCATION)
    by_model = await told(database, ReportName.STOCK_ACCURACY, By.MODEL)

    assert by_place[depot.name]["exact_share"] == pytest.approx(1 / 3)
    assert (by_model["GW"]["off"], by_model["ONT"]["off"]) == (3, 0)


async def test_each_sees_the_rows_that_are_theirs(database: Database, eero: TechnicianView):
    async with database.transaction(SYSTEM, "test") as tx:
        elsewhere = await make_territory(tx, code="HEL-S", name="Helsinki south")
        company = await make_organisation(tx, "Kaapelityö", is_contractor=True)
        sanna = await make_technician(tx, elsewhere.id, name="Sanna Niemi", organisation_id=company, is_contractor=True)
        await attended(tx, eero)
        await attended(tx, sanna)
    dispatcher = Principal(actor=SYSTEM, role=Role.DISPATCHER, territory_ids=frozenset({eero.territory_id}))
    manager = Principal(actor=SYSTEM, role=Role.CONTRACTOR_MANAGER, organisation_id=company)

    async def seen(principal: Principal, **filters: Any) -> set[str]:
        rows = await told(database, ReportName.FIRST_TIME_FIX, By.TECHNICIAN, principal, **filters)
        return rows.keys() - {"total"}

    assert await seen(SUPERVISOR) == {"Eero Virtanen", "Sanna Niemi"}
    assert await seen(SUPERVISOR, territory_id=elsewhere.id) == {"Sanna Niemi"}
    assert await seen(dispatcher) == {"Eero Virtanen"}
    assert await seen(dispatcher, territory_id=elsewhere.id) == set()
    assert await seen(manager) == {"Sanna Niemi"}
    with pytest.raises(UnknownReport):
        await told(database, ReportName.PROVISION_AND_BILL, By.DAY, manager)
    async with calling(database, ROUTES, manager) as http:
        offered = [one["name"] for one in (await http.get("/api/v1/reports")).json()]
    assert offered == ["on-time", "first-time-fix", "utilisation", "repeat-visits"]


@pytest.mark.parametrize(
    ("changes", "trouble"),
    [
        ({"by": By.DAY, "last_day": FIRST - timedelta(days=1)}, BadPeriod),
        ({"by": By.DAY, "last_day": FIRST + timedelta(days=92)}, BadPeriod),
        ({"by": By.DAY, "first_day": date(1, 1, 1), "last_day": date(1, 1, 1)}, BadPeriod),
        ({"by": By.MODEL}, WrongGrouping),
    ],
)
async def test_what_cannot_be_told_is_refused(database: Database, changes: dict[str, Any], trouble: type[Exception]):
    with pytest.raises(trouble):
        await told(database, ReportName.ON_TIME, **changes)


async def test_over_http_a_report_is_a_table_or_a_file(database: Database, eero: TechnicianView):
    async with database.transaction(SYSTEM, "test") as tx:
        job = await attended(tx, eero)
        await attended(tx, eero, state=JobState.NOT_DONE, outcome=None)
        (await tx.session.get_one(Job, job.id)).work = "=cmd()"
    address = f"/api/v1/reports/first-time-fix{{}}?by=work&first_day={FIRST}&last_day={day(6)}"
    async with calling(database, ROUTES, SUPERVISOR) as http:
        table = (await http.get(address.format(""))).json()
        file = await http.get(address.format("/table.csv"))
        unknown = await http.get(f"/api/v1/reports/weather?by=day&first_day={FIRST}&last_day={FIRST}")

    assert [row["values"] for row in table["rows"]] == [[1, 1, 1.0], [1, 0, 0.0]]
    assert all(figure["definition"] for figure in table["figures"])
    assert file.text == "work,attempts,fixed,fixed_share\r\n'=cmd(),1,1,1.0\r\nInstall FTTP,1,0,0.0\r\n"
    assert file.headers["content-disposition"].endswith(f'first-time-fix-by-work-{FIRST}-{day(6)}.csv"')
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_report")


@pytest.mark.parametrize("report", REPORTS.values(), ids=list(REPORTS))
def test_a_report_draws_a_figure_that_it_has_and_says_what_each_means(report: Any):
    assert report.chart in {figure.name for figure in report.figures}
    assert all(len(figure.definition) > 10 and figure.definition.endswith(".") for figure in report.figures)


def test_a_local_day_has_25_hours_when_clocks_go_back():
    autumn = date(2026, 10, 25)

    lengths = [(one.ends_at - one.starts_at) / timedelta(hours=1) for one in local_days(autumn, autumn, {"Europe/Helsinki", "UTC"})]  # fmt: skip

    assert lengths == [25, 24]


def test_the_page_has_a_name_for_each_figure():
    words = (ROOT / "clients/web/shared/texts/en/reports.ts").read_text(encoding="utf-8")
    named = set(re.findall(r"^  (\w+): '", words.partition("export const FIGURES")[2], re.MULTILINE))

    assert {figure.name for report in REPORTS.values() for figure in report.figures} - named == set()
