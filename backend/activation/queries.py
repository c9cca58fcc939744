"""Reads of activations, their steps, and of what the network saw."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from backend.activation.lifecycle import LIVE, ActivationState, Purpose
from backend.activation.models import Activation, ActivationFact, ActivationStep, NetworkContact
from backend.kernel.db import Transaction
from backend.kernel.statements import Question, among
from backend.kernel.tables import Id

LOCKED = {"populate_existing": True}  # a locking read sees what the lock waited for

_CONTACTS = NetworkContact.__table__.c
_SEEN = Question(
    select(_CONTACTS.service_id, _CONTACTS.serial)
    .where(among(_CONTACTS.service_id, "service_ids", Id()), _CONTACTS.serial.is_not(None))
    .order_by(_CONTACTS.occurred_at)  # the last one counts
)


async def live(tx: Transaction, service_ids: Collection[UUID]) -> dict[UUID, Activation]:
    """Service → its live activation, locked."""
    query = select(Activation).where(among(Activation.service_id, service_ids), Activation.state.in_(LIVE))
    rows = await tx.session.scalars(query.order_by(Activation.id).with_for_update().execution_options(**LOCKED))
    return {row.service_id: row for row in rows}


async def armed_for(tx: Transaction, job_id: UUID) -> list[Activation]:
    """What waits for a witness of this job, locked."""
    mine = (Activation.job_id == job_id, Activation.state == ActivationState.ARMED, Activation.effective_at.is_(None))
    query = select(Activation).where(*mine).order_by(Activation.id).with_for_update()
    return list(await tx.session.scalars(query.execution_options(**LOCKED)))


async def awaited(tx: Transaction, limit: int) -> list[tuple[UUID, datetime]]:
    """(service, since when) of what waits for its first contact, oldest first."""
    waits = (Activation.state == ActivationState.ARMED, Activation.effective_at.is_(None))
    query = select(Activation.service_id, Activation.armed_at).where(*waits).order_by(Activation.armed_at)
    return [(service_id, at) for service_id, at in await tx.session.execute(query.limit(limit))]


async def last_succeeded(tx: Transaction, service_ids: Collection[UUID]) -> dict[UUID, Activation]:
    """Service → the activation that says what the network holds of it."""
    done = (among(Activation.service_id, service_ids), Activation.state == ActivationState.SUCCEEDED)
    rows = await tx.session.scalars(select(Activation).where(*done).order_by(Activation.id))
    return {row.service_id: row for row in rows}


async def latest(tx: Transaction, service_ids: Collection[UUID]) -> dict[UUID, Activation]:
    """Service → its newest activation."""
    rows = await tx.session.scalars(
        select(Activation).where(Activation.service_id.in_(service_ids)).order_by(Activation.id)
    )
    return {row.service_id: row for row in rows}


async def held_beside(tx: Transaction, service_ids: Collection[UUID]) -> list[Activation]:
    """What was started of the orders of these services and not begun, locked: who looks at it now has looked by then."""
    theirs = (among(Activation.service_id, service_ids), Activation.order_id.is_not(None))
    order = select(Activation.order_id).where(*theirs)
    held = (Activation.state == ActivationState.ARMED, Activation.effective_at.is_not(None))
    query = select(Activation).where(Activation.order_id.in_(order), *held).order_by(Activation.id).with_for_update()
    return list(await tx.session.scalars(query.execution_options(**LOCKED)))


async def activated(tx: Transaction, service_ids: Collection[UUID]) -> set[UUID]:
    """Which of these services the network was made to run once."""
    done = (Activation.purpose == Purpose.ACTIVATE, Activation.state == ActivationState.SUCCEEDED)
    query = select(Activation.service_id).where(among(Activation.service_id, service_ids), *done)
    return set(await tx.session.scalars(query))


async def locked(tx: Transaction, ids: Collection[UUID]) -> list[Activation]:
    """These activations by id, locked."""
    query = select(Activation).where(among(Activation.id, ids)).order_by(Activation.id).with_for_update()
    return list(await tx.session.scalars(query.execution_options(**LOCKED)))


async def present_steps(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, list[ActivationStep]]:
    """Activation → the steps of its present round, in order."""
    query = (
        select(ActivationStep)
        .join(Activation, Activation.id == ActivationStep.activation_id)
        .where(among(ActivationStep.activation_id, ids), ActivationStep.round == Activation.round)
        .order_by(ActivationStep.activation_id, ActivationStep.position)
    )
    found: dict[UUID, list[ActivationStep]] = {id_: [] for id_ in ids}
    for step in await tx.session.scalars(query):
        found[step.activation_id].append(step)
    return found


async def steps(tx: Transaction, activation_id: UUID, *, round: int | None = None) -> list[ActivationStep]:
    """The steps of one round, or of all, in order."""
    query = select(ActivationStep).where(ActivationStep.activation_id == activation_id)
    if round is not None:
        query = query.where(ActivationStep.round == round)
    return list(await tx.session.scalars(query.order_by(ActivationStep.round, ActivationStep.position)))


async def page(
    tx: Transaction,
    *,
    state: ActivationState | None,
    reason: str | None,
    service_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> list[Activation]:
    """Activations by id, oldest first, in one state or in any, of one reason or of any, of one service or of all."""
    query = select(Activation).order_by(Activation.id).limit(limit)
    if state is not None:
        query = query.where(Activation.state == state)
    if reason is not None:
        query = query.where(Activation.reason == reason)
    if service_id is not None:
        query = query.where(Activation.service_id == service_id)
    if after is not None:
        query = query.where(Activation.id > after)
    return list(await tx.session.scalars(query))


async def fallouts(tx: Transaction, *, reason: str | None, limit: int) -> Sequence[UUID]:
    """What waits for a person, oldest first."""
    query = select(Activation.id).where(Activation.state == ActivationState.FALLOUT).order_by(Activation.id)
    if reason is not None:
        query = query.where(Activation.reason == reason)
    return (await tx.session.scalars(query.limit(limit))).all()


async def fallen_services(tx: Transaction, reason: str, *, limit: int) -> Sequence[UUID]:
    """The services of what waits for a person for this reason, oldest first."""
    fell = Activation.state == ActivationState.FALLOUT, Activation.reason == reason
    return (
        await tx.session.scalars(select(Activation.service_id).where(*fell).order_by(Activation.id).limit(limit))
    ).all()


async def count_fallouts(tx: Transaction, reason: str | None) -> int:
    query = select(func.count()).where(Activation.state == ActivationState.FALLOUT)
    if reason is not None:
        query = query.where(Activation.reason == reason)
    return await tx.session.scalar(query) or 0


async def fallout_counts(tx: Transaction) -> list[tuple[str, int, datetime]]:
    """(reason, how many, since when) of what waits for a person, the most first."""
    last = (
        select(ActivationFact.subject_id, func.max(ActivationFact.recorded_at).label("at"))
        .where(ActivationFact.to_state == ActivationState.FALLOUT)
        .group_by(ActivationFact.subject_id)
        .subquery()
    )
    query = (
        select(Activation.reason, func.count(), func.min(last.c.at))
        .join(last, last.c.subject_id == Activation.id)
        .where(Activation.state == ActivationState.FALLOUT)
        .group_by(Activation.reason)
        .order_by(func.count().desc(), Activation.reason)
    )
    return [(reason or "", count, since) for reason, count, since in await tx.session.execute(query)]


async def seen_serial(tx: Transaction, service_id: UUID) -> str | None:
    """How the equipment of this service called itself on the network when it was last seen there."""
    query = select(NetworkContact.serial).where(
        NetworkContact.service_id == service_id, NetworkContact.serial.is_not(None)
    )
    return (await tx.session.scalars(query.order_by(NetworkContact.occurred_at.desc()).limit(1))).first()


async def seen_serials(tx: Transaction, service_ids: Collection[UUID]) -> dict[UUID, str]:
    """Service → the same; services whose equipment was never seen are left out."""
    return dict(await tx.ask(_SEEN, service_ids=list(service_ids)))


async def contact(tx: Transaction, message_id: str) -> NetworkContact | None:
    return (await tx.session.scalars(select(NetworkContact).where(NetworkContact.message_id == message_id))).first()
