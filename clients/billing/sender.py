"""Sends queued acknowledgements until the other side took them, with back-off and jitter."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import NamedTuple

import httpx

from clients.billing.acknowledgements import Queued, record_answer, take_due
from clients.billing.calls import Caller
from clients.billing.storage import Storage

PATH = "/api/v1/billing/acknowledgements"

BATCH = 20
"""Acknowledgements taken at a time. Their attempt counts from here on, so few are delayed should the process die."""

LINES = 4
"""Acknowledgements that are on their way at the same time, so that a slow answer delays few."""

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

    async def send_due(self) -> int:
        """Make one attempt at up to BATCH due acknowledgements, LINES at a time; return how many were due."""
        due = await asyncio.to_thread(self._take)
        if due:
            lines = asyncio.Semaphore(LINES)
            answers = await asyncio.gather(*(self._post(queued, lines) for queued in due))
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

    async def _post(self, queued: Queued, lines: asyncio.Semaphore) -> Answer:
        """Send one over one of the lines."""
        headers = self.caller.headers(queued.message_id, queued.body, now=self.clock())
        async with lines:
            try:
                # Streaming leaves the answer's body unread: only its status counts, and it may have no end.
                async with self.client.stream(
                    "POST", self.caller.url + PATH, content=queued.body, headers=headers, timeout=ANSWER_SECONDS
                ) as response:
                    answer = Answer(queued, str(response.status_code), is_taken=response.is_success)
            except httpx.HTTPError as error:
                answer = Answer(queued, type(error).__name__, is_taken=False)
        if not answer.is_taken:
            log.warning("acknowledgement %s not taken: %s", queued.message_id, answer.text)
        return answer

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
