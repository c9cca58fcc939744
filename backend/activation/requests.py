"""What somebody asks to be done to a service that is there, and what follows when it ended elsewhere."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from backend.activation import planning, queries, saga
from backend.activation.errors import ActivationUnderway, BadMoment, NotInThisState
from backend.activation.lifecycle import ActivationState, Purpose, Witness
from backend.activation.models import Activation
from backend.activation.starting import begin, expire, is_waiting, new
from backend.kernel.db import Transaction
from backend.resources import service as resources
from backend.resources.lifecycle import ServiceState
from backend.resources.schemas import ServiceView

LATE_AT_MOST = timedelta(days=366)  # of a service that never ran: nothing else bounds its end
CALLED_BACK = frozenset({ActivationState.RUNNING, ActivationState.RETRY_WAIT, ActivationState.FALLOUT})


async def request(
    tx: Transaction,
    service_id: UUID,
    purpose: Purpose,
    *,
    because: str,
    at: datetime | None = None,
    characteristics: Mapping[str, str] | None = None,
) -> Activation:
    """Do this to a service, effective `at` (now if not said); it is so when the network shows it.

    Raises UnknownService, NotInThisState, ActivationUnderway, BadMoment.
    """
    service = await resources.service_view(tx, service_id)
    if service.state is ServiceState.TERMINATED or not planning.is_possible(purpose, service):
        raise NotInThisState(service_id=str(service_id), purpose=purpose, state=service.state)
    await _make_way(tx, service, purpose)
    return await _begin(
        tx,
        service,
        purpose,
        because=because,
        effective_at=_moment(service, at or tx.now, latest=tx.now),
        characteristics=characteristics,
    )


async def end_ported(tx: Transaction, service_id: UUID, at: datetime) -> None:
    """The service's number went to another operator: it ends, unless it does so already. Raises ActivationUnderway."""
    live = (await queries.live(tx, [service_id])).get(service_id)
    service = await resources.service_view(tx, service_id)
    is_ending = live is not None and live.purpose is Purpose.TERMINATE
    if service.state is not ServiceState.TERMINATED and not is_ending:
        await request(tx, service_id, Purpose.TERMINATE, because="its number was ported out", at=at)


async def follow_end(tx: Transaction, service_id: UUID, at: datetime) -> None:
    """A service ended: what is being done to it is called back, and what the network still holds of it is taken away.

    Again after each roll-back; nothing when it was ended by an activation of its own.
    """
    service = await resources.service_view(tx, service_id)
    if service.state is not ServiceState.TERMINATED:
        return
    live = (await queries.live(tx, [service_id])).get(service_id)
    if live is not None:
        await _call_back(tx, live)
        if live.state not in (ActivationState.EXPIRED, ActivationState.ROLLED_BACK):
            return
    left = (await queries.last_succeeded(tx, [service_id])).get(service_id)
    if left is not None and left.purpose is not Purpose.TERMINATE:
        await tx.flush()
        await _begin(tx, service, Purpose.TERMINATE, because="the service ended", effective_at=at)


async def _make_way(tx: Transaction, service: ServiceView, purpose: Purpose) -> None:
    """Only an end does not wait for what has not begun: a witness to come, or a service that has to run before."""
    live = (await queries.live(tx, [service.id])).get(service.id)
    if live is None:
        return
    is_unbegun = live.purpose is Purpose.ACTIVATE and live.state is ActivationState.ARMED
    if purpose is not Purpose.TERMINATE or not is_unbegun:
        raise ActivationUnderway(activation_id=str(live.id), state=live.state)
    expire(tx, live, "the service is to end")
    await tx.flush()


async def _begin(
    tx: Transaction,
    service: ServiceView,
    purpose: Purpose,
    *,
    because: str,
    effective_at: datetime,
    characteristics: Mapping[str, str] | None = None,
) -> Activation:
    left = (await queries.last_succeeded(tx, [service.id])).get(service.id)
    activation = new(tx, service, purpose, order_id=left.order_id if left else None, job_id=None)
    activation.because = because
    activation.characteristics = None if characteristics is None else dict(characteristics)
    begin(
        tx,
        activation,
        service,
        equipment=left.equipment if left else [],
        effective_at=effective_at,
        witness=Witness.REQUEST,
        job_id=None,
    )
    await tx.flush()
    return activation


async def _call_back(tx: Transaction, activation: Activation) -> None:
    if is_waiting(activation) or activation.state is ActivationState.ARMED:
        expire(tx, activation, "the service ended")
    elif activation.purpose is not Purpose.TERMINATE and activation.state in CALLED_BACK:
        await saga.roll_back(tx, activation, "the service ended")
    await tx.flush()


def _moment(service: ServiceView, at: datetime, *, latest: datetime) -> datetime:
    """Not in the future, and not before what came last in the life of the service."""
    earliest = service.suspended_at or service.active_since or latest - LATE_AT_MOST
    if not earliest <= at <= latest:
        raise BadMoment(at=str(at), earliest=str(earliest), latest=str(latest))
    return at
