"""What most likely began a difference of a service, told from what we told billing of it. Pure.

A trigger can only be to blame for what triggers of its kind bring about: a start that was refused explains a service that
nobody bills, and none that is billed twice.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias
from uuid import UUID

from backend.billing.lifecycle import TriggerState
from backend.billing.schemas import TriggerView
from backend.reconciliation.planning import SAME_START
from backend.reconciliation.schemas import BreakCause, BreakKind, Finding
from backend.resources.schemas import ServiceView
from clients.billing.messages import Kind

Triggers: TypeAlias = Sequence[TriggerView]
"""Those of one service, in their sequence."""

NOT_TAKEN = {TriggerState.DEAD_LETTER: BreakCause.DEAD_LETTER, TriggerState.REJECTED: BreakCause.REJECTED}
NOT_ANSWERED = {
    TriggerState.PENDING: BreakCause.PENDING,
    TriggerState.SENT: BreakCause.SENT,
    TriggerState.DELIVERED: BreakCause.DELIVERED,
}
UNHEARD = frozenset({*NOT_TAKEN.values(), *NOT_ANSWERED.values()})

FITTING: Mapping[BreakKind, frozenset[BreakCause]] = {
    BreakKind.ACTIVE_NOT_BILLED: UNHEARD | {BreakCause.LOST, BreakCause.NEVER_TOLD},
    BreakKind.BILLED_NOT_ACTIVE: UNHEARD
    | {BreakCause.LOST, BreakCause.ENDED, BreakCause.RESTS, BreakCause.UNASKED, BreakCause.UNKNOWN},
    BreakKind.DOUBLE_BILLED: UNHEARD | {BreakCause.BEGAN_AGAIN, BreakCause.UNASKED},
    BreakKind.WRONG_START: UNHEARD | {BreakCause.BOOKED_OTHERWISE, BreakCause.TOLD_OTHERWISE, BreakCause.UNASKED},
    BreakKind.WRONG_PLAN: UNHEARD | {BreakCause.BOOKED_OTHERWISE, BreakCause.TOLD_OTHERWISE, BreakCause.UNASKED},
    BreakKind.INSTALLED_NO_SERVICE: frozenset({BreakCause.ENDED, BreakCause.PUT_IN}),
    BreakKind.ORPHAN_SERIAL: frozenset({BreakCause.ENDED, BreakCause.PUT_IN}),
    BreakKind.ORPHAN_RESOURCE: frozenset({BreakCause.ENDED, BreakCause.UNKNOWN}),
}
"""Which causes can begin which difference."""


class Beginning(NamedTuple):
    """subject_id: of the trigger or the service that it is about."""

    cause: BreakCause
    subject_id: UUID | None
    at: datetime | None


def beginning(finding: Finding, service: ServiceView | None, triggers: Triggers) -> Beginning:
    """What began it. Not for equipment. service: None when we know none of its id."""
    if service is None:
        return Beginning(BreakCause.UNKNOWN, finding.service_id, None)
    return _RULES[finding.kind](finding, service, triggers)


def _not_billed(_finding: Finding, service: ServiceView, triggers: Triggers) -> Beginning:
    told = _of_kinds(triggers, Kind.START, Kind.RESUME, Kind.CORRECT)
    never = Beginning(BreakCause.NEVER_TOLD, service.id, service.active_since)
    return _unheard(told) or (_of_trigger(BreakCause.LOST, told[-1]) if told else never)


def _not_active(_finding: Finding, service: ServiceView, triggers: Triggers) -> Beginning:
    """It ended, or rests; whether billing was told of just that is what its own triggers say."""
    if service.terminated_at is not None:
        told, untold = _of_kinds(triggers, Kind.STOP), Beginning(BreakCause.ENDED, service.id, service.terminated_at)
    elif service.suspended_at is not None:
        moves = _of_kinds(triggers, Kind.SUSPEND, Kind.RESUME)[-1:]
        told, untold = _of_kinds(moves, Kind.SUSPEND), Beginning(BreakCause.RESTS, service.id, service.suspended_at)
    else:
        return Beginning(BreakCause.UNASKED, service.id, None)
    return _unheard(told) or (_of_trigger(BreakCause.LOST, told[-1]) if told else untold)


def _twice(finding: Finding, service: ServiceView, triggers: Triggers) -> Beginning:
    """What was to end did not, and something began beside it; or billing began something that nobody asked for."""
    if unheard := _unheard(_of_kinds(triggers, Kind.STOP, Kind.SUSPEND, Kind.CORRECT)):
        return unheard
    begun = _of_kinds(triggers, Kind.START, Kind.RESUME, Kind.CORRECT)
    named = finding.repair.trigger_id if finding.repair else None
    second = [one for one in begun if named in (None, one.id)]
    return (
        _of_trigger(BreakCause.BEGAN_AGAIN, second[-1])
        if second
        else Beginning(BreakCause.UNASKED, service.id, finding.since)
    )


def _since_when(finding: Finding, service: ServiceView, triggers: Triggers) -> Beginning:
    told = _with_corrections(_of_kinds(triggers, Kind.START)[:1], triggers)

    def is_right(trigger: TriggerView) -> bool:
        return service.active_since is not None and abs(trigger.effective_at - service.active_since) <= SAME_START

    return _otherwise(finding, service, told, is_right)


def _for_how_much(finding: Finding, service: ServiceView, triggers: Triggers) -> Beginning:
    told = _of_kinds(triggers, Kind.START, Kind.RESUME, Kind.CHANGE, Kind.CORRECT)
    return _otherwise(finding, service, told, lambda one: f"{one.amount_minor} {one.currency}" == finding.expected)


def _of_resource(_finding: Finding, service: ServiceView, _triggers: Triggers) -> Beginning:
    return Beginning(BreakCause.ENDED, service.id, service.terminated_at)


_RULES: Mapping[BreakKind, Callable[[Finding, ServiceView, Triggers], Beginning]] = {
    BreakKind.ACTIVE_NOT_BILLED: _not_billed,
    BreakKind.BILLED_NOT_ACTIVE: _not_active,
    BreakKind.DOUBLE_BILLED: _twice,
    BreakKind.WRONG_START: _since_when,
    BreakKind.WRONG_PLAN: _for_how_much,
    BreakKind.ORPHAN_RESOURCE: _of_resource,
}


def _otherwise(
    finding: Finding, service: ServiceView, told: Triggers, is_right: Callable[[TriggerView], bool]
) -> Beginning:
    """Billing bills otherwise than it was told last, or it was told otherwise than it is."""
    if not told:
        return Beginning(BreakCause.UNASKED, service.id, finding.since)
    last = told[-1]
    cause = BreakCause.BOOKED_OTHERWISE if is_right(last) else BreakCause.TOLD_OTHERWISE
    return _unheard(told) or _of_trigger(cause, last)


def _unheard(told: Triggers) -> Beginning | None:
    """A trigger that billing did not take, or the last one if it has not answered yet."""
    for state, cause in NOT_TAKEN.items():
        for trigger in told:
            if trigger.state is state:
                return _of_trigger(cause, trigger)
    if told and told[-1].state in NOT_ANSWERED:
        return _of_trigger(NOT_ANSWERED[told[-1].state], told[-1])
    return None


def _of_kinds(triggers: Triggers, *kinds: Kind) -> list[TriggerView]:
    return [trigger for trigger in triggers if trigger.kind in kinds]


def _with_corrections(told: Triggers, triggers: Triggers) -> list[TriggerView]:
    """These, then what corrected them, and what corrected that."""
    chain = list(told)
    for trigger in triggers:
        if trigger.supersedes is not None and trigger.supersedes in {one.id for one in chain}:
            chain.append(trigger)
    return chain


def _of_trigger(cause: BreakCause, trigger: TriggerView) -> Beginning:
    return Beginning(cause, trigger.id, trigger.recorded_at)
