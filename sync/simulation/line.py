"""The line between phones and server: bytes that get lost, come twice, late, in another order or with a flipped bit."""

from collections.abc import Callable
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from sync import wire
from sync.clock import OffsetSample
from sync.protocol import (
    MAX_ANSWER_BYTES,
    ErrorCode,
    PullAnswer,
    PullRequest,
    PushAnswer,
    PushRequest,
    Refusal,
    Refused,
    SyncAnswer,
    SyncRequest,
)
from sync.server import Server
from sync.simulation.phone import Phone
from sync.simulation.steps import Fate

Reply: TypeAlias = bytes | Refusal

_NEVER_ARRIVES: Final = (Fate.REQUEST_LOST, Fate.KILLED_BEFORE_SENDING)
_NEVER_HEARD: Final = (Fate.ANSWER_LOST, Fate.KILLED_BEFORE_ANSWER)
_PUSH: Final = b',"push":'
_BUSY: Final = Refusal(code=ErrorCode.BUSY, retry_after_ms=1000)


class Wanted(Struct, frozen=True, kw_only=True):
    """How a pull is made: see PullRequest."""

    limit_bytes: int
    with_digests: bool


class Letter(Struct, frozen=True):
    """A request on its way. serve: what the server makes of its bytes; take: what the phone makes of the reply.

    sealed_from: where the bytes begin in which a flipped bit must be noticed; what only reads carries no seal.
    """

    phone: Phone
    raw: bytes
    sealed_from: int
    serve: Callable[[bytes], Reply]
    take: Callable[[Reply], None]


class Line:
    """late: deliveries that are still to come, oldest first."""

    def __init__(self) -> None:
        self.late: list[Callable[[], None]] = []

    def carry(self, letter: Letter, fate: Fate, dice: int) -> None:
        """Let one request and its answer meet their fate. dice: which bit is damaged."""
        if fate is Fate.BUSY:
            letter.take(_BUSY)
        elif fate is Fate.REQUEST_LATE:
            self.late.append(_to_process(letter, lambda: _served(letter, letter.raw)))
        elif fate not in _NEVER_ARRIVES:
            self._arrive(
                letter,
                fate,
                flipped(letter.raw, dice, letter.sealed_from) if fate is Fate.REQUEST_DAMAGED else letter.raw,
            )
        if fate in (Fate.KILLED_BEFORE_SENDING, Fate.KILLED_BEFORE_ANSWER):
            letter.phone.relaunch()

    def deliver_late(self, dice: int) -> None:
        """Let one delayed message arrive, whichever."""
        if self.late:
            self.late.pop(dice % len(self.late))()

    def _arrive(self, letter: Letter, fate: Fate, raw: bytes) -> None:
        reply = _served(letter, raw)
        if fate is Fate.REQUEST_TWICE:
            reply = _served(letter, raw)
        if fate is Fate.ANSWER_LATE:
            self.late.append(_to_process(letter, lambda: reply))
        elif fate not in _NEVER_HEARD:
            letter.take(reply)
        if fate is Fate.ANSWER_TWICE:
            letter.take(reply)


def flipped(raw: bytes, dice: int, start: int = 0) -> bytes:
    """Return the bytes with one bit changed, at `start` or after it."""
    if start == len(raw):
        return raw
    place, bit = divmod(dice % (8 * (len(raw) - start)), 8)
    damaged = bytearray(raw)
    damaged[start + place] ^= 1 << bit
    return bytes(damaged)


def push_letter(phone: Phone, server: Server, clock: Callable[[], int]) -> Letter | None:
    """Return the phone's next push, None when nothing waits. clock: the server's, milliseconds."""
    request, sent_ms = phone.push_request(), clock() + phone.skew_ms
    if request is None:
        return None

    def serve(raw: bytes) -> Reply:
        return wire.encode(server.push(_from(request.device, wire.decode(raw, PushRequest)), now_ms=clock()))

    def take(reply: Reply) -> None:
        if isinstance(reply, Refusal):
            phone.heed(reply)
            return
        answer = wire.decode(reply, PushAnswer, limit_bytes=MAX_ANSWER_BYTES)
        phone.take_push(request, answer, _trip(phone, sent_ms, answer.time, clock()))

    return Letter(phone, wire.encode(request), 0, serve, take)


def pull_letter(
    phone: Phone, server: Server, clock: Callable[[], int], taken: Callable[[PullAnswer], None], wanted: Wanted
) -> Letter:
    """Return the phone's next pull. taken: told what the phone heard."""
    request, sent_ms = _pull_request(phone, wanted), clock() + phone.skew_ms

    def serve(raw: bytes) -> Reply:
        return wire.encode(server.pull(wire.decode(raw, PullRequest), now_ms=clock()))

    def take(reply: Reply) -> None:
        if isinstance(reply, Refusal):
            phone.heed(reply)
            return
        answer = wire.decode(reply, PullAnswer, limit_bytes=MAX_ANSWER_BYTES)
        phone.take_pull(request, answer, _trip(phone, sent_ms, answer.time, clock()))
        taken(answer)

    raw = wire.encode(request)
    return Letter(phone, raw, len(raw), serve, take)


def sync_letter(
    phone: Phone, server: Server, clock: Callable[[], int], taken: Callable[[PullAnswer], None], wanted: Wanted
) -> Letter:
    """Return push and pull in one trip."""
    push, pull, sent_ms = phone.push_request(), _pull_request(phone, wanted), clock() + phone.skew_ms

    def serve(raw: bytes) -> Reply:
        received = wire.decode(raw, SyncRequest)
        pushed = server.push(_from(pull.device, received.push), now_ms=clock()) if received.push else None
        try:
            pulled = server.pull(received.pull, now_ms=clock())
        except Refused as refused:
            return wire.encode(SyncAnswer(push=pushed, pull_refused=refused.refusal))
        return wire.encode(SyncAnswer(push=pushed, pull=pulled))

    def take(reply: Reply) -> None:
        if isinstance(reply, Refusal):
            phone.heed(reply)
            return
        answer = wire.decode(reply, SyncAnswer, limit_bytes=MAX_ANSWER_BYTES)
        if push is not None and answer.push is not None:
            phone.take_push(push, answer.push, _trip(phone, sent_ms, answer.push.time, clock()))
        if answer.pull is not None:
            phone.take_pull(pull, answer.pull, _trip(phone, sent_ms, answer.pull.time, clock()))
            taken(answer.pull)
        if answer.pull_refused is not None:
            phone.heed(answer.pull_refused)

    raw = wire.encode(SyncRequest(push=push, pull=pull))
    return Letter(phone, raw, raw.index(_PUSH) if push else len(raw), serve, take)


def _from(device: str, received: PushRequest) -> PushRequest:
    """Say who sends as the token does, whatever became of the message."""
    return replace(received, device=device)


def _pull_request(phone: Phone, wanted: Wanted) -> PullRequest:
    return phone.pull_request(limit_bytes=wanted.limit_bytes, with_digests=wanted.with_digests)


def _trip(phone: Phone, sent_ms: int, server_ms: int, now_ms: int) -> OffsetSample:
    return OffsetSample(sent_ms=sent_ms, server_ms=server_ms, received_ms=now_ms + phone.skew_ms)


def _served(letter: Letter, raw: bytes) -> Reply:
    try:
        return letter.serve(raw)
    except Refused as refused:
        return refused.refusal


def _to_process(letter: Letter, reply: Callable[[], Reply]) -> Callable[[], None]:
    """Deliver later, and to the process that asked: an answer finds nobody when the phone was restarted."""
    boots = letter.phone.boots

    def deliver() -> None:
        said = reply()
        if letter.phone.boots == boots:
            letter.take(said)

    return deliver
