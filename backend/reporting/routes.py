"""HTTP of reports: the balance, the phones, the tables by period, their sending, and extracts of facts."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend.identity.principal import Principal
from backend.kernel.csvtext import MEDIA_TYPE
from backend.kernel.db import Transaction
from backend.kernel.page_size import PageSize
from backend.kernel.paging import Page
from backend.kernel.repeats import Once
from backend.reporting import extracting, scheduling, service, writing
from backend.reporting.extract_schemas import ExtractView, ReadExtract
from backend.reporting.extracts import EXTRACTS
from backend.reporting.report_schemas import Asked, By, ReportTable, ReportView
from backend.reporting.schedule_schemas import PauseReport, ScheduleReport, ScheduleView
from backend.reporting.schemas import Balance, PhoneView

MAX_SILENT_HOURS = 24 * 366
SilentHours = Annotated[int, QueryParameter(ge=0, le=MAX_SILENT_HOURS)]
WithinDays = Annotated[int, QueryParameter(ge=1, le=366)]
Work = Annotated[str | None, QueryParameter(max_length=64)]


async def provide_asked(
    report: FromPath[str],
    by: FromQuery[By],
    first_day: FromQuery[date],
    last_day: FromQuery[date],
    territory_id: FromQuery[UUID | None] = None,
    technician_id: FromQuery[UUID | None] = None,
    work: Work = None,
    within_days: WithinDays = 30,
) -> Asked:
    """What the address of a report asks for. Raises UnknownReport."""
    return Asked(
        report=service.report_name(report),
        by=by,
        first_day=first_day,
        last_day=last_day,
        territory_id=territory_id,
        technician_id=technician_id,
        work=work,
        within_days=within_days,
    )


SCHEDULE = "/api/v1/report-schedules/{schedule_id:uuid}"
ASKED = {"asked": Provide(provide_asked)}


@get("/api/v1/reports/balance", tags=["reports"], summary="Services active against services billed")
async def see_balance(tx: NamedDependency[Transaction]) -> Balance:
    return await service.balance(tx)


@get("/api/v1/reports/phones", tags=["reports"], summary="Phones in use, and when they were last heard of")
async def list_phones(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    silent_hours: SilentHours = 0,
    page_size: PageSize = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[PhoneView]:
    """silent_hours: only those that were silent for so long at least; 0: all."""
    return await service.phones(tx, principal, silent_hours=silent_hours, page_size=page_size, cursor=cursor)


@get("/api/v1/reports", tags=["reports"], summary="The reports of this desk, with what each figure means")
async def list_reports(principal: NamedDependency[Principal]) -> list[ReportView]:
    return service.reports(principal)


@get("/api/v1/reports/{report:str}", dependencies=ASKED, tags=["reports"], summary="A report by day, territory, …")
async def see_report(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], asked: NamedDependency[Asked]
) -> ReportTable:
    """first_day, last_day: local days, both counted; within_days: how soon a visit is a repeat one."""
    return await service.report(tx, principal, asked)


@get(
    "/api/v1/reports/{report:str}/table.csv",
    dependencies=ASKED,
    media_type=MEDIA_TYPE,
    tags=["reports"],
    summary="The same as a file for spreadsheets",
)
async def download_report(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], asked: NamedDependency[Asked]
) -> Response[str]:
    table = await service.report(tx, principal, asked)
    name = f'attachment; filename="{writing.file_name(asked)}"'
    return Response(writing.csv_of(table), media_type=MEDIA_TYPE, headers={"content-disposition": name})


@get("/api/v1/extracts", tags=["reports"], summary="The tables of facts, with their columns")
async def list_extracts() -> list[ExtractView]:
    return [ExtractView(name=one.name, columns=["cursor", *one.columns]) for one in EXTRACTS.values()]


@post(
    "/api/v1/extracts/{table:str}",
    media_type=MEDIA_TYPE,
    status_code=200,
    tags=["reports"],
    summary="Facts since a cursor, as CSV",
)
async def read_extract(
    tx: NamedDependency[Transaction], table: FromPath[str], data: JSONBody[ReadExtract]
) -> Response[str]:
    """Each row begins with its cursor; when there are no rows, you have all. Every reading is in the audit."""
    page = await extracting.read(tx, extracting.extract_of(table), cursor=data.cursor, limit=data.limit)
    name = f'attachment; filename="{table}.csv"'
    return Response(page.csv(), media_type=MEDIA_TYPE, headers={"content-disposition": name})


@get("/api/v1/report-schedules", tags=["reports"], summary="Reports that are sent by themselves, and what became of it")
async def list_schedules(tx: NamedDependency[Transaction], principal: NamedDependency[Principal]) -> list[ScheduleView]:
    return await scheduling.schedules(tx, principal)


@post("/api/v1/report-schedules", tags=["reports"], summary="Send a report each day, week or month")
async def schedule_report(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    once: NamedDependency[Once],
    data: JSONBody[ScheduleReport],
) -> ScheduleView:
    """The hour is of the office's clock. Each reader gets what that reader may see, with the table as a CSV file."""
    return await once(ScheduleView, lambda: scheduling.schedule(tx, principal, data))


@patch(SCHEDULE, tags=["reports"], summary="Pause it, or go on")
async def pause_report(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    schedule_id: FromPath[UUID],
    data: JSONBody[PauseReport],
) -> ScheduleView:
    return await scheduling.pause(tx, principal, schedule_id, is_paused=data.is_paused)


@delete(SCHEDULE, tags=["reports"], summary="Send it no more")
async def end_schedule(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], schedule_id: FromPath[UUID]
) -> None:
    await scheduling.end(tx, principal, schedule_id)


ROUTES = [
    see_balance,
    list_phones,
    list_reports,
    see_report,
    download_report,
    list_extracts,
    read_extract,
    list_schedules,
    schedule_report,
    pause_report,
    end_schedule,
]
