"""The saga against the simulated network: what the network refuses, loses or lies about never makes a service active."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.activation import saga, service, tasks
from backend.activation.lifecycle import ActivationState, StepName
from backend.activation.models import Activation
from backend.activation.schemas import ActivationDetail, Answered, Outcome, Verdict
from backend.adapters.activation_simulator import ActivationSimulator, Fault
from backend.catalogue.schemas import ServiceKind
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.lifecycle import IllegalMove
from backend.kernel.outbox import OutboxRow
from backend.kernel.tasks import ManyTask, run_due
from backend.resources import service as resources
from backend.resources.lifecycle import ServiceState
from backend.resources.schemas import ServiceView
from tests.factories.activation import make_activation, run
from tests.factories.resources import make_pools
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

IN_THE_BASEMENT = MONDAY - timedelta(hours=4)


@pytest.fixture
def network(tmp_path: Path, clock: FixedClock) -> ActivationSimulator:
    return ActivationSimulator(tmp_path / "network.db", clock)


@pytest.fixture
async def voice(database: Database) -> UUID:
    """An armed activation of a voice line."""
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pools(tx)
        return await make_activation(tx, effective_at=IN_THE_BASEMENT)


def walking(database: Database, network: ActivationSimulator) -> ManyTask:
    walker = tasks.Walker(database, network, random=Random(1))
    return ManyTask(name="activation", model=Activation, drain=walker.drain)


async def seen(database: Database, activation_id: UUID) -> tuple[ActivationDetail, ServiceView]:
    async with database.snapshot(SYSTEM, "test") as tx:
        detail = await service.activation(tx, activation_id)
        return detail, await resources.service_view(tx, detail.activation.service_id)


async def events(database: Database) -> list[tuple[str, datetime]]:
    async with database.snapshot(SYSTEM, "test") as tx:
        told = await tx.session.execute(select(OutboxRow.type, OutboxRow.occurred_at).order_by(OutboxRow.id))
        return [(type_, at) for type_, at in told if type_.startswith(("service.", "activation."))]


async def test_a_service_is_active_since_the_job_was_done_not_since_the_network_was(
    database: Database, network: ActivationSimulator, voice: UUID
):
    await run(database, network, voice)

    detail, line = await seen(database, voice)
    assert (detail.activation.state, detail.activation.due_at) == (ActivationState.SUCCEEDED, None)
    assert (line.state, line.active_since) == (ServiceState.ACTIVE, IN_THE_BASEMENT)
    assert await events(database) == [("service.activated", IN_THE_BASEMENT)]


async def test_each_step_leaves_its_evidence(database: Database, network: ActivationSimulator, voice: UUID):
    await run(database, network, voice)

    detail, line = await seen(database, voice)
    write, read_back, test = detail.steps
    assert (write.name, write.attempts, write.evidence) == (StepName.VOICE_LINE, 1, {"reference": "SIM-000001"})
    assert read_back.done_at == MONDAY
    assert test.evidence is not None
    assert "optical_power_dbm" in test.evidence
    assert network.services()[0].profiles == {"voice_line": {"status": "enabled", **line.resources}}


async def test_a_port_profile_names_the_equipment(database: Database, network: ActivationSimulator):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pools(tx)
        access = await make_activation(tx, ServiceKind.ACCESS, equipment=("LWON00000001",))

    await run(database, network, access)

    expected = {"status": "enabled", "port": "olt-1/1/1", "vlan": "1", "equipment": "LWON00000001"}
    assert network.services()[0].profiles == {"port_profile": expected}


async def test_a_network_without_an_answer_is_asked_again_later_with_the_same_key(
    database: Database, network: ActivationSimulator, voice: UUID, clock: FixedClock
):
    network.plan_fault(Fault.FAIL, operation="voice_line")

    await run(database, network, voice)
    waiting, _ = await seen(database, voice)
    clock.advance(0.5)
    await run(database, network, voice)

    done, _ = await seen(database, voice)
    assert waiting.activation.state is ActivationState.RETRY_WAIT
    assert waiting.activation.due_at == MONDAY + timedelta(seconds=0.5)
    assert done.activation.state is ActivationState.SUCCEEDED
    assert done.steps[0].attempts == 2
    assert len({call.key for call in network.calls() if call.operation == "voice_line"}) == 1


async def test_a_worker_looks_again_only_when_the_wait_is_over(
    database: Database, network: ActivationSimulator, voice: UUID, clock: FixedClock
):
    network.plan_fault(Fault.FAIL, operation="read_back")
    work = walking(database, network)

    looks = [await run_due(database, work, "test"), await run_due(database, work, "test")]
    clock.advance(1)
    looks += [await run_due(database, work, "test"), await run_due(database, work, "test")]

    assert looks == [1, 0, 1, 0]
    assert (await seen(database, voice))[1].state is ServiceState.ACTIVE


async def test_many_are_walked_together_and_each_to_its_own_end(
    database: Database, network: ActivationSimulator, voice: UUID
):
    async with database.transaction(SYSTEM, "test") as tx:
        others = [await make_activation(tx, ServiceKind.INTERNET) for _ in range(6)]
    refused = (await seen(database, others[2]))[1].id
    network.plan_fault(Fault.REFUSE, service_id=refused)

    looks = [await run_due(database, walking(database, network), "test")]
    looks += [await run_due(database, walking(database, network), "test")]

    states = [(await seen(database, one))[0].activation.state for one in (voice, *others)]
    assert looks == [7, 0]
    assert states == [ActivationState.SUCCEEDED] * 3 + [ActivationState.FALLOUT] + [ActivationState.SUCCEEDED] * 3


async def test_a_mistake_of_ours_holds_up_only_its_own(
    database: Database, network: ActivationSimulator, voice: UUID, monkeypatch: pytest.MonkeyPatch
):
    async with database.transaction(SYSTEM, "test") as tx:
        poisoned = await make_activation(tx, ServiceKind.INTERNET)
    poison = (await seen(database, poisoned))[1].id

    async def activate(tx: Transaction, since: Mapping[UUID, datetime]) -> None:
        assert poison not in since, "a mistake"
        await activate_really(tx, since)

    activate_really = resources.activate_together
    monkeypatch.setattr(resources, "activate_together", activate)

    await run_due(database, walking(database, network), "test")

    async with database.snapshot(SYSTEM, "test") as tx:
        row = await tx.session.get_one(Activation, poisoned)
    assert (await seen(database, voice))[1].state is ServiceState.ACTIVE
    assert row.due_at is not None
    assert row.due_at > MONDAY
    assert "a mistake" in (row.last_error or "")


async def test_a_lost_answer_does_not_configure_twice(
    database: Database, network: ActivationSimulator, voice: UUID, clock: FixedClock
):
    network.plan_fault(Fault.DROP, operation="voice_line")

    await run(database, network, voice)
    clock.advance(1)
    await run(database, network, voice)

    writes = [call.outcome for call in network.calls() if call.operation == "voice_line"]
    assert writes == ["drop", "repeated"]
    assert (await seen(database, voice))[1].state is ServiceState.ACTIVE


async def test_a_crash_after_the_call_is_healed_by_the_key(
    database: Database, network: ActivationSimulator, voice: UUID
):
    async with database.transaction(SYSTEM, "test") as tx:
        [call] = await saga.begin(tx, [voice])
    await tasks.ask(network, call)  # and here the process died

    await run(database, network, voice)

    detail, line = await seen(database, voice)
    writes = [one.outcome for one in network.calls() if one.operation == "voice_line"]
    assert writes == ["done", "repeated"]
    assert (detail.steps[0].attempts, line.state) == (2, ServiceState.ACTIVE)


async def test_what_only_looks_is_asked_in_the_call_of_the_write_before_it(
    database: Database, network: ActivationSimulator, voice: UUID
):
    async with database.transaction(SYSTEM, "test") as tx:
        [call] = await saga.begin(tx, [voice])

    assert [step.name for step in call.steps] == [StepName.VOICE_LINE, StepName.READ_BACK, StepName.TEST_AND_TURN_UP]
    detail, _ = await seen(database, voice)
    assert [step.attempts for step in detail.steps] == [1, 0, 0]


async def test_a_look_without_an_answer_is_asked_again_and_the_write_before_it_is_not(
    database: Database, network: ActivationSimulator, voice: UUID, clock: FixedClock
):
    network.plan_fault(Fault.FAIL, operation="read_back")

    await run(database, network, voice)
    waiting, _ = await seen(database, voice)
    clock.advance(0.5)
    await run(database, network, voice)

    done, line = await seen(database, voice)
    assert [(step.attempts, step.done_at is not None) for step in waiting.steps] == [(1, True), (1, False), (0, False)]
    assert [step.attempts for step in done.steps] == [1, 2, 1]
    assert [call.operation for call in network.calls()] == ["voice_line", "read_back", "read_back", "test"]
    assert line.state is ServiceState.ACTIVE


async def test_a_worker_that_comes_late_with_its_answer_changes_nothing(
    database: Database, network: ActivationSimulator, voice: UUID
):
    async with database.transaction(SYSTEM, "test") as tx:
        [late] = await saga.begin(tx, [voice])
    await run(database, network, voice)
    before = await seen(database, voice)

    async with database.transaction(SYSTEM, "test") as tx:
        refused = Answered(call=late, outcomes=[Outcome(verdict=Verdict.REFUSED)], jitter=1.0)
        following = await saga.record(tx, [refused])

    assert following == []
    assert await seen(database, voice) == before


async def test_a_refusal_is_a_fallout_with_the_networks_own_words(
    database: Database, network: ActivationSimulator, voice: UUID
):
    network.plan_fault(Fault.REFUSE, operation="voice_line", reason="number not ported")

    await run(database, network, voice)

    detail, line = await seen(database, voice)
    assert (detail.activation.state, detail.activation.reason) == (ActivationState.FALLOUT, "network_refused")
    assert detail.activation.detail == {"step": "voice_line", "reason": "number not ported"}
    assert line.state is ServiceState.INACTIVE
    assert await events(database) == [("activation.fallout", MONDAY)]


async def test_a_network_that_lies_does_not_make_a_service_active(
    database: Database, network: ActivationSimulator, voice: UUID
):
    network.plan_fault(Fault.LIE, operation="voice_line")

    await run(database, network, voice)

    detail, line = await seen(database, voice)
    assert (detail.activation.state, detail.activation.reason) == (ActivationState.FALLOUT, "read_back_differs")
    assert line.state is ServiceState.INACTIVE


async def test_a_line_that_does_not_pass_its_test_does_not_become_active(
    database: Database, network: ActivationSimulator, voice: UUID
):
    network.plan_fault(Fault.REFUSE, operation="test")

    await run(database, network, voice)

    detail, line = await seen(database, voice)
    assert (detail.activation.reason, line.state) == ("line_test_failed", ServiceState.INACTIVE)


async def test_a_network_that_never_answers_is_a_fallout_in_the_end(
    database: Database, network: ActivationSimulator, voice: UUID, clock: FixedClock
):
    network.plan_fault(Fault.FAIL, times=None)

    for _ in range(saga.MAX_CALLS):
        await run(database, network, voice)
        clock.advance(300)

    detail, _ = await seen(database, voice)
    assert (detail.activation.state, detail.activation.reason) == (ActivationState.FALLOUT, "network_unreachable")
    assert detail.steps[0].attempts == saga.MAX_CALLS


async def test_a_retry_writes_everything_anew(database: Database, network: ActivationSimulator, voice: UUID):
    network.plan_fault(Fault.LIE, operation="voice_line")
    await run(database, network, voice)

    async with database.transaction(SYSTEM, "test") as tx:
        await service.retry(tx, voice)
    await run(database, network, voice)

    detail, line = await seen(database, voice)
    assert (detail.activation.round, detail.activation.reason, line.state) == (2, None, ServiceState.ACTIVE)
    assert [step.round for step in detail.steps] == [1, 1, 1, 2, 2, 2]
    assert len({call.key for call in network.calls() if call.operation == "voice_line"}) == 2


async def test_only_a_fallout_can_be_retried(database: Database, voice: UUID):
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(IllegalMove):
            await service.retry(tx, voice)


async def test_an_activation_that_is_over_is_not_run_again(
    database: Database, network: ActivationSimulator, voice: UUID
):
    await run(database, network, voice)
    calls = len(network.calls())

    await run(database, network, voice)

    assert len(network.calls()) == calls
    assert len(await events(database)) == 1


async def test_activations_are_listed_by_state(database: Database, network: ActivationSimulator, voice: UUID):
    async with database.transaction(SYSTEM, "test") as tx:
        other = await make_activation(tx, ServiceKind.INTERNET)
    await run(database, network, other)

    async with database.snapshot(SYSTEM, "test") as tx:
        armed = await service.activations(tx, state=ActivationState.ARMED, page_size=10, cursor=None)
        first = await service.activations(tx, state=None, page_size=1, cursor=None)
        second = await service.activations(tx, state=None, page_size=1, cursor=first.next_cursor)

    assert [one.id for one in armed.items] == [voice]
    assert [one.id for one in (*first.items, *second.items)] == [voice, other]
