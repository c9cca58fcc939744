"""The two halves of each step, as transactions: saying that it is about to be asked, and recording what came of it.

Between them the network is called with no transaction open (see `tasks`). A crash there repeats the step with the
same key, and the network answers as it did before.
"""

from datetime import timedelta
from uuid import UUID

from backend.activation import planning, queries
from backend.activation.lifecycle import ActivationCommand, ActivationState
from backend.activation.models import Activation, ActivationStep
from backend.activation.schemas import Call, Outcome, Reason, UnknownActivation, Verdict
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.kernel.tasks import retry_delay
from backend.resources import service as resources

MAX_CALLS = 12  # of one step in one round: with the back-off below, some twenty minutes without an answer

STARTABLE = frozenset({ActivationState.ARMED, ActivationState.RETRY_WAIT})


async def begin_step(tx: Transaction, activation_id: UUID) -> Call | None:
    """Count a call of the next step that is not done, and say what to ask; None when there is nothing to do."""
    activation = await tx.get(Activation, activation_id, UnknownActivation, lock=True)
    if activation.state in STARTABLE:
        move(tx, activation, ActivationCommand.RUN)
    if activation.state is not ActivationState.RUNNING:
        activation.finish_work()
        return None
    steps = await queries.steps(tx, activation.id, round=activation.round)
    step = next(step for step in steps if step.done_at is None)  # with none left it would have succeeded
    step.attempts += 1
    step.called_at = tx.now
    service = await resources.service_view(tx, activation.service_id)
    return Call(
        activation_id=activation.id,
        step_id=step.id,
        service_id=service.id,
        name=step.name,
        key=f"{activation.id}:{activation.round}:{step.name}",
        wanted=planning.profiles(service.kind, service.resources, activation.equipment),
    )


async def record(tx: Transaction, call: Call, outcome: Outcome, *, jitter: float) -> bool:
    """Write down what came of a call; whether the next step should follow at once. jitter: 0 to 1, of the back-off.

    The last step's success and the service's becoming active are one transaction.
    """
    activation = await tx.get(Activation, call.activation_id, UnknownActivation, lock=True)
    steps = await queries.steps(tx, activation.id, round=activation.round)
    step = next((step for step in steps if step.id == call.step_id), None)
    if activation.state is not ActivationState.RUNNING or step is None or step.done_at is not None:
        return False  # another worker, whose lease began when ours ended, was faster: it goes on
    step.reason = outcome.reason
    match outcome.verdict:
        case Verdict.DONE:
            step.done_at, step.evidence = tx.now, outcome.detail
            return await _go_on(tx, activation, steps)
        case Verdict.UNANSWERED if step.attempts < MAX_CALLS:
            _wait(tx, activation, retry_delay(step.attempts, jitter))
        case _:
            _fall_out(tx, activation, step, outcome)
    return False


def add_round(tx: Transaction, activation: Activation, names: tuple[planning.StepName, ...]) -> None:
    """The steps of the activation's present round, none of them asked yet."""
    tx.add(
        *(
            ActivationStep(
                id=tx.new_id(), activation_id=activation.id, round=activation.round, position=position, name=name
            )
            for position, name in enumerate(names)
        )
    )


async def _go_on(tx: Transaction, activation: Activation, steps: list[ActivationStep]) -> bool:
    done = [step.done_at is not None for step in steps]
    if not all(done):
        return True
    move(tx, activation, ActivationCommand.SUCCEED, given=done)
    activation.finish_work()
    await resources.activate(tx, activation.service_id, activation.effective_at)
    return False


def _wait(tx: Transaction, activation: Activation, delay: timedelta) -> None:
    move(tx, activation, ActivationCommand.WAIT)
    activation.finish_work(again_at=tx.now + delay)


def _fall_out(tx: Transaction, activation: Activation, step: ActivationStep, outcome: Outcome) -> None:
    activation.reason = outcome.reason or Reason.NETWORK_REFUSED
    activation.detail = {"step": str(step.name)} | outcome.detail
    move(tx, activation, ActivationCommand.FALL_OUT, detail={"step": str(step.name), "reason": str(activation.reason)})
    activation.finish_work()
