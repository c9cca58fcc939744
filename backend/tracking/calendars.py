"""Calendars to subscribe to: a customer's visit, a technician's days. Whoever knows the address reads it, so it is long.

No calendar program can show a token of its own, hence the secret in the address; only its hash is kept.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from backend.catalogue import service as catalogue
from backend.customers import service as customers
from backend.identity.principal import Principal, Role
from backend.identity.secrets import hashed, new_token
from backend.jobs import service as jobs
from backend.jobs.lifecycle import JobState
from backend.jobs.schemas import JobView
from backend.kernel.db import Transaction
from backend.tracking.errors import UnknownCalendar
from backend.tracking.ics import Event, calendar
from backend.tracking.models import CalendarFeed
from backend.tracking.schemas import FeedAddress
from backend.tracking.visits import Visit, require_proof, visit_of

LOOKS_BACK = timedelta(days=14)


async def subscribe(tx: Transaction, principal: Principal) -> FeedAddress:
    """A new address for the caller's calendar; an earlier one ends. Raises UnknownVisit, ProofNeeded."""
    token = new_token("trc")
    if principal.role is Role.CUSTOMER:
        visit = await visit_of(tx, principal)
        require_proof(principal, visit)
        owner = {"job_id": visit.job.id}
    else:
        owner = {"technician_id": principal.technician_id}
    [(column, value)] = owner.items()
    await tx.session.execute(delete(CalendarFeed).where(getattr(CalendarFeed, column) == value))
    tx.add(CalendarFeed(id=tx.new_id(), token_hash=hashed(token), **owner))
    await tx.flush()
    return FeedAddress(path=f"/calendars/{token}.ics")


async def read(tx: Transaction, file_name: str) -> str:
    """The calendar behind an address. Raises UnknownCalendar."""
    query = select(CalendarFeed).where(CalendarFeed.token_hash == hashed(file_name.removesuffix(".ics")))
    feed = (await tx.session.scalars(query)).first()
    if feed is None:
        raise UnknownCalendar()
    if feed.job_id is not None:
        return calendar("Visit", await _events(tx, [await jobs.job_view(tx, feed.job_id)], has_window=True))
    assert feed.technician_id is not None, "a calendar is a customer's or a technician's"
    found = await jobs.planned_jobs(tx, feed.technician_id, since=tx.now - LOOKS_BACK)
    return calendar("Jobs", await _events(tx, found, has_window=False))


async def of_visit(tx: Transaction, visit: Visit) -> str:
    """The one visit, to be taken over into a calendar."""
    return calendar("Visit", await _events(tx, [visit.job], has_window=True))


async def _events(tx: Transaction, found: list[JobView], *, has_window: bool) -> list[Event]:
    """A customer knows the window, a technician the plan."""
    premises = await customers.premises_by_id(tx, {job.premises_id for job in found})
    names = {code: (await catalogue.work_specification(tx, code)).name for code in {job.work for job in found}}
    events: list[Event] = []
    for job in found:
        span = _window(job) if has_window else _plan(job)
        if span is not None:
            place = premises[job.premises_id]
            events.append(
                Event(
                    uid=str(job.id),
                    sequence=job.version,
                    stamp=tx.now,
                    start=span[0],
                    end=span[1],
                    summary=names[job.work] if has_window else f"{job.number} {names[job.work]}",
                    location=f"{place.street}, {place.postcode} {place.city}",
                    is_cancelled=job.state is JobState.CANCELLED,
                )
            )
    return events


def _window(job: JobView) -> tuple[datetime, datetime] | None:
    return job.window and (job.window.start, job.window.end)


def _plan(job: JobView) -> tuple[datetime, datetime] | None:
    if job.planned_start is None or job.planned_end is None:
        return None
    return job.planned_start, job.planned_end
