"""Sends queued acknowledgements, many in a request, until the other side took them, with back-off and jitter."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from random import Random
from typing import NamedTuple
from uuid import UUID

import httpx
import msgspec

from clients.billing.acknowledgements import Queued, record_answer, take_due
from clients.billing.calls import Caller
from clients.billing.messages import Acknowledgements, AcknowledgementsTaken, Numbered
from clients.billing.storage import Storage

PATH = "/api/v1/billing/acknowledgements"
TOGETHER_PATH = "/api/v1/billing/acknowledgement-batches"

BATCH = 100
"""Acknowledgements taken at a time, and told in one request. Their attempt counts from here on."""

GATHER_SECONDS = 0.2
"""How long to wait for more to tell: each request costs both sides many times what an acknowledgement in it does."""

LINES = 4
"""Requests that are on their way at the same time where each acknowledgement goes by itself."""

REFUSALS = frozenset({400, 404, 405, 413, 415, 422})
"""These say no to the request as it is, not to who sends it or when: each acknowledgement of it may do by itself."""

MAX_ANSWER_BYTES = 64 * 1024
"""What is read of the answer to many: their ids."""

ANSWER_SECONDS = 10.0
"""How long the other side may take for one acknowledgement."""

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 300.0
"""Pauses double from the first to the longest. There is no last attempt: an outcome that is not told is money lost."""

IDLE_SECONDS = 1.0
"""How long to rest when nothing calls: the shortest pause, so that no retry is late by more than that."""

log = logging.getLogger(__name__)


class Answer(NamedTuple):
    """What came back to one acknowledgement, in words, and whether it was taken."""

    queued: Queued
    text: str
    is_taken: bool


@dataclass(kw_only=True)
class Sender:
    """Sends what is due. One runs beside the receiver; `wake` tells it that there is something new."""

    storage: Storage
    client: httpx.AsyncClient
    caller: Caller
    clock: Callable[[], datetime]
    random: Random
    new_id: Callable[[], UUID]
    _new_work: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Look at the queue now."""
        self._new_work.set()

    async def run(self) -> None:
        """Send for ever; ends by being cancelled."""
        while True:
            self._new_work.clear()
            try:
                sent = await self.send_due()
            except Exception:
                # The edge of a background task: a disk that is full now must not end it for ever.
                log.exception("looking for acknowledgements to send failed; trying again")
                sent = 0
            if sent < BATCH:
                await self._rest()
                await asyncio.sleep(GATHER_SECONDS)

    async def send_due(self) -> int:
        """Make one attempt at up to BATCH due acknowledgements; return how many were due."""
        due = await asyncio.to_thread(self._take)
        if due:
            answers = await self._tell_together(due) if len(due) > 1 else None
            if answers is None:
                lines = asyncio.Semaphore(LINES)
                answers = await asyncio.gather(*(self._tell(queued, lines) for queued in due))
            for one in answers:
                if not one.is_taken:
                    log.warning("acknowledgement %s not taken: %s", one.queued.message_id, one.text)
            await asyncio.to_thread(self._record, answers)
        return len(due)

    def pause_seconds(self, attempts: int) -> float:
        """How long to wait after the attempt number `attempts` (from 1): doubling, of which half is by chance.

        Source: "equal jitter" in M. Brooker, Exponential Backoff and Jitter, AWS Architecture Blog, 2015. Without it
        all that failed in one outage would come back in the same second.
        """
        longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(attempts - 1, 20))
        return longest * self.random.uniform(0.5, 1.0)

    def _take(self) -> list[Queued]:
        with self.storage.transaction() as tx:
            return take_due(tx, now=self.clock(), limit=BATCH, pause_seconds=self.pause_seconds)

    async def _tell_together(self, due: Sequence[Queued]) -> list[Answer] | None:
        """Tell all of them in one request; None when truckroll does not take it as it is."""
        data = [Numbered(message_id=one.message_id, message=msgspec.Raw(one.body)) for one in due]
        body = msgspec.json.encode(Acknowledgements(timestamp=self.clock(), data=data))
        status, content = await self._post(TOGETHER_PATH, str(self.new_id()), body)
        if status in REFUSALS:
            return None
        taken = _taken(content) if _is_yes(status) else frozenset[str]()
        return [Answer(one, str(status), is_taken=one.message_id in taken) for one in due]

    async def _tell(self, queued: Queued, lines: asyncio.Semaphore) -> Answer:
        """Tell one by itself, over one of the lines."""
        async with lines:
            status, _ = await self._post(PATH, queued.message_id, queued.body)
        return Answer(queued, str(status), is_taken=_is_yes(status))

    async def _post(self, path: str, message_id: str, body: bytes) -> tuple[int | str, bytes]:
        """(status, answer); in the place of the status the kind of trouble, where none came."""
        headers = self.caller.headers(message_id, body, now=self.clock())
        try:
            async with self.client.stream(
                "POST", self.caller.url + path, content=body, headers=headers, timeout=ANSWER_SECONDS
            ) as response:
                return response.status_code, await _read(response)
        except httpx.HTTPError as error:
            return type(error).__name__, b""

    def _record(self, answers: Sequence[Answer]) -> None:
        """In one transaction: one that is lost by a crash is sent again, which the other side tells by its id."""
        with self.storage.transaction() as tx:
            for one in answers:
                record_answer(tx, one.queued, one.text, delivered_at=self.clock() if one.is_taken else None)

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._new_work.wait(), IDLE_SECONDS)
        except TimeoutError:
            pass


async def _read(response: httpx.Response) -> bytes:
    """The beginning of the answer: it may have no end."""
    answer = bytearray()
    async for chunk in response.aiter_bytes():
        answer += chunk
        if len(answer) > MAX_ANSWER_BYTES:
            break
    return bytes(answer)


def _is_yes(status: int | str) -> bool:
    return isinstance(status, int) and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def _taken(answer: bytes) -> frozenset[str]:
    """The ids that were taken; none, where the answer says it in no way that we know."""
    try:
        return frozenset(msgspec.json.decode(answer, type=AcknowledgementsTaken).taken)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return frozenset()
