"""All that the server in memory stores: documents, the feed of each scope, outboxes with their verdicts.

Bodies of documents are never changed, only replaced, so that a copy of the state shares them.
"""

from typing import TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from sync.protocol import JsonObject, RemovalReason, Result

Name: TypeAlias = tuple[str, str]
"""(kind, id) of a document."""


class Change(Struct, frozen=True):
    """The last change of one document in one scope; why is None for a put."""

    kind: str
    id: str
    seq: int
    why: RemovalReason | None


class Scope(Struct):
    """seq: number of the last change; floor: removals up to here are forgotten; changes: oldest first."""

    seq: int = 0
    floor: int = 0
    changes: dict[Name, Change] = field(default_factory=dict[Name, Change])

    def note(self, name: Name, why: RemovalReason | None) -> None:
        """Number a change, in the place of the document's earlier one."""
        self.seq += 1
        self.changes.pop(name, None)
        self.changes[name] = Change(*name, self.seq, why)

    def since(self, position: int) -> list[Change]:
        """Changes with a higher number, oldest first."""
        newer = list[Change]()
        for change in reversed(self.changes.values()):
            if change.seq <= position:
                break
            newer.append(change)
        return newer[::-1]

    def forget_removals(self) -> None:
        """What a cursor from before now missed can no longer be told."""
        self.changes = {name: change for name, change in self.changes.items() if change.why is None}
        self.floor = self.seq


class Stored(Struct, frozen=True):
    """A document as it is now. since_ms: when it was first stored."""

    version: int
    body: JsonObject
    scopes: frozenset[str]
    since_ms: int = 0


class Decided(Struct, frozen=True):
    """A mutation and its verdict. occurred_ms: when it happened, as far as the server can tell."""

    digest: str
    result: Result
    occurred_ms: int


class OutboxState(Struct):
    """user: whose it is; last, durable: highest numbers decided, and held by a backup; decided: by number."""

    user: str = ""
    last: int = 0
    durable: int = 0
    decided: dict[int, Decided] = field(default_factory=dict[int, Decided])


class State(Struct):
    """All that a backup holds.

    versions: last one of every document, also of those that were removed, for none may come back with a smaller one;
    claims: what may exist only once, such as a serial number, and the document that has it;
    effects: uids in the order in which they took effect; moves: (from, to) of every change of a document's state.
    """

    versions: dict[Name, int] = field(default_factory=dict[Name, int])
    documents: dict[Name, Stored] = field(default_factory=dict[Name, Stored])
    scopes: dict[str, Scope] = field(default_factory=dict[str, Scope])
    outboxes: dict[str, OutboxState] = field(default_factory=dict[str, OutboxState])
    uids: dict[str, Decided] = field(default_factory=dict[str, Decided])
    claims: dict[str, Name] = field(default_factory=dict[str, Name])
    effects: list[str] = field(default_factory=list[str])
    moves: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def copy(self) -> "State":
        """Return a state that later changes of this one do not touch."""
        return State(
            versions=dict(self.versions),
            documents=dict(self.documents),
            scopes={name: replace(scope, changes=dict(scope.changes)) for name, scope in self.scopes.items()},
            outboxes={id: replace(outbox, decided=dict(outbox.decided)) for id, outbox in self.outboxes.items()},
            uids=dict(self.uids),
            claims=dict(self.claims),
            effects=list(self.effects),
            moves=list(self.moves),
        )
