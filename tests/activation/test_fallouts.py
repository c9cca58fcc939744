"""What a person decides of a fallout: again, vouched for, taken back, given up."""

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.activation import service
from backend.activation.errors import NothingToOverride
from backend.activation.lifecycle import ActivationState, StepName
from backend.activation.models import ActivationFact
from backend.activation.schemas import Decide, Reason, RetryFallouts
from backend.adapters.activation_simulator import ActivationSimulator, Fault
from backend.catalogue.schemas import ServiceKind
from backend.identity.principal import Principal, Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.lifecycle import IllegalMove
from backend.kernel.outbox import OutboxRow
from backend.resources.lifecycle import ServiceState
from tests.factories.activation import look, make_activation, run
from tests.factories.resources import make_pools
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio

WHY = Decide(reason="configured by hand at the exchange")


@pytest.fixture
def network(tmp_path: Path, clock: FixedClock) -> ActivationSimulator:
    return ActivationSimulator(tmp_path / "network.db", clock)


@pytest.fixture
async def voice(database: Database) -> UUID:
    """A started activation of a voice line."""
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pools(tx)
        return await make_activation(tx)


async def fall_out(database: Database, network: ActivationSimulator, activation_id: UUID, operation: str) -> None:
    fault = Fault.REFUSE if operation != "read_back" else Fault.LIE
    network.plan_fault(fault, operation="voice_line" if operation == "read_back" else operation)
    await run(database, network, activation_id)


async def test_a_roll_back_takes_everything_back_and_says_so(
    database: Database, network: ActivationSimulator, voice: UUID
):
    await fall_out(database, network, voice, "test")

    async with database.transaction(SYSTEM, "test") as tx:
        await service.roll_back(tx, voice, WHY)
    await run(database, network, voice)

    activation, line = await look(database, voice)
    async with database.snapshot(SYSTEM, "test") as tx:
        told = list(await tx.session.scalars(select(OutboxRow.type).order_by(OutboxRow.id)))
        steps = (await service.activation(tx, voice)).steps
    assert (activation.state, line.state) == (ActivationState.ROLLED_BACK, ServiceState.INACTIVE)
    assert network.services() == []
    assert [step.name for step in steps if step.undoes] == [StepName.VOICE_LINE, StepName.READ_BACK]
    assert told == ["activation.fallout", "activation.rolled_back"]


async def test_what_was_half_done_is_taken_back_too(database: Database, network: ActivationSimulator, voice: UUID):
    network.plan_fault(Fault.HALF, operation="voice_line")
    network.plan_fault(Fault.REFUSE, operation="voice_line")
    await run(database, network, voice)
    assert len(network.services()) == 1, "half of it is there"
    async with database.transaction(SYSTEM, "test") as tx:
        await service.roll_back(tx, voice, WHY)  # also while it waits for its next try

    await run(database, network, voice)
    network.clear_faults()
    async with database.transaction(SYSTEM, "test") as tx:
        await service.roll_back(tx, voice, WHY)
    await run(database, network, voice)

    assert (await look(database, voice))[0].state is ActivationState.ROLLED_BACK
    assert network.services() == []


async def test_a_roll_back_that_the_network_refuses_is_a_fallout_again(
    database: Database, network: ActivationSimulator, voice: UUID
):
    await fall_out(database, network, voice, "test")
    network.plan_fault(Fault.REFUSE, operation="voice_line", reason="maintenance")
    async with database.transaction(SYSTEM, "test") as tx:
        await service.roll_back(tx, voice, WHY)

    await run(database, network, voice)

    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(NothingToOverride):
            await service.override(tx, voice, WHY)
    activation, _ = await look(database, voice)
    assert (activation.state, activation.detail) == (
        ActivationState.FALLOUT,
        {"step": "voice_line", "reason": "maintenance"},
    )


async def test_a_step_that_somebody_vouches_for_counts_as_done_and_the_rest_is_asked(
    database: Database, network: ActivationSimulator, voice: UUID
):
    await fall_out(database, network, voice, "read_back")
    network.plan_fault(Fault.REFUSE, operation="test", times=1)

    async with database.transaction(SYSTEM, "test") as tx:
        await service.override(tx, voice, WHY)
    await run(database, network, voice)
    untested, _ = await look(database, voice)
    async with database.transaction(SYSTEM, "test") as tx:
        await service.override(tx, voice, WHY)

    activation, line = await look(database, voice)
    async with database.snapshot(SYSTEM, "test") as tx:
        steps = (await service.activation(tx, voice)).steps
        facts = await tx.session.scalars(select(ActivationFact).where(ActivationFact.command == "override"))
        why = [(fact.detail, fact.actor_kind) for fact in facts]
    assert (untested.state, untested.reason) == (ActivationState.FALLOUT, "line_test_failed")
    assert (activation.state, line.state) == (ActivationState.SUCCEEDED, ServiceState.ACTIVE)
    assert [step.evidence for step in steps[1:]] == [{"override": WHY.reason, "by": "None"}] * 2
    assert why == [
        ({"reason": WHY.reason, "fallout": "read_back_differs"}, "system"),
        ({"reason": WHY.reason, "fallout": "line_test_failed"}, "system"),
    ]


async def test_an_abandoned_activation_is_over_and_the_service_may_be_started_anew(
    database: Database, network: ActivationSimulator, voice: UUID
):
    await fall_out(database, network, voice, "test")

    async with database.transaction(SYSTEM, "test") as tx:
        await service.abandon(tx, voice, WHY)
    _, line = await look(database, voice)
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(IllegalMove):
            await service.retry(tx, voice)
        [again] = await service.start(
            tx, [line], order_id=tx.new_id(), job_id=tx.new_id(), equipment=(), effective_at=tx.now
        )
    await run(database, network, again)

    assert (await look(database, again))[1].state is ServiceState.ACTIVE


async def test_fallouts_of_one_reason_are_counted_and_retried_together(
    database: Database, network: ActivationSimulator, voice: UUID
):
    async with database.transaction(SYSTEM, "test") as tx:
        others = [await make_activation(tx, ServiceKind.INTERNET) for _ in range(2)]
    await fall_out(database, network, voice, "test")
    for other in others:
        await fall_out(database, network, other, "radius_subscriber")

    async with database.transaction(SYSTEM, "test") as tx:
        counted = await service.fallout_counts(tx, Principal(actor=SYSTEM, role=Role.PROVISIONING))
        came = await service.retry_all(tx, RetryFallouts(reason=Reason.NETWORK_REFUSED))

    assert [(one.reason, one.count) for one in counted] == [("network_refused", 2), ("line_test_failed", 1)]
    assert [[(name.service_kind, name.place) for name in one.oldest] for one in counted] == [
        [(ServiceKind.INTERNET, None)] * 2,
        [(ServiceKind.VOICE, None)],
    ], "the network desk may not look places up"
    assert (sorted(came.retried), came.refused, came.left) == (sorted(others), [], 0)
    assert (await look(database, voice))[0].state is ActivationState.FALLOUT
    assert {(await look(database, other))[0].state for other in others} == {ActivationState.RUNNING}
