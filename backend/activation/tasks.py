"""Background work of activation: walk through the steps of one service, and listen for equipment that comes up."""

import asyncio
import random
from collections.abc import Callable
from uuid import UUID

from backend.activation import contacts, planning, saga
from backend.activation.lifecycle import StepName
from backend.activation.schemas import Call, Outcome, Reason, ReportContact, Verdict
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.drills import kill_point
from backend.ports import Network, NetworkRefused, NetworkStep, NetworkUnreachable, SessionLog, SessionStart

CALL_SECONDS = 10.0  # a network that says nothing for longer is asked again later


async def run(
    database: Database, network: Network, activation_id: UUID, *, jitter: Callable[[], float] = random.random
) -> None:
    """Perform one due `Activation` until it succeeds, has to wait or falls out."""
    async with database.transaction(SYSTEM, "begin_activation_step") as tx:
        call = await saga.begin_step(tx, activation_id)
    while call is not None:
        outcome = await ask(network, call)
        kill_point("activation.called")
        async with database.transaction(SYSTEM, "record_activation_step") as tx:
            call = await saga.record(tx, call, outcome, jitter=jitter())


async def ask(network: Network, call: Call) -> Outcome:
    """Make one call, and judge the answer. No transaction may be open."""
    try:
        async with asyncio.timeout(CALL_SECONDS):
            return await _ask(network, call)
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


async def _ask(network: Network, call: Call) -> Outcome:
    match call.name:
        case StepName.READ_BACK:
            return planning.judge_read_back(call.wanted, await network.read_back(call.service_id))
        case StepName.TEST_AND_TURN_UP:
            return planning.judge_test(await network.test(call.service_id))
        case _:
            receipt = await network.apply(_step(call))
            return Outcome(verdict=Verdict.DONE, detail={"reference": receipt.reference})


def _step(call: Call) -> NetworkStep:
    return NetworkStep(
        key=call.key, service_id=call.service_id, name=call.name, attributes=call.wanted.by_step[call.name]
    )


def _contact(session: SessionStart) -> ReportContact:
    return ReportContact(
        message_id=session.message_id,
        occurred_at=session.occurred_at,
        username=str(session.service_id),
        port=None,
        serial=session.serial,
    )
