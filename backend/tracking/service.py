"""Use cases of tracking: the page of a visit, and what its customer does there.

What may be changed is in `changing`, the second proof in `proving`, calendars in `calendars`.
"""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from backend.catalogue import service as catalogue
from backend.dispatch import service as dispatch
from backend.identity import attempts
from backend.identity import service as identity
from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.jobs.lifecycle import JobState
from backend.kernel.db import Database, Transaction
from backend.notifications.schemas import Subscribe
from backend.orders import service as orders
from backend.tracking import changing, journeys, notifying, proving, rating
from backend.tracking.changing import ask, ask_window, hold, offered
from backend.tracking.details import details_of
from backend.tracking.errors import NothingToBook, WrongProof
from backend.tracking.schemas import BookingLink, Correct, ProvedLink, Rate, VisitPage, VisitState
from backend.tracking.visits import Visit, require_proof, visit_of
from backend.workforce import service as workforce

__all__ = [
    "ask",
    "ask_window",
    "cancel",
    "confirm",
    "correct",
    "hold",
    "invite",
    "notify",
    "notify_no_more",
    "offered",
    "prove",
    "rate",
    "see",
]

EXPECTED = frozenset({VisitState.AGREED, VisitState.ON_THE_WAY})
COMING = frozenset({VisitState.ON_THE_WAY, VisitState.AT_WORK})
INVITED_FOR = timedelta(days=30)  # nobody who has not chosen a time by then will


async def see(tx: Transaction, principal: Principal) -> VisitPage:
    """The page of the caller's link; its details only for who proved to be the customer. Raises UnknownVisit."""
    visit = await visit_of(tx, principal)
    timeline = await journeys.timeline(tx, visit)
    work = await catalogue.work_specification(tx, visit.job.work)
    until = visit.changes_until
    return VisitPage(
        state=visit.state,
        window=visit.appointment and visit.appointment.window,
        zone=(await workforce.territory(tx, visit.job.territory_id)).zone,
        what=work.name,
        city=visit.premises.city,
        language=visit.account.language,
        arrival=await dispatch.arrival_of(tx, visit.job.id) if visit.state in EXPECTED else None,
        technician=await _first_name(tx, visit),
        timeline=timeline,
        preparation=_in_language(work.preparation, visit.account.language),
        can_book=visit.state is VisitState.UNBOOKED,
        changes_until=until if until is not None and until > tx.now else None,
        proof=visit.proof,
        details=await details_of(tx, visit, timeline) if principal.is_proved else None,
    )


async def prove(database: Database, principal: Principal, cause: str, answer: str) -> ProvedLink:
    """A token for more than the link alone. Raises WrongProof, and after five of them TooManyAttempts; UnknownVisit."""
    async with database.snapshot(principal.actor, cause) as tx:
        visit = await visit_of(tx, principal)
    tries = attempts.proof_tries(visit.job.id)
    async with (
        attempts.limited(database, tries, wrong=WrongProof),
        database.transaction(principal.actor, cause) as tx,
    ):
        await attempts.check(tx, tries)
        return await proving.prove(tx, visit, answer)


async def confirm(tx: Transaction, principal: Principal, hold_id: UUID) -> VisitPage:
    """See `changing.confirm`."""
    await changing.confirm(tx, principal, hold_id)
    return await see(tx, principal)


async def cancel(tx: Transaction, principal: Principal) -> VisitPage:
    """See `changing.cancel`."""
    await changing.cancel(tx, principal)
    return await see(tx, principal)


async def correct(tx: Transaction, principal: Principal, change: Correct) -> VisitPage:
    """See `changing.correct`."""
    await changing.correct(tx, principal, change)
    return await see(tx, principal)


async def notify(
    tx: Transaction, principal: Principal, command: Subscribe, private_hosts: Collection[str]
) -> VisitPage:
    """See `notifying.start`."""
    await notifying.start(tx, principal, command, private_hosts=private_hosts)
    return await see(tx, principal)


async def notify_no_more(tx: Transaction, principal: Principal) -> VisitPage:
    """See `notifying.stop`."""
    await notifying.stop(tx, principal)
    return await see(tx, principal)


async def rate(tx: Transaction, principal: Principal, said: Rate) -> VisitPage:
    """See `rating.rate`."""
    visit = await visit_of(tx, principal)
    require_proof(principal, visit)
    await rating.rate(tx, visit, said)
    return await see(tx, principal)


async def invite(tx: Transaction, principal: Principal, order_id: UUID, base_url: str) -> BookingLink:
    """A link by which the customer of an order chooses a time alone. Raises UnknownOrder, NothingToBook."""
    await orders.see_order(tx, principal, order_id)
    waiting = [job for job in await jobs.jobs_of_order(tx, order_id) if job.state is JobState.PENDING]
    if not waiting:
        raise NothingToBook(order_id=str(order_id))
    expires_at = tx.now + INVITED_FOR
    token = await identity.issue_link(tx, waiting[0].id, expires_at)
    return BookingLink(job_id=waiting[0].id, url=f"{base_url}/tracking/#{token}", expires_at=expires_at)


async def _first_name(tx: Transaction, visit: Visit) -> str | None:
    if visit.state not in COMING or visit.job.technician_id is None:
        return None
    return (await workforce.technician(tx, visit.job.technician_id)).name.partition(" ")[0]


def _in_language(texts: dict[str, list[str]], language: str) -> list[str]:
    """In the customer's language, else in English, else in whichever there is."""
    found = texts.get(language.partition("-")[0]) or texts.get("en")
    return found if found is not None else next(iter(texts.values()), [])
