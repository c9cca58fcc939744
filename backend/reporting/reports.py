"""The table of reports: what each counts, what its figures mean, what it can be told by, and who may read it.

A figure is a sum of what `counting` gives, or one sum over another. The definitions are shown wherever the figures are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import SelectBase

from backend.identity.access import BILLING_DESK, FIELD_OFFICE, MANAGERS, NETWORK_DESK, STOREKEEPERS
from backend.identity.principal import Role
from backend.reporting import counting
from backend.reporting.counting import Counted
from backend.reporting.periods import MAX_DAYS
from backend.reporting.report_schemas import By, FigureView, ReportName, ReportView, Unit

FIELD = MANAGERS | FIELD_OFFICE | {Role.AUDITOR}
FIELD_BY = (By.DAY, By.TERRITORY, By.TECHNICIAN, By.WORK)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """of, per: measures; the figure is the sum of one, or that sum over the other's."""

    name: str
    definition: str
    of: str
    per: str | None = None
    unit: Unit = Unit.COUNT


@dataclass(frozen=True, kw_only=True)
class Report:
    """count: what is summed up; None for the balance, which stands and is not summed (see `balances`).

    filters: what its rows can be held to besides the period; chart: the figure that says most.
    """

    name: ReportName
    figures: tuple[Figure, ...]
    by: tuple[By, ...]
    filters: tuple[By, ...]
    readers: frozenset[Role]
    chart: str
    count: Callable[[Counted], SelectBase] | None

    @property
    def measures(self) -> list[str]:
        wanted = [name for figure in self.figures for name in (figure.of, figure.per) if name]
        return list(dict.fromkeys(wanted))

    def views(self) -> list[FigureView]:
        return [FigureView(name=one.name, unit=one.unit, definition=one.definition) for one in self.figures]

    def view(self) -> ReportView:
        return ReportView(
            name=self.name,
            by=list(self.by),
            filters=list(self.filters),
            figures=self.views(),
            chart=self.chart,
            max_days=MAX_DAYS,
        )


ON_TIME = Report(
    name=ReportName.ON_TIME,
    figures=(
        Figure(name="windows", of="windows", definition="Promised windows that began in the period and were kept, or broken by us; what the customer moved or cancelled is not counted."),
        Figure(name="on_time", of="kept", definition="Of these, somebody arrived by the end of the window, with the tolerance of the policy in force, and could begin."),
        Figure(name="on_time_share", of="kept", per="windows", unit=Unit.SHARE, definition="On time, of all windows."),
        Figure(name="late", of="late", definition="Windows in which we came too late; the others that we broke are visits that did not come, were moved at short notice or could not do the work."),
        Figure(name="late_by", of="late_seconds", per="late", unit=Unit.SECONDS, definition="How long after the end of the window we came, on average, where we came late."),
    ),
    by=FIELD_BY,
    filters=(By.TERRITORY, By.TECHNICIAN, By.WORK),
    readers=FIELD,
    chart="on_time_share",
    count=counting.on_time,
)  # fmt: skip

FIRST_TIME_FIX = Report(
    name=ReportName.FIRST_TIME_FIX,
    figures=(
        Figure(name="attempts", of="attempts", definition="First attempts: jobs that were attended in the period (completed, not done or suspended), and before whose day nobody was there for the same work order."),
        Figure(name="fixed", of="fixed", definition="Of these, completed in full, and nobody has to come again for the same work order."),
        Figure(name="fixed_share", of="fixed", per="attempts", unit=Unit.SHARE, definition="Fixed, of first attempts."),
    ),
    by=FIELD_BY,
    filters=(By.TERRITORY, By.TECHNICIAN, By.WORK),
    readers=FIELD,
    chart="fixed_share",
    count=counting.first_time_fix,
)  # fmt: skip

UTILISATION = Report(
    name=ReportName.UTILISATION,
    figures=(
        Figure(name="shifts", of="shifts", definition="Shifts of the period that are over."),
        Figure(name="shift", of="shift_seconds", unit=Unit.SECONDS, definition="Their length without their breaks."),
        Figure(name="work", of="work_seconds", unit=Unit.SECONDS, definition="From arrival, or where none was recorded from the start of work, to the end of each visit, as far as it lies in the shift."),
        Figure(name="travel", of="travel_seconds", unit=Unit.SECONDS, definition="From setting out to arrival, as far as it lies in the shift; the way home is not recorded."),
        Figure(name="idle", of="idle_seconds", unit=Unit.SECONDS, definition="What is left of each shift, at least 0."),
        Figure(name="utilised_share", of="busy_seconds", per="shift_seconds", unit=Unit.SHARE, definition="Work and travel, of the shifts’ length; above 1 where breaks were worked through."),
    ),
    by=(By.DAY, By.TERRITORY, By.TECHNICIAN),
    filters=(By.TERRITORY, By.TECHNICIAN),
    readers=FIELD,
    chart="utilised_share",
    count=counting.utilisation,
)  # fmt: skip

REPEAT_VISITS = Report(
    name=ReportName.REPEAT_VISITS,
    figures=(
        Figure(name="attended", of="attended", definition="Jobs that were attended in the period: completed, not done or suspended."),
        Figure(name="repeated", of="repeated", definition="Of these, another job at the same premises was attended on a later day, and ended within so many days (within_days) after this one, whatever it was for."),
        Figure(name="repeated_share", of="repeated", per="attended", unit=Unit.SHARE, definition="Repeated, of attended jobs; for days that are not so long ago it may still rise."),
    ),
    by=FIELD_BY,
    filters=(By.TERRITORY, By.TECHNICIAN, By.WORK),
    readers=FIELD,
    chart="repeated_share",
    count=counting.repeat_visits,
)  # fmt: skip

PROVISION_AND_BILL = Report(
    name=ReportName.PROVISION_AND_BILL,
    figures=(
        Figure(name="active", of="active", definition="Services active at the end of the day, as known then, of those that are charged by themselves."),
        Figure(name="billed", of="billed", definition="Services of which billing had acknowledged the start and no stop by the end of the day."),
        Figure(name="difference", of="difference", definition="Active less billed."),
    ),
    by=(By.DAY,),
    filters=(),
    readers=BILLING_DESK | {Role.SUPERVISOR},
    chart="difference",
    count=None,
)  # fmt: skip

FALLOUT_AGEING = Report(
    name=ReportName.FALLOUT_AGEING,
    figures=(
        Figure(name="fallouts", of="fallouts", definition="Activations that began to wait for a person in the period; one that did twice counts twice."),
        Figure(name="waiting", of="waiting", definition="Of these, those that still wait."),
        Figure(name="age", of="age_seconds", per="fallouts", unit=Unit.SECONDS, definition="How long they waited until a person decided, or have been waiting until now, on average."),
        Figure(name="within_hour", of="within_hour", definition="Waited for up to an hour."),
        Figure(name="within_day", of="within_day", definition="More than an hour, up to a day."),
        Figure(name="within_three_days", of="within_three_days", definition="More than a day, up to three."),
        Figure(name="older", of="older", definition="More than three days."),
    ),
    by=(By.REASON, By.DAY, By.TERRITORY, By.TECHNICIAN),
    filters=(By.TERRITORY, By.TECHNICIAN),
    readers=NETWORK_DESK | FIELD_OFFICE | {Role.AUDITOR},
    chart="fallouts",
    count=counting.fallout_ageing,
)  # fmt: skip

STOCK_ACCURACY = Report(
    name=ReportName.STOCK_ACCURACY,
    figures=(
        Figure(name="counts", of="counts", definition="Counts of one model at one place that were entered in the period."),
        Figure(name="exact", of="exact", definition="Of these, as many were there as the ledger said."),
        Figure(name="exact_share", of="exact", per="counts", unit=Unit.SHARE, definition="Exact, of all counts."),
        Figure(name="expected", of="expected", definition="Units that the ledger said, before the count corrected it."),
        Figure(name="counted", of="counted", definition="Units that were there."),
        Figure(name="off", of="off", definition="By how many units ledger and count differed, missing and surplus ones added up."),
    ),
    by=(By.LOCATION, By.MODEL, By.DAY),
    filters=(),
    readers=STOREKEEPERS | {Role.AUDITOR},
    chart="exact_share",
    count=counting.stock_accuracy,
)  # fmt: skip

_ALL = (
    ON_TIME,
    FIRST_TIME_FIX,
    UTILISATION,
    REPEAT_VISITS,
    PROVISION_AND_BILL,
    FALLOUT_AGEING,
    STOCK_ACCURACY,
)
REPORTS: dict[ReportName, Report] = {report.name: report for report in _ALL}


def readable(role: Role) -> Sequence[Report]:
    """The reports of this desk, in their order."""
    return [report for report in _ALL if role in report.readers]
