"""A small operator whose billing is the reference ledger, and the ways in which the two drift apart."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
from sqlalchemy import select

from backend.billing import delivery
from backend.billing import service as billing
from backend.billing.schemas import Acknowledgement, Outcome
from backend.catalogue.schemas import ServiceKind
from backend.inventory import service as inventory
from backend.inventory.models import LocationKind
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.orders.schemas import OrderView
from backend.reconciliation.schemas import BreakKind
from backend.resources import service as resources
from backend.resources.models import ResourceAssignment
from backend.workforce import service as workforce
from clients.billing.ledger import Ledger
from clients.billing.messages import Callback, Extract, ExtractItem
from clients.billing.storage import Storage
from tests.factories.billing import VISIT, make_running_service, tell
from tests.factories.customers import make_premises
from tests.factories.inventory import make_units, make_van
from tests.factories.orders import make_shop, make_submitted_order
from tests.factories.workforce import make_technician
from tests.fakes import FixedClock

K = BreakKind


class LedgerBilling:
    """The port `Billing` over the reference ledger; its answers wait in `said`. items: what it claims to bill instead.

    endless: services of which it forgot the ends of periods.
    """

    def __init__(self, path: Path, clock: FixedClock) -> None:
        self.storage = Storage(path)
        self._clock = clock
        self._answers = 0
        self.said: list[Outcome] = []
        self.items: list[ExtractItem] | None = None
        self.endless: set[UUID] = set()
        self.ledger = Ledger(self.storage, new_id=lambda: UUID(int=self._next()))

    async def deliver(self, callback: Callback) -> None:
        receipt = self.ledger.receive(callback.data, now=self._clock.now())
        self.said += [
            Outcome(trigger_id=one.trigger_id, status=one.status, reason=one.reason) for one in receipt.outcomes
        ]  # type: ignore[arg-type]

    async def extract(self) -> Extract:
        extract = self.ledger.extract(as_of=self._clock.now())
        items = [self._without_end(one) for one in extract.items] if self.items is None else self.items
        return msgspec.structs.replace(extract, items=items)

    def tamper(self, sql: str, service_id: UUID) -> None:
        """Something goes wrong at billing. sql: with one `?` for the service."""
        with self.storage.transaction() as tx:
            tx.execute(sql, (str(service_id),))

    def _without_end(self, item: ExtractItem) -> ExtractItem:
        return msgspec.structs.replace(item, billed_until=None) if item.service_id in self.endless else item

    def _next(self) -> int:
        self._answers += 1
        return self._answers


class Operator:
    """Orders whose internet runs and is billed. homes: each order by its internet service."""

    def __init__(self, database: Database, ledger: LedgerBilling, clock: FixedClock) -> None:
        self.database, self.billing, self.clock = database, ledger, clock
        self.homes: dict[UUID, OrderView] = {}
        self.van_id = self.technician_id = UUID(int=0)
        self._units = 0
        self.expected: set[tuple[BreakKind, UUID]] = set()

    async def open(self, homes: int) -> None:
        async with self.database.transaction(SYSTEM, "test") as tx:
            await make_shop(tx, quantity=2 * homes)
            await inventory.add_location(tx, kind=LocationKind.RETURNS, name="Returns")
            [territory] = await workforce.territories(tx)
            self.technician_id = (await make_technician(tx, territory.id)).id
            self.van_id = (await make_van(tx, self.technician_id)).id
        for _ in range(homes):
            async with self.database.transaction(SYSTEM, "test") as tx:
                order = await make_submitted_order(tx)
                service_id = await make_running_service(tx, order)
                await billing.start_billing(tx, service_id, VISIT)
                self.homes[service_id] = order
        await self.speak()

    async def speak(self) -> None:
        """Tell billing all there is, and hear its answers."""
        while await tell(self.database, self.billing):
            pass
        async with self.database.transaction(SYSTEM, "test") as tx:
            while self.billing.said:
                outcome = self.billing.said.pop()
                said = Acknowledgement(type="billing.acknowledgement", timestamp=tx.now, data=outcome)
                await delivery.acknowledge(tx, said, f"message-{outcome.trigger_id}")

    async def drift(self, kind: BreakKind, service_id: UUID) -> None:
        """Plant one difference of this kind at a home."""
        async with self.database.transaction(SYSTEM, "test") as tx:
            subject_id = await _PLANT[kind](self, tx, service_id)
        if kind is K.DOUBLE_BILLED:
            await self.speak()
        self.expected.add((kind, subject_id))

    async def hang(self, tx: Transaction, premises_id: UUID) -> UUID:
        self._units += 1
        [unit] = await make_units(tx, self.van_id, first=5000 + self._units)
        install = {"serial": unit.serial, "premises_id": premises_id, "technician_id": self.technician_id}
        await inventory.install(tx, **install, job_id=tx.new_id(), occurred_at=tx.now)  # type: ignore[arg-type]
        return unit.id

    def late(self) -> datetime:
        return VISIT + timedelta(hours=1)


Plant = Callable[[Operator, Transaction, UUID], Awaitable[UUID]]


async def _active_not_billed(operator: Operator, _tx: Transaction, service_id: UUID) -> UUID:
    operator.billing.tamper("delete from entry where service_id = ?", service_id)
    return service_id


async def _billed_not_active(operator: Operator, tx: Transaction, service_id: UUID) -> UUID:
    await resources.terminate(tx, service_id, operator.late())
    return service_id


async def _wrong_start(operator: Operator, _tx: Transaction, service_id: UUID) -> UUID:
    late = operator.late().isoformat()
    operator.billing.tamper(f"update entry set effective_at = '{late}' where service_id = ?", service_id)  # noqa: S608
    return service_id


async def _wrong_plan(operator: Operator, _tx: Transaction, service_id: UUID) -> UUID:
    operator.billing.tamper("update entry set amount_minor = 1 where service_id = ?", service_id)
    return service_id


async def _double_billed(operator: Operator, tx: Transaction, service_id: UUID) -> UUID:
    """It rested for an hour, and billing bills on what the rest had ended."""
    rest, on = operator.late(), operator.late() + timedelta(hours=1)
    await resources.suspend(tx, service_id, rest)
    await billing.suspend_billing(tx, service_id, rest)
    await resources.resume(tx, service_id, on)
    await billing.resume_billing(tx, service_id, on)
    operator.billing.endless.add(service_id)
    return service_id


async def _installed_no_service(operator: Operator, tx: Transaction, _service_id: UUID) -> UUID:
    return await operator.hang(tx, (await make_submitted_order(tx, ("PHONE", 1))).premises_id)


async def _orphan_serial(operator: Operator, tx: Transaction, _service_id: UUID) -> UUID:
    return await operator.hang(tx, (await make_premises(tx)).id)


async def _orphan_resource(operator: Operator, tx: Transaction, service_id: UUID) -> UUID:
    """A number stays with a line that has ended."""
    order = operator.homes[service_id]
    [voice] = [one.id for one in order.services if one.kind is ServiceKind.VOICE]
    held = (await tx.session.scalars(select(ResourceAssignment).where(ResourceAssignment.service_id == voice))).one()
    other = await make_submitted_order(tx, ("PHONE", 1))
    ended = await make_running_service(tx, other, ServiceKind.VOICE)
    await resources.terminate(tx, ended, tx.now)
    held.service_id = ended
    return held.resource_id


_PLANT: dict[BreakKind, Plant] = {
    K.ACTIVE_NOT_BILLED: _active_not_billed,
    K.BILLED_NOT_ACTIVE: _billed_not_active,
    K.WRONG_START: _wrong_start,
    K.WRONG_PLAN: _wrong_plan,
    K.DOUBLE_BILLED: _double_billed,
    K.INSTALLED_NO_SERVICE: _installed_no_service,
    K.ORPHAN_SERIAL: _orphan_serial,
    K.ORPHAN_RESOURCE: _orphan_resource,
}
