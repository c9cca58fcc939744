"""What the customer changes alone: the time, the way in, how we reach them. The rules are those of the office and two more.

The rest of a change is booking's and the customers' own: holds, goods, the technician's route, the feed, the audit.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from backend.booking import service as booking
from backend.booking.schemas import HoldWindow
from backend.booking.slots import Candidate, SlotQuestion
from backend.customers import service as customers
from backend.customers.schemas import ChangeContact, ChangePremises
from backend.dispatch.live import LiveDay, LiveDays
from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.tracking.errors import NothingAgreed, TooLateToChange
from backend.tracking.schemas import Correct, HeldSlot, OfferedSlot, OfferedSlots, VisitState
from backend.tracking.visits import NOTICE, Visit, require_proof, visit_of
from backend.workforce import service as workforce

CANCELLED_BY_CUSTOMER = "cancelled_by_customer"
OF_PREMISES = frozenset({"access_notes"})


async def ask(
    tx: Transaction, principal: Principal, live: LiveDays, *, first: date | None, day_count: int
) -> SlotQuestion:
    """The question for the windows of some local days, from today unless it is said. Raises ProofNeeded, UnknownVisit,
    TooLateToChange, JobUnderway, NeedsCrew.
    """
    visit = await _changeable(tx, principal)
    today = tx.now.astimezone(ZoneInfo((await workforce.territory(tx, visit.job.territory_id)).zone)).date()
    return await booking.ask(tx, principal, live, visit.job.id, first=max(first or today, today), day_count=day_count)


def offered(question: SlotQuestion, days: Sequence[LiveDay], now: datetime) -> OfferedSlots:
    """Every window, and whether it can be had: neither price nor reason is the customer's business."""
    found = booking.answer(question, days)
    return OfferedSlots(
        slots=[
            OfferedSlot(
                day=slot.day, window=slot.window, is_open=slot.state == "open" and slot.window.start >= now + NOTICE
            )
            for slot in found.slots
        ]
    )


async def ask_window(tx: Transaction, principal: Principal, live: LiveDays, wanted: HoldWindow) -> SlotQuestion:
    """The question for one window. Raises as `ask`, NotAWindow."""
    visit = await _changeable(tx, principal)
    if wanted.window_start < tx.now + NOTICE:
        raise TooLateToChange(changes_until=(wanted.window_start - NOTICE).isoformat())
    return await booking.ask_window(tx, principal, live, visit.job.id, wanted)


async def hold(tx: Transaction, principal: Principal, question: SlotQuestion, found: Sequence[Candidate]) -> HeldSlot:
    """Raises as `booking.hold`."""
    held = await booking.hold(tx, principal, question.job, question.windows[0], found)
    return HeldSlot(id=held.id, window=held.window, expires_at=held.expires_at)


async def confirm(tx: Transaction, principal: Principal, hold_id: UUID) -> None:
    """The held window is agreed; what was agreed before is given up. Raises as `booking.confirm`, TooLateToChange."""
    await _changeable(tx, principal)
    await booking.confirm(tx, principal, hold_id)


async def cancel(tx: Transaction, principal: Principal) -> None:
    """Nobody comes; the work stays to be done, at a time to be chosen. Raises NothingAgreed, TooLateToChange."""
    visit = await _changeable(tx, principal)
    if visit.appointment is None:
        raise NothingAgreed()
    await booking.cancel(tx, principal, visit.appointment.id, CANCELLED_BY_CUSTOMER)


async def correct(tx: Transaction, principal: Principal, change: Correct) -> None:
    """Take over what the customer knows better; the technician's phone hears of it as of any change of the office."""
    visit = await visit_of(tx, principal)
    require_proof(principal, visit)
    sent = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not msgspec.UNSET}
    of_account = {name: value for name, value in sent.items() if name not in OF_PREMISES}
    of_premises = {name: value for name, value in sent.items() if name in OF_PREMISES}
    if of_account:
        await customers.change_contact(tx, visit.account.id, ChangeContact(**of_account))
    if of_premises:
        await customers.change_premises(tx, visit.premises.id, ChangePremises(**of_premises))


async def _changeable(tx: Transaction, principal: Principal) -> Visit:
    visit = await visit_of(tx, principal)
    require_proof(principal, visit)
    if visit.state is VisitState.AGREED and visit.changes_until is not None and tx.now >= visit.changes_until:
        raise TooLateToChange(changes_until=visit.changes_until.isoformat())
    return visit
