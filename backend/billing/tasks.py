"""Background work of billing: tell it what it was not told yet, many streams at a time, each in its order.

A call that hangs holds up its own stream only: what came of the others is noted, and new ones begin, meanwhile. What
ends at about the same time is noted in one transaction, and so is what begins.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from random import Random
from uuid import UUID

from backend.billing import delivery
from backend.billing.delivery import Run, Told
from backend.billing.retries import Gate, pause
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.drills import kill_point
from backend.kernel.leases import Work, anything_due, claim, keep_leases
from backend.ports import Billing, BillingRefused, BillingUnreachable

log = logging.getLogger(__name__)

LANES = 64
"""Streams that are told at the same time. A receiver that takes 100 ms each is then told 320 times a second."""

LOOK_SECONDS = 0.25
"""How often to look for new work while all that is under way hangs."""

GATHER_SECONDS = 0.03
"""How long to wait for more that ends: what is noted together costs one transaction. Nobody waits for the note."""


class Courier:
    """Tells billing. random: for the chance in the pauses. One for each process: it remembers whether billing is away."""

    def __init__(self, database: Database, billing: Billing, *, random: Random, lanes: int = LANES) -> None:
        self._database = database
        self._billing = billing
        self._random = random
        self._lanes = lanes
        self._gate = Gate()

    async def drain(self, task: Work, worker: str) -> int:
        """Tell what is due until nothing is under way any more; how many streams had their turn.

        At least once: billing tells repeats by the trigger's id.
        """
        under_way = dict[asyncio.Task[Told], UUID]()
        turns = 0
        async with keep_leases(self._database, task, worker, under_way.values()):
            try:
                while await self._begin(task, worker, under_way) or under_way:
                    turns += await self._note(worker, under_way)
            finally:
                for conversation in under_way:
                    conversation.cancel()
                await asyncio.gather(*under_way, return_exceptions=True)
        return turns

    async def _begin(self, task: Work, worker: str, under_way: dict[asyncio.Task[Told], UUID]) -> int:
        """Claim streams for the lanes that are free, and start to talk; how many."""
        free = self._lanes - len(under_way)
        room = self._gate.room(self._database.clock.now(), free=free, under_way=len(under_way))
        if room == 0 or not await anything_due(self._database, task):
            return 0
        claimed = [lease.row_id for lease in await claim(self._database, task, worker, at_most=room)]
        runs = await self._database.write(SYSTEM, "begin_delivery", partial(delivery.begin, stream_ids=claimed))
        under_way.update({asyncio.create_task(self._tell(run)): run.stream_id for run in runs})
        return len(runs)

    async def _tell(self, run: Run) -> Told:
        """Speak for one stream, up to the first failure."""
        taken = list[UUID]()
        for callback in run.callbacks:
            try:
                await self._billing.deliver(callback)
            except (BillingRefused, BillingUnreachable) as trouble:
                return Told(
                    stream_id=run.stream_id,
                    taken=tuple(taken),
                    failed=callback.data.trigger_id,
                    reason=str(trouble.params["reason"]),
                    is_refused=isinstance(trouble, BillingRefused),
                )
            kill_point("billing.called")
            taken.append(callback.data.trigger_id)
        return Told(stream_id=run.stream_id, taken=tuple(taken))

    async def _note(self, worker: str, under_way: dict[asyncio.Task[Told], UUID]) -> int:
        """Write down what came of the conversations that have ended; how many."""
        ended, others = await asyncio.wait(under_way, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not ended:
            return 0
        if others:
            more, _ = await asyncio.wait(others, timeout=GATHER_SECONDS)
            ended |= more
        told = [_outcome(under_way[conversation], conversation) for conversation in ended]
        self._hear(told)
        noted = partial(delivery.note, told=told, worker=worker, pause=self._pause)
        await self._database.write(SYSTEM, "note_deliveries", noted)
        for conversation in ended:
            del under_way[conversation]
        return len(ended)

    def _hear(self, told: Sequence[Told]) -> None:
        for one in told:
            if one.taken or one.failed is not None:
                self._gate.heard(answered=bool(one.taken) or one.is_refused)

    def _pause(self, attempts: int) -> timedelta:
        return pause(attempts, self._random)


def _outcome(stream_id: UUID, conversation: asyncio.Task[Told]) -> Told:
    """What came of a conversation. Our own mistake in one is written down, and holds up that stream only."""
    if (mistake := conversation.exception()) is None:
        return conversation.result()
    log.error("telling billing of the stream %s failed", stream_id, exc_info=mistake)
    return Told(stream_id=stream_id, reason=repr(mistake))
