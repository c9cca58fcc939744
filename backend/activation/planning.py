"""Which steps a service needs, what the network shall hold in the end, and whether it does. Pure."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from backend.activation.lifecycle import StepName
from backend.activation.schemas import Outcome, Profiles, Reason, Verdict
from backend.catalogue.schemas import PoolKind, ServiceKind
from backend.ports import LineTest, NetworkService

# What each kind of service has to have written, and of which of its resources the profile consists.
WRITES: Mapping[ServiceKind, Mapping[StepName, Sequence[PoolKind]]] = {
    ServiceKind.ACCESS: {StepName.PORT_PROFILE: (PoolKind.PORT, PoolKind.VLAN)},
    ServiceKind.INTERNET: {StepName.RADIUS_SUBSCRIBER: (PoolKind.IPV4,)},
    ServiceKind.VOICE: {StepName.VOICE_LINE: (PoolKind.NUMBER,)},
}

# The network's word is not enough: it has to show what it wrote, and the line has to work.
GATES = (StepName.READ_BACK, StepName.TEST_AND_TURN_UP)


def steps(kind: ServiceKind) -> tuple[StepName, ...]:
    """The steps of a service of this kind, in order: the writes, then the gates."""
    return (*WRITES[kind], *GATES)


def profiles(kind: ServiceKind, resources: Mapping[PoolKind, str], equipment: Sequence[str]) -> Profiles:
    """What the network shall hold. equipment: serials; a port is bound to them, as nothing else may speak on it."""
    by_step = {step: {str(k): resources[k] for k in kinds if k in resources} for step, kinds in WRITES[kind].items()}
    if StepName.PORT_PROFILE in by_step and equipment:
        by_step[StepName.PORT_PROFILE]["equipment"] = ",".join(sorted(equipment))
    return Profiles(by_step=by_step)


def running(goods: Mapping[UUID, Collection[str]], installed: Collection[str]) -> set[UUID]:
    """The order items whose services can run on the equipment that is installed.

    goods: item that has services → its serialised models; installed: models that are at the premises. An item without
    goods of its own (a phone on a fibre line) runs on those of the others, so it needs them all.
    """
    equipped = {item for item, models in goods.items() if models and set(models) <= set(installed)}
    is_complete = all(item in equipped for item, models in goods.items() if models)
    return equipped | {item for item, models in goods.items() if not models and is_complete}


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
