"""What has to run before a service can start: access before internet before voice.

Which service needs which, the order knows. An activation whose turn has not come sleeps, without an attempt, until
something happens to a service of its order.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from backend.activation import queries
from backend.activation.lifecycle import ActivationState, Purpose
from backend.activation.models import Activation
from backend.activation.schemas import Outcome, Prerequisite, Reason, Verdict
from backend.kernel.db import Transaction
from backend.orders import service as orders
from backend.resources.lifecycle import ServiceState
from backend.resources.schemas import ServiceView


async def missing(tx: Transaction, activations: Collection[Activation]) -> dict[UUID, list[ServiceView]]:
    """Activation → what it needs and does not run yet; those that may start are left out."""
    waiting = [one for one in activations if _has_to_ask(one)]
    if not waiting:
        return {}
    needed = await orders.prerequisites(tx, {one.order_id for one in waiting if one.order_id is not None})
    found = {one.id: _not_running(needed.get(one.service_id, [])) for one in waiting}
    return {id_: services for id_, services in found.items() if services}


async def told(tx: Transaction, activations: Collection[Activation]) -> dict[UUID, list[Prerequisite]]:
    """The same, with where the activation of each of these services stands."""
    if not (found := await missing(tx, activations)):
        return {}
    latest = await queries.latest(tx, {service.id for services in found.values() for service in services})
    return {
        id_: [_prerequisite(service, latest.get(service.id)) for service in services] for id_, services in found.items()
    }


async def wake(tx: Transaction, service_ids: Collection[UUID]) -> None:
    """Something happened to these services: what sleeps in their orders looks again whether its turn has come."""
    for activation in await queries.held_beside(tx, service_ids):
        activation.due_at = tx.now


def never_to_come(services: Collection[ServiceView]) -> bool:
    """Whether all that is missing has ended: then nothing will ever wake who waits for it."""
    return all(service.state is ServiceState.TERMINATED for service in services)


def ended(services: Collection[ServiceView]) -> Outcome:
    gone = {"services": [{"service_id": str(service.id), "kind": service.kind} for service in services]}
    return Outcome(verdict=Verdict.REFUSED, reason=Reason.PREREQUISITE_ENDED, detail=gone)


def _has_to_ask(activation: Activation) -> bool:
    is_started = activation.state is ActivationState.ARMED and activation.effective_at is not None
    return is_started and activation.purpose is Purpose.ACTIVATE and activation.order_id is not None


def _not_running(needed: Sequence[ServiceView]) -> list[ServiceView]:
    """One that ended is missed only when no other of its layer can take its place."""
    left = [service for service in needed if service.state is not ServiceState.TERMINATED]
    return [service for service in left or needed if service.state is not ServiceState.ACTIVE]


def _prerequisite(service: ServiceView, activation: Activation | None) -> Prerequisite:
    return Prerequisite(
        service_id=service.id,
        kind=service.kind,
        state=service.state,
        activation_id=activation and activation.id,
        activation_state=activation and activation.state,
        reason=activation and activation.reason,
    )
