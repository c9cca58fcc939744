"""Which steps a service needs, what the network shall hold in the end, and whether it does. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from backend.activation.lifecycle import Purpose, StepName
from backend.activation.schemas import Outcome, Profiles, Reason, Verdict
from backend.catalogue.schemas import PoolKind, ServiceKind
from backend.ports import LineTest, NetworkService
from backend.resources.lifecycle import ServiceState
from backend.resources.schemas import ServiceView

# What each kind of service has to have written, and of which of its resources the profile consists.
WRITES: Mapping[ServiceKind, Mapping[StepName, Sequence[PoolKind]]] = {
    ServiceKind.ACCESS: {StepName.PORT_PROFILE: (PoolKind.PORT, PoolKind.VLAN)},
    ServiceKind.INTERNET: {StepName.RADIUS_SUBSCRIBER: (PoolKind.IPV4, PoolKind.IPV6)},
    ServiceKind.VOICE: {StepName.VOICE_LINE: (PoolKind.NUMBER,)},
}
TRAITS: Mapping[StepName, Sequence[str]] = {StepName.RADIUS_SUBSCRIBER: ("downstream_kbps", "upstream_kbps")}
STATUS, ENABLED, SUSPENDED = "status", "enabled", "suspended"


def is_possible(purpose: Purpose, service: ServiceView) -> bool:
    """Whether this can be done to the service as it is."""
    is_suspended = service.suspended_at is not None
    match purpose:
        case Purpose.ACTIVATE:
            return service.state is ServiceState.INACTIVE and service.active_since is None
        case Purpose.SUSPEND | Purpose.CHANGE:
            return service.state is ServiceState.ACTIVE
        case Purpose.RESUME:
            return service.state is ServiceState.INACTIVE and is_suspended
        case Purpose.REPROVISION:
            return service.state is ServiceState.ACTIVE or is_suspended
        case Purpose.TERMINATE:
            return True  # of one that was ended otherwise, the network still has to be told


def steps(purpose: Purpose, service: ServiceView) -> tuple[StepName, ...]:
    """The steps in order: the writes, then the gates. A service ends in the reverse order of its beginning.

    The network's word is not enough: it has to show what it wrote, and a line that shall run has to work.
    """
    writes = tuple(WRITES[service.kind])
    if purpose is Purpose.TERMINATE:
        return (*reversed(writes), StepName.READ_BACK)
    if _status(purpose, service) == SUSPENDED:
        return (*writes, StepName.READ_BACK)
    return (*writes, StepName.READ_BACK, StepName.TEST_AND_TURN_UP)


def undoing(called: Iterable[StepName]) -> tuple[StepName, ...]:
    """The steps that take back what was written, last write first, and look whether it is gone.

    called: the steps that were asked at all, in order: of one without an answer nobody knows whether it was done.
    """
    writes = [name for name in dict.fromkeys(called) if is_write(name)]
    return (*reversed(writes), StepName.READ_BACK) if writes else ()


def is_write(name: StepName) -> bool:
    return any(name in writes for writes in WRITES.values())


def wanted(
    purpose: Purpose, service: ServiceView, equipment: Sequence[str], characteristics: Mapping[str, str] | None = None
) -> Profiles:
    """What the network shall hold afterwards. equipment: serials; a port is bound to them, as nothing else may speak on
    it. characteristics: the new ones of a change."""
    writes = WRITES[service.kind]
    if purpose is Purpose.TERMINATE:
        return nothing(service.kind)
    traits = service.characteristics if characteristics is None else characteristics
    status = {STATUS: _status(purpose, service)}
    by_step: dict[StepName, dict[str, str] | None] = {
        step: status
        | {str(kind): service.resources[kind] for kind in kinds if kind in service.resources}
        | {name: traits[name] for name in TRAITS.get(step, ()) if name in traits}
        | ({"equipment": ",".join(sorted(equipment))} if step is StepName.PORT_PROFILE and equipment else {})
        for step, kinds in writes.items()
    }
    return Profiles(by_step=by_step)


def nothing(kind: ServiceKind) -> Profiles:
    """What the network holds of a service that it does not know."""
    return Profiles(by_step=dict.fromkeys(WRITES[kind]))


def running(goods: Mapping[UUID, Collection[str]], installed: Collection[str]) -> set[UUID]:
    """The order items whose services can run on the equipment that is installed.

    goods: item that has services → its serialised models; installed: models that are at the premises. An item without
    goods of its own (a phone on a fibre line) runs on those of the others, so it needs them all.
    """
    equipped = {item for item, models in goods.items() if models and set(models) <= set(installed)}
    is_complete = all(item in equipped for item, models in goods.items() if models)
    return equipped | {item for item, models in goods.items() if not models and is_complete}


def disagree(scanned: Collection[str], seen: str | None) -> bool:
    """Whether the two witnesses name different equipment. A service without equipment of its own was not scanned."""
    return bool(scanned) and seen is not None and seen not in scanned


def judge_read_back(wanted: Profiles, found: NetworkService | None) -> Outcome:
    """Refused when the network does not hold exactly the wanted profiles; detail: wanted and found of each that differs."""
    held = found.profiles if found else {}
    differs = {
        str(step): {"wanted": attributes, "found": held.get(step)}
        for step, attributes in wanted.by_step.items()
        if held.get(step) != attributes
    }
    if differs:
        return Outcome(verdict=Verdict.REFUSED, reason=Reason.READ_BACK_DIFFERS, detail=differs)
    return Outcome(verdict=Verdict.DONE)


def judge_test(result: LineTest) -> Outcome:
    """Refused when the line did not pass; detail: the measurements either way."""
    measurements: dict[str, Any] = dict(result.measurements)
    if not result.passed:
        return Outcome(verdict=Verdict.REFUSED, reason=Reason.LINE_TEST_FAILED, detail=measurements)
    return Outcome(verdict=Verdict.DONE, detail=measurements)


def _status(purpose: Purpose, service: ServiceView) -> str:
    is_kept = purpose is Purpose.REPROVISION and service.suspended_at is not None
    return SUSPENDED if purpose is Purpose.SUSPEND or is_kept else ENABLED
