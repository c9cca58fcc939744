"""A phone that follows PROTOCOL.md on a storage of its own, and can be killed at any moment.

Every change of what it knows is stored before anything else happens; a killed phone knows what was stored.
"""

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from sync import outbox as queue
from sync import replica as replicas
from sync.clock import SAMPLES_KEPT, OffsetSample, estimate_offset
from sync.optimistic import APPLIERS
from sync.outbox import Outbox
from sync.protocol import (
    RESTART_CODES,
    SCHEMA,
    Draft,
    ErrorCode,
    JsonObject,
    Mutation,
    PullAnswer,
    PullRequest,
    PushAnswer,
    PushRequest,
    Refusal,
)
from sync.replica import Replica


class Memory(Struct, frozen=True, kw_only=True):
    """What a phone knows. samples: trips that measured its clock, oldest first; has_more: pages are outstanding."""

    replica: Replica
    samples: tuple[OffsetSample, ...] = ()
    has_more: bool = False


class Phone:
    """device: as the server knows it; new_outbox: ids that were never used; skew_ms: how far its clock is ahead.

    storage: the name of what it remembers on, and of its first outbox; is_copied: another phone began with a copy.
    """

    def __init__(self, device: str, user: str, new_outbox: Callable[[], str]) -> None:
        self.device, self.user = device, user
        self.schema, self.skew_ms, self.boots = SCHEMA, 0, 0
        self._new_outbox = new_outbox
        self.storage, self.is_copied = new_outbox(), False
        self.memory = Memory(replica=Replica(outbox=Outbox(id=self.storage)))
        self._stored = self.memory

    @property
    def replica(self) -> Replica:
        return self.memory.replica

    @property
    def offset_ms(self) -> int | None:
        """What must be added to its clock to get the server's; None when never measured."""
        return estimate_offset(self.memory.samples)

    @property
    def knows_the_time(self) -> bool:
        """Whether its newest measurement was clean, and its clock was not set since."""
        newest = self.memory.samples[-1] if self.memory.samples else None
        return newest is not None and newest.sent_ms == newest.received_ms and newest.offset_ms == -self.skew_ms

    @property
    def is_settling(self) -> bool:
        """Whether what it shows is known to be on the way to something else."""
        return self.memory.has_more or any(document.stale for document in self.replica.documents.values())

    @property
    def unsent(self) -> int:
        return queue.unsent_count(self.replica.outbox)

    def shown(self) -> dict[str, JsonObject]:
        return replicas.shown(self.replica, APPLIERS)

    def held(self) -> dict[str, JsonObject]:
        return {name: document.doc for name, document in self.replica.documents.items()}

    def copy(self) -> "Phone":
        """Return a phone on a copy of this one's storage."""
        clone = type(self)(self.device, self.user, self._new_outbox)
        clone.schema, clone.skew_ms = self.schema, self.skew_ms
        clone.remember(self._stored)
        return clone

    def relaunch(self) -> None:
        """Kill the process and start it again."""
        self.memory, self.boots = self._stored, self.boots + 1

    def remember(self, memory: Memory) -> None:
        """Know, and store, in one transaction."""
        self.memory = self._stored = memory

    def record(self, draft: Draft) -> Mutation:
        replica, mutation = replicas.record(self.replica, draft)
        self._keep(replica)
        return mutation

    def see(self) -> None:
        """Let the technician look at every verdict that needs it."""
        outbox = self.replica.outbox
        for entry in queue.attention(outbox):
            outbox = queue.acknowledge(outbox, entry.mutation.uid)
        self._keep(replace(self.replica, outbox=outbox))

    def push_request(self) -> PushRequest | None:
        request = replicas.push_request(self.replica, device=self.device, schema=self.schema)
        if request is not None:
            self._keep(replicas.mark_sent(self.replica, request))
        return request

    def pull_request(self, *, limit_bytes: int, with_digests: bool) -> PullRequest:
        return replicas.pull_request(
            self.replica, device=self.device, schema=self.schema, limit_bytes=limit_bytes, with_digests=with_digests
        )

    def take_push(self, request: PushRequest, answer: PushAnswer, trip: OffsetSample) -> None:
        self._measure(trip)
        replica = replicas.apply_push(self.replica, request, answer)
        if queue.is_cloned(replica.outbox):
            replica = replicas.renumber(replica, new_outbox=self._new_outbox())
        self._keep(replica)

    def take_pull(self, request: PullRequest, answer: PullAnswer, trip: OffsetSample) -> None:
        self._measure(trip)
        replica = replicas.apply_pull(self.replica, request, answer)
        if replica is not self.replica:
            self.remember(replace(self.memory, replica=replica, has_more=answer.more))

    def heed(self, refusal: Refusal) -> None:
        """Do what the table of errors says; whatever it is, nothing that was done is forgotten."""
        if refusal.code in RESTART_CODES:
            self._keep(replicas.restart(self.replica, refusal))
        elif refusal.code is ErrorCode.MID_GAP and refusal.expected is not None:
            self._keep(replicas.resume_at(self.replica, refusal.expected, new_outbox=self._new_outbox()))
        elif refusal.code is ErrorCode.DEVICE_REVOKED:
            self._keep(replicas.wipe(self.replica))

    def _keep(self, replica: Replica) -> None:
        self.remember(replace(self.memory, replica=replica))

    def _measure(self, trip: OffsetSample) -> None:
        self.remember(replace(self.memory, samples=(*self.memory.samples, trip)[-SAMPLES_KEPT:]))
