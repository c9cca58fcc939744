"""Tables of physical stock."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.inventory.lifecycle import RESERVATION, SERIAL, TRANSFER, ReservationState, SerialState, TransferState
from backend.kernel.facts import FactRow, Stateful
from backend.kernel.leases import WorkRow
from backend.kernel.tables import Row, StructJson, Versioned


class LocationKind(StrEnum):
    DEPOT = "depot"
    VAN = "van"
    PREMISES = "premises"
    RETURNS = "returns"
    SUPPLIER = "supplier"
    CARRIER = "carrier"
    TRANSIT = "transit"
    MISSING = "missing"
    SCRAPPED = "scrapped"


NOWHERE = frozenset({LocationKind.TRANSIT, LocationKind.MISSING, LocationKind.SCRAPPED})
"""Places that are no places, one of each kind: what is between two places, what nobody finds, what is gone."""


class MoveReason(StrEnum):
    RECEIPT = "receipt"
    TRANSFER = "transfer"
    INSTALLATION = "installation"
    CONSUMPTION = "consumption"
    RECOVERY = "recovery"
    SHIPMENT = "shipment"
    HANDOVER = "handover"
    ADJUSTMENT = "adjustment"
    RETURN = "return"
    DISPOSAL = "disposal"


class StockLocation(Row):
    """A place that holds stock. A technician has one van, premises are one location, and so is a carrier by its name.

    is_restricted: nothing may be brought there without a release (see `controls`).
    """

    __tablename__ = "stock_location"
    __table_args__ = (
        Index(
            "uq_stock_location_name_carrier",
            "name",
            unique=True,
            sqlite_where=text("kind = 'carrier'"),
            postgresql_where=text("kind = 'carrier'"),
        ),
        Index(
            "uq_stock_location_kind_nowhere",
            "kind",
            unique=True,
            sqlite_where=text("kind IN ('transit', 'missing', 'scrapped')"),
            postgresql_where=text("kind IN ('transit', 'missing', 'scrapped')"),
        ),
    )

    kind: Mapped[LocationKind] = mapped_column(index=True)
    name: Mapped[str]
    technician_id: Mapped[UUID | None] = mapped_column(ForeignKey("technician.id"), unique=True)
    premises_id: Mapped[UUID | None] = mapped_column(ForeignKey("premises.id"), unique=True)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    is_restricted: Mapped[bool] = mapped_column(default=False)


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
    """One line of the ledger. quantity: ≥ 1; from_location_id: None for what came from outside the ledger.

    actor_kind, actor_id: who entered it.
    """

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
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]


class ReservationFact(FactRow):
    __tablename__ = "stock_reservation_fact"


class StockReservation(WorkRow, Stateful, Versioned):
    """A unit, or counted parts at a location, kept for an order item.

    Either serial_unit_id or location_id is there; quantity: 1 for a unit. expires_at: None once the appointment is
    confirmed; due_at follows it.
    """

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
        CheckConstraint("(serial_unit_id IS NULL) <> (location_id IS NULL)", name="unit_or_parts"),
    )
    lifecycle = RESERVATION
    facts = ReservationFact

    model: Mapped[str]
    serial_unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("serial_unit.id"), index=True)
    location_id: Mapped[UUID | None] = mapped_column(ForeignKey("stock_location.id"), index=True)
    quantity: Mapped[int]
    order_id: Mapped[UUID] = mapped_column(index=True)
    order_item_id: Mapped[UUID]
    state: Mapped[ReservationState]
    expires_at: Mapped[datetime | None]


class TransferFact(FactRow):
    __tablename__ = "transfer_order_fact"


class TransferOrder(Stateful, Versioned):
    """Goods on their way from one location to another. serials, parts: what left; the others: what was found on arrival.

    unexpected, unexpected_parts: what came without being on the paper; order_id: for whose job it is, if for one.
    """

    __tablename__ = "transfer_order"
    lifecycle = TRANSFER
    facts = TransferFact

    from_location_id: Mapped[UUID] = mapped_column(ForeignKey("stock_location.id"))
    to_location_id: Mapped[UUID] = mapped_column(ForeignKey("stock_location.id"), index=True)
    order_id: Mapped[UUID | None]
    state: Mapped[TransferState] = mapped_column(index=True)
    serials: Mapped[list[str]] = mapped_column(StructJson(list[str]))
    parts: Mapped[dict[str, int]] = mapped_column(StructJson(dict[str, int]))
    received_serials: Mapped[list[str]] = mapped_column(StructJson(list[str]))
    received_parts: Mapped[dict[str, int]] = mapped_column(StructJson(dict[str, int]))
    unexpected: Mapped[list[str]] = mapped_column(StructJson(list[str]))
    unexpected_parts: Mapped[dict[str, int]] = mapped_column(StructJson(dict[str, int]))
    shipped_at: Mapped[datetime]


class StockCount(Row):
    """One count of one model at one place: what the ledger said, what was there, and why they may differ.

    missing, found: serials that should have been there, and that were there without anybody knowing; misplaced: those
    that stock has elsewhere, and that a person has to look at.
    """

    __tablename__ = "stock_count"

    location_id: Mapped[UUID] = mapped_column(ForeignKey("stock_location.id"), index=True)
    model: Mapped[str]
    expected: Mapped[int]
    counted: Mapped[int]
    missing: Mapped[list[str]] = mapped_column(StructJson(list[str]))
    found: Mapped[list[str]] = mapped_column(StructJson(list[str]))
    misplaced: Mapped[list[str]] = mapped_column(StructJson(list[str]))
    reason: Mapped[str]
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]


class SerialImport(Row):
    """A supplier's list that was taken in. source: what it is called; taken: how many of its rows are units now."""

    __tablename__ = "serial_import"

    location_id: Mapped[UUID] = mapped_column(ForeignKey("stock_location.id"))
    source: Mapped[str]
    rows: Mapped[int]
    taken: Mapped[int]
    at: Mapped[datetime]


class StockLevel(Versioned):
    """How much of a model a place should hold: filled up to `maximum` when it would fall below `minimum`."""

    __tablename__ = "stock_level"
    __table_args__ = (UniqueConstraint("location_id", "model"),)

    location_id: Mapped[UUID] = mapped_column(ForeignKey("stock_location.id"))
    model: Mapped[str]
    minimum: Mapped[int]
    maximum: Mapped[int]


class ReturnReceipt(Row):
    """What a customer gave back, and when: the customer's proof. subject_id: the job, when a technician fetched it."""

    __tablename__ = "return_receipt"

    number: Mapped[str] = mapped_column(unique=True)
    serial_unit_id: Mapped[UUID] = mapped_column(ForeignKey("serial_unit.id"), index=True)
    premises_id: Mapped[UUID] = mapped_column(ForeignKey("premises.id"), index=True)
    to_location_id: Mapped[UUID] = mapped_column(ForeignKey("stock_location.id"))
    subject_id: Mapped[UUID | None]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]


class ExportRelease(Versioned):
    """A model, a destination or one of them to the other was looked at and may go. None: whatever it is.

    revoked_at: from then on it does not hold any more.
    """

    __tablename__ = "export_release"

    model: Mapped[str | None] = mapped_column(index=True)
    to_location_id: Mapped[UUID | None] = mapped_column(ForeignKey("stock_location.id"), index=True)
    reason: Mapped[str]
    released_by: Mapped[UUID | None]
    released_at: Mapped[datetime]
    valid_until: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
