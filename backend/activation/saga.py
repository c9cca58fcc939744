"""The two halves of each call, as transactions: saying what is about to be asked, and recording what came of it.

Between them the network is called with no transaction open (see `tasks`). A crash there repeats the call with the
same keys, and the network answers as it did before. Of what writes to the network one step is asked at a time; the
steps that only look follow it in the same call, as a crash among them leaves nothing behind that anybody has to know of.
Rolling back is a round of steps like any other. Each half is done for many activations at once: a transaction costs
more than what one of them has to write in it.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from uuid import UUID

from backend.activation import planning, prerequisites, queries
from backend.activation.lifecycle import ActivationCommand, ActivationState, Purpose, StepName
from backend.activation.models import Activation, ActivationStep
from backend.activation.schemas import Answered, Asked, Call, Outcome, Profiles, Reason, Verdict
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
        went_well = [walk for walk in walks if _record(tx, walk, by_activation[walk.activation.id])]
        await finish(tx, [walk for walk in went_well if _is_over(walk)])
        await tx.flush()  # before the next steps are written: rows of which the same columns changed are one statement
        return [await _next_call(tx, walk) for walk in went_well if not _is_over(walk)]


def add_round(tx: Transaction, activation: Activation, names: Sequence[StepName], *, undoes: bool = False) -> None:
    """The steps of the activation's present round, none of them asked yet."""
    for position, name in enumerate(names):
        tx.append(
            ActivationStep,
            activation_id=activation.id,
            round=activation.round,
            position=position,
            name=name,
            undoes=undoes,
        )


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
    undoing = planning.undoing(called)
    add_round(tx, activation, undoing, undoes=True)
    # The lease stays as it is: a call that is out there now ends before its worker takes it back.
    activation.due_at = tx.now
    if not undoing:
        move(tx, activation, ActivationCommand.FINISH_ROLL_BACK, given=[True])
        activation.finish_work()


def fall_out(tx: Transaction, activation: Activation, outcome: Outcome, *, step: StepName | None) -> None:
    """Leave it to a person, with the reason. step: which did not go well, None when none was asked."""
    activation.reason = outcome.reason or Reason.NETWORK_REFUSED
    activation.detail = ({"step": str(step)} if step else {}) | outcome.detail
    told = {"step": str(step), "reason": str(activation.reason)}
    move(tx, activation, ActivationCommand.FALL_OUT, detail=told)
    activation.finish_work()


async def finish(tx: Transaction, walks: Sequence[Walk]) -> None:
    """Every step of their rounds is done: their services are what the network now is."""
    succeeded = [walk for walk in walks if _succeed(tx, walk)]
    for purpose in {walk.activation.purpose: None for walk in succeeded}:
        await EFFECTS[purpose](tx, [walk for walk in succeeded if walk.activation.purpose is purpose])


def _succeed(tx: Transaction, walk: Walk) -> bool:
    """End the round in the way that it can; whether the service is to be what it was for."""
    activation, service = walk.activation, walk.service
    done = [step.done_at is not None for step in walk.steps]
    if activation.state is ActivationState.ROLLING_BACK:
        move(tx, activation, ActivationCommand.FINISH_ROLL_BACK, given=done)
        activation.finish_work()
        return False
    if not planning.is_possible(activation.purpose, service):
        state = {"state": str(service.state)}
        moved_on = Outcome(verdict=Verdict.REFUSED, reason=Reason.SERVICE_MOVED_ON, detail=state)
        fall_out(tx, activation, moved_on, step=None)
        return False
    activation.profiles = _wanted(activation, service)
    move(tx, activation, ActivationCommand.SUCCEED, given=done)
    activation.finish_work()
    return True


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


def _record(tx: Transaction, walk: Walk, answered: Answered) -> bool:
    """Whether all that was asked is done now."""
    activation, asked = walk.activation, [one.step_id for one in answered.call.steps]
    steps = [step for step in walk.steps if step.id in asked and step.done_at is None]
    if activation.state not in WALKING or [step.id for step in steps] != asked:
        return False  # another worker, whose lease began when ours ended, was faster, or somebody called it back
    for step, outcome in zip(steps, answered.outcomes, strict=False):
        if step is not steps[0]:
            _count_call(tx, step)
        step.reason = outcome.reason
        if outcome.verdict is not Verdict.DONE:
            _stop(tx, activation, step, outcome, answered.jitter)
            return False
        step.done_at, step.evidence = tx.now, outcome.detail
    return True


def _is_over(walk: Walk) -> bool:
    return all(step.done_at is not None for step in walk.steps)


def _stop(tx: Transaction, activation: Activation, step: ActivationStep, outcome: Outcome, jitter: float) -> None:
    """A step was not done: ask again later, or leave it to a person."""
    if outcome.verdict is Verdict.UNANSWERED and step.attempts < MAX_CALLS:
        _wait(tx, activation, retry_delay(step.attempts, jitter))
    else:
        fall_out(tx, activation, outcome, step=step.name)


async def _next_call(tx: Transaction, walk: Walk) -> Call:
    first, *others = [step for step in walk.steps if step.done_at is None]  # with none left it would have succeeded
    looks = takewhile(lambda step: not planning.is_write(step.name), others)
    _count_call(tx, first)
    activation, service = walk.activation, walk.service
    return Call(
        activation_id=activation.id,
        service_id=service.id,
        steps=tuple(
            Asked(step_id=step.id, name=step.name, key=f"{activation.id}:{activation.round}:{step.name}")
            for step in (first, *looks)
        ),
        wanted=await _before(tx, service, walk.steps) if first.undoes else _wanted(activation, service),
    )


def _count_call(tx: Transaction, step: ActivationStep) -> None:
    step.attempts += 1
    step.called_at = tx.now


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


async def _activated(tx: Transaction, walks: Sequence[Walk]) -> None:
    since = {walk.activation.service_id: _moment(walk.activation) for walk in walks}
    await resources.activate_together(tx, since)


async def _suspended(tx: Transaction, walks: Sequence[Walk]) -> None:
    for walk in walks:
        await resources.suspend(tx, walk.service.id, _moment(walk.activation))


async def _resumed(tx: Transaction, walks: Sequence[Walk]) -> None:
    for walk in walks:
        await resources.resume(tx, walk.service.id, _moment(walk.activation))


async def _changed(tx: Transaction, walks: Sequence[Walk]) -> None:
    for activation, service in ((walk.activation, walk.service) for walk in walks):
        wanted = service.characteristics if activation.characteristics is None else activation.characteristics
        await resources.change(tx, service.id, wanted, _moment(activation))


async def _reprovisioned(_tx: Transaction, _walks: Sequence[Walk]) -> None:
    """The services are what they were, on other equipment."""


async def _terminated(tx: Transaction, walks: Sequence[Walk]) -> None:
    for walk in walks:
        if walk.service.state is not ServiceState.TERMINATED:
            await resources.terminate(tx, walk.service.id, _moment(walk.activation))


Effect = Callable[[Transaction, Sequence[Walk]], Awaitable[None]]
EFFECTS: Mapping[Purpose, Effect] = {
    Purpose.ACTIVATE: _activated,
    Purpose.SUSPEND: _suspended,
    Purpose.RESUME: _resumed,
    Purpose.CHANGE: _changed,
    Purpose.REPROVISION: _reprovisioned,
    Purpose.TERMINATE: _terminated,
}
