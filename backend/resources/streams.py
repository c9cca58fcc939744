"""Every service as a stream of plain rows, and every resource that is lost: for comparisons of the whole network."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import case, func, select

from backend.kernel.db import Transaction
from backend.kernel.streams import Stream, stream
from backend.resources.lifecycle import ResourceState, ServiceState
from backend.resources.models import Resource, ResourceAssignment, Service

SERVICE = Service.__table__.c


class ActiveRow(NamedTuple):
    service_id: UUID
    account_id: UUID
    active_since: datetime


class PremisesRow(NamedTuple):
    """has_run: 1 when a service of the premises runs or rests, 0 when all of them have ended or were never active."""

    premises_id: UUID
    has_run: int


class LostRow(NamedTuple):
    """A resource that is assigned, but to no service that lives. since: when that service ended, None if none is known."""

    resource_id: UUID
    value: str
    service_id: UUID | None
    since: datetime | None


async def active_services(tx: Transaction) -> Stream[ActiveRow]:
    """Every active service, by id."""
    query = select(SERVICE.id, SERVICE.account_id, SERVICE.active_since).where(SERVICE.state == ServiceState.ACTIVE)
    return await stream(tx, query.order_by(SERVICE.id), ActiveRow._make)


async def count_active(tx: Transaction) -> int:
    query = select(func.count()).select_from(Service).where(Service.state == ServiceState.ACTIVE)
    return (await tx.session.scalars(query)).one()


async def served_premises(tx: Transaction) -> Stream[PremisesRow]:
    """Every premises with a service, by id."""
    runs = SERVICE.active_since.is_not(None) & (SERVICE.state != ServiceState.TERMINATED)
    query = (
        select(SERVICE.premises_id, func.max(case((runs, 1), else_=0)))
        .group_by(SERVICE.premises_id)
        .order_by(SERVICE.premises_id)
    )
    return await stream(tx, query, PremisesRow._make)


async def lost_resources(tx: Transaction, *, limit: int) -> list[LostRow]:
    """Resources that are held for a service that ended, or for none; at most `limit`, by id."""
    live = (ResourceAssignment.resource_id == Resource.id) & ResourceAssignment.released_at.is_(None)
    query = (
        select(Resource.id, Resource.value, Service.id, Service.terminated_at)
        .outerjoin(ResourceAssignment, live)
        .outerjoin(Service, Service.id == ResourceAssignment.service_id)
        .where(Resource.state == ResourceState.ASSIGNED)
        .where(Service.id.is_(None) | (Service.state == ServiceState.TERMINATED))
        .order_by(Resource.id)
        .limit(limit)
    )
    return [LostRow(*row) for row in await tx.session.execute(query)]
