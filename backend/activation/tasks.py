"""Background work of activation: walk through the steps of one service, and listen for equipment that comes up."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from random import Random
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from backend.activation import contacts, planning, saga
from backend.activation.lifecycle import StepName
from backend.activation.schemas import Answered, Asked, Call, Outcome, Reason, ReportContact, Verdict
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.drills import kill_point
from backend.kernel.leases import Lease, Work, anything_due, claim, keep_leases
from backend.kernel.tasks import together
from backend.ports import Network, NetworkRefused, NetworkStep, NetworkUnreachable, SessionLog, SessionStart

log = logging.getLogger(__name__)

AT_ONCE = 40  # calls that are out: more only wait for each other in one database
GATHER_SECONDS = 0.01  # answers that come so close together share a transaction
CALL_SECONDS = 10.0  # a network that says nothing for longer is asked again later

T = TypeVar("T")
Half: TypeAlias = Callable[[Transaction, Sequence[T]], Coroutine[Any, Any, list[Call]]]
UnderWay = dict[asyncio.Task[list[Outcome]], Call]


class Walker:
    """Walks many activations at a time, each at its own pace: what the network has answered since the last look is
    written down together, and asked on. random: of the jitter between tries."""

    def __init__(self, database: Database, network: Network, *, random: Random, at_once: int = AT_ONCE) -> None:
        self._database = database
        self._network = network
        self._random = random
        self._at_once = at_once

    async def drain(self, task: Work, worker: str) -> int:
        """Walk what is due until nothing is under way any more; how many activations had their turn."""
        under_way: UnderWay = {}
        leases: dict[UUID, Lease] = {}
        turns = 0
        async with keep_leases(self._database, task, worker, leases):
            try:
                while True:
                    turns += await self._take(task, worker, leases, under_way)
                    if not under_way:
                        return turns
                    await self._note(task, leases, under_way)
            finally:
                for call in under_way:
                    call.cancel()
                await asyncio.gather(*under_way, return_exceptions=True)

    async def _take(self, task: Work, worker: str, leases: dict[UUID, Lease], under_way: UnderWay) -> int:
        """Claim activations when half of the room is free, and begin them; how many."""
        room = self._at_once - len(under_way)
        if room < self._at_once / 2 or not await anything_due(self._database, task):
            return 0
        claimed = await claim(self._database, task, worker, at_most=room)
        leases |= {lease.row_id: lease for lease in claimed}
        ids = [lease.row_id for lease in claimed]
        calls = await self._write(task, leases, "begin_activation_steps", saga.begin, {id_: id_ for id_ in ids})
        self._ask(calls, leases, under_way, had=ids)
        return len(claimed)

    async def _note(self, task: Work, leases: dict[UUID, Lease], under_way: UnderWay) -> None:
        """Write down what was answered, and ask on."""
        ended, others = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
        if others:
            more, _ = await asyncio.wait(others, timeout=GATHER_SECONDS)
            ended |= more
        kill_point("activation.called")
        answers = {
            call.activation_id: Answered(call=call, outcomes=asked.result(), jitter=self._random.random())
            for asked in ended
            if (call := under_way.pop(asked))
        }
        calls = await self._write(task, leases, "record_activation_steps", saga.record, answers)
        self._ask(calls, leases, under_way, had=answers)

    def _ask(
        self, calls: Sequence[Call], leases: dict[UUID, Lease], under_way: UnderWay, *, had: Iterable[UUID]
    ) -> None:
        under_way |= {asyncio.create_task(ask(self._network, call)): call for call in calls}
        for id_ in set(had) - {call.activation_id for call in calls}:
            del leases[id_]

    async def _write(
        self, task: Work, leases: dict[UUID, Lease], cause: str, half: Half[T], of: Mapping[UUID, T]
    ) -> list[Call]:
        """One half for many activations; each alone when that fails, so that a mistake holds up only its own."""

        async def write(some: Sequence[Lease]) -> list[Call]:
            items = [of[lease.row_id] for lease in some]
            return await self._database.write(SYSTEM, cause, lambda tx: half(tx, items))

        found = await together(self._database, task, [leases[id_] for id_ in of], write)
        return [call for calls in found for call in calls]


async def ask(network: Network, call: Call) -> list[Outcome]:
    """Ask for the steps of a call one after the other, and judge the answers, up to the first that is not done.

    No transaction may be open.
    """
    outcomes: list[Outcome] = []
    for step in call.steps:
        outcomes.append(await _outcome(network, call, step))
        if outcomes[-1].verdict is not Verdict.DONE:
            break
    return outcomes


async def _outcome(network: Network, call: Call, step: Asked) -> Outcome:
    try:
        async with asyncio.timeout(CALL_SECONDS):
            return await _ask(network, call, step)
    except NetworkRefused as error:
        return Outcome(verdict=Verdict.REFUSED, reason=Reason.NETWORK_REFUSED, detail=error.params)
    except NetworkUnreachable as error:
        return Outcome(verdict=Verdict.UNANSWERED, reason=Reason.NETWORK_UNREACHABLE, detail=error.params)
    except TimeoutError:
        silence = {"seconds": CALL_SECONDS}
        return Outcome(verdict=Verdict.UNANSWERED, reason=Reason.NETWORK_UNREACHABLE, detail=silence)


async def listen(database: Database, sessions: SessionLog) -> int:
    """Look whether equipment that is waited for came up, and let it be heard; how many did. Raises NetworkUnreachable."""
    async with database.snapshot(SYSTEM, "await_contacts") as tx:
        awaited = await contacts.awaited(tx)
    if not awaited:
        return 0
    seen = await sessions.first_sessions([service_id for service_id, _ in awaited], since=awaited[0][1])
    for session in seen:
        async with database.transaction(SYSTEM, "hear_contact") as tx:
            await contacts.hear(tx, _contact(session))
    return len(seen)


async def _ask(network: Network, call: Call, step: Asked) -> Outcome:
    match step.name:
        case StepName.READ_BACK:
            return planning.judge_read_back(call.wanted, await network.read_back(call.service_id))
        case StepName.TEST_AND_TURN_UP:
            return planning.judge_test(await network.test(call.service_id))
        case _:
            receipt = await network.apply(_written(call, step))
            return Outcome(verdict=Verdict.DONE, detail={"reference": receipt.reference})


def _written(call: Call, step: Asked) -> NetworkStep:
    attributes = call.wanted.by_step[step.name]
    return NetworkStep(key=step.key, service_id=call.service_id, name=step.name, attributes=attributes)


def _contact(session: SessionStart) -> ReportContact:
    return ReportContact(
        message_id=session.message_id,
        occurred_at=session.occurred_at,
        username=str(session.service_id),
        port=None,
        serial=session.serial,
    )
