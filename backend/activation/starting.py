"""How activations begin: armed before the visit, started by the first witness of it, and followed by the second.

The technician's scan and the network name the equipment independently. Whoever comes first says since when the service
runs; where the two differ, that service waits for a person, and no other does.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from backend.activation import planning, queries, saga
from backend.activation.lifecycle import ACTIVATION, ActivationCommand, ActivationState, Purpose, Witness
from backend.activation.models import Activation
from backend.activation.schemas import Outcome, Reason, Verdict
from backend.catalogue import service as catalogue
from backend.inventory import service as inventory
from backend.jobs import service as jobs
from backend.jobs.lifecycle import ReviewKind
from backend.jobs.schemas import CompletedJob
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.orders import service as orders
from backend.resources import service as resources
from backend.resources.schemas import ServiceView

ARMED_FOR = timedelta(days=30)  # a parcel that nobody opens for a month: then somebody should ask


async def arm_for_order(tx: Transaction, order_id: UUID) -> None:
    """Let the services of an order wait for a witness, with or without a visit."""
    await _arm(tx, await _services_of(tx, order_id), order_id=order_id, job_id=None)


async def arm_for_job(tx: Transaction, job_id: UUID) -> None:
    """Let the services of a job's order wait anew, from its dispatch on."""
    job = await jobs.job_view(tx, job_id)
    if job.order_id is not None:
        await _arm(tx, await _services_of(tx, job.order_id), order_id=job.order_id, job_id=job_id)


async def disarm(tx: Transaction, job_id: UUID) -> None:
    """The job will not be done: nobody waits for its witnesses any more."""
    for activation in await queries.armed_for(tx, job_id):
        expire(tx, activation, "the job ended without it")


async def start_for_job(tx: Transaction, job: CompletedJob) -> list[UUID]:
    """Start the services of the job's order whose equipment is installed, effective when the job was completed.

    What inventory knows to be at the premises is the witness, so a unit of an earlier visit counts, and a scan that
    inventory refused does not. Idempotent. The ids of what was started; none for a job without an order.
    """
    if job.order_id is None:
        return []
    order = await orders.order_view(tx, job.order_id)
    serialised = {model.code for model in await catalogue.cpe_models(tx) if model.is_serialised}
    served = {service.order_item_id for service in order.services}
    goods = {item.id: serialised & item.goods.keys() for item in order.items if item.id in served}
    units = await inventory.installed_at(tx, job.premises_id)
    ready = planning.running(goods, {unit.model for unit in units})
    return [
        activation_id
        for item_id in sorted(ready)
        for activation_id in await start(
            tx,
            [service for service in order.services if service.order_item_id == item_id],
            order_id=order.id,
            job_id=job.job_id,
            equipment=[unit.serial for unit in units if unit.model in goods[item_id]],
            effective_at=job.occurred_at,
        )
    ]


async def start(
    tx: Transaction,
    services: Sequence[ServiceView],
    *,
    order_id: UUID,
    job_id: UUID,
    equipment: Sequence[str],
    effective_at: datetime,
) -> list[UUID]:
    """Start each of these services that never ran and that nobody started; the ids of those activations.

    equipment: serials that were handed over for these services. effective_at: when it happened in the field.
    """
    waiting, others = await _new_or_armed(tx, services, order_id=order_id, job_id=job_id)
    scanned = sorted(equipment)
    seen = await queries.seen_serials(tx, [service.id for _, service in waiting])
    for activation, service in waiting:
        begin(
            tx,
            activation,
            service,
            equipment=scanned,
            effective_at=effective_at,
            witness=Witness.FIELD,
            job_id=job_id,
            seen=seen.get(service.id),
        )
    for service in others:
        await _compare(tx, service, scanned, job_id)
    return [activation.id for activation, _ in waiting]


def begin(
    tx: Transaction,
    activation: Activation,
    service: ServiceView,
    *,
    equipment: Sequence[str],
    effective_at: datetime,
    witness: Witness,
    job_id: UUID | None,
    seen: str | None = None,
) -> None:
    """A witness came: do the steps from now on, unless the network has seen other equipment than was scanned.

    seen: what the network saw, where that is the other witness.
    """
    activation.equipment, activation.effective_at, activation.witness = list(equipment), effective_at, witness
    activation.job_id = job_id or activation.job_id
    saga.add_round(tx, activation, planning.steps(activation.purpose, service))
    if planning.disagree(equipment, seen):
        saga.fall_out(tx, activation, disagreement(equipment, seen), step=None)
    else:
        activation.finish_work(again_at=tx.now)


async def follow_swaps(tx: Transaction, job: CompletedJob) -> list[UUID]:
    """Let the services of these premises run on the equipment that took the place of their own; the new activations."""
    services = {service.id: service for service in await resources.services_at(tx, job.premises_id)}
    live = await queries.live(tx, services)
    started = []
    for service_id, left in (await queries.last_succeeded(tx, services)).items():
        equipment = [job.swapped.get(serial, serial) for serial in left.equipment]
        if equipment == left.equipment or not planning.is_possible(Purpose.REPROVISION, services[service_id]):
            continue
        if service_id in live:
            live[service_id].equipment = equipment  # what is decided of a fallout is done with it
            continue
        activation = new(tx, services[service_id], Purpose.REPROVISION, order_id=job.order_id, job_id=job.job_id)
        begin(
            tx,
            activation,
            services[service_id],
            equipment=equipment,
            effective_at=job.occurred_at,
            witness=Witness.REQUEST,
            job_id=job.job_id,
        )
        started.append(activation.id)
    return started


def new(
    tx: Transaction, service: ServiceView, purpose: Purpose, *, order_id: UUID | None, job_id: UUID | None
) -> Activation:
    """An activation that waits for its witness; the database refuses a second live one of a service at the flush."""
    activation = Activation(
        id=tx.new_id(),
        service_id=service.id,
        purpose=purpose,
        order_id=order_id,
        job_id=job_id,
        armed_at=tx.now,
        equipment=[],
        state=ACTIVATION.initial,
        round=1,
    )
    wait(tx, activation)
    tx.add(activation)
    return activation


def wait(tx: Transaction, activation: Activation) -> None:
    """Wait for a witness, from now on for ARMED_FOR."""
    activation.expires_at = tx.now + ARMED_FOR
    activation.finish_work(again_at=activation.expires_at)


def expire(tx: Transaction, activation: Activation, why: str) -> None:
    move(tx, activation, ActivationCommand.EXPIRE, detail={"reason": why})
    activation.finish_work()


def is_waiting(activation: Activation) -> bool:
    return activation.state is ActivationState.ARMED and activation.effective_at is None


def disagreement(scanned: Collection[str], seen: str | None) -> Outcome:
    both = {"scanned": sorted(scanned), "seen": seen}
    return Outcome(verdict=Verdict.REFUSED, reason=Reason.WITNESSES_DISAGREE, detail=both)


async def doubt(
    tx: Transaction, service: ServiceView, *, scanned: Collection[str], seen: str, job_id: UUID | None
) -> None:
    """Ask a person which of the two witnesses is right about a service that was started already."""
    await jobs.open_review(
        tx,
        kind=ReviewKind.SERIAL,
        reason=Reason.WITNESSES_DISAGREE,
        subject=str(service.id),
        job_id=job_id,
        params={"scanned": sorted(scanned), "seen": seen},
    )


async def _services_of(tx: Transaction, order_id: UUID) -> Sequence[ServiceView]:
    return (await orders.order_view(tx, order_id)).services


async def _arm(tx: Transaction, services: Sequence[ServiceView], *, order_id: UUID, job_id: UUID | None) -> None:
    waiting, _ = await _new_or_armed(tx, services, order_id=order_id, job_id=job_id)
    for activation, _ in waiting:
        activation.job_id = job_id or activation.job_id
        wait(tx, activation)


async def _new_or_armed(
    tx: Transaction, services: Sequence[ServiceView], *, order_id: UUID, job_id: UUID | None
) -> tuple[list[tuple[Activation, ServiceView]], list[ServiceView]]:
    """(what waits for a witness, made where it was missing; the services for which nobody waits any more)."""
    ids = [service.id for service in services]
    live, done = await queries.live(tx, ids), await queries.activated(tx, ids)
    waiting: list[tuple[Activation, ServiceView]] = []
    others: list[ServiceView] = []
    for service in services:
        known = live.get(service.id)
        is_new = known is None and service.id not in done and planning.is_possible(Purpose.ACTIVATE, service)
        if is_new:
            known = new(tx, service, Purpose.ACTIVATE, order_id=order_id, job_id=job_id)
        if known is not None and is_waiting(known):
            waiting.append((known, service))
        else:
            others.append(service)
    return waiting, others


async def _compare(tx: Transaction, service: ServiceView, scanned: Sequence[str], job_id: UUID) -> None:
    """The scan came after the network: it confirms what the network saw, or a person has to look."""
    activation = (await queries.live(tx, [service.id])).get(service.id)
    seen = await queries.seen_serial(tx, service.id)
    if planning.disagree(scanned, seen):
        assert seen is not None, "what was not seen disagrees with nothing"
        await doubt(tx, service, scanned=scanned, seen=seen, job_id=job_id)
    elif activation is not None and activation.reason == Reason.WITNESSES_DISAGREE:
        activation.equipment = list(scanned)
        saga.again(tx, activation, planning.steps(activation.purpose, service))
