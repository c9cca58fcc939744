"""The two halves of each step, as transactions: saying that it is about to be asked, and recording what came of it.

Between them the network is called with no transaction open (see `tasks`). A crash there repeats the step with the
same key, and the network answers as it did before. Rolling back is a round of steps like any other. Each half is done
for many activations at once: a transaction costs more than what one of them has to write in it.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from backend.activation import planning, prerequisites, queries
from backend.activation.lifecycle import ActivationCommand, ActivationState, Purpose, StepName
from backend.activation.models import Activation, ActivationStep
from backend.activation.schemas import Answered, Call, Outcome, Profiles, Reason, Verdict
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.kernel.leases import retry_delay
from backend.resources import service as resources
from backend.resources.lifecycle import ServiceState
from backend.resources.schemas import ServiceView

MAX_CALLS = 12  # of one step in one round: with the back-off below, some twenty minutes without an answer

STARTABLE = frozenset({ActivationState.ARMED, ActivationState.RETRY_WAIT})
WALKING = frozenset({ActivationState.RUNNING, ActivationState.ROLLING_BACK})


@dataclass(frozen=True, kw_only=True)
class Walk:
    """An activation on its way: the steps of its present round, and its service as it is."""

    activation: Activation
    steps: Sequence[ActivationStep]
    service: ServiceView


async def begin(tx: Transaction, ids: Collection[UUID]) -> list[Call]:
    """Count a call of the next step of each, and say what to ask; nothing of those that have nothing to do, or whose
    turn has not come."""
    walks = await _walks(tx, ids)
    missing = await prerequisites.missing(tx, [walk.activation for walk in walks])
    held = [walk for walk in walks if walk.activation.id in missing]
    for walk in held:
        _hold(tx, walk, missing[walk.activation.id])
    return [call for walk in walks if walk not in held and (call := await _begin(tx, walk)) is not None]


async def record(tx: Transaction, answers: Sequence[Answered]) -> list[Call]:
    """Write down what came of the calls; those that should follow at once.

    The last step's success and what it means for the service are one transaction.
    """
    by_activation = {answered.call.activation_id: answered for answered in answers}
    walks = await _walks(tx, by_activation)
    with tx.session.no_autoflush:  # one flush for all: nothing that is read here was changed here
        going_on = [walk for walk in walks if await _record(tx, walk, by_activation[walk.activation.id])]
        await tx.flush()  # before the next steps are written: rows of which the same columns changed are one statement
        return [await _next_call(tx, walk) for walk in going_on]


def add_round(
    tx: Transaction, activation: Activation, names: Sequence[StepName], *, undoes: bool = False
) -> list[ActivationStep]:
    """The steps of the activation's present round, none of them asked yet."""
    steps = [
        ActivationStep(
            id=tx.new_id(),
            activation_id=activation.id,
            round=activation.round,
            position=position,
            name=name,
            undoes=undoes,
        )
        for position, name in enumerate(names)
    ]
    tx.add(*steps)
    return steps


def again(tx: Transaction, activation: Activation, names: Sequence[StepName]) -> None:
    """Do these steps anew, with new keys, as the network may have lost what it said it did. Raises IllegalMove."""
    move(tx, activation, ActivationCommand.RETRY)
    activation.round += 1
    activation.reason = activation.detail = None
    add_round(tx, activation, names)
    activation.finish_work(again_at=tx.now)


async def roll_back(tx: Transaction, activation: Activation, why: str) -> None:
    """Begin to take back what was written, or end at once where nothing was. Raises IllegalMove."""
    move(tx, activation, ActivationCommand.ROLL_BACK, detail={"reason": why})
    forward = [step for step in await queries.steps(tx, activation.id) if not step.undoes]
    called = [step.name for step in forward if step.attempts]
    activation.round += 1
    activation.reason = activation.detail = None
    steps = add_round(tx, activation, planning.undoing(called), undoes=True)
    # The lease stays as it is: a call that is out there now ends before its worker takes it back.
    activation.due_at = tx.now
    if not steps:
        move(tx, activation, ActivationCommand.FINISH_ROLL_BACK, given=[True])
        activation.finish_work()


def fall_out(tx: Transaction, activation: Activation, outcome: Outcome, *, step: StepName | None) -> None:
    """Leave it to a person, with the reason. step: which did not go well, None when none was asked."""
    activation.reason = outcome.reason or Reason.NETWORK_REFUSED
    activation.detail = ({"step": str(step)} if step else {}) | outcome.detail
    told = {"step": str(step), "reason": str(activation.reason)}
    move(tx, activation, ActivationCommand.FALL_OUT, detail=told)
    activation.finish_work()


async def finish(tx: Transaction, walk: Walk) -> None:
    """Every step of the round is done: the service is what the network now is."""
    activation, service = walk.activation, walk.service
    done = [step.done_at is not None for step in walk.steps]
    if activation.state is ActivationState.ROLLING_BACK:
        move(tx, activation, ActivationCommand.FINISH_ROLL_BACK, given=done)
        activation.finish_work()
        return
    if not planning.is_possible(activation.purpose, service):
        state = {"state": str(service.state)}
        moved_on = Outcome(verdict=Verdict.REFUSED, reason=Reason.SERVICE_MOVED_ON, detail=state)
        fall_out(tx, activation, moved_on, step=None)
        return
    activation.profiles = _wanted(activation, service)
    move(tx, activation, ActivationCommand.SUCCEED, given=done)
    activation.finish_work()
    await EFFECTS[activation.purpose](tx, activation, service)


async def _walks(tx: Transaction, ids: Collection[UUID]) -> list[Walk]:
    """In the order of their ids, locked: whoever walks many takes them in one order."""
    activations = await queries.locked(tx, ids)
    steps = await queries.present_steps(tx, ids)
    found = await resources.services_by_id(tx, [activation.service_id for activation in activations])
    services = {service.id: service for service in found}
    return [
        Walk(activation=activation, steps=steps[activation.id], service=services[activation.service_id])
        for activation in activations
    ]


def _hold(tx: Transaction, walk: Walk, missing: Collection[ServiceView]) -> None:
    """Sleep until something happens to what is missing, or ask a person when nothing will any more.

    A service that ended itself is called back by that.
    """
    if prerequisites.never_to_come(missing) and walk.service.state is not ServiceState.TERMINATED:
        fall_out(tx, walk.activation, prerequisites.ended(missing), step=None)
    else:
        walk.activation.finish_work()


async def _begin(tx: Transaction, walk: Walk) -> Call | None:
    activation = walk.activation
    if activation.state is ActivationState.ARMED and activation.effective_at is None:
        _expire_when_due(tx, activation)
        return None
    if activation.state in STARTABLE:
        move(tx, activation, ActivationCommand.RUN)
    if activation.state not in WALKING:
        activation.finish_work()
        return None
    return await _next_call(tx, walk)


async def _record(tx: Transaction, walk: Walk, answered: Answered) -> bool:
    """Whether it goes on at once."""
    activation, outcome = walk.activation, answered.outcome
    step = next((step for step in walk.steps if step.id == answered.call.step_id), None)
    if activation.state not in WALKING or step is None or step.done_at is not None:
        return False  # another worker, whose lease began when ours ended, was faster, or somebody called it back
    step.reason = outcome.reason
    match outcome.verdict:
        case Verdict.DONE:
            step.done_at, step.evidence = tx.now, outcome.detail
            if not all(step.done_at is not None for step in walk.steps):
                return True
            await finish(tx, walk)
        case Verdict.UNANSWERED if step.attempts < MAX_CALLS:
            _wait(tx, activation, retry_delay(step.attempts, answered.jitter))
        case _:
            fall_out(tx, activation, outcome, step=step.name)
    return False


async def _next_call(tx: Transaction, walk: Walk) -> Call:
    step = next(step for step in walk.steps if step.done_at is None)  # with none left it would have succeeded
    step.attempts += 1
    step.called_at = tx.now
    activation, service = walk.activation, walk.service
    return Call(
        activation_id=activation.id,
        step_id=step.id,
        service_id=service.id,
        name=step.name,
        key=f"{activation.id}:{activation.round}:{step.name}",
        wanted=await _before(tx, service, walk.steps) if step.undoes else _wanted(activation, service),
    )


def _wanted(activation: Activation, service: ServiceView) -> Profiles:
    return planning.wanted(activation.purpose, service, activation.equipment, activation.characteristics)


async def _before(tx: Transaction, service: ServiceView, steps: Sequence[ActivationStep]) -> Profiles:
    """What the network held of what is being taken back, as the last success left it."""
    left = (await queries.last_succeeded(tx, [service.id])).get(service.id)
    held = left.profiles if left and left.profiles else planning.nothing(service.kind)
    undone = {step.name for step in steps}
    return Profiles(by_step={name: attributes for name, attributes in held.by_step.items() if name in undone})


def _expire_when_due(tx: Transaction, activation: Activation) -> None:
    if activation.expires_at is not None and activation.expires_at > tx.now:
        activation.finish_work(again_at=activation.expires_at)
        return
    move(tx, activation, ActivationCommand.EXPIRE, detail={"reason": "nobody came"})
    activation.finish_work()


def _wait(tx: Transaction, activation: Activation, delay: timedelta) -> None:
    if activation.state is ActivationState.RUNNING:
        move(tx, activation, ActivationCommand.WAIT)
    activation.finish_work(again_at=tx.now + delay)


def _moment(activation: Activation) -> datetime:
    assert activation.effective_at is not None, f"activation {activation.id} ran without knowing since when"
    return activation.effective_at


async def _activated(tx: Transaction, activation: Activation, _service: ServiceView) -> None:
    await resources.activate(tx, activation.service_id, _moment(activation))


async def _suspended(tx: Transaction, activation: Activation, _service: ServiceView) -> None:
    await resources.suspend(tx, activation.service_id, _moment(activation))


async def _resumed(tx: Transaction, activation: Activation, _service: ServiceView) -> None:
    await resources.resume(tx, activation.service_id, _moment(activation))


async def _changed(tx: Transaction, activation: Activation, service: ServiceView) -> None:
    wanted = service.characteristics if activation.characteristics is None else activation.characteristics
    await resources.change(tx, activation.service_id, wanted, _moment(activation))


async def _reprovisioned(_tx: Transaction, _activation: Activation, _service: ServiceView) -> None:
    """The service is what it was, on other equipment."""


async def _terminated(tx: Transaction, activation: Activation, service: ServiceView) -> None:
    if service.state is not ServiceState.TERMINATED:
        await resources.terminate(tx, activation.service_id, _moment(activation))


Effect = Callable[[Transaction, Activation, ServiceView], Awaitable[None]]
EFFECTS: Mapping[Purpose, Effect] = {
    Purpose.ACTIVATE: _activated,
    Purpose.SUSPEND: _suspended,
    Purpose.RESUME: _resumed,
    Purpose.CHANGE: _changed,
    Purpose.REPROVISION: _reprovisioned,
    Purpose.TERMINATE: _terminated,
}
