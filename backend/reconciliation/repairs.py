"""Doing what an approved repair says, through the slice whose rows it is about, and undoing it.

Billing is told by triggers like of any other fact: a repair is never written into what was told before.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from backend.billing import service as billing
from backend.billing.lifecycle import TriggerState
from backend.billing.schemas import AlreadyCorrected, NotBilledYet, TriggerView
from backend.inventory import strays
from backend.kernel.db import Transaction
from backend.reconciliation.models import ServiceBreak
from backend.reconciliation.schemas import CannotRepair, Repair, RepairAction
from backend.resources import service as resources
from backend.resources import strays as lost
from clients.billing.messages import Kind

# Billing has not taken these: they are told anew, in their place.
NOT_TAKEN = frozenset({TriggerState.PENDING, TriggerState.DEAD_LETTER, TriggerState.REJECTED})


async def perform(tx: Transaction, found: ServiceBreak, repair: Repair) -> Repair:
    """The repair with what undoes it. Raises CannotRepair, and what the slice refuses (a conflict of its own)."""
    return await _PERFORM[repair.action](tx, found, repair)


async def undo(tx: Transaction, found: ServiceBreak, repair: Repair) -> Repair:
    """The repair as it was prepared. Raises what the slice refuses, for example as somebody else has it by now."""
    await _UNDO[repair.action](tx, found, repair)
    return msgspec.structs.replace(repair, done_id=None)


async def _start(tx: Transaction, found: ServiceBreak, repair: Repair) -> Repair:
    """As the usual start where billing never had one, else as a start of its own: what billing lost cannot be corrected."""
    return await _tell(tx, found, repair, Kind.START)


async def _stop(tx: Transaction, found: ServiceBreak, repair: Repair) -> Repair:
    service = await resources.service_view(tx, _service_id(found))
    return await _tell(tx, found, repair, Kind.STOP if service.suspended_at is None else Kind.SUSPEND)


async def _tell(tx: Transaction, found: ServiceBreak, repair: Repair, kind: Kind) -> Repair:
    assert repair.effective_at is not None, f"a {kind} has its time"
    service_id, at = _service_id(found), repair.effective_at
    told = await _last_told(tx, found, kind)
    if told is not None and told.state in NOT_TAKEN:
        made = await _correct_latest(tx, found, told.id, effective_at=at)
    elif told is None and (made := await _tell_first(tx, found, kind, at)) is not None:
        pass
    else:
        made = await billing.tell_again(tx, service_id, kind, at, repair_id=tx.new_id())
    return msgspec.structs.replace(repair, done_id=made.id)


async def _tell_first(tx: Transaction, found: ServiceBreak, kind: Kind, at: datetime) -> TriggerView | None:
    """As if the event had just come; None where billing makes nothing of it, as a stop without a start."""
    first = {Kind.START: billing.start_billing, Kind.STOP: billing.stop_billing, Kind.SUSPEND: billing.suspend_billing}
    try:
        await first[kind](tx, _service_id(found), at)
    except NotBilledYet:
        return None
    return await _last_told(tx, found, kind)


async def _last_told(tx: Transaction, found: ServiceBreak, kind: Kind) -> TriggerView | None:
    told = [one for one in await _triggers(tx, found) if one.kind is kind and one.state is not TriggerState.SUPERSEDED]
    return told[-1] if told else None


async def _unstart(tx: Transaction, found: ServiceBreak, repair: Repair) -> None:
    await _correct_latest(tx, found, _done_id(repair), quantity=0)


async def _unstop(tx: Transaction, found: ServiceBreak, repair: Repair) -> None:
    """Billing goes on from the instant at which it was to end."""
    assert repair.effective_at is not None, "a stop has its time"
    await billing.tell_again(tx, _service_id(found), Kind.START, repair.effective_at, repair_id=tx.new_id())


async def _correct(tx: Transaction, found: ServiceBreak, repair: Repair) -> Repair:
    ours = next((one for one in await _triggers(tx, found) if one.id == repair.trigger_id), None)
    if ours is None or repair.before is None:
        raise CannotRepair(reason="trigger_not_ours")
    made = await _correct_latest(
        tx,
        found,
        ours.id,
        effective_at=repair.effective_at,
        quantity=repair.quantity,
        amount_minor=repair.amount_minor,
    )
    return msgspec.structs.replace(
        repair, done_id=made.id, before=msgspec.structs.replace(repair.before, quantity=ours.quantity)
    )


async def _uncorrect(tx: Transaction, found: ServiceBreak, repair: Repair) -> None:
    assert repair.before is not None, "what was corrected had its terms"
    await _correct_latest(tx, found, _done_id(repair), **msgspec.structs.asdict(repair.before))


async def _free(tx: Transaction, found: ServiceBreak, repair: Repair) -> Repair:
    await lost.free_lost(tx, found.subject_id)
    return repair


async def _hold(tx: Transaction, found: ServiceBreak, _repair: Repair) -> None:
    await lost.hold_again(tx, found.subject_id)


async def _take_back(tx: Transaction, found: ServiceBreak, repair: Repair) -> Repair:
    was_at = await strays.take_back(tx, found.subject_id, subject_id=found.id)
    return msgspec.structs.replace(repair, done_id=was_at)


async def _reinstate(tx: Transaction, found: ServiceBreak, repair: Repair) -> None:
    await strays.reinstate(tx, found.subject_id, _done_id(repair), subject_id=found.id)


async def _correct_latest(tx: Transaction, found: ServiceBreak, trigger_id: UUID, **terms: Any) -> TriggerView:
    """Correct what stands by now where this trigger was: two breaks of one item are mended one after the other."""
    correction: dict[str, Any] = {"correction_id": tx.new_id(), "because": f"break {found.id}", **terms}
    try:
        return await billing.correct(tx, trigger_id, **correction)
    except AlreadyCorrected as later:
        return await billing.correct(tx, UUID(later.params["latest"]), **correction)


async def _triggers(tx: Transaction, found: ServiceBreak) -> list[TriggerView]:
    service_id = _service_id(found)
    return (await billing.triggers_of_services(tx, [service_id])).get(service_id, [])


def _service_id(found: ServiceBreak) -> UUID:
    assert found.service_id is not None, f"break {found.id} is of a service"
    return found.service_id


def _done_id(repair: Repair) -> UUID:
    assert repair.done_id is not None, "what is undone was done"
    return repair.done_id


_PERFORM: dict[RepairAction, Callable[[Transaction, ServiceBreak, Repair], Awaitable[Repair]]] = {
    RepairAction.START_BILLING: _start,
    RepairAction.STOP_BILLING: _stop,
    RepairAction.CORRECT_BILLING: _correct,
    RepairAction.FREE_RESOURCE: _free,
    RepairAction.TAKE_BACK_UNIT: _take_back,
}
_UNDO: dict[RepairAction, Callable[[Transaction, ServiceBreak, Repair], Awaitable[None]]] = {
    RepairAction.START_BILLING: _unstart,
    RepairAction.STOP_BILLING: _unstop,
    RepairAction.CORRECT_BILLING: _uncorrect,
    RepairAction.FREE_RESOURCE: _hold,
    RepairAction.TAKE_BACK_UNIT: _reinstate,
}
