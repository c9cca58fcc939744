"""Held windows and appointments; a day starts at 9 in Helsinki (MONDAY), shifts end at 16."""

from datetime import datetime, timedelta
from uuid import UUID

from backend.booking import service
from backend.booking.schemas import AppointmentView, HoldView, HoldWindow
from backend.dispatch.live import LiveDays
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from tests.factories.dispatch import AirLines
from tests.factories.jobs import SUPERVISOR
from tests.fakes import MONDAY


def window(hour: int, *, days_ahead: int = 0) -> HoldWindow:
    """The two-hour window that begins at this hour in Helsinki (UTC+3 in June)."""
    start = MONDAY.replace(hour=hour - 3) + timedelta(days=days_ahead)
    return HoldWindow(window_start=start, window_end=start + timedelta(hours=2))


async def make_hold(database: Database, job_id: UUID, wanted: HoldWindow) -> HoldView:
    """Hold a window, in the transactions that the route opens."""
    live = LiveDays(AirLines())
    async with database.snapshot(SYSTEM, "test") as tx:
        question = await service.ask_window(tx, SUPERVISOR, live, job_id, wanted)
    found = service.candidates(question, *await live.days(question.reading))
    async with database.transaction(SYSTEM, "test") as tx:
        return await service.hold(tx, SUPERVISOR, question.job, question.windows[0], found)


async def make_appointment(database: Database, job_id: UUID, wanted: HoldWindow) -> AppointmentView:
    held = await make_hold(database, job_id, wanted)
    async with database.transaction(SYSTEM, "test") as tx:
        return await service.confirm(tx, SUPERVISOR, held.id)


def in_helsinki(hour: int, minute: int = 0, *, days_ahead: int = 0) -> datetime:
    return MONDAY.replace(hour=hour - 3, minute=minute) + timedelta(days=days_ahead)
