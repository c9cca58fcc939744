"""A service that is there is suspended, resumed, changed and ended on the network first, and so only then."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.activation import service
from backend.activation.errors import ActivationUnderway, BadMoment, NotInThisState
from backend.activation.lifecycle import ActivationState, Purpose
from backend.activation.schemas import ChangeService, MoveService
from backend.adapters.activation_simulator import ActivationSimulator, Fault
from backend.catalogue.schemas import PoolKind, ServiceKind
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.outbox import OutboxRow
from backend.resources import service as resources
from backend.resources.lifecycle import ServiceState
from tests.factories.activation import look, make_activation, make_running, run
from tests.factories.resources import make_pools
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

WHY = MoveService(reason="not paid")


@pytest.fixture
def network(tmp_path: Path, clock: FixedClock) -> ActivationSimulator:
    return ActivationSimulator(tmp_path / "network.db", clock)


@pytest.fixture
async def internet(database: Database, network: ActivationSimulator, clock: FixedClock) -> UUID:
    """A running internet service, an hour later."""
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pools(tx)
    running = await make_running(database, network, ServiceKind.INTERNET)
    clock.advance(3600)
    return running


async def ask(database: Database, service_id: UUID, purpose: Purpose, wanted: MoveService = WHY) -> UUID:
    async with database.transaction(SYSTEM, "test") as tx:
        return (await service.move_service(tx, service_id, purpose, wanted)).activation.id


def held(network: ActivationSimulator) -> dict[str, str]:
    [found] = network.services()
    return found.profiles["radius_subscriber"]


async def test_a_service_is_suspended_changed_and_ended_as_the_network_shows_it(
    database: Database, network: ActivationSimulator, internet: UUID, clock: FixedClock
):
    seen = []
    rates = ChangeService(reason="bought more", characteristics={"downstream_kbps": "900000"})
    for purpose in (Purpose.SUSPEND, Purpose.RESUME, Purpose.CHANGE, Purpose.TERMINATE):
        if purpose is Purpose.CHANGE:
            async with database.transaction(SYSTEM, "test") as tx:
                asked = (await service.change_service(tx, internet, rates)).activation.id
        else:
            asked = await ask(database, internet, purpose)
        before = (await look(database, asked))[1].state
        await run(database, network, asked)
        seen.append((before, (await look(database, asked))[1].state, held(network) if network.services() else None))
        clock.advance(60)

    enabled = {"status": "enabled", "ipv4": "192.0.2.1"}
    assert seen == [
        (ServiceState.ACTIVE, ServiceState.INACTIVE, enabled | {"status": "suspended"}),
        (ServiceState.INACTIVE, ServiceState.ACTIVE, enabled),
        (ServiceState.ACTIVE, ServiceState.ACTIVE, enabled | {"downstream_kbps": "900000"}),
        (ServiceState.ACTIVE, ServiceState.TERMINATED, None),
    ]
    async with database.snapshot(SYSTEM, "test") as tx:
        told = list(await tx.session.scalars(select(OutboxRow.type).order_by(OutboxRow.id)))
    assert told == [f"service.{turn}" for turn in ("activated", "suspended", "resumed", "changed", "terminated")]


async def test_it_counts_from_when_it_was_asked_for(database: Database, network: ActivationSimulator, internet: UUID):
    at = MONDAY + timedelta(minutes=20)

    await run(database, network, await ask(database, internet, Purpose.SUSPEND, MoveService(reason="moved out", at=at)))

    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await resources.service_view(tx, internet)).suspended_at == at


@pytest.mark.parametrize("minutes", [-1, 61])
async def test_nothing_counts_from_the_future_or_from_before_the_service(
    database: Database, internet: UUID, minutes: int
):
    with pytest.raises(BadMoment):
        await ask(
            database,
            internet,
            Purpose.SUSPEND,
            MoveService(reason="moved out", at=MONDAY + timedelta(minutes=minutes)),
        )


async def test_a_network_that_lies_about_a_suspension_leaves_the_service_running(
    database: Database, network: ActivationSimulator, internet: UUID
):
    asked = await ask(database, internet, Purpose.SUSPEND)
    network.plan_fault(Fault.LIE, operation="radius_subscriber")

    await run(database, network, asked)

    activation, running = await look(database, asked)
    assert (activation.state, activation.reason) == (ActivationState.FALLOUT, "read_back_differs")
    assert running.state is ServiceState.ACTIVE


async def test_one_thing_is_done_to_a_service_at_a_time(database: Database, internet: UUID):
    await ask(database, internet, Purpose.SUSPEND)

    with pytest.raises(ActivationUnderway):
        await ask(database, internet, Purpose.TERMINATE)


async def test_a_service_that_runs_is_not_resumed(database: Database, internet: UUID):
    with pytest.raises(NotInThisState):
        await ask(database, internet, Purpose.RESUME)


async def test_a_service_that_ended_elsewhere_leaves_the_network_after_what_was_being_done_is_taken_back(
    database: Database, network: ActivationSimulator, internet: UUID
):
    changing = await ask(database, internet, Purpose.SUSPEND)
    network.plan_fault(Fault.FAIL, operation="read_back")
    await run(database, network, changing)

    async with database.transaction(SYSTEM, "test") as tx:
        await resources.terminate(tx, internet, tx.now)
        await service.follow_end(tx, internet, tx.now)
    await run(database, network, changing)
    async with database.transaction(SYSTEM, "test") as tx:
        await service.follow_rolled_back(tx, changing)
        [ending] = (await service.activations(tx, state=ActivationState.ARMED, page_size=9, cursor=None)).items
    await run(database, network, ending.id)

    assert (await look(database, changing))[0].state is ActivationState.ROLLED_BACK
    assert (await look(database, ending.id))[0].state is ActivationState.SUCCEEDED
    assert network.services() == []


async def test_a_service_that_never_ran_ends_with_its_activation(database: Database, network: ActivationSimulator):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pools(tx)
        waiting = await make_activation(tx)
    _, line = await look(database, waiting)

    async with database.transaction(SYSTEM, "test") as tx:
        await resources.terminate(tx, line.id, tx.now)
        await service.follow_end(tx, line.id, tx.now)
    await run(database, network, waiting)

    assert (await look(database, waiting))[0].state is ActivationState.EXPIRED
    assert network.calls() == []
    assert line.resources[PoolKind.NUMBER]
