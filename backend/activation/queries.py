"""Reads of activations and their steps."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from backend.activation.lifecycle import ActivationState
from backend.activation.models import Activation, ActivationStep
from backend.kernel.db import Transaction


async def started(tx: Transaction, service_ids: Collection[UUID]) -> set[UUID]:
    """Which of these services have an activation."""
    query = select(Activation.service_id).where(Activation.service_id.in_(service_ids))
    return set(await tx.session.scalars(query))


async def steps(tx: Transaction, activation_id: UUID, *, round: int | None = None) -> list[ActivationStep]:
    """The steps of one round, or of all, in order."""
    query = select(ActivationStep).where(ActivationStep.activation_id == activation_id)
    if round is not None:
        query = query.where(ActivationStep.round == round)
    return list(await tx.session.scalars(query.order_by(ActivationStep.round, ActivationStep.position)))


async def page(tx: Transaction, *, state: ActivationState | None, after: UUID | None, limit: int) -> list[Activation]:
    """Activations by id, oldest first, in one state or in any."""
    query = select(Activation).order_by(Activation.id).limit(limit)
    if state is not None:
        query = query.where(Activation.state == state)
    if after is not None:
        query = query.where(Activation.id > after)
    return list(await tx.session.scalars(query))
