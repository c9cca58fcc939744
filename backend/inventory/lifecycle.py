"""The lives of serial units, of reservations and of transfers between two places. Pure tables.

A unit is `reserved` while a reservation of it lives and it is in a place; one that travels is `inTransit`.
"""

from enum import StrEnum

from backend.kernel.lifecycle import Lifecycle, Move


class SerialState(StrEnum):
    """Where a unit stands. available: usable, in a depot or in a van; installed: at a customer's."""

    RECEIVED = "received"
    AVAILABLE = "available"
    RESERVED = "reserved"
    IN_TRANSIT = "inTransit"
    INSTALLED = "installed"
    RECOVERED = "recovered"
    QUARANTINED = "quarantined"
    IN_RMA = "inRma"
    SCRAPPED = "scrapped"
    MISSING = "missing"


class SerialCommand(StrEnum):
    PUT_AWAY = "putAway"
    RESERVE = "reserve"
    RELEASE = "release"
    SHIP = "ship"
    ARRIVE = "arrive"
    INSTALL = "install"
    HAND_OVER = "handOver"
    RECOVER = "recover"
    RESTOCK = "restock"
    QUARANTINE = "quarantine"
    RETURN_TO_VENDOR = "returnToVendor"
    TAKE_BACK = "takeBack"
    SCRAP = "scrap"
    LOSE = "lose"
    FIND = "find"
    REINSTATE = "reinstate"


S, C = SerialState, SerialCommand

SERIAL = Lifecycle(
    "serial_unit",
    initial=S.RECEIVED,
    moves={
        (S.RECEIVED, C.PUT_AWAY): Move(S.AVAILABLE),
        (S.AVAILABLE, C.RESERVE): Move(S.RESERVED),
        (S.RESERVED, C.RELEASE): Move(S.AVAILABLE),
        (S.AVAILABLE, C.SHIP): Move(S.IN_TRANSIT),
        (S.RESERVED, C.SHIP): Move(S.IN_TRANSIT),
        (S.IN_TRANSIT, C.ARRIVE): Move(S.AVAILABLE),
        (S.AVAILABLE, C.INSTALL): Move(S.INSTALLED),
        (S.RESERVED, C.INSTALL): Move(S.INSTALLED),
        # Without a technician: over the counter, or by a carrier. The customer has it then.
        (S.AVAILABLE, C.HAND_OVER): Move(S.INSTALLED),
        (S.RESERVED, C.HAND_OVER): Move(S.INSTALLED),
        (S.IN_TRANSIT, C.HAND_OVER): Move(S.INSTALLED),
        (S.INSTALLED, C.RECOVER): Move(S.RECOVERED, event="serial_unit.recovered"),
        # It was entered as taken back, and hangs there still.
        (S.RECOVERED, C.REINSTATE): Move(S.INSTALLED, event="serial_unit.reinstated"),
        (S.RECOVERED, C.RESTOCK): Move(S.AVAILABLE),
        (S.RECOVERED, C.QUARANTINE): Move(S.QUARANTINED),
        (S.AVAILABLE, C.QUARANTINE): Move(S.QUARANTINED),
        (S.QUARANTINED, C.RETURN_TO_VENDOR): Move(S.IN_RMA),
        (S.IN_RMA, C.TAKE_BACK): Move(S.AVAILABLE),
        (S.IN_RMA, C.SCRAP): Move(S.SCRAPPED),
        (S.QUARANTINED, C.SCRAP): Move(S.SCRAPPED),
        (S.AVAILABLE, C.LOSE): Move(S.MISSING),
        (S.RESERVED, C.LOSE): Move(S.MISSING),
        (S.IN_TRANSIT, C.LOSE): Move(S.MISSING),
        (S.MISSING, C.FIND): Move(S.AVAILABLE),
    },
)


class ReservationState(StrEnum):
    RESERVED = "reserved"
    CONSUMED = "consumed"
    RELEASED = "released"
    EXPIRED = "expired"


class ReservationCommand(StrEnum):
    CONSUME = "consume"
    RELEASE = "release"
    EXPIRE = "expire"


RESERVATION = Lifecycle(
    "stock_reservation",
    initial=ReservationState.RESERVED,
    moves={
        (ReservationState.RESERVED, ReservationCommand.CONSUME): Move(ReservationState.CONSUMED),
        (ReservationState.RESERVED, ReservationCommand.RELEASE): Move(ReservationState.RELEASED),
        (ReservationState.RESERVED, ReservationCommand.EXPIRE): Move(ReservationState.EXPIRED),
    },
)


class TransferState(StrEnum):
    """short: not all of it has arrived; closed: what has not was given up."""

    SHIPPED = "shipped"
    RECEIVED = "received"
    SHORT = "short"
    CLOSED = "closed"


class TransferCommand(StrEnum):
    RECEIVE = "receive"
    RECEIVE_IN_PART = "receiveInPart"
    CLOSE = "close"


TRANSFER = Lifecycle(
    "transfer_order",
    initial=TransferState.SHIPPED,
    moves={
        (TransferState.SHIPPED, TransferCommand.RECEIVE): Move(TransferState.RECEIVED),
        (TransferState.SHIPPED, TransferCommand.RECEIVE_IN_PART): Move(TransferState.SHORT),
        (TransferState.SHORT, TransferCommand.RECEIVE_IN_PART): Move(TransferState.SHORT),
        (TransferState.SHORT, TransferCommand.RECEIVE): Move(TransferState.RECEIVED),
        (TransferState.SHORT, TransferCommand.CLOSE): Move(TransferState.CLOSED),
    },
)
