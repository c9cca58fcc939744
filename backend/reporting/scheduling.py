"""Reports that are sent by themselves: set up, paused, and written out as one delivery for each reader and span of days."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Select, and_, func, select

from backend.identity import service as identity
from backend.identity.models import User
from backend.identity.principal import Principal, Role
from backend.identity.queries import principal_of_user
from backend.kernel.db import Transaction
from backend.ports import Attachment, Letter
from backend.reporting import making
from backend.reporting.cadence import last_until, next_after, span_of
from backend.reporting.models import ReportDelivery, ReportSchedule
from backend.reporting.report_schemas import Asked, UnknownReport, WrongGrouping
from backend.reporting.reports import REPORTS
from backend.reporting.schedule_schemas import (
    DeliveryView,
    RecipientMayNotRead,
    ScheduleReport,
    ScheduleView,
    UnknownSchedule,
)
from backend.reporting.writing import csv_of, file_name, letter_of

SEES_EVERY_SCHEDULE = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR, Role.AUDITOR})
NO_LONGER_READS = "no_longer_reads"
CSV = "text/csv"


async def schedule(tx: Transaction, principal: Principal, wanted: ScheduleReport) -> ScheduleView:
    """Send a report from the next time on. Raises UnknownReport, WrongGrouping, RecipientMayNotRead."""
    report = REPORTS[wanted.report]
    if principal.role not in report.readers or principal.user_id is None:
        raise UnknownReport(report=wanted.report)
    if wanted.by not in report.by:
        raise WrongGrouping(by=wanted.by, may=list(report.by))
    recipients = list(dict.fromkeys(wanted.recipients))
    for user_id in recipients:
        await _check_reader(tx, principal, user_id, report.readers)
    zone = await making.office_zone(tx)
    row = ReportSchedule(
        id=tx.new_id(),
        owner_id=principal.user_id,
        report=wanted.report,
        by=wanted.by,
        filters=wanted.filters,
        cadence=wanted.cadence,
        hour=wanted.hour,
        zone=zone,
        recipients=recipients,
        due_at=next_after(wanted.cadence, wanted.hour, zone, tx.now),
    )
    tx.add(row)
    await tx.flush()
    return _view(row, [])


async def schedules(tx: Transaction, principal: Principal) -> list[ScheduleView]:
    """Those of this caller; supervisors, auditors and administrators see all."""
    rows = list(await tx.session.scalars(_visible(principal).order_by(ReportSchedule.id)))
    last = await _last(tx, [row.id for row in rows])
    return [_view(row, [one for one in last if one.schedule_id == row.id]) for row in rows]


async def pause(tx: Transaction, principal: Principal, schedule_id: UUID, *, is_paused: bool) -> ScheduleView:
    """Raises UnknownSchedule."""
    row = await _own(tx, principal, schedule_id)
    if row.is_paused != is_paused:
        row.is_paused = is_paused
        again_at = None if is_paused else next_after(row.cadence, row.hour, row.zone, tx.now)
        row.finish_work(again_at=again_at)
    await tx.flush()
    return _view(row, await _last(tx, [row.id]))


async def end(tx: Transaction, principal: Principal, schedule_id: UUID) -> None:
    """Raises UnknownSchedule."""
    row = await _own(tx, principal, schedule_id)
    for delivery in await tx.session.scalars(select(ReportDelivery).where(ReportDelivery.schedule_id == row.id)):
        await tx.session.delete(delivery)
    await tx.session.delete(row)
    await tx.flush()


async def write_out(tx: Transaction, schedule_id: UUID) -> None:
    """It is due: a delivery for each reader, about the last days that are over; what was missed before is not sent."""
    row = await tx.get(ReportSchedule, schedule_id, UnknownSchedule, lock=True)
    if row.is_paused:
        row.finish_work()
        return
    span = span_of(row.cadence, last_until(row.cadence, row.hour, row.zone, tx.now))
    for user_id in row.recipients:
        new = {"id": tx.new_id(), "schedule_id": row.id, "user_id": user_id, "written_at": tx.now, "due_at": tx.now}
        days = {"first_day": span.first_day, "last_day": span.last_day, "attempts": 0}
        once = tx.upsert(ReportDelivery).values(**new, **days)
        keys = ["schedule_id", "first_day", "user_id"]
        await tx.session.execute(once.on_conflict_do_nothing(index_elements=keys))
    row.finish_work(again_at=next_after(row.cadence, row.hour, row.zone, tx.now))


async def letter(tx: Transaction, delivery_id: UUID) -> Letter | None:
    """What is to be sent, as its reader may see it now; None when it was sent, or is not to be any more."""
    delivery = await tx.get(ReportDelivery, delivery_id, UnknownSchedule)
    row = await tx.get(ReportSchedule, delivery.schedule_id, UnknownSchedule)
    user = await tx.session.get(User, delivery.user_id)
    if delivery.sent_at or user is None or not _reads(user, REPORTS[row.report].readers):
        return None
    asked = Asked(
        report=row.report,
        by=row.by,
        first_day=delivery.first_day,
        last_day=delivery.last_day,
        territory_id=row.filters.territory_id,
        technician_id=row.filters.technician_id,
        work=row.filters.work,
        within_days=row.filters.within_days,
    )
    table = await making.make(tx, principal_of_user(user), asked)
    subject, text = letter_of(table)
    file = Attachment(name=file_name(asked), media_type=CSV, text=csv_of(table))
    return Letter(id=delivery.id, to=user.email, subject=subject, text=text, attachments=(file,))


async def settle(tx: Transaction, delivery_id: UUID, *, is_sent: bool) -> None:
    delivery = await tx.get(ReportDelivery, delivery_id, UnknownSchedule, lock=True)
    if is_sent:
        delivery.sent_at = delivery.sent_at or tx.now
    elif delivery.sent_at is None:
        delivery.why_not = NO_LONGER_READS
    delivery.finish_work()


async def _check_reader(tx: Transaction, principal: Principal, user_id: UUID, readers: Collection[Role]) -> None:
    """Everybody may send to themselves, and to those whom they see."""
    try:
        user = await identity.visible_user(tx, principal, user_id)
    except identity.UserNotFound:
        raise RecipientMayNotRead(user_id=str(user_id)) from None
    if not _reads(user, readers):
        raise RecipientMayNotRead(user_id=str(user_id))


def _reads(user: User, readers: Collection[Role]) -> bool:
    return user.is_active and user.role in readers


def _visible(principal: Principal) -> Select[ReportSchedule]:
    query = select(ReportSchedule)
    if principal.role in SEES_EVERY_SCHEDULE:
        return query
    return query.where(ReportSchedule.owner_id == principal.user_id)


async def _own(tx: Transaction, principal: Principal, schedule_id: UUID) -> ReportSchedule:
    found = await tx.session.scalars(_visible(principal).where(ReportSchedule.id == schedule_id).with_for_update())
    row = found.first()
    if row is None:
        raise UnknownSchedule(id=str(schedule_id))
    return row


async def _last(tx: Transaction, schedule_ids: Collection[UUID]) -> list[ReportDelivery]:
    """The deliveries of the last span of each schedule."""
    of = ReportDelivery.schedule_id
    newest = select(of, func.max(ReportDelivery.first_day).label("first_day")).where(of.in_(schedule_ids)).group_by(of)
    last = newest.subquery()
    joined = and_(last.c.schedule_id == of, last.c.first_day == ReportDelivery.first_day)
    return list(await tx.session.scalars(select(ReportDelivery).join(last, joined).order_by(ReportDelivery.id)))


def _view(row: ReportSchedule, last: Sequence[ReportDelivery]) -> ScheduleView:
    names = [name for name in ScheduleView.__struct_fields__ if name not in ("next_at", "last")]
    known = {name: getattr(row, name) for name in names}
    return ScheduleView(**known, next_at=row.due_at, last=[_delivery_view(one) for one in last])


def _delivery_view(row: ReportDelivery) -> DeliveryView:
    return DeliveryView(
        user_id=row.user_id,
        first_day=row.first_day,
        last_day=row.last_day,
        sent_at=row.sent_at,
        why_not=row.why_not,
        error=row.last_error,
    )
