"""Where callbacks are taken in: those that come while others are being written share the next transaction.

A transaction that is safe on the disk takes milliseconds, whatever is in it; one for each callback would bound how many
there can be in a second.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from clients.billing.intake import Receipt
from clients.billing.ledger import Ledger
from clients.billing.messages import Trigger

TOGETHER = 64
"""Callbacks of one transaction at most: as many as the server has in work at a time."""

Waiting = tuple[Trigger, asyncio.Future[Receipt]]

log = logging.getLogger(__name__)


class Desk:
    """Takes callbacks in, for one event loop. clock: aware UTC."""

    def __init__(self, ledger: Ledger, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._waiting: list[Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    async def receive(self, trigger: Trigger) -> Receipt:
        """Take in one trigger whose sender is proven; it is on the disk then. Raises TooManyWaiting."""
        answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append((trigger, answer))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        return await answer

    async def _write(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            await self._take(together)
        self._writing = None

    async def _take(self, together: Sequence[Waiting]) -> None:
        """Answer each of them, also when the ledger fails: then each is tried by itself, so that it holds up no other."""
        triggers = [trigger for trigger, _ in together]
        taking = asyncio.to_thread(self._ledger.receive_together, triggers, now=self._clock())
        [receipts] = await asyncio.gather(taking, return_exceptions=True)
        if isinstance(receipts, list):
            for (_, answer), receipt in zip(together, receipts, strict=True):
                _answer(answer, receipt)
        elif len(together) > 1:
            log.warning("%d callbacks could not be taken in together, so each goes alone: %r", len(together), receipts)
            for one in together:
                await self._take([one])
        else:
            _answer(together[0][1], receipts)


def _answer(answer: asyncio.Future[Receipt], what: Receipt | BaseException) -> None:
    if answer.done():
        return  # whoever asked has hung up
    if isinstance(what, BaseException):
        answer.set_exception(what)
    else:
        answer.set_result(what)
