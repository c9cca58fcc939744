"""Services of one order start from the bottom up: each sleeps until what it runs on is active, and says what it waits for."""

from pathlib import Path
from uuid import UUID

import pytest

from backend.activation import saga, service
from backend.activation.errors import PrerequisiteEnded
from backend.activation.lifecycle import ActivationState, Purpose
from backend.activation.schemas import ActivationView, Decide, MoveService
from backend.adapters.activation_simulator import ActivationSimulator, Fault
from backend.catalogue.schemas import ServiceKind
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.outbox import Event
from backend.orders import service as orders
from backend.resources import service as resources
from backend.resources.lifecycle import ServiceState
from backend.resources.schemas import ServiceView
from backend.subscriptions import wake_dependents
from tests.factories.activation import run
from tests.factories.orders import make_shop, make_submitted_order
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

ACCESS, INTERNET, VOICE = ServiceKind.ACCESS, ServiceKind.INTERNET, ServiceKind.VOICE


class Household:
    """An order of access, internet and voice whose equipment is installed: each of them has its witness."""

    def __init__(self, database: Database, network: ActivationSimulator, started: dict[ServiceKind, UUID]) -> None:
        self.database, self.network, self._started = database, network, started

    async def walk(self, *kinds: ServiceKind) -> None:
        for kind in kinds:
            await run(self.database, self.network, self._started[kind])

    async def tell(self, kind: ServiceKind) -> None:
        """The event of this service comes round."""
        about = (await self.look(kind)).service_id
        async with self.database.transaction(SYSTEM, "test") as tx:
            event = Event(
                id=tx.new_id(),
                type="service.any",
                version=1,
                subject_id=about,
                occurred_at=MONDAY,
                recorded_at=MONDAY,
            )
            await wake_dependents(tx, [event])

    async def look(self, kind: ServiceKind) -> ActivationView:
        async with self.database.snapshot(SYSTEM, "test") as tx:
            return (await service.activation(tx, self._started[kind])).activation

    async def line(self, kind: ServiceKind) -> ServiceView:
        async with self.database.snapshot(SYSTEM, "test") as tx:
            return await resources.service_view(tx, (await self.look(kind)).service_id)

    async def calls_of(self, kind: ServiceKind) -> int:
        about = (await self.look(kind)).service_id
        return sum(call.service_id == about for call in self.network.calls())


@pytest.fixture
async def household(database: Database, tmp_path: Path, clock: FixedClock) -> Household:
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx)
        started = {one.kind: await _start(tx, one, order.id) for one in order.services}
    return Household(database, ActivationSimulator(tmp_path / "network.db", clock), started)


async def _start(tx: Transaction, one: ServiceView, order_id: UUID) -> UUID:
    [id_] = await service.start(
        tx, [one], order_id=order_id, job_id=tx.new_id(), equipment=["LWON00000001"], effective_at=MONDAY
    )
    return id_


async def test_each_service_starts_only_when_what_it_runs_on_is_active(household: Household):
    await household.walk(VOICE, INTERNET)
    asleep = [await household.look(kind) for kind in (INTERNET, VOICE)]
    await household.walk(ACCESS)
    await household.walk(VOICE, INTERNET, VOICE)

    assert [(one.state, one.due_at) for one in asleep] == [(ActivationState.ARMED, None)] * 2
    assert [[below.kind for below in one.waits_for] for one in asleep] == [[ACCESS], [INTERNET]]
    assert {(await household.line(kind)).state for kind in ServiceKind} == {ServiceState.ACTIVE}
    order_of_calls = list(dict.fromkeys(call.service_id for call in household.network.calls()))
    assert order_of_calls == [(await household.line(kind)).id for kind in (ACCESS, INTERNET, VOICE)]
    assert (await household.look(VOICE)).waits_for == []


async def test_who_waits_burns_no_attempt_and_is_woken_by_the_event_of_the_one_below(household: Household):
    await household.walk(INTERNET)
    await household.walk(ACCESS)
    before = await household.look(INTERNET)

    await household.tell(ACCESS)
    after = await household.look(INTERNET)
    await household.walk(INTERNET)

    assert (before.due_at, after.due_at) == (None, MONDAY)
    async with household.database.snapshot(SYSTEM, "test") as tx:
        steps = (await service.activation(tx, after.id)).steps
    assert {step.attempts for step in steps} == {1}
    assert (await household.line(INTERNET)).active_since == MONDAY


async def test_who_waits_tells_of_the_fallout_below(household: Household):
    household.network.plan_fault(Fault.REFUSE, operation="port_profile")
    await household.walk(ACCESS, INTERNET)

    [access] = (await household.look(INTERNET)).waits_for
    async with household.database.snapshot(SYSTEM, "test") as tx:
        page = await service.activations(tx, state=ActivationState.ARMED, page_size=9, cursor=None)

    assert (access.kind, access.activation_state, access.reason) == (
        ACCESS,
        ActivationState.FALLOUT,
        "network_refused",
    )
    assert access.activation_id == (await household.look(ACCESS)).id
    assert [below.kind for one in page.items for below in one.waits_for] == [ACCESS, INTERNET]
    assert await household.calls_of(INTERNET) == 0


async def test_what_can_never_start_asks_a_person(household: Household):
    household.network.plan_fault(Fault.REFUSE, operation="port_profile")
    await household.walk(ACCESS, INTERNET)
    async with household.database.transaction(SYSTEM, "test") as tx:
        await orders.service_refused(tx, (await household.look(ACCESS)).service_id)
    await household.tell(ACCESS)

    await household.walk(INTERNET)

    internet = await household.look(INTERNET)
    assert (internet.state, internet.reason) == (ActivationState.FALLOUT, "prerequisite_ended")
    async with household.database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(PrerequisiteEnded):
            await service.retry(tx, internet.id)
        await service.roll_back(tx, internet.id, Decide(reason="there is no line"))
    assert (await household.look(INTERNET)).state is ActivationState.ROLLED_BACK


async def test_a_service_that_waits_can_be_ended(household: Household):
    await household.walk(INTERNET)
    waiting = await household.look(INTERNET)

    async with household.database.transaction(SYSTEM, "test") as tx:
        await service.move_service(tx, waiting.service_id, Purpose.TERMINATE, MoveService(reason="called it off"))

    assert (await household.look(INTERNET)).state is ActivationState.EXPIRED


async def test_activations_that_look_together_are_judged_one_by_one(household: Household):
    ids = [(await household.look(kind)).id for kind in ServiceKind]

    async with household.database.transaction(SYSTEM, "test") as tx:
        calls = await saga.begin(tx, ids)

    assert [call.activation_id for call in calls] == [(await household.look(ACCESS)).id]
