"""How far a client has come: the server's epoch and one number per scope, opaque to the client.

A position n of a scope means "every change up to n has been applied". The server alone reads and moves cursors; a
client stores the text and hands it back. Not a permission: which scopes a principal holds is decided on every pull.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from sync import wire
from sync.canonical import canonical
from sync.protocol import Count, ErrorCode
from sync.wire import WireError

MAX_CURSOR_BYTES: Final = 1 << 16
"""About a thousand scopes: more than any dispatcher's territories and technicians."""


class Cursor(Struct, frozen=True, kw_only=True, rename={"epoch": "e", "positions": "s", "sending": "f"}):
    """positions: number by scope.

    sending: scopes that are being sent from their beginning, with the floor that held when that began. Without it the
    second page of such a scope would lie below the floor and start it again, for ever.
    """

    epoch: Annotated[str, Meta(min_length=1, max_length=64)]
    positions: dict[str, Count] = field(default_factory=dict[str, int])
    sending: dict[str, Count] = field(default_factory=dict[str, int])


class Standing(StrEnum):
    """How a cursor relates to a server."""

    FOLLOWS = "follows"
    AHEAD = "ahead"
    EPOCH_CHANGED = "epoch_changed"


def encode(cursor: Cursor) -> str:
    """Write the cursor as base64url (RFC 4648 section 5, no padding) of its canonical JSON."""
    body = {"e": cursor.epoch, "s": cursor.positions} | ({"f": cursor.sending} if cursor.sending else {})
    return base64.urlsafe_b64encode(canonical(body)).decode().rstrip("=")


def decode(text: str) -> Cursor:
    """Read a cursor. Raises WireError (cursor_invalid) for anything that `encode` cannot have written."""
    if len(text) > MAX_CURSOR_BYTES:
        raise _invalid(f"longer than {MAX_CURSOR_BYTES} bytes")
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return wire.decode(raw, Cursor, limit_bytes=MAX_CURSOR_BYTES)
    except (binascii.Error, ValueError, WireError) as error:
        raise _invalid("not a cursor of this server") from error


def standing(cursor: Cursor, epoch: str, heads: Mapping[str, int]) -> Standing:
    """Hold a cursor against a server: its epoch and the latest number of each scope.

    A scope that the server does not know has the head 0, hence a cursor that has seen it is ahead.
    """
    if cursor.epoch != epoch:
        return Standing.EPOCH_CHANGED
    if any(position > heads.get(scope, 0) for scope, position in cursor.positions.items()):
        return Standing.AHEAD
    return Standing.FOLLOWS


def covers(cursor: Cursor, earlier: Cursor) -> bool:
    """Tell whether nothing was taken back: same epoch, and no scope of both stands lower."""
    shared = cursor.positions.keys() & earlier.positions.keys()
    return cursor.epoch == earlier.epoch and all(cursor.positions[s] >= earlier.positions[s] for s in shared)


def merge(left: Cursor, right: Cursor) -> Cursor:
    """Return the least cursor that covers both; they must be of one epoch."""
    assert left.epoch == right.epoch, f"cursors of epochs {left.epoch} and {right.epoch} cannot be merged"
    scopes = left.positions.keys() | right.positions.keys()
    positions = {s: max(left.positions.get(s, 0), right.positions.get(s, 0)) for s in scopes}
    floors = left.sending | right.sending
    return replace(left, positions=positions, sending=_unfinished(floors, positions))


def advance(cursor: Cursor, scope: str, position: int) -> Cursor:
    """Move one scope forward; within an epoch it never goes back."""
    reached = cursor.positions.get(scope, 0)
    assert position >= reached, f"cursor of {scope} would go back from {reached} to {position}"
    positions = cursor.positions | {scope: position}
    return replace(cursor, positions=positions, sending=_unfinished(cursor.sending, positions))


def is_compacted(cursor: Cursor, scope: str, floor: int) -> bool:
    """Tell whether removals that this cursor has not seen are forgotten, so that the scope must be sent again."""
    known_floor = cursor.sending.get(scope, -1)
    return scope in cursor.positions and cursor.positions[scope] < floor and known_floor < floor


def begin(cursor: Cursor, scope: str, floor: int) -> Cursor:
    """Start a scope from its beginning: a new one, a compacted one, or one whose digest differed."""
    sending = {s: f for s, f in cursor.sending.items() if s != scope} | ({scope: floor} if floor else {})
    return replace(cursor, positions=cursor.positions | {scope: 0}, sending=sending)


def keep_only(cursor: Cursor, scopes: Iterable[str]) -> tuple[Cursor, tuple[str, ...]]:
    """Drop the scopes that the principal no longer holds; returns the cursor and the dropped scopes, sorted."""
    held = frozenset(scopes)
    dropped = tuple(sorted(cursor.positions.keys() - held))
    positions = {s: n for s, n in cursor.positions.items() if s in held}
    return replace(cursor, positions=positions, sending=_unfinished(cursor.sending, positions)), dropped


def _unfinished(sending: Mapping[str, int], positions: Mapping[str, int]) -> dict[str, int]:
    return {scope: floor for scope, floor in sending.items() if positions.get(scope, floor) < floor}


def _invalid(detail: str) -> WireError:
    return WireError(ErrorCode.CURSOR_INVALID, "$.cursor", detail)
