"""An operator whose billing is the reference ledger, and the ways in which the two drift apart: a few homes, or a town."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import msgspec
from sqlalchemy import select

from backend.billing import delivery
from backend.billing import service as billing
from backend.billing.schemas import Acknowledgement, Outcome
from backend.catalogue.schemas import ServiceKind
from backend.identity.principal import Principal, Role
from backend.inventory import service as inventory
from backend.inventory.models import LocationKind
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.orders.schemas import OrderView
from backend.reconciliation import settling
from backend.reconciliation.causes import INSTALLING
from backend.reconciliation.lifecycle import BreakState
from backend.reconciliation.models import ServiceBreak
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
from tests.reconciliation.runs import breaks, reconcile

K = BreakKind
ADMINISTRATOR = Principal(actor=SYSTEM, role=Role.ADMINISTRATOR)
HOMES_AT_ONCE = 50  # in one transaction


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
    """Orders with one service each that runs and is billed. homes: each order by that service."""

    def __init__(self, database: Database, ledger: LedgerBilling, clock: FixedClock, *, seed: int = 1) -> None:
        self.database, self.billing, self.clock = database, ledger, clock
        self.random = Random(seed)
        self.homes: dict[UUID, OrderView] = {}
        self.van_id = self.technician_id = UUID(int=0)
        self._units = 0
        self.expected: set[tuple[BreakKind, UUID]] = set()

    async def open(self, homes: int) -> None:
        """Homes with all that there is to sell, of which the internet runs."""
        await self._prepare(homes)
        for _ in range(homes):
            async with self.database.transaction(SYSTEM, "test") as tx:
                await self._move_in(tx, await make_submitted_order(tx), ServiceKind.INTERNET)
        await self.speak()

    async def open_town(self, homes: int) -> None:
        """Many homes with a telephone, which runs."""
        await self._prepare(2 * homes)  # a drift may need a home of its own
        for first in range(0, homes, HOMES_AT_ONCE):
            async with self.database.transaction(SYSTEM, "test") as tx:
                for _ in range(first, min(first + HOMES_AT_ONCE, homes)):
                    await self._move_in(tx, await make_submitted_order(tx, ("PHONE", 1)), ServiceKind.VOICE)
        await self.speak()

    async def _prepare(self, homes: int) -> None:
        async with self.database.transaction(SYSTEM, "test") as tx:
            await make_shop(tx, quantity=2 * homes)
            await inventory.add_location(tx, kind=LocationKind.RETURNS, name="Returns")
            [territory] = await workforce.territories(tx)
            self.technician_id = (await make_technician(tx, territory.id)).id
            self.van_id = (await make_van(tx, self.technician_id)).id

    async def _move_in(self, tx: Transaction, order: OrderView, kind: ServiceKind) -> None:
        service_id = await make_running_service(tx, order, kind)
        await billing.start_billing(tx, service_id, VISIT)
        self.homes[service_id] = order

    async def speak(self) -> None:
        """Tell billing all there is, and hear its answers."""
        while await tell(self.database, self.billing):
            pass
        async with self.database.transaction(SYSTEM, "test") as tx:
            while self.billing.said:
                outcome = self.billing.said.pop()
                said = Acknowledgement(type="billing.acknowledgement", timestamp=tx.now, data=outcome)
                await delivery.acknowledge(tx, said, f"message-{outcome.trigger_id}")

    async def drift(self, kind: BreakKind, service_id: UUID, way: "Plant | None" = None) -> UUID:
        """Plant one difference of this kind at a home, in this or any of the ways in which it may begin; its subject."""
        plant = way or self.random.choice(WAYS[kind])
        async with self.database.transaction(SYSTEM, "test") as tx:
            subject_id = await plant(self, tx, service_id)
        if kind is K.DOUBLE_BILLED:
            await self.speak()
        self.expected.add((kind, subject_id))
        return subject_id

    async def drift_at_random(self, count: int) -> None:
        """Plant so many differences, each at a home of its own; all kinds come, in every way in which they may begin."""
        kinds = [*K, *self.random.choices(list(K), k=count - len(K))]
        for kind, service_id in zip(kinds, self.random.sample(sorted(self.homes), count), strict=True):
            await self.drift(kind, service_id)

    async def compared(self) -> list[ServiceBreak]:
        """What a run a day later leaves unclosed, after billing has heard all."""
        await self.speak()
        self.clock.advance(INSTALLING.total_seconds())
        await reconcile(self.database, self.billing)  # type: ignore[arg-type]
        return [one for one in await breaks(self.database) if one.state is not BreakState.CLOSED]

    async def approve(self, break_id: UUID, principal: Principal = ADMINISTRATOR) -> None:
        async with self.database.transaction(SYSTEM, "test") as tx:
            await settling.approve(tx, principal, break_id)

    async def hang(self, tx: Transaction, premises_id: UUID) -> UUID:
        self._units += 1
        [unit] = await make_units(tx, self.van_id, first=5000 + self._units)
        install = {"serial": unit.serial, "premises_id": premises_id, "technician_id": self.technician_id}
        await inventory.install(tx, **install, job_id=tx.new_id(), occurred_at=tx.now)  # type: ignore[arg-type]
        return unit.id

    def late(self) -> datetime:
        return VISIT + timedelta(minutes=self.random.randrange(1, 60))


Plant = Callable[[Operator, Transaction, UUID], Awaitable[UUID]]


async def _billing_lost_it(operator: Operator, _tx: Transaction, service_id: UUID) -> UUID:
    operator.billing.tamper("delete from entry where service_id = ?", service_id)
    return service_id


async def _never_told(operator: Operator, tx: Transaction, _service_id: UUID) -> UUID:
    order = await make_submitted_order(tx, ("PHONE", 1))
    return await make_running_service(tx, order, ServiceKind.VOICE, since=operator.late())


async def _ended_untold(operator: Operator, tx: Transaction, service_id: UUID) -> UUID:
    await resources.terminate(tx, service_id, operator.late())
    return service_id


async def _rests_untold(operator: Operator, tx: Transaction, service_id: UUID) -> UUID:
    await resources.suspend(tx, service_id, operator.late())
    return service_id


async def _wrong_start(operator: Operator, _tx: Transaction, service_id: UUID) -> UUID:
    aside = timedelta(seconds=operator.random.choice((-86_400, -2, 2, 1800)))
    began = (VISIT + aside).isoformat()
    operator.billing.tamper(f"update entry set effective_at = '{began}' where service_id = ?", service_id)  # noqa: S608
    return service_id


async def _wrong_plan(operator: Operator, _tx: Transaction, service_id: UUID) -> UUID:
    amount_minor = operator.random.choice((0, 1, 99_999))
    operator.billing.tamper(f"update entry set amount_minor = {amount_minor} where service_id = ?", service_id)  # noqa: S608
    return service_id


async def _double_billed(operator: Operator, tx: Transaction, service_id: UUID) -> UUID:
    """It rested for an hour, and billing bills on what the rest had ended."""
    rest = operator.late()
    on = rest + timedelta(hours=1)
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


WAYS: dict[BreakKind, Sequence[Plant]] = {
    K.ACTIVE_NOT_BILLED: (_billing_lost_it, _never_told),
    K.BILLED_NOT_ACTIVE: (_ended_untold, _rests_untold),
    K.WRONG_START: (_wrong_start,),
    K.WRONG_PLAN: (_wrong_plan,),
    K.DOUBLE_BILLED: (_double_billed,),
    K.INSTALLED_NO_SERVICE: (_installed_no_service,),
    K.ORPHAN_SERIAL: (_orphan_serial,),
    K.ORPHAN_RESOURCE: (_orphan_resource,),
}
