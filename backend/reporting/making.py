"""Making a report: what this caller may see of it, summed up by what was asked for, with names to its keys."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, false, func, select

from backend.catalogue.models import WorkSpecificationRow
from backend.identity.principal import SEES_ALL, Principal, Role
from backend.inventory.models import StockLocation
from backend.kernel.db import Transaction
from backend.reporting import balances
from backend.reporting.counting import Counted
from backend.reporting.periods import UTC_ZONE, check_period
from backend.reporting.report_schemas import (
    Asked,
    By,
    ReportRow,
    ReportTable,
    TooManyRows,
    UnknownReport,
    WrongGrouping,
)
from backend.reporting.reports import REPORTS, Figure, Report
from backend.workforce.models import Technician, Territory

MAX_ROWS = 2000  # technicians of the largest operators; more is read by nobody
COLUMNS = {
    By.DAY: "day",
    By.TERRITORY: "territory_id",
    By.TECHNICIAN: "technician_id",
    By.WORK: "work",
    By.REASON: "reason",
    By.LOCATION: "location_id",
    By.MODEL: "model",
}
Sums = Mapping[str, int]


class _Group(NamedTuple):
    key: Any
    sums: Sums


async def make(tx: Transaction, principal: Principal, asked: Asked) -> ReportTable:
    """The report as this caller may see it. Raises UnknownReport, BadPeriod, WrongGrouping, TooManyRows."""
    report = REPORTS[asked.report]
    if principal.role not in report.readers:
        raise UnknownReport(report=asked.report)
    if asked.by not in report.by:
        raise WrongGrouping(by=asked.by, may=list(report.by))
    check_period(asked.first_day, asked.last_day)
    counted = await _counted(tx, asked)
    if report.count is None:
        return await _balance(tx, report, asked, counted)
    groups = await _groups(tx, report, principal, asked, counted)
    labels = await _labels(tx, asked.by, [group.key for group in groups])
    rows = [_row(report, group, labels) for group in groups]
    ordered = sorted(rows, key=lambda row: (row.key is None, row.key if asked.by is By.DAY else row.label))
    total = {name: sum(group.sums[name] for group in groups) for name in report.measures}
    return ReportTable(asked=asked, figures=report.views(), rows=ordered, total=_values(report, total))


async def office_zone(tx: Transaction) -> str:
    """Where the office is: the zone of most territories."""
    query = select(Territory.zone).group_by(Territory.zone).order_by(func.count().desc(), Territory.zone).limit(1)
    return (await tx.session.scalars(query)).first() or UTC_ZONE


async def _counted(tx: Transaction, asked: Asked) -> Counted:
    zones = frozenset(await tx.session.scalars(select(Territory.zone).distinct()))
    return Counted(
        first_day=asked.first_day,
        last_day=asked.last_day,
        within_days=asked.within_days,
        zones=zones,
        office_zone=await office_zone(tx),
        now=tx.now,
    )


async def _balance(tx: Transaction, report: Report, asked: Asked, counted: Counted) -> ReportTable:
    """What stands is not summed: its total is how it stood at the end."""
    ends = await balances.day_ends(tx, counted)
    groups = [
        _Group(end.day, {"active": end.active, "billed": end.billed, "difference": end.active - end.billed})
        for end in ends
    ]
    nothing: list[float | None] = [None] * len(report.figures)
    total = _values(report, groups[-1].sums) if groups else nothing
    rows = [_row(report, group, {}) for group in groups]
    return ReportTable(asked=asked, figures=report.views(), rows=rows, total=total)


async def _groups(
    tx: Transaction, report: Report, principal: Principal, asked: Asked, counted: Counted
) -> list[_Group]:
    assert report.count is not None, "the balance has no groups"
    one = report.count(counted).subquery()
    key = one.c[COLUMNS[asked.by]]
    query = select(key, *[func.sum(one.c[name]) for name in report.measures])
    query = query.where(*_seen_by(principal, one.c), *_filtered(report, asked, one.c)).group_by(key)
    found = (await tx.session.execute(query.limit(MAX_ROWS + 1))).all()
    if len(found) > MAX_ROWS:
        raise TooManyRows(max_rows=MAX_ROWS)
    # PostgreSQL sums BIGINT to NUMERIC: back to int.
    return [_Group(row[0], dict(zip(report.measures, map(int, row[1:]), strict=True))) for row in found]


def _seen_by(principal: Principal, columns: Any) -> Sequence[ColumnElement[bool]]:
    """A dispatcher sees the own territories, a contractor's manager the own company."""
    if principal.role in SEES_ALL:
        return ()
    if principal.role is Role.DISPATCHER:
        return (columns.territory_id.in_(principal.territory_ids),)
    if principal.role is Role.CONTRACTOR_MANAGER:
        return (columns.organisation_id == principal.organisation_id,)
    return (false(),)


def _filtered(report: Report, asked: Asked, columns: Any) -> Sequence[ColumnElement[bool]]:
    wanted = {By.TERRITORY: asked.territory_id, By.TECHNICIAN: asked.technician_id, By.WORK: asked.work}
    return [columns[COLUMNS[by]] == wanted[by] for by in report.filters if wanted[by] is not None]


async def _labels(tx: Transaction, by: By, keys: Collection[Any]) -> dict[Any, str]:
    """What people call these keys; those that name themselves are left out."""
    tables = {By.TERRITORY: Territory, By.TECHNICIAN: Technician, By.LOCATION: StockLocation}
    if by is By.WORK:
        query = select(WorkSpecificationRow.code, WorkSpecificationRow.name).where(WorkSpecificationRow.code.in_(keys))
    elif by in tables:
        table = tables[by]
        query = select(table.id, table.name).where(table.id.in_(keys))
    else:
        return {}
    return {row[0]: row[1] for row in await tx.session.execute(query)}


def _row(report: Report, group: _Group, labels: Mapping[Any, str]) -> ReportRow:
    key = None if group.key in (None, "") else str(group.key)
    label = labels.get(group.key) or key or ""
    return ReportRow(key=key, label=label, values=_values(report, group.sums))


def _values(report: Report, sums: Sums) -> list[float | None]:
    return [_value(figure, sums) for figure in report.figures]


def _value(figure: Figure, sums: Sums) -> float | None:
    if figure.per is None:
        return sums[figure.of]
    return sums[figure.of] / sums[figure.per] if sums[figure.per] else None
