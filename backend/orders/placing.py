"""Placing an order: everything that it needs is reserved together, or nothing is."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

import msgspec

from backend.catalogue import service as catalogue
from backend.catalogue.schemas import PoolKind, ResolvedOffering
from backend.customers import service as customers
from backend.customers.schemas import PremisesView
from backend.identity.principal import Principal
from backend.inventory import service as inventory
from backend.inventory.schemas import OutOfStock
from backend.kernel import outbox
from backend.kernel.db import Transaction
from backend.orders import queries
from backend.orders.errors import CannotBeHad, NobodyComes, PremisesOfAnotherAccount
from backend.orders.lifecycle import ITEM, ORDER, FulfilmentMethod
from backend.orders.models import OrderItem, ProductOrder
from backend.orders.schemas import Missing, OrderedOffering, PlaceOrder
from backend.resources import service as resources
from backend.resources.schemas import PoolExhausted
from backend.workforce import service as workforce

RESERVED_FOR = timedelta(minutes=30)  # long enough to talk to the customer, short enough not to starve others


async def place(tx: Transaction, principal: Principal, wanted: PlaceOrder) -> ProductOrder:
    """Write the order and reserve its goods and resources for RESERVED_FOR. Event `order.placed`.

    Premises without a territory get the nearest one.
    Raises UnknownAccount, UnknownPremises, PremisesOfAnotherAccount, UnknownOffering, OfferingNotPublished,
    PriceMissing, NobodyComes, and CannotBeHad with everything that is missing; then nothing is changed.
    """
    premises = await _premises(tx, principal, wanted)
    sold, ways = await _opened(tx, wanted.items)
    async with tx.savepoint():
        order = await _new_order(tx, premises)
        items = [_new_item(tx, order.id, offering, way) for offering, way in zip(sold, ways, strict=True)]
        if missing := await _reserve_all(tx, order, items, sold):
            raise CannotBeHad(missing=msgspec.to_builtins(missing))
        await _write(tx, order, items)
        outbox.record(tx, "order.placed", order.id)
    return order


async def _premises(tx: Transaction, principal: Principal, wanted: PlaceOrder) -> PremisesView:
    account = await customers.see_account(tx, principal, wanted.account_id)
    premises = await customers.see_premises(tx, principal, wanted.premises_id)
    if premises.account_id != account.id:
        raise PremisesOfAnotherAccount(account_id=str(account.id), premises_id=str(premises.id))
    return premises


async def add_items(
    tx: Transaction, order: ProductOrder, wanted: Sequence[OrderedOffering], *, somebody_comes: bool
) -> list[OrderItem]:
    """New items of an order that is under way, with everything reserved until it is used.

    somebody_comes: whether a technician does who can bring goods. Raises what `place` says of items.
    """
    sold, ways = await _opened(tx, wanted, somebody_comes=somebody_comes)
    items = [_new_item(tx, order.id, offering, way) for offering, way in zip(sold, ways, strict=True)]
    if missing := await _reserve_all(tx, order, items, sold):
        raise CannotBeHad(missing=msgspec.to_builtins(missing))
    tx.add(*items)
    await tx.flush()
    return items


async def reserve_pools(tx: Transaction, order: ProductOrder, item: OrderItem, sold: ResolvedOffering) -> list[Missing]:
    """Reserve the numbers, addresses and ports of an item, as long as its order's reservations hold."""
    missing: list[Missing] = []
    for kind in PoolKind:
        missing += await _reserve_resources(tx, order, item, kind, _pool_quantity(sold, kind))
    return missing


async def _opened(
    tx: Transaction, wanted: Sequence[OrderedOffering], *, somebody_comes: bool = False
) -> tuple[list[ResolvedOffering], list[FulfilmentMethod]]:
    """The simple offerings in all of what is wanted, and how the goods of each reach the customer."""
    sold: list[ResolvedOffering] = []
    ways: list[FulfilmentMethod | None] = []
    for one in wanted:
        parts = await catalogue.resolve(tx, [(one.offering_code, one.quantity)], tx.now)
        sold += parts
        ways += [one.fulfilment] * len(parts)
    somebody_comes = somebody_comes or any(part.offering.specification.work for part in sold)
    return sold, [_way(part, way, somebody_comes=somebody_comes) for part, way in zip(sold, ways, strict=True)]


def _way(sold: ResolvedOffering, wanted: FulfilmentMethod | None, *, somebody_comes: bool) -> FulfilmentMethod:
    if wanted is FulfilmentMethod.TECHNICIAN and not somebody_comes:
        raise NobodyComes(offering_code=sold.offering.code)
    return wanted or (FulfilmentMethod.TECHNICIAN if somebody_comes else FulfilmentMethod.SHIPMENT)


async def _new_order(tx: Transaction, premises: PremisesView) -> ProductOrder:
    expires_at = tx.now + RESERVED_FOR
    return ProductOrder(
        id=tx.new_id(),
        account_id=premises.account_id,
        premises_id=premises.id,
        territory_id=await _territory_id(tx, premises),
        state=ORDER.initial,
        placed_at=tx.now,
        expires_at=expires_at,
        due_at=expires_at,
    )


async def _write(tx: Transaction, order: ProductOrder, items: Sequence[OrderItem]) -> None:
    """The number comes last: whoever has taken one holds up every other order until the commit."""
    order.number = await queries.next_number(tx)
    tx.add(order)
    await tx.flush()
    tx.add(*items)
    await tx.flush()


async def _territory_id(tx: Transaction, premises: PremisesView) -> UUID:
    if premises.territory_id is not None:
        return premises.territory_id
    nearest = await workforce.territory_of(tx, premises.latitude, premises.longitude)
    await customers.assign_territory(tx, premises.id, nearest.id)
    return nearest.id


def _new_item(tx: Transaction, order_id: UUID, sold: ResolvedOffering, fulfilment: FulfilmentMethod) -> OrderItem:
    return OrderItem(
        id=tx.new_id(),
        order_id=order_id,
        offering_code=sold.offering.code,
        bundle_code=sold.bundle_code,
        quantity=sold.quantity,
        work=sold.offering.specification.work,
        goods={need.model: need.quantity * sold.quantity for need in sold.offering.specification.goods},
        fulfilment=fulfilment,
        point_of_no_return=sold.offering.specification.point_of_no_return,
        ordered_at=tx.now,
        state=ITEM.initial,
    )


async def _reserve_all(
    tx: Transaction, order: ProductOrder, items: Sequence[OrderItem], sold: Sequence[ResolvedOffering]
) -> list[Missing]:
    """Try to reserve everything, also after a failure: the seller hears at once of all that cannot be had."""
    serialised = {model.code for model in await catalogue.cpe_models(tx) if model.is_serialised}
    short = await _short(tx, items, serialised)
    missing: list[Missing] = []
    for item, offering in zip(items, sold, strict=True):
        for model in sorted(_kept(item, serialised)):
            if model in short:
                missing.append(_missing_goods(item, model, short[model]))
            else:
                missing += await _reserve_goods(tx, order, item, model)
        missing += await reserve_pools(tx, order, item, offering)
    return missing


async def _short(tx: Transaction, items: Sequence[OrderItem], serialised: Collection[str]) -> dict[str, int]:
    """Models of which fewer are free than all items want, with how many are: seen before any unit is locked.

    Units under lock are passed over by other orders, which would be refused for the sake of one that comes to nothing.
    """
    wanted: Counter[str] = Counter()
    for item in items:
        wanted.update(_kept(item, serialised))
    free = await inventory.free_quantities(tx, wanted.keys())
    return {model: count for model, count in free.items() if count < wanted[model]}


def _kept(item: OrderItem, serialised: Collection[str]) -> dict[str, int]:
    """What a depot keeps for the item: all but the counted parts that a technician brings, who has them in the van."""
    is_brought = item.fulfilment is FulfilmentMethod.TECHNICIAN
    return {model: n for model, n in item.goods.items() if model in serialised or not is_brought}


def _pool_quantity(sold: ResolvedOffering, kind: PoolKind) -> int:
    return sold.quantity * sum(need.resources.count(kind) for need in sold.offering.specification.services)


async def _reserve_goods(tx: Transaction, order: ProductOrder, item: OrderItem, model: str) -> list[Missing]:
    try:
        await inventory.reserve(
            tx,
            model=model,
            quantity=item.goods[model],
            order_id=order.id,
            order_item_id=item.id,
            expires_at=order.expires_at,
        )
    except OutOfStock as trouble:
        return [_missing_goods(item, model, trouble.params["available"])]
    return []


def _missing_goods(item: OrderItem, model: str, available: int) -> Missing:
    return Missing(
        offering_code=item.offering_code, kind="goods", what=model, wanted=item.goods[model], available=available
    )


async def _reserve_resources(
    tx: Transaction, order: ProductOrder, item: OrderItem, kind: PoolKind, quantity: int
) -> list[Missing]:
    if quantity == 0:
        return []
    try:
        await resources.reserve(
            tx,
            pool_kind=kind,
            quantity=quantity,
            order_item_id=item.id,
            territory_id=order.territory_id,
            expires_at=order.expires_at,
            premises_id=order.premises_id,
        )
    except PoolExhausted as trouble:
        short = Missing(
            offering_code=item.offering_code,
            kind="resource",
            what=kind,
            wanted=quantity,
            available=trouble.params["available"],
            at=trouble.params.get("distribution_point"),
        )
        return [short]
    return []
