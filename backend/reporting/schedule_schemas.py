"""What is asked for and told of reports that are sent by themselves."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from backend.kernel.errors import Invalid, NotFound
from backend.reporting.cadence import Cadence
from backend.reporting.report_schemas import By, ReportName

MAX_RECIPIENTS = 50


class UnknownSchedule(NotFound):
    code = "unknown_schedule"


class RecipientMayNotRead(Invalid):
    """This report is not for the desk of that user, or the user is not there. params: user_id."""

    code = "recipient_may_not_read"


class Filters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the report is held to, besides its days."""

    territory_id: UUID | None = None
    technician_id: UUID | None = None
    work: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    within_days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 30


class ScheduleReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Send this report. hour: of the office's clock; recipients: users, each of whom gets what they may see."""

    report: ReportName
    by: By
    cadence: Cadence
    hour: Annotated[int, msgspec.Meta(ge=0, le=23)]
    recipients: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=MAX_RECIPIENTS)]
    filters: Filters = Filters()


class PauseReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """is_paused: nothing is sent until it is False again; what was due meanwhile is not made up for."""

    is_paused: bool


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the last report for one reader. error: of the last attempt, where it is still tried or was given up."""

    user_id: UUID
    first_day: date
    last_day: date
    sent_at: datetime | None
    why_not: str | None
    error: str | None


class ScheduleView(msgspec.Struct, frozen=True, kw_only=True):
    """A report that is sent by itself. next_at: None while it is paused; last: of each reader, of the last days sent."""

    id: UUID
    version: int
    owner_id: UUID
    report: ReportName
    by: By
    filters: Filters
    cadence: Cadence
    hour: int
    zone: str
    recipients: list[UUID]
    is_paused: bool
    next_at: datetime | None
    last: list[DeliveryView]
