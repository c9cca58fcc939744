"""A field in small: devices with replicas, one server in memory, and a network that loses and repeats answers."""

from collections.abc import Callable
from enum import StrEnum
from itertools import count
from typing import TypeVar

from sync import cursor as cursors
from sync import outbox as queue
from sync import replica as replicas
from sync import wire
from sync.optimistic import APPLIERS
from sync.outbox import Outbox
from sync.protocol import (
    RESTART_CODES,
    Draft,
    ErrorCode,
    Mutation,
    PullAnswer,
    PullRequest,
    PushAnswer,
    PushRequest,
    Refused,
)
from sync.replica import Replica
from sync.server import MemoryServer

T = TypeVar("T")

NOON_MS = 1_772_452_800_000
"""2026-03-02T12:00Z, when every test happens."""

MAX_HEALING_TRIPS = 500


class Fate(StrEnum):
    """What the network does with one request and its answer."""

    DELIVERED = "delivered"
    REQUEST_LOST = "request_lost"
    ANSWER_LOST = "answer_lost"
    ANSWER_TWICE = "answer_twice"
    ANSWER_LATE = "answer_late"


def uid(number: int) -> str:
    """Return the number-th UUIDv7 of a test."""
    return f"01900000-0000-7000-8000-{number:012x}"


def draft(number: int, op: str = "note", *, id: str = "J1", **args: object) -> Draft:
    """Return work on a job, a note unless told otherwise."""
    if op == "note" and not args:
        args = {"text": f"n{number}"}
    return Draft(uid=uid(number), op=op, kind="job", id=id, args=args, at=NOON_MS, off=0)


class Device:
    """A phone that follows PROTOCOL.md, with its replica as the only thing that it remembers."""

    def __init__(self, name: str, server: MemoryServer, scopes: set[str]) -> None:
        self.name, self.server, self.scopes = name, server, scopes
        self.replica = Replica(outbox=Outbox(id=f"{name}.1"))
        self.has_more = False
        self._outbox_numbers = count(2)
        self._late: list[Callable[[], None]] = []
        server.grant(name, scopes)

    def regrant(self, scopes: set[str]) -> None:
        self.scopes = scopes
        self.server.grant(self.name, scopes)

    def record(self, work: Draft) -> Mutation:
        self.replica, mutation = replicas.record(self.replica, work)
        return mutation

    def shown(self) -> dict[str, dict[str, object]]:
        return replicas.shown(self.replica, APPLIERS)

    def held(self) -> dict[str, dict[str, object]]:
        return {name: document.doc for name, document in self.replica.documents.items()}

    def push(self, fate: Fate = Fate.DELIVERED) -> None:
        request = replicas.push_request(self.replica, device=self.name)
        if request is None:
            return
        self.replica = replicas.mark_sent(self.replica, request)
        if fate is Fate.REQUEST_LOST:
            return
        try:
            answer = self.server.push(over_the_line(request, PushRequest), now_ms=NOON_MS)
        except Refused as refused:
            self._react(refused)
            return
        self._receive(fate, lambda: self._take_push(request, over_the_line(answer, PushAnswer)))

    def pull(self, fate: Fate = Fate.DELIVERED, *, limit_bytes: int = 100_000, with_digests: bool = False) -> None:
        request = replicas.pull_request(
            self.replica, device=self.name, limit_bytes=limit_bytes, with_digests=with_digests
        )
        if fate is Fate.REQUEST_LOST:
            return
        try:
            answer = self.server.pull(over_the_line(request, PullRequest), now_ms=NOON_MS)
        except Refused as refused:
            self._react(refused)
            return
        self._receive(fate, lambda: self._take_pull(request, over_the_line(answer, PullAnswer)))
        if fate is Fate.DELIVERED and not answer.more:
            assert self.held() == self.server.view(self.name)

    def receive_late(self) -> None:
        """Let every answer arrive that was on its way for long."""
        for arrive in self._late:
            arrive()
        self._late.clear()

    def heal(self) -> None:
        """Sync over a network without faults until nothing is left to do."""
        for _ in range(MAX_HEALING_TRIPS):
            before = self.replica
            self.push()
            # One change at a time: the hardest way to page.
            self.pull(limit_bytes=1)
            is_still = self.replica.cursor == before.cursor and self.replica.last_mid == before.last_mid
            if is_still and not self.has_more and queue.unsent_count(self.replica.outbox) == 0:
                return
        raise AssertionError(f"{self.name} is not still after {MAX_HEALING_TRIPS} trips")

    def _receive(self, fate: Fate, take: Callable[[], None]) -> None:
        if fate is Fate.ANSWER_LATE:
            self._late.append(take)
        elif fate is not Fate.ANSWER_LOST:
            take()
            if fate is Fate.ANSWER_TWICE:
                take()

    def _take_push(self, request: PushRequest, answer: PushAnswer) -> None:
        self.replica = replicas.apply_push(self.replica, request, answer)
        if queue.is_cloned(self.replica.outbox):
            self.replica = replicas.renumber(self.replica, new_outbox=self._new_outbox())

    def _take_pull(self, request: PullRequest, answer: PullAnswer) -> None:
        before, self.has_more = self.replica.cursor, answer.more
        self.replica = replicas.apply_pull(self.replica, request, answer)
        if before and self.replica.cursor not in (None, before):
            assert_forward(before, self.replica.cursor, resync=answer.resync)

    def _react(self, refused: Refused) -> None:
        refusal = refused.refusal
        if refusal.code in RESTART_CODES:
            self.replica = replicas.restart(self.replica, refusal)
        elif refusal.code is ErrorCode.MID_GAP and refusal.expected is not None:
            self.replica = replicas.resume_at(self.replica, refusal.expected, new_outbox=self._new_outbox())
        else:
            raise refused

    def _new_outbox(self) -> str:
        return f"{self.name}.{next(self._outbox_numbers)}"


def assert_forward(before: str, after: str | None, *, resync: tuple[str, ...]) -> None:
    """A cursor never goes back within an epoch, but for a scope that is said to be sent from its beginning."""
    was, now = cursors.decode(before), cursors.decode(after or "")
    kept, _ = cursors.keep_only(was, was.positions.keys() - set(resync))
    assert now.epoch != was.epoch or cursors.covers(now, kept), "the cursor went back"


def over_the_line(message: T, shape: type[T]) -> T:
    """Encode and decode, as a real line would."""
    return wire.decode(wire.encode(message), shape)
