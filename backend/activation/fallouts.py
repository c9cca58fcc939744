"""What a person decides of an activation that fell out: try again, vouch for a step, take everything back, give it up."""

from uuid import UUID

from backend.activation import planning, queries, saga
from backend.activation.errors import NothingToOverride, PrerequisiteEnded, UnknownActivation, WitnessesDisagree
from backend.activation.lifecycle import ActivationCommand
from backend.activation.models import Activation
from backend.activation.schemas import MAX_BULK, Reason, Refusal, Retried, RetryFallouts
from backend.inventory import service as inventory
from backend.kernel.db import Transaction
from backend.kernel.errors import Conflict
from backend.kernel.facts import move
from backend.resources import service as resources
from backend.resources.schemas import ServiceView


async def retry(tx: Transaction, activation_id: UUID) -> Activation:
    """Do every step of a fallout anew.

    Raises UnknownActivation, IllegalMove when it is none, WitnessesDisagree, PrerequisiteEnded.
    """
    activation = await _locked(tx, activation_id)
    if activation.reason == Reason.PREREQUISITE_ENDED:
        raise PrerequisiteEnded(activation_id=str(activation_id))
    service = await resources.service_view(tx, activation.service_id)
    if activation.reason == Reason.WITNESSES_DISAGREE:
        activation.equipment = await _agreed(tx, activation, service)
    saga.again(tx, activation, planning.steps(activation.purpose, service))
    await tx.flush()
    return activation


async def retry_all(tx: Transaction, which: RetryFallouts) -> Retried:
    """Try fallouts again, each by itself: one that cannot be is named, and holds no other up."""
    retried: list[UUID] = []
    refused: list[Refusal] = []
    for activation_id in await queries.fallouts(tx, reason=which.reason, limit=MAX_BULK):
        try:
            async with tx.savepoint():
                await retry(tx, activation_id)
            retried.append(activation_id)
        except Conflict as error:
            refused.append(Refusal(activation_id=activation_id, code=error.code))
    left = await queries.count_fallouts(tx, which.reason) - len(refused)
    return Retried(retried=retried, refused=refused, left=left)


async def override(tx: Transaction, activation_id: UUID, why: str) -> Activation:
    """Vouch for the step that fell out, which was done by hand; the steps after it are asked as ever.

    Where the witnesses disagree, it is the scan that counts, and every step is asked.
    Raises UnknownActivation, IllegalMove, NothingToOverride for a roll-back.
    """
    activation = await _locked(tx, activation_id)
    steps = await queries.steps(tx, activation.id, round=activation.round)
    if any(step.undoes for step in steps):
        raise NothingToOverride(activation_id=str(activation_id))
    about = activation.reason
    move(tx, activation, ActivationCommand.OVERRIDE, detail={"reason": why, "fallout": about})
    step = next((step for step in steps if step.done_at is None and step.attempts), None)
    if step is not None:
        step.done_at, step.evidence = tx.now, {"override": why, "by": str(tx.actor.id)}
    activation.reason = activation.detail = None
    activation.finish_work(again_at=tx.now)
    if steps and all(step.done_at is not None for step in steps):
        service = await resources.service_view(tx, activation.service_id)
        await saga.finish(tx, [saga.Walk(activation=activation, steps=steps, service=service)])
    await tx.flush()
    return activation


async def roll_back(tx: Transaction, activation_id: UUID, why: str) -> Activation:
    """Take back what was written. Raises UnknownActivation, IllegalMove when there is nothing to take back now."""
    activation = await _locked(tx, activation_id)
    await saga.roll_back(tx, activation, why)
    await tx.flush()
    return activation


async def abandon(tx: Transaction, activation_id: UUID, why: str) -> Activation:
    """Leave the network as it is and give it up. Raises UnknownActivation, IllegalMove when it is no fallout."""
    activation = await _locked(tx, activation_id)
    move(tx, activation, ActivationCommand.ABANDON, detail={"reason": why, "fallout": activation.reason})
    activation.finish_work()
    await tx.flush()
    return activation


async def _locked(tx: Transaction, activation_id: UUID) -> Activation:
    return await tx.get(Activation, activation_id, UnknownActivation, lock=True)


async def _agreed(tx: Transaction, activation: Activation, service: ServiceView) -> list[str]:
    """The equipment, when what the network saw is by now known to be installed there."""
    seen = await queries.seen_serial(tx, service.id)
    installed = {unit.serial for unit in await inventory.installed_at(tx, service.premises_id)}
    if seen is not None and seen not in installed:
        raise WitnessesDisagree(scanned=activation.equipment, seen=seen)
    return sorted({*activation.equipment} & installed | ({seen} if seen else set()))
