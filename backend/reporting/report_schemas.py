"""What a report is asked for, and what it answers. The reports themselves stand in `reports`."""

from datetime import date
from enum import StrEnum
from uuid import UUID

import msgspec

from backend.kernel.errors import Invalid, NotFound


class UnknownReport(NotFound):
    """No report is called so, or it is not for this desk. `GET /api/v1/reports` lists them."""

    code = "unknown_report"


class BadPeriod(Invalid):
    """A period is from one day to the same or a later one, at most `max_days` of them, in this era."""

    code = "bad_period"


class WrongGrouping(Invalid):
    """This report is not told by that. params: `by`, and `may`, what it can be told by."""

    code = "wrong_grouping"


class TooManyRows(Invalid):
    """More rows than a table can be read with: name a territory, or tell it by something else. params: max_rows."""

    code = "too_many_rows"


class ReportName(StrEnum):
    ON_TIME = "on-time"
    FIRST_TIME_FIX = "first-time-fix"
    UTILISATION = "utilisation"
    REPEAT_VISITS = "repeat-visits"
    PROVISION_AND_BILL = "provision-and-bill"
    FALLOUT_AGEING = "fallout-ageing"
    STOCK_ACCURACY = "stock-accuracy"


class By(StrEnum):
    """What a table has a row for."""

    DAY = "day"
    TERRITORY = "territory"
    TECHNICIAN = "technician"
    WORK = "work"
    REASON = "reason"
    LOCATION = "location"
    MODEL = "model"


class Unit(StrEnum):
    """share: 0 to 1; seconds: a duration."""

    COUNT = "count"
    SHARE = "share"
    SECONDS = "seconds"


class FigureView(msgspec.Struct, frozen=True, kw_only=True):
    """A column of figures. definition: what it counts, in English, to be shown beside it."""

    name: str
    unit: Unit
    definition: str


class ReportView(msgspec.Struct, frozen=True, kw_only=True):
    """A report that this caller may read. by: what it can be told by, the usual first; chart: the figure to be drawn."""

    name: ReportName
    by: list[By]
    filters: list[By]
    figures: list[FigureView]
    chart: str
    max_days: int


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A report and its filters. first_day, last_day: local days of each territory, both counted; within_days: of repeat visits."""

    report: ReportName
    by: By
    first_day: date
    last_day: date
    territory_id: UUID | None = None
    technician_id: UUID | None = None
    work: str | None = None
    within_days: int = 30


class ReportRow(msgspec.Struct, frozen=True, kw_only=True):
    """One day, territory, … and its figures, in the order of the table's. key: None for what has none of it."""

    key: str | None
    label: str
    values: list[float | None]


class ReportTable(msgspec.Struct, frozen=True, kw_only=True):
    """Figures by something, and for all of it together. A figure is None where there was nothing to count."""

    asked: Asked
    figures: list[FigureView]
    rows: list[ReportRow]
    total: list[float | None]
