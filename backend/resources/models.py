"""Tables of logical resources and services."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.catalogue.schemas import PoolKind, ServiceKind
from backend.kernel.facts import FactRow, Stateful
from backend.kernel.tables import Row, StructJson, Versioned
from backend.kernel.tasks import WorkRow
from backend.resources.lifecycle import RESOURCE, SERVICE, ResourceState, ServiceState


class ResourcePool(Row):
    """Resources of one kind. territory_id: where they can be used; None: everywhere."""

    __tablename__ = "resource_pool"

    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[PoolKind]
    name: Mapped[str]
    territory_id: Mapped[UUID | None] = mapped_column(ForeignKey("territory.id"))


class ResourceFact(FactRow):
    __tablename__ = "resource_fact"


class Resource(WorkRow, Stateful, Versioned):
    """One number, address, VLAN or port. held_until: the end of its reservation or quarantine; due_at follows it."""

    __tablename__ = "resource"
    __table_args__ = (
        UniqueConstraint("pool_id", "value"),
        Index("ix_resource_pool_id_state", "pool_id", "state"),
    )
    lifecycle = RESOURCE
    facts = ResourceFact

    pool_id: Mapped[UUID] = mapped_column(ForeignKey("resource_pool.id"))
    value: Mapped[str]
    state: Mapped[ResourceState]
    reserved_for: Mapped[UUID | None] = mapped_column(index=True)
    held_until: Mapped[datetime | None]


class ServiceFact(FactRow):
    __tablename__ = "service_fact"


class Service(Stateful, Versioned):
    """What runs on the network for some premises.

    characteristics: what was sold of it, such as its rates. suspended_at: while it is suspended.
    """

    __tablename__ = "service"
    lifecycle = SERVICE
    facts = ServiceFact

    kind: Mapped[ServiceKind]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    premises_id: Mapped[UUID] = mapped_column(ForeignKey("premises.id"), index=True)
    order_item_id: Mapped[UUID] = mapped_column(index=True)
    state: Mapped[ServiceState] = mapped_column(index=True)
    characteristics: Mapped[dict[str, str]] = mapped_column(StructJson(dict[str, str]), default=dict)
    active_since: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    terminated_at: Mapped[datetime | None]


class ResourceAssignment(Row):
    """A resource in the use of a service, until it is released."""

    __tablename__ = "resource_assignment"
    __table_args__ = (
        # The truth about double use: whatever the code does, the second live assignment fails here.
        Index(
            "uq_resource_assignment_resource_id_live",
            "resource_id",
            unique=True,
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    resource_id: Mapped[UUID] = mapped_column(ForeignKey("resource.id"))
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), index=True)
    assigned_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
