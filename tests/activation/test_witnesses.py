"""Two witnesses of the equipment: the technician's scan and the network. The first says since when; both must agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from backend.activation import service, tasks
from backend.activation.errors import ContactWithoutPlace, WitnessesDisagree
from backend.activation.lifecycle import ActivationState, Witness
from backend.activation.schemas import ActivationView, ContactVerdict, Decide, ReportContact
from backend.adapters.activation_simulator import ActivationSimulator
from backend.catalogue.schemas import PoolKind, ServiceKind
from backend.inventory import service as inventory
from backend.jobs import service as jobs
from backend.jobs import workorders
from backend.jobs.errors import UnknownJob
from backend.jobs.models import Job
from backend.jobs.schemas import CompletedJob, Helper
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.ports import SessionStart
from backend.resources.lifecycle import ServiceState
from backend.resources.schemas import ServiceView
from backend.workforce import service as workforce
from sync.operations import Outcome
from tests.factories.activation import look, run
from tests.factories.catalogue import GATEWAY, ONT
from tests.factories.inventory import make_units, make_van
from tests.factories.jobs import cards, give
from tests.factories.orders import make_shop, make_submitted_order
from tests.factories.workforce import make_technician
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

PLUGGED_IN = MONDAY + timedelta(minutes=40)
COMPLETED = MONDAY + timedelta(minutes=55)


@dataclass
class Visit:
    """A dispatched job of a submitted order, and what the technician has in the van."""

    database: Database
    job_id: UUID
    order_id: UUID
    premises_id: UUID
    technician_id: UUID
    van_id: UUID
    services: dict[ServiceKind, ServiceView]
    ont: str
    gateway: str

    async def activation(self, kind: ServiceKind) -> ActivationView:
        async with self.database.snapshot(SYSTEM, "test") as tx:
            found = await service.activations(
                tx, state=None, service_id=self.services[kind].id, page_size=9, cursor=None
            )
        return found.items[-1]

    async def contact(self, serial: str | None, *, at: datetime = PLUGGED_IN, **changes: Any) -> ContactVerdict:
        """Equipment comes up at the order's port."""
        place = {"port": self.services[ServiceKind.ACCESS].resources[PoolKind.PORT], "message_id": f"{serial} {at}"}
        told = ReportContact(serial=serial, occurred_at=at, **(place | changes))
        async with self.database.transaction(SYSTEM, "test") as tx:
            return (await service.hear(tx, told)).verdict

    async def complete(self, *serials: str, swapped: dict[str, str] | None = None) -> list[UUID]:
        """The phone found signal: the technician put these in and left."""
        async with self.database.transaction(SYSTEM, "test") as tx:
            for serial in serials:
                await self._install(tx, serial)
            done = CompletedJob(
                job_id=self.job_id,
                order_id=self.order_id,
                account_id=self.services[ServiceKind.ACCESS].account_id,
                premises_id=self.premises_id,
                technician_id=self.technician_id,
                arrived_at=MONDAY,
                occurred_at=COMPLETED,
                outcome=Outcome.FULL,
                installed={},
                swapped=swapped or {},
                parts_consumed={},
                undone=[],
            )
            return [*await service.start_for_job(tx, done), *await service.follow_swaps(tx, done)]

    async def load(self, model: str) -> str:
        """Another unit of this model in the van; its serial."""
        async with self.database.transaction(SYSTEM, "test") as tx:
            [unit] = await make_units(tx, self.van_id, model=model, first=950)
            return unit.serial

    async def cards(self) -> list[tuple[str, dict[str, Any]]]:
        async with self.database.snapshot(SYSTEM, "test") as tx:
            return [(card.reason, card.params) for card in await cards(tx, self.job_id)]

    async def _install(self, tx: Transaction, serial: str) -> None:
        await inventory.install(
            tx,
            serial=serial,
            premises_id=self.premises_id,
            technician_id=self.technician_id,
            job_id=self.job_id,
            occurred_at=COMPLETED,
            order_id=self.order_id,
        )


@pytest.fixture
async def visit(database: Database, clock: FixedClock) -> Visit:
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx)
        await workorders.create_for_order(tx, order.id)
        [job] = await jobs.jobs_of_order(tx, order.id)
        [territory, *_] = await workforce.territories(tx)
        technician = await make_technician(tx, territory.id)
        van = await make_van(tx, technician.id)
        [ont] = await make_units(tx, van.id, model=ONT.code, first=900)
        [gateway] = await make_units(tx, van.id, model=GATEWAY.code, first=900)
        await service.arm_for_order(tx, order.id)
        await give(tx, job.id, technician)
        await service.arm_for_job(tx, job.id)
    clock.advance(7200)
    return Visit(
        database=database,
        job_id=job.id,
        order_id=order.id,
        premises_id=order.premises_id,
        technician_id=technician.id,
        van_id=van.id,
        services={one.kind: one for one in order.services},
        ont=ont.serial,
        gateway=gateway.serial,
    )


@pytest.fixture
def network(tmp_path: Path, clock: FixedClock) -> ActivationSimulator:
    return ActivationSimulator(tmp_path / "network.db", clock)


async def test_first_contact_starts_the_service_while_the_phone_is_offline(visit: Visit, network: ActivationSimulator):
    verdict = await visit.contact(visit.ont)
    access, internet = await visit.activation(ServiceKind.ACCESS), await visit.activation(ServiceKind.INTERNET)
    await run(visit.database, network, access.id)

    activation, line = await look(visit.database, access.id)
    assert verdict is ContactVerdict.STARTED
    assert (activation.witness, activation.job_id) == (Witness.NETWORK, visit.job_id)
    assert (line.state, line.active_since) == (ServiceState.ACTIVE, PLUGGED_IN)
    assert (internet.state, internet.effective_at) == (ActivationState.ARMED, None)


async def test_equipment_from_a_helpers_van_is_as_good_as_from_the_leads(visit: Visit):
    async with visit.database.transaction(SYSTEM, "test") as tx:
        job = await tx.get(Job, visit.job_id, UnknownJob)
        helper = await make_technician(tx, job.territory_id)
        job.crew_size, job.helpers = 2, [Helper(technician_id=helper.id)]
        van = await make_van(tx, helper.id)
        [unit] = await make_units(tx, van.id, model=ONT.code, first=970)

    assert await visit.contact(unit.serial) is ContactVerdict.STARTED


async def test_a_scan_that_agrees_with_first_contact_starts_only_the_others(visit: Visit, network: ActivationSimulator):
    await visit.contact(visit.ont)
    await run(visit.database, network, (await visit.activation(ServiceKind.ACCESS)).id)

    started = await visit.complete(visit.ont, visit.gateway)

    access = await visit.activation(ServiceKind.ACCESS)
    voice = await visit.activation(ServiceKind.VOICE)
    assert len(started) == 2
    assert (access.effective_at, voice.effective_at) == (PLUGGED_IN, COMPLETED)
    assert await visit.cards() == []


async def test_a_scan_that_names_other_equipment_than_the_network_asks_a_person(
    visit: Visit, network: ActivationSimulator
):
    await visit.contact(visit.gateway)
    await run(visit.database, network, (await visit.activation(ServiceKind.ACCESS)).id)
    other = await visit.load(GATEWAY.code)

    await visit.complete(visit.ont, other)

    scanned = sorted([visit.ont, other])
    assert await visit.cards() == [("witnesses_disagree", {"scanned": scanned, "seen": visit.gateway})]


@pytest.mark.parametrize("serial", ["LWON00000009", "LWON0BADBAD0"], ids=["in a depot", "never received"])
async def test_equipment_that_cannot_be_meant_starts_nothing_and_only_its_line_waits(
    visit: Visit, network: ActivationSimulator, serial: str
):
    verdict = await visit.contact(serial)
    started = await visit.complete(visit.ont, visit.gateway)

    access = await visit.activation(ServiceKind.ACCESS)
    assert verdict is ContactVerdict.DIFFERS
    assert (access.state, access.reason) == (ActivationState.FALLOUT, "witnesses_disagree")
    assert len(started) == 2, "the internet and the telephone have their witness, and wait for the line"
    async with visit.database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(WitnessesDisagree):
            await service.retry(tx, access.id)
        await service.override(tx, access.id, Decide(reason="the label on the unit says so"))
    await run(visit.database, network, access.id)
    assert (await look(visit.database, access.id))[1].state is ServiceState.ACTIVE


async def test_a_corrected_contact_lets_the_line_go_on_with_the_scan(visit: Visit):
    await visit.contact("LWON00000009")
    await visit.contact(visit.ont, at=PLUGGED_IN + timedelta(seconds=9))

    await visit.complete(visit.ont, visit.gateway)

    access = await visit.activation(ServiceKind.ACCESS)
    assert (access.state, access.equipment) == (ActivationState.RUNNING, sorted([visit.ont, visit.gateway]))


async def test_a_contact_is_taken_once_and_tells_what_became_of_it(visit: Visit):
    early = await visit.contact(visit.ont, at=MONDAY - timedelta(hours=1))
    first, again = await visit.contact(visit.ont), await visit.contact(visit.ont)
    later = await visit.contact(visit.ont, at=COMPLETED)
    nowhere = await visit.contact(visit.ont, at=COMPLETED, port="olt-9/9/9", message_id="elsewhere")

    assert (early, first, again) == (ContactVerdict.UNAWAITED, ContactVerdict.STARTED, ContactVerdict.STARTED)
    assert (later, nowhere) == (ContactVerdict.AGREES, ContactVerdict.UNKNOWN)
    with pytest.raises(ContactWithoutPlace):
        await visit.contact(visit.ont, port=None, message_id="of nothing")


async def test_a_session_in_the_networks_log_is_first_contact(visit: Visit):
    internet = visit.services[ServiceKind.INTERNET]

    class Log:
        async def first_sessions(self, service_ids: Sequence[UUID], *, since: datetime) -> list[SessionStart]:
            session = SessionStart(
                message_id="one", service_id=internet.id, serial=visit.gateway, port=None, occurred_at=PLUGGED_IN
            )
            return [session] if internet.id in service_ids and since == MONDAY else []

    heard = [await tasks.listen(visit.database, Log()), await tasks.listen(visit.database, Log())]

    assert heard == [1, 0]
    assert (await visit.activation(ServiceKind.INTERNET)).effective_at == PLUGGED_IN


async def test_what_nobody_witnessed_expires_and_a_job_that_ends_without_it_disarms_it(
    visit: Visit, network: ActivationSimulator, clock: FixedClock
):
    access = await visit.activation(ServiceKind.ACCESS)
    await run(visit.database, network, access.id)
    waiting = await visit.activation(ServiceKind.ACCESS)
    clock.advance(timedelta(days=31).total_seconds())
    await run(visit.database, network, access.id)
    expired = await visit.activation(ServiceKind.ACCESS)
    async with visit.database.transaction(SYSTEM, "test") as tx:
        await service.disarm(tx, visit.job_id)

    assert (waiting.state, waiting.due_at) == (ActivationState.ARMED, waiting.expires_at)
    assert expired.state is ActivationState.EXPIRED
    assert (await visit.activation(ServiceKind.VOICE)).state is ActivationState.EXPIRED
    assert await visit.contact(visit.ont, at=clock.now()) is ContactVerdict.UNAWAITED


async def test_a_swapped_unit_takes_its_services_along(visit: Visit, network: ActivationSimulator):
    for activation_id in await visit.complete(visit.ont, visit.gateway):
        await run(visit.database, network, activation_id)
    new = await visit.load(ONT.code)

    moved = await visit.complete(new, swapped={visit.ont: new})
    for activation_id in moved:
        await run(visit.database, network, activation_id)

    ports = [one.profiles["port_profile"] for one in network.services() if "port_profile" in one.profiles]
    assert [port["equipment"] for port in ports] == [",".join(sorted([new, visit.gateway]))]
    assert (await look(visit.database, moved[0]))[1].state is ServiceState.ACTIVE
