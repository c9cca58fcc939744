"""What should come back: the returns of premises are brought to where the units and the services there are now.

Everything may be heard in any order and more than once.
"""

from collections.abc import Collection
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.catalogue import service as catalogue
from backend.customers import service as customers
from backend.inventory import service as inventory
from backend.inventory.schemas import Stay
from backend.kernel import outbox
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.orders import service as orders
from backend.resources import service as resources
from backend.returns import queries
from backend.returns.ending import end
from backend.returns.lifecycle import EXPECTED_RETURN, OUTSTANDING, ReturnCommand, ReturnState
from backend.returns.models import ExpectedReturn
from backend.returns.planning import is_ours, is_used
from backend.returns.policy import Pack
from backend.workforce import service as workforce


async def follow_premises(tx: Transaction, premises_id: UUID, pack: Pack, *, order_id: UUID | None = None) -> None:
    """Something ended or began at these premises: what is ours there and serves nobody any more is expected back.

    order_id: of what ended, for units of which no hand-over is known. Event `return.expected` for each unit.
    """
    known = {(row.serial_unit_id, row.installed_at): row for row in await queries.lock_at(tx, premises_id)}
    services = await resources.services_at(tx, premises_id)
    came = await orders.provenances(tx, premises_id)
    for stay in await inventory.stays_at(tx, premises_id):
        row, how = known.get((stay.unit_id, stay.since)), came.get(stay.serial)
        if is_used(how, services):
            await _withdraw(tx, row)
        elif row is not None and row.state is ReturnState.WITHDRAWN:
            await _expect(tx, row, pack)
        elif row is None and is_ours(await catalogue.owner_of(tx, stay.model, stay.since), how):
            await _expect_new(tx, stay, premises_id, how.order_id if how else order_id, pack)


async def follow_service(tx: Transaction, service_id: UUID, pack: Pack) -> None:
    """A service ended. Raises UnknownService."""
    ended = await resources.service_view(tx, service_id)
    order_id = await orders.order_of_item(tx, ended.order_item_id)
    await follow_premises(tx, ended.premises_id, pack, order_id=order_id)


async def follow_order(tx: Transaction, order_id: UUID, pack: Pack) -> None:
    """An order was given up or changed. Raises UnknownOrder."""
    order = await orders.order_summary(tx, order_id)
    await follow_premises(tx, order.premises_id, pack, order_id=order.id)


async def follow_activations(tx: Transaction, service_ids: Collection[UUID], pack: Pack) -> None:
    """Services began: what was to come back from there may serve them."""
    began_at = {service.premises_id for service in await resources.services_by_id(tx, service_ids)}
    for premises_id in await queries.where_outstanding(tx, began_at):
        await follow_premises(tx, premises_id, pack)


async def reinstated(tx: Transaction, unit_id: UUID, pack: Pack) -> None:
    """A unit is at the customer's after all. Raises UnknownSerial."""
    premises_id = await inventory.premises_of_unit(tx, unit_id)
    if premises_id is not None:
        await follow_premises(tx, premises_id, pack)


async def _expect_new(tx: Transaction, stay: Stay, premises_id: UUID, order_id: UUID | None, pack: Pack) -> None:
    place = await customers.premises(tx, premises_id)
    territory_id = place.territory_id or (await workforce.territory_of(tx, place.latitude, place.longitude)).id
    row = ExpectedReturn(
        id=tx.new_id(),
        state=EXPECTED_RETURN.initial,
        serial_unit_id=stay.unit_id,
        serial=stay.serial,
        model=stay.model,
        installed_at=stay.since,
        premises_id=place.id,
        account_id=place.account_id,
        territory_id=territory_id,
        order_id=order_id,
    )
    if await _set_terms(tx, row, pack):
        tx.add(row)
        outbox.record(tx, "return.expected", row.id)
        await tx.flush()


async def _expect(tx: Transaction, row: ExpectedReturn, pack: Pack) -> None:
    """It was used once more, and is not any longer: it is due by a new day."""
    if await _set_terms(tx, row, pack):
        move(tx, row, ReturnCommand.EXPECT)
        row.ended_at = row.charged_at = row.reminded_at = row.work_order_id = None


async def _set_terms(tx: Transaction, row: ExpectedReturn, pack: Pack) -> bool:
    """By when, and for how much, by the policy of this day; whether that asks for anything back at all."""
    zone = ZoneInfo((await workforce.territory(tx, row.territory_id)).zone)
    policy = pack.on(tx.now.astimezone(zone).date())
    return_by = policy.return_by(tx.now, zone)
    if return_by is None:
        return False
    row.expected_at, row.return_by, row.remind_at = tx.now, return_by, policy.remind_at(tx.now, zone)
    row.charge_minor, row.currency = policy.charge_for(row.model), policy.currency
    row.policy, row.policy_from = pack.code, policy.valid_from.isoformat()
    row.finish_work(again_at=row.remind_at or return_by)
    return True


async def _withdraw(tx: Transaction, row: ExpectedReturn | None) -> None:
    if row is not None and row.state in OUTSTANDING:
        await end(tx, row, ReturnCommand.WITHDRAW, because="it is used again")
