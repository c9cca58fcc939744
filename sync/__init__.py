"""Offline sync as a pure library: messages, replicas, merge. No HTTP, no SQL, no clock. Normative text: PROTOCOL.md.

Types are found here; functions are called through their module, where their short names read well:
`replica.record(...)`, `wire.decode(...)`, `cursor.advance(...)`.
"""

from sync.cursor import Cursor
from sync.operations import Operation, OperationError
from sync.outbox import Entry, Outbox
from sync.protocol import (
    SCHEMA,
    Draft,
    ErrorCode,
    Mutation,
    MutationState,
    Poke,
    PullAnswer,
    PullRequest,
    PushAnswer,
    PushRequest,
    Put,
    ReasonCode,
    Refusal,
    Refused,
    RemovalReason,
    Remove,
    Result,
    SyncAnswer,
    SyncRequest,
)
from sync.replica import Replica
from sync.server import MemoryServer, Server
from sync.wire import WireError

__all__ = [
    "SCHEMA",
    "Cursor",
    "Draft",
    "Entry",
    "ErrorCode",
    "MemoryServer",
    "Mutation",
    "MutationState",
    "Operation",
    "OperationError",
    "Outbox",
    "Poke",
    "PullAnswer",
    "PullRequest",
    "PushAnswer",
    "PushRequest",
    "Put",
    "ReasonCode",
    "Refusal",
    "Refused",
    "RemovalReason",
    "Remove",
    "Replica",
    "Result",
    "Server",
    "SyncAnswer",
    "SyncRequest",
    "WireError",
]
