"""Tables of reporting: the numbers under which facts are handed out, and reports that are sent by themselves."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.leases import WorkRow
from backend.kernel.tables import Row, StructJson, Table, Versioned
from backend.reporting.cadence import Cadence
from backend.reporting.report_schemas import By, ReportName
from backend.reporting.schedule_schemas import Filters


class ExtractStream(Table):
    """One table of facts as readers fetch it. last: the last number given out; newest_id: the newest row that has one.

    swept_at: when all rows were looked at for one that has no number, not only the newer ones.
    """

    __tablename__ = "extract_stream"
    audited = False

    name: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]
    newest_id: Mapped[UUID | None]
    swept_at: Mapped[datetime]


class ExtractNumber(Table):
    """The number of one row, given when it was first read and never again."""

    __tablename__ = "extract_number"
    __table_args__ = (UniqueConstraint("name", "row_id"),)
    audited = False

    name: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    row_id: Mapped[UUID]


class ReportSchedule(WorkRow, Versioned):
    """A report that is sent again and again. Due when it is to be sent next, and never while it is paused.

    hour: 0 to 23, in `zone` (IANA). owner_id: who set it up.
    """

    __tablename__ = "report_schedule"

    owner_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"), index=True)
    report: Mapped[ReportName]
    by: Mapped[By]
    filters: Mapped[Filters] = mapped_column(StructJson(Filters))
    cadence: Mapped[Cadence]
    hour: Mapped[int]
    zone: Mapped[str]
    recipients: Mapped[list[UUID]] = mapped_column(StructJson(list[UUID]))
    is_paused: Mapped[bool] = mapped_column(default=False)


class ReportDelivery(WorkRow, Row):
    """One report for one reader about one span of days, once however often it is tried.

    sent_at: None until it was; why_not: a code, where it was not to be sent any more.
    """

    __tablename__ = "report_delivery"
    __table_args__ = (UniqueConstraint("schedule_id", "first_day", "user_id"),)
    audited = False  # a delivery is itself the record of what was sent to whom

    schedule_id: Mapped[UUID] = mapped_column(ForeignKey("report_schedule.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    written_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    why_not: Mapped[str | None]
