"""Use cases of activation: start it when a job is completed, look at it, try it again."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from backend.activation import planning, queries, saga
from backend.activation.lifecycle import ACTIVATION, ActivationCommand, ActivationState
from backend.activation.models import Activation, ActivationStep
from backend.activation.schemas import ActivationDetail, ActivationView, StepView, UnknownActivation
from backend.catalogue import service as catalogue
from backend.inventory import service as inventory
from backend.jobs.schemas import CompletedJob
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.kernel.paging import Page, decode_cursor, page_of
from backend.orders import service as orders
from backend.resources import service as resources
from backend.resources.lifecycle import ServiceState
from backend.resources.schemas import ServiceView


async def start_for_job(tx: Transaction, job: CompletedJob) -> list[UUID]:
    """Arm the services of the job's order whose equipment is installed, effective when the job was completed.

    What inventory knows to be at the premises is the witness, so a unit of an earlier visit counts, and a scan that
    inventory refused does not. Idempotent. The ids of the new activations; none for a job without an order.
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
    """Arm an activation for each of these services that is inactive and has none yet; the ids of the new ones.

    equipment: serials that were handed over for these services. effective_at: when it happened in the field.
    """
    known = await queries.started(tx, [service.id for service in services])
    wanted = [one for one in services if one.state is ServiceState.INACTIVE and one.id not in known]
    activations = [_armed(tx, one, order_id, job_id, sorted(equipment), effective_at) for one in wanted]
    tx.add(*activations)
    await tx.flush()
    for service, activation in zip(wanted, activations, strict=True):
        saga.add_round(tx, activation, planning.steps(service.kind))
    return [activation.id for activation in activations]


async def retry(tx: Transaction, activation_id: UUID) -> ActivationDetail:
    """Do every step of a fallout anew, with new keys, as the network may have lost what it said it did.

    Raises UnknownActivation, IllegalMove when it is no fallout.
    """
    activation = await tx.get(Activation, activation_id, UnknownActivation, lock=True)
    move(tx, activation, ActivationCommand.RETRY)
    activation.round += 1
    activation.reason = activation.detail = None
    activation.finish_work(again_at=tx.now)
    service = await resources.service_view(tx, activation.service_id)
    saga.add_round(tx, activation, planning.steps(service.kind))
    await tx.flush()
    return await _detail(tx, activation)


async def activation(tx: Transaction, activation_id: UUID) -> ActivationDetail:
    """One activation with its steps. Raises UnknownActivation."""
    return await _detail(tx, await tx.get(Activation, activation_id, UnknownActivation))


async def activations(
    tx: Transaction, *, state: ActivationState | None, page_size: int, cursor: str | None
) -> Page[ActivationView]:
    """Activations, oldest first, in one state or in any."""
    after = decode_cursor(cursor) if cursor else None
    rows = await queries.page(tx, state=state, after=after, limit=page_size + 1)
    return page_of([_view(row) for row in rows], [row.id for row in rows], page_size)


def _armed(
    tx: Transaction, service: ServiceView, order_id: UUID, job_id: UUID, equipment: list[str], effective_at: datetime
) -> Activation:
    return Activation(
        id=tx.new_id(),
        service_id=service.id,
        order_id=order_id,
        job_id=job_id,
        effective_at=effective_at,
        equipment=equipment,
        state=ACTIVATION.initial,
        round=1,
        due_at=tx.now,
    )


async def _detail(tx: Transaction, row: Activation) -> ActivationDetail:
    return ActivationDetail(activation=_view(row), steps=[_step_view(step) for step in await queries.steps(tx, row.id)])


def _view(row: Activation) -> ActivationView:
    return msgspec.convert(row, ActivationView, from_attributes=True)


def _step_view(step: ActivationStep) -> StepView:
    return msgspec.convert(step, StepView, from_attributes=True)
