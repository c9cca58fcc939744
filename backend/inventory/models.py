"""Tables of physical stock."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.inventory.lifecycle import RESERVATION, SERIAL, ReservationState, SerialState
from backend.kernel.facts import FactRow, Stateful
from backend.kernel.tables import Row, Versioned
from backend.kernel.tasks import WorkRow


class LocationKind(StrEnum):
    DEPOT = "depot"
    VAN = "van"
    PREMISES = "premises"
    RETURNS = "returns"
    SUPPLIER = "supplier"
    CARRIER = "carrier"


class MoveReason(StrEnum):
    RECEIPT = "receipt"
    TRANSFER = "transfer"
    INSTALLATION = "installation"
    CONSUMPTION = "consumption"
    RECOVERY = "recovery"
    SHIPMENT = "shipment"
    HANDOVER = "handover"


class StockLocation(Row):
    """A place that holds stock. A technician has one van, premises are one location, and so is a carrier by its name."""

    __tablename__ = "stock_location"
    __table_args__ = (
        Index(
            "uq_stock_location_name_carrier",
            "name",
            unique=True,
            sqlite_where=text("kind = 'carrier'"),
            postgresql_where=text("kind = 'carrier'"),
        ),
    )

    kind: Mapped[LocationKind] = mapped_column(index=True)
    name: Mapped[str]
    technician_id: Mapped[UUID | None] = mapped_column(ForeignKey("technician.id"), unique=True)
    premises_id: Mapped[UUID | None] = mapped_column(ForeignKey("premises.id"), unique=True)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]


class SerialFact(FactRow):
    __tablename__ = "serial_unit_fact"


class SerialUnit(Stateful, Versioned):
    """One serialised piece of equipment; it is in exactly one place. model: the code of a CPE model."""

    __tablename__ = "serial_unit"
    __table_args__ = (Index("ix_serial_unit_model_state_location_id", "model", "state", "location_id"),)
    lifecycle = SERIAL
    facts = SerialFact

    serial: Mapped[str] = mapped_column(unique=True)
    model: Mapped[str]
    location_id: Mapped[UUID] = mapped_column(ForeignKey("stock_location.id"), index=True)
    state: Mapped[SerialState]


class StockMove(Row):
    """One line of the ledger. quantity: ≥ 1; from_location_id: None for what came from outside the ledger."""

    __tablename__ = "stock_move"
    __table_args__ = (
        Index("ix_stock_move_from_location_id_model", "from_location_id", "model"),
        Index("ix_stock_move_to_location_id_model", "to_location_id", "model"),
    )
    audited = False  # a ledger line is itself a record, and never changes

    model: Mapped[str]
    quantity: Mapped[int]
    serial_unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("serial_unit.id"), index=True)
    from_location_id: Mapped[UUID | None] = mapped_column(ForeignKey("stock_location.id"))
    to_location_id: Mapped[UUID] = mapped_column(ForeignKey("stock_location.id"))
    at: Mapped[datetime]
    occurred_at: Mapped[datetime]
    reason: Mapped[MoveReason]
    subject_id: Mapped[UUID | None]


class ReservationFact(FactRow):
    __tablename__ = "stock_reservation_fact"


class StockReservation(WorkRow, Stateful, Versioned):
    """A unit kept for an order item. expires_at: None once the appointment is confirmed; due_at follows it."""

    __tablename__ = "stock_reservation"
    __table_args__ = (
        # The truth about double reservations: whatever the code does, the second one fails here.
        Index(
            "uq_stock_reservation_serial_unit_id_reserved",
            "serial_unit_id",
            unique=True,
            sqlite_where=text("state = 'reserved'"),
            postgresql_where=text("state = 'reserved'"),
        ),
    )
    lifecycle = RESERVATION
    facts = ReservationFact

    model: Mapped[str]
    serial_unit_id: Mapped[UUID] = mapped_column(ForeignKey("serial_unit.id"), index=True)
    order_id: Mapped[UUID] = mapped_column(index=True)
    order_item_id: Mapped[UUID]
    state: Mapped[ReservationState]
    expires_at: Mapped[datetime | None]
