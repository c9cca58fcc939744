"""What a person should do when a device cannot do what it was told; nothing that was done is lost by any of it."""

from typing import Final

from clients.device.errors import (
    DoubtfulSerial,
    Locked,
    NotAnOutbox,
    NotEnrolled,
    Offline,
    OtherTechnician,
    StoreInUse,
    Stuck,
)
from clients.device.words import BadWords
from sync.protocol import ErrorCode, Refused

Trouble = (
    DoubtfulSerial
    | Locked
    | NotAnOutbox
    | NotEnrolled
    | Offline
    | OtherTechnician
    | StoreInUse
    | Stuck
    | BadWords
    | Refused
    | OSError
)
TROUBLES: Final = (
    DoubtfulSerial,
    Locked,
    NotAnOutbox,
    NotEnrolled,
    Offline,
    OtherTechnician,
    StoreInUse,
    Stuck,
    BadWords,
    Refused,
    OSError,
)
"""What may go wrong on the way, and is told in a sentence instead of a traceback."""

REFUSALS: Final[dict[ErrorCode, str]] = {
    ErrorCode.UNAUTHENTICATED: "ask your dispatcher for a new code, then: truckroll device enrol CODE; the work waits here",
    ErrorCode.DEVICE_REVOKED: (
        "this device was ended by its operator, and what the server had given was removed; "
        "save your own work with: truckroll device export FILE"
    ),
    ErrorCode.OUTBOX_FOREIGN: "this store holds another user's work: use another --store, or enrol as that user",
    ErrorCode.SCHEMA_TOO_OLD: "update truckroll; until then, work can still be sent with: truckroll device push",
    ErrorCode.RATE_LIMITED: "wait a minute, then try again",
    ErrorCode.BUSY: "the server is busy: try again in a minute",
    ErrorCode.DIGEST_MISMATCH: "the message was damaged on its way: try again",
}

OTHERWISE: Final = "nothing is lost; show this text to whoever runs the server"


def advice(trouble: Trouble) -> str:
    """One sentence of what happened, one of what to do."""
    match trouble:
        case Refused():
            return f"the server refused: {trouble}; {REFUSALS.get(trouble.refusal.code, OTHERWISE)}"
        case Offline():
            return f"no way to the server ({trouble}); the work waits here: truckroll device online, and sync later"
        case DoubtfulSerial():
            return f"{trouble}; read the label again, and if it says so: do it again with {trouble.sure}"
        case Locked():
            return f"{trouble}; what was done waits here: truckroll device sync"
        case NotEnrolled():
            return "this device is not enrolled: truckroll device --server URL enrol CODE"
        case OtherTechnician():
            return f"{trouble}; choose another --store"
        case StoreInUse():
            return f"{trouble}: nothing was changed, do it again"
        case _:
            return str(trouble)
