"""Reports."""

from datetime import timedelta

from backend.identity.models import Device, User
from backend.identity.principal import SEES_ALL, Principal, Role
from backend.kernel.db import Transaction
from backend.kernel.paging import Page, decode_cursor, page_of
from backend.offline.models import PhoneContact
from backend.reconciliation import queries as breaks
from backend.reporting import making, queries
from backend.reporting.report_schemas import Asked, ReportName, ReportTable, ReportView, UnknownReport
from backend.reporting.reports import readable
from backend.reporting.schemas import Balance, BreakTally, PhoneView


async def balance(tx: Transaction) -> Balance:
    """Services active against services billed, as of now; all counts see one state of the database in a snapshot."""
    tallies = [BreakTally(**one._asdict()) for one in await breaks.tallies(tx)]
    active, billed = await queries.services_active(tx), await queries.services_billed(tx)
    return Balance(
        as_of=tx.now,
        services_active=active,
        services_billed=billed,
        difference=active - billed,
        open_breaks=sum(one.break_count for one in tallies),
        breaks=tallies,
    )


async def phones(
    tx: Transaction, principal: Principal, *, silent_hours: int, page_size: int, cursor: str | None
) -> Page[PhoneView]:
    """Phones in use that were silent for so long at least; a contractor's manager sees the own company's.

    Raises BadCursor.
    """
    rows = await queries.phones(
        tx,
        organisation_id=None if principal.role in SEES_ALL | {Role.DISPATCHER} else principal.organisation_id,
        silent_since=tx.now - timedelta(hours=silent_hours) if silent_hours else None,
        after=decode_cursor(cursor) if cursor else None,
        limit=page_size + 1,
    )
    views = [_phone(tx, device, user, contact) for device, user, contact in rows]
    return page_of(views, [view.id for view in views], page_size)


def reports(principal: Principal) -> list[ReportView]:
    """Those of this caller's desk."""
    return [report.view() for report in readable(principal.role)]


def report_name(text: str) -> ReportName:
    """Raises UnknownReport."""
    try:
        return ReportName(text)
    except ValueError:
        raise UnknownReport(report=text[:64]) from None


async def report(tx: Transaction, principal: Principal, asked: Asked) -> ReportTable:
    """See `making.make`."""
    return await making.make(tx, principal, asked)


def _phone(tx: Transaction, device: Device, user: User, contact: PhoneContact | None) -> PhoneView:
    assert user.technician_id is not None, "was asked for"
    silent_since = contact.heard_at if contact else device.enrolled_at
    return PhoneView(
        id=device.id,
        name=device.name,
        user_id=user.id,
        user_name=user.name,
        technician_id=user.technician_id,
        enrolled_at=device.enrolled_at,
        heard_at=contact and contact.heard_at,
        silent_seconds=max(0, int((tx.now - silent_since).total_seconds())),
        synced_at=contact and contact.synced_at,
        app=contact and contact.app,
        schema=contact and contact.schema,
        waiting=contact and contact.waiting,
    )
