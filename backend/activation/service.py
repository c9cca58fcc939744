"""Use cases of activation. How they begin stands in `starting` and `contacts`, what is asked of services that are there
in `requests`, what is decided of fallouts in `fallouts`, and how an activation walks in `saga`."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from backend.activation import fallouts, prerequisites, queries, requests
from backend.activation.contacts import hear
from backend.activation.errors import UnknownActivation
from backend.activation.fallouts import retry_all
from backend.activation.lifecycle import ActivationState, Purpose
from backend.activation.models import Activation, ActivationStep
from backend.activation.prerequisites import wake
from backend.activation.requests import end_ported, follow_end
from backend.activation.schemas import (
    MAX_NAMED,
    ActivationDetail,
    ActivationView,
    ChangeService,
    Decide,
    FalloutCount,
    MoveService,
    Reason,
    StepView,
)
from backend.activation.starting import arm_for_job, arm_for_order, disarm, follow_swaps, start, start_for_job
from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.kernel.paging import Page, decode_cursor, page_of
from backend.orders.naming import names_of_services

__all__ = [
    "abandon",
    "activation",
    "activations",
    "arm_for_job",
    "arm_for_order",
    "change_service",
    "disarm",
    "end_ported",
    "fallout_counts",
    "follow_end",
    "follow_rolled_back",
    "follow_swaps",
    "hear",
    "move_service",
    "override",
    "retry",
    "retry_all",
    "roll_back",
    "start",
    "start_for_job",
    "wake",
]


async def retry(tx: Transaction, activation_id: UUID) -> ActivationDetail:
    """See `fallouts.retry`."""
    return await _detail(tx, await fallouts.retry(tx, activation_id))


async def override(tx: Transaction, activation_id: UUID, decided: Decide) -> ActivationDetail:
    """See `fallouts.override`."""
    return await _detail(tx, await fallouts.override(tx, activation_id, decided.reason))


async def roll_back(tx: Transaction, activation_id: UUID, decided: Decide) -> ActivationDetail:
    """See `fallouts.roll_back`."""
    return await _detail(tx, await fallouts.roll_back(tx, activation_id, decided.reason))


async def abandon(tx: Transaction, activation_id: UUID, decided: Decide) -> ActivationDetail:
    """See `fallouts.abandon`."""
    return await _detail(tx, await fallouts.abandon(tx, activation_id, decided.reason))


async def move_service(tx: Transaction, service_id: UUID, purpose: Purpose, wanted: MoveService) -> ActivationDetail:
    """Suspend, resume or terminate a service on the network. See `requests.request`."""
    begun = await requests.request(tx, service_id, purpose, because=wanted.reason, at=wanted.at)
    return await _detail(tx, begun)


async def change_service(tx: Transaction, service_id: UUID, wanted: ChangeService) -> ActivationDetail:
    """Give a service other characteristics on the network. See `requests.request`."""
    begun = await requests.request(
        tx,
        service_id,
        Purpose.CHANGE,
        because=wanted.reason,
        at=wanted.at,
        characteristics=wanted.characteristics,
    )
    return await _detail(tx, begun)


async def follow_rolled_back(tx: Transaction, activation_id: UUID) -> None:
    """Of a service that ended meanwhile, what is left on the network goes, too."""
    row = await tx.get(Activation, activation_id, UnknownActivation)
    await follow_end(tx, row.service_id, tx.now)


async def activation(tx: Transaction, activation_id: UUID) -> ActivationDetail:
    """One activation with its steps. Raises UnknownActivation."""
    return await _detail(tx, await tx.get(Activation, activation_id, UnknownActivation))


async def activations(
    tx: Transaction,
    *,
    state: ActivationState | None,
    reason: Reason | None = None,
    service_id: UUID | None = None,
    page_size: int,
    cursor: str | None,
) -> Page[ActivationView]:
    """Activations, oldest first, in one state or in any, of one reason or of any, of one service or of all."""
    after = decode_cursor(cursor) if cursor else None
    rows = await queries.page(tx, state=state, reason=reason, service_id=service_id, after=after, limit=page_size + 1)
    return page_of(await _views(tx, rows), [row.id for row in rows], page_size)


async def fallout_counts(tx: Transaction, principal: Principal) -> list[FalloutCount]:
    """What waits for a person, by reason, the most first, as this principal may see it."""
    counts = await queries.fallout_counts(tx)
    oldest = {reason: await queries.fallen_services(tx, reason, limit=MAX_NAMED) for reason, _, _ in counts}
    names = await names_of_services(tx, principal, {one for services in oldest.values() for one in services})
    return [
        FalloutCount(
            reason=reason, count=count, since=since, oldest=[names[one] for one in oldest[reason] if one in names]
        )
        for reason, count, since in counts
    ]


async def _detail(tx: Transaction, row: Activation) -> ActivationDetail:
    [view] = await _views(tx, [row])
    return ActivationDetail(activation=view, steps=[_step_view(step) for step in await queries.steps(tx, row.id)])


async def _views(tx: Transaction, rows: Sequence[Activation]) -> list[ActivationView]:
    waits_for = await prerequisites.told(tx, rows)
    views = [msgspec.convert(row, ActivationView, from_attributes=True) for row in rows]
    return [msgspec.structs.replace(view, waits_for=waits_for.get(view.id, [])) for view in views]


def _step_view(step: ActivationStep) -> StepView:
    return msgspec.convert(step, StepView, from_attributes=True)
