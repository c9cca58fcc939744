"""Tables of logical resources and services."""

from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.catalogue.schemas import PoolKind, ServiceKind
from backend.kernel.facts import FactRow, Stateful
from backend.kernel.leases import WorkRow
from backend.kernel.tables import Row, StructJson, Versioned
from backend.resources import exclusion
from backend.resources.lifecycle import RESOURCE, SERVICE, ResourceState, ServiceState
from backend.resources.schemas import DistributionKind, PortingDirection, PortPlace


class ResourcePool(Row):
    """Resources of one kind. territory_id: where they can be used; None: everywhere. blocks: as they were typed."""

    __tablename__ = "resource_pool"

    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[PoolKind]
    name: Mapped[str]
    territory_id: Mapped[UUID | None] = mapped_column(ForeignKey("territory.id"))
    blocks: Mapped[list[str]] = mapped_column(StructJson(list[str]), default=list)


class AddressBlock(Row):
    """A block of addresses that was put into a pool. block: as it was typed; first_address, last_address: see `exclusion`."""

    __tablename__ = "address_block"

    pool_id: Mapped[UUID] = mapped_column(ForeignKey("resource_pool.id"))
    block: Mapped[str]
    first_address: Mapped[str] = mapped_column(index=True)
    last_address: Mapped[str]


exclusion.attach(cast("Table", AddressBlock.__table__))


class DistributionPoint(Row):
    """A splitter or a tap in the street, fed by one PON or port group; its legs are the ports of that."""

    __tablename__ = "distribution_point"

    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[DistributionKind]
    node: Mapped[str]
    card: Mapped[int]
    port: Mapped[int]


class PremisesDrop(Row):
    """The cable from some premises to the point in the street where it ends."""

    __tablename__ = "premises_drop"

    premises_id: Mapped[UUID] = mapped_column(ForeignKey("premises.id"), unique=True)
    distribution_point_id: Mapped[UUID] = mapped_column(ForeignKey("distribution_point.id"), index=True)


class ResourceFact(FactRow):
    __tablename__ = "resource_fact"


class Resource(WorkRow, Stateful, Versioned):
    """One number, address, prefix, VLAN or port. held_until: the end of its reservation or quarantine; due_at follows it.

    namespace: in which the value stands for one thing: the kind, and for a VLAN its pool. ported: it belongs to another
    operator's range, and goes back there when nobody has it any more.
    """

    __tablename__ = "resource"
    __table_args__ = (
        # Two pools must not hand out the same number or address.
        UniqueConstraint("namespace", "value"),
        CheckConstraint("state <> 'reserved' OR reserved_for IS NOT NULL", name="reserved_for_somebody"),
        Index("ix_resource_pool_id_state", "pool_id", "state"),
    )
    lifecycle = RESOURCE
    facts = ResourceFact

    pool_id: Mapped[UUID] = mapped_column(ForeignKey("resource_pool.id"))
    namespace: Mapped[str]
    value: Mapped[str]
    place: Mapped[PortPlace | None] = mapped_column(StructJson(PortPlace))
    ported: Mapped[bool] = mapped_column(default=False)
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


class NumberPorting(Row):
    """A number that came from another operator, or went to one. reference: of the agreement between the two."""

    __tablename__ = "number_porting"

    resource_id: Mapped[UUID] = mapped_column(ForeignKey("resource.id"), index=True)
    direction: Mapped[PortingDirection]
    operator: Mapped[str]
    reference: Mapped[str]
    occurred_at: Mapped[datetime]
