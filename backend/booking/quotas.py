"""How many windows of a day are promised for one kind of work in one territory: more than that is nobody's to give away.

Technicians may have time left and the day is full all the same, because the rest is kept for troubles. What is held counts like
what is promised, or two customers on the phone would get the last place.
"""

from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import bindparam, select

from backend.booking.errors import QuotaFull
from backend.booking.lifecycle import LIVE, HoldState
from backend.booking.models import Appointment, BookingQuota, Hold
from backend.booking.schemas import QuotasView, QuotaView
from backend.booking.windows import OfferedWindow
from backend.catalogue import service as catalogue
from backend.dispatch import service as dispatch
from backend.identity.principal import Principal
from backend.jobs.schemas import JobView
from backend.kernel.db import Transaction
from backend.kernel.statements import Question
from backend.kernel.tables import Id, Table
from backend.workforce import service as workforce

_QUOTAS = BookingQuota.__table__.c
_LIMIT = Question(
    select(_QUOTAS.daily_limit).where(
        _QUOTAS.territory_id == bindparam("territory_id", type_=Id()), _QUOTAS.work == bindparam("work")
    )
)


async def set_quota(
    tx: Transaction, principal: Principal, territory_id: UUID, work: str, daily_limit: int | None
) -> QuotasView:
    """Bound a kind of work to so many windows a day; None for no bound. Raises UnknownTerritory, UnknownWork."""
    await dispatch.require_territory(tx, principal, territory_id)
    await catalogue.work_specification(tx, work)
    row = await _locked(tx, territory_id, work)
    if row is not None and daily_limit is None:
        await tx.session.delete(row)
    elif row is not None and daily_limit is not None:
        row.daily_limit = daily_limit
    elif daily_limit is not None:
        tx.add(BookingQuota(id=tx.new_id(), territory_id=territory_id, work=work, daily_limit=daily_limit))
    await tx.flush()
    return await see_quotas(tx, principal, territory_id)


async def see_quotas(tx: Transaction, principal: Principal, territory_id: UUID, day: date | None = None) -> QuotasView:
    """The bounds of a territory; day: with what is given away of that local day. Raises UnknownTerritory."""
    await dispatch.require_territory(tx, principal, territory_id)
    zone = (await workforce.territory(tx, territory_id)).zone
    query = select(BookingQuota).where(BookingQuota.territory_id == territory_id).order_by(BookingQuota.work)
    rows = list(await tx.session.scalars(query))
    given = [None if day is None else len(await _given(tx, territory_id, row.work, day, zone)) for row in rows]
    return QuotasView(
        items=[
            QuotaView(work=row.work, daily_limit=row.daily_limit, given=count)
            for row, count in zip(rows, given, strict=True)
        ]
    )


async def full_days(tx: Transaction, job: JobView, days: Collection[date], zone: str) -> frozenset[date]:
    """On which of these local days no window may be promised to this job any more."""
    limits = await tx.ask(_LIMIT, territory_id=job.territory_id, work=job.work)
    if not limits:
        return frozenset()
    [(daily_limit,)] = limits
    return frozenset([day for day in days if await _promised(tx, job, day, zone) >= daily_limit])


async def require_room(tx: Transaction, job: JobView, window: OfferedWindow) -> None:
    """Raises QuotaFull. Whoever holds a window of this kind waits here until we are done, and counts us then."""
    quota = await _locked(tx, job.territory_id, job.work)
    if quota is not None and await _promised(tx, job, window.day, window.zone) >= quota.daily_limit:
        raise QuotaFull(day=window.day.isoformat(), work=job.work, daily_limit=quota.daily_limit)


async def _locked(tx: Transaction, territory_id: UUID, work: str) -> BookingQuota | None:
    query = select(BookingQuota).where(BookingQuota.territory_id == territory_id, BookingQuota.work == work)
    query = query.with_for_update().execution_options(populate_existing=True)
    return (await tx.session.scalars(query)).first()


async def _promised(tx: Transaction, asked: JobView, day: date, zone: str) -> int:
    """How many other jobs of this kind have a window on that day, held or promised."""
    return len(await _given(tx, asked.territory_id, asked.work, day, zone) - {asked.id})


async def _given(tx: Transaction, territory_id: UUID, work: str, day: date, zone: str) -> set[UUID]:
    """The jobs of this kind that have a window on that day, held or promised."""
    job = Table.metadata.tables["job"]
    begins, ends = dispatch.local_midnight(day, zone), dispatch.local_midnight(day + timedelta(days=1), zone)
    jobs = set[UUID]()
    for row, states in ((Hold, (HoldState.HELD,)), (Appointment, LIVE)):
        query = (
            select(row.job_id)
            .join(job, job.c.id == row.job_id)
            .where(
                row.state.in_(states),
                row.window_start >= begins,
                row.window_start < ends,
                job.c.territory_id == territory_id,
                job.c.work == work,
            )
        )
        jobs |= set(await tx.session.scalars(query))
    return jobs
