"""Reports that are sent by themselves."""

from typing import Any
from uuid import UUID

import msgspec

from backend.identity.models import User
from backend.identity.queries import principal_of_user
from backend.kernel.db import Transaction
from backend.reporting import scheduling
from backend.reporting.cadence import Cadence
from backend.reporting.report_schemas import By, ReportName
from backend.reporting.schedule_schemas import ScheduleReport


async def make_schedule(tx: Transaction, owner: User, *others: UUID, **changes: Any) -> UUID:
    """The owner, and others, get the first-time fixes of the week before, on Mondays at seven."""
    usual = ScheduleReport(
        report=ReportName.FIRST_TIME_FIX,
        by=By.TECHNICIAN,
        cadence=Cadence.WEEKLY,
        hour=7,
        recipients=[owner.id, *others],
    )
    wanted = msgspec.structs.replace(usual, **changes)
    return (await scheduling.schedule(tx, principal_of_user(owner), wanted)).id
