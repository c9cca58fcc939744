"""The words of the sync protocol: messages, states, reasons, error codes and limits.

Shapes only. How they are read from bytes is `wire`, what a device does with them is `outbox` and `replica`, what a
server owes is `server`; the text that binds all of them is PROTOCOL.md. Messages tolerate unknown fields, so that a
newer peer may say more than an older one understands.

Instants are whole milliseconds since 1970-01-01T00:00Z, because a digest over text forms of one instant would differ
between languages.
"""

from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias

from msgspec import Meta, Struct

SCHEMA: Final = 1
"""Number of the document and message shapes that this code speaks."""

MAX_MUTATIONS: Final = 100
"""Mutations in one push: one database transaction, short enough to retry as a whole."""
MAX_REQUEST_BYTES: Final = 1 << 20
"""Body of one request; a day's work of one technician is about 60 KiB."""
MAX_MUTATION_BYTES: Final = 1 << 16
"""One mutation as JSON: sixteen of the largest still fit one push, and a photo does not belong in one."""
MAX_ANSWER_BYTES: Final = 1 << 23
"""Body of one answer as a client accepts it; a server pages far below this."""
MAX_LIMIT_BYTES: Final = 1 << 22
"""The largest page of patches a client may ask for."""
DEFAULT_LIMIT_BYTES: Final = 1 << 18
"""The page a client asks for by itself: about a second on a weak mobile line."""
MAX_DEPTH: Final = 32
"""Nesting of a message: bounded before parsing, because parsers recurse."""
MAX_MUTATION_DEPTH: Final = MAX_DEPTH - 4
"""Nesting of one mutation, so that it still fits inside a SyncRequest, which adds three levels."""
MAX_WAIT_S: Final = 30
"""How long a pull may be held open for news: below the idle limit of common proxies."""
MAX_SAFE_INTEGER: Final = 2**53 - 1
"""Integers beyond this are not the same number in every JSON reader (RFC 7493 section 2.2)."""
MAX_TIME_MS: Final = 253_402_300_799_999
"""The last millisecond of the year 9999, the end of what date types can hold."""

# `$` would accept a trailing line feed in Python, `\Z` is unknown to JavaScript: this end works in both.
_END: Final = r"(?![\s\S])"
_HEX: Final = "[0-9a-f]"

Count: TypeAlias = Annotated[int, Meta(ge=0, le=MAX_SAFE_INTEGER)]
MutationNumber: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_SAFE_INTEGER)]
Milliseconds: TypeAlias = Annotated[int, Meta(ge=0, le=MAX_TIME_MS)]
OffsetMilliseconds: TypeAlias = Annotated[int, Meta(ge=-MAX_TIME_MS, le=MAX_TIME_MS)]
Text: TypeAlias = Annotated[str, Meta(min_length=1, max_length=128)]
Sha256: TypeAlias = Annotated[str, Meta(max_length=64, pattern=f"^{_HEX}{{64}}{_END}")]
Uid: TypeAlias = Annotated[
    str, Meta(max_length=36, pattern=f"^{_HEX}{{8}}-{_HEX}{{4}}-7{_HEX}{{3}}-[89ab]{_HEX}{{3}}-{_HEX}{{12}}{_END}")
]
JsonObject: TypeAlias = dict[str, Any]


class MutationState(StrEnum):
    """Where one mutation stands; the first two are the device's own, the rest are said by the server."""

    QUEUED = "queued"
    SENT = "sent"
    APPLIED = "applied"
    MERGED = "merged"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"
    RETRY = "retry"
    RESOLVED = "resolved"


REVIEW_CARD: Final = "review_card"
"""Kind of the documents that ask a person about work: `state` open or resolved, `mutations` the uids."""

VERDICTS: Final = frozenset(MutationState) - {MutationState.QUEUED, MutationState.SENT}
"""What a `Result` may say; `resolved` only of work that had its verdict before."""

NEEDS_ATTENTION: Final = frozenset({MutationState.CONFLICT, MutationState.REJECTED, MutationState.QUARANTINED})
"""Verdicts that a technician and a dispatcher both must see, with their reason."""

_ACCEPTED: Final = frozenset({MutationState.APPLIED, MutationState.MERGED, MutationState.DUPLICATE}) | NEEDS_ATTENTION
_QUEUED: Final = frozenset({MutationState.QUEUED})

MOVES: Final[dict[MutationState, frozenset[MutationState]]] = {
    MutationState.QUEUED: frozenset({MutationState.SENT}),
    # Back to queued: the server was restored, or asked for this number again.
    MutationState.SENT: VERDICTS | _QUEUED,
    MutationState.RETRY: frozenset({MutationState.SENT, MutationState.QUEUED}),
    MutationState.APPLIED: _QUEUED,
    MutationState.MERGED: _QUEUED,
    MutationState.DUPLICATE: _QUEUED,
    MutationState.REJECTED: _QUEUED | {MutationState.RESOLVED},
    MutationState.CONFLICT: _QUEUED | {MutationState.RESOLVED},
    MutationState.QUARANTINED: _QUEUED | {MutationState.RESOLVED},
    MutationState.RESOLVED: _QUEUED,
}
"""Every legal move of a mutation."""


class RemovalReason(StrEnum):
    """Why a document left a scope."""

    DELETED = "deleted"
    REASSIGNED = "reassigned"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    SCOPE = "scope"


class ErrorCode(StrEnum):
    """Why a whole request was refused; nothing of it was stored. Explained in PROTOCOL.md."""

    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    NOT_UTF8 = "not_utf8"
    NUL_CHARACTER = "nul_character"
    NUMBER_OUT_OF_RANGE = "number_out_of_range"
    DIGEST_MISMATCH = "digest_mismatch"
    TOO_MANY_MUTATIONS = "too_many_mutations"
    MID_GAP = "mid_gap"
    OUTBOX_FOREIGN = "outbox_foreign"
    UNAUTHENTICATED = "unauthenticated"
    DEVICE_REVOKED = "device_revoked"
    EPOCH_CHANGED = "epoch_changed"
    CURSOR_AHEAD = "cursor_ahead"
    CURSOR_COMPACTED = "cursor_compacted"
    CURSOR_INVALID = "cursor_invalid"
    SCHEMA_TOO_OLD = "schema_too_old"
    RATE_LIMITED = "rate_limited"
    BUSY = "busy"


HTTP_STATUS: Final[dict[ErrorCode, int]] = {
    ErrorCode.MALFORMED: 400,
    ErrorCode.TOO_LARGE: 413,
    ErrorCode.TOO_DEEP: 400,
    ErrorCode.NOT_UTF8: 400,
    ErrorCode.NUL_CHARACTER: 400,
    ErrorCode.NUMBER_OUT_OF_RANGE: 400,
    ErrorCode.DIGEST_MISMATCH: 422,
    ErrorCode.TOO_MANY_MUTATIONS: 413,
    ErrorCode.MID_GAP: 409,
    ErrorCode.OUTBOX_FOREIGN: 403,
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.DEVICE_REVOKED: 403,
    ErrorCode.EPOCH_CHANGED: 410,
    ErrorCode.CURSOR_AHEAD: 410,
    ErrorCode.CURSOR_COMPACTED: 410,
    ErrorCode.CURSOR_INVALID: 410,
    ErrorCode.SCHEMA_TOO_OLD: 426,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.BUSY: 503,
}
"""The status that carries each error over HTTP."""

RESTART_CODES: Final = frozenset(code for code, status in HTTP_STATUS.items() if status == 410)
"""Refusals after which a client pulls everything again and keeps its outbox."""


class ReasonCode(StrEnum):
    """Why one mutation was not simply applied. A server may add codes of its domain; these the protocol defines."""

    UNKNOWN_OPERATION = "unknown_operation"
    INVALID_ARGUMENTS = "invalid_arguments"
    NOT_FOUND = "not_found"
    FORBIDDEN = "forbidden"
    ILLEGAL_MOVE = "illegal_move"
    STALE_BASE = "stale_base"
    SERIAL_TAKEN = "serial_taken"
    MID_REUSE = "mid_reuse"
    UID_REUSE = "uid_reuse"
    DEVICE_REVOKED = "device_revoked"
    USER_DISABLED = "user_disabled"
    TRY_LATER = "try_later"


class Refusal(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of a refused request.

    path: where in the message, like `$.batch[3].digest`; expected: the number the outbox must go on with (mid_gap);
    minimum: the oldest schema still served (schema_too_old); epoch: the new one (epoch_changed); retry_after_ms: with
    rate_limited and busy.
    """

    code: ErrorCode
    path: str | None = None
    detail: str | None = None
    expected: int | None = None
    minimum: int | None = None
    epoch: str | None = None
    retry_after_ms: int | None = None


class Refused(Exception):
    """A request cannot be served; nothing of it was stored. `refusal` is what the peer is told."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.code} at {refusal.path or '$'}: {refusal.detail or 'see PROTOCOL.md'}")
        self.refusal = refusal


class Message(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What goes over the line: absent means the default, unknown fields are passed over."""


class Draft(Message, frozen=True, kw_only=True):
    """What a technician did, before it has its place in an outbox.

    op: name of the operation; kind, id: the document it is about; at: device clock when it was done; off: what had to
    be added to that clock to get the server's time, None when never measured; blobs: SHA-256 of the attachments.
    """

    uid: Uid
    op: Text
    kind: Text
    id: Text
    args: JsonObject
    at: Milliseconds
    off: OffsetMilliseconds | None = None
    blobs: tuple[Sha256, ...] = ()


class Mutation(Draft, frozen=True, kw_only=True):
    """A draft with its place and its seal; never changed after it was queued.

    mid: consecutive from 1 in its outbox; base: version of the document that was seen, None when there was none;
    digest: `wire.mutation_digest`.
    """

    mid: MutationNumber
    base: Count | None = None
    digest: Sha256


class PushRequest(Message, frozen=True, kw_only=True):
    """Mutations of one outbox, mids consecutive; device is the sender, which may send another device's outbox.

    app, waiting: as in a pull; this batch waits, too.
    """

    outbox: Text
    device: Text
    schema: Count
    batch: tuple[Mutation, ...]
    digest: Sha256
    epoch: str | None = None
    app: Text | None = None
    waiting: Count | None = None


class Result(Message, frozen=True, kw_only=True):
    """The verdict on one mutation.

    code, path: why and where, with every verdict that needs attention; version, state: of the document afterwards;
    lost: losing value by field name, when a merge had to choose; first: the verdict given the first time (duplicate).
    """

    mid: MutationNumber
    status: MutationState
    code: str | None = None
    path: str | None = None
    version: int | None = None
    state: str | None = None
    lost: JsonObject = {}
    first: "Result | None" = None


class PushAnswer(Message, frozen=True, kw_only=True):
    """last: highest mid the server has decided; durable_mid: highest mid that also survives a restored backup."""

    last: Count
    epoch: str
    time: Milliseconds
    durable_mid: Count = 0
    results: tuple[Result, ...] = ()
    poll_after_ms: Count = 0


class PullRequest(Message, frozen=True, kw_only=True):
    """digests: sent now and then, by scope; a scope of which nothing is held is left out, None means not compared.

    wait_s: hold the answer that long for news. app, waiting: name and version of the client, and how many mutations of
    its outbox have no verdict yet, for whoever looks after phones.
    """

    outbox: Text
    device: Text
    schema: Count
    cursor: str | None = None
    app: Text | None = None
    waiting: Count | None = None
    limit_bytes: Annotated[int, Meta(ge=1, le=MAX_LIMIT_BYTES)] = DEFAULT_LIMIT_BYTES
    digests: dict[str, str] | None = None
    wait_s: Annotated[int, Meta(ge=0, le=MAX_WAIT_S)] = 0


class Put(Message, frozen=True, kw_only=True, tag_field="op", tag="put"):
    """The document as it is now in that scope."""

    scope: str
    kind: str
    id: str
    version: Count
    doc: JsonObject


class Remove(Message, frozen=True, kw_only=True, tag_field="op", tag="remove"):
    """The document is no longer in that scope; it leaves the device with its last scope."""

    scope: str
    kind: str
    id: str
    why: RemovalReason


Patch: TypeAlias = Put | Remove


class PullAnswer(Message, frozen=True, kw_only=True):
    """Changes up to `cursor`, read in one snapshot together with `last_mid`.

    more: pull again at once; resync: these scopes are sent from their beginning, what is not sent again has gone;
    scopes_removed: the device holds these no longer.
    """

    cursor: str
    epoch: str
    last_mid: Count
    time: Milliseconds
    schema: Count
    durable_mid: Count = 0
    more: bool = False
    patch: tuple[Patch, ...] = ()
    resync: tuple[str, ...] = ()
    scopes_removed: tuple[str, ...] = ()
    poll_after_ms: Count = 0


class Poke(Message, frozen=True, kw_only=True):
    """A hint on the stream of events that a scope has changed. seq: rises with each change; says no more than that."""

    scope: str
    seq: Count


class SyncRequest(Message, frozen=True, kw_only=True):
    """Push, then pull, in one trip."""

    pull: PullRequest
    push: PushRequest | None = None


class SyncAnswer(Message, frozen=True, kw_only=True):
    """A refused push refuses the whole request; a refused pull is told beside the push that was stored."""

    push: PushAnswer | None = None
    pull: PullAnswer | None = None
    pull_refused: Refusal | None = None
