"""What people decide of a break: approve its repair, undo that, live with it, or not any more.

Nothing here closes a break: the next run does, when it no longer finds it.
"""

from uuid import UUID

from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.reconciliation import repairs
from backend.reconciliation.approvers import approvers_of
from backend.reconciliation.lifecycle import BREAK, BreakCommand
from backend.reconciliation.models import ServiceBreak
from backend.reconciliation.naming import break_view
from backend.reconciliation.schemas import BreakView, NotYoursToRepair, Repair, UnknownBreak


async def approve(tx: Transaction, principal: Principal, break_id: UUID) -> BreakView:
    """Do the prepared repair. Event `service_break.repair_approved`.

    Raises UnknownBreak, IllegalMove, NotYoursToRepair, CannotRepair.
    """
    found = await tx.get(ServiceBreak, break_id, UnknownBreak, lock=True)
    BREAK.advance(found.state, BreakCommand.APPROVE)
    assert found.repair is not None, f"break {break_id} proposes a repair and has none"
    _must_be_theirs(principal, found.repair)
    found.repair = await repairs.perform(tx, found, found.repair)
    move(tx, found, BreakCommand.APPROVE)
    return await break_view(tx, principal, found)


async def reverse(tx: Transaction, principal: Principal, break_id: UUID) -> BreakView:
    """Undo an approved repair; it stays prepared. Event `service_break.repair_reversed`.

    Raises UnknownBreak, IllegalMove, NotYoursToRepair, CannotRepair.
    """
    found = await tx.get(ServiceBreak, break_id, UnknownBreak, lock=True)
    BREAK.advance(found.state, BreakCommand.REVERSE)
    assert found.repair is not None, f"break {break_id} was repaired and has no repair"
    _must_be_theirs(principal, found.repair)
    found.repair = await repairs.undo(tx, found, found.repair)
    move(tx, found, BreakCommand.REVERSE)
    return await break_view(tx, principal, found)


async def waive(tx: Transaction, principal: Principal, break_id: UUID, reason: str) -> BreakView:
    """Live with it: no later run opens it again while it lasts. Event `service_break.waived`."""
    found = await tx.get(ServiceBreak, break_id, UnknownBreak, lock=True)
    move(tx, found, BreakCommand.WAIVE, detail={"reason": reason})
    found.waive_reason = reason
    return await break_view(tx, principal, found)


async def reopen(tx: Transaction, principal: Principal, break_id: UUID) -> BreakView:
    """Care about it again after all."""
    found = await tx.get(ServiceBreak, break_id, UnknownBreak, lock=True)
    move(tx, found, BreakCommand.REOPEN)
    found.waive_reason = None
    if found.repair is not None:
        move(tx, found, BreakCommand.PROPOSE)
    return await break_view(tx, principal, found)


def _must_be_theirs(principal: Principal, repair: Repair) -> None:
    approvers = approvers_of(repair)
    if principal.role not in approvers:
        raise NotYoursToRepair(action=str(repair.action), roles=list(map(str, approvers)))
