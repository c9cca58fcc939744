"""What an account itself is given or owes, beside all charge lines: credits, and charges for what it never ordered."""

from datetime import datetime
from uuid import UUID

from backend.billing import queries, triggers
from backend.billing.correcting import correct
from backend.billing.triggers import BusinessFact, Terms
from backend.catalogue.schemas import Period
from backend.kernel.db import Transaction
from backend.kernel.money import Money
from backend.orders import service as orders
from clients.billing.messages import Kind


async def credit(
    tx: Transaction,
    *,
    fact_id: UUID,
    account_id: UUID,
    order_id: UUID | None,
    amount_minor: int,
    currency: str,
    reason: str,
    occurred_at: datetime,
) -> None:
    """Give an account money back, once for each fact_id. amount_minor: > 0; reason: told to billing, as description."""
    fact = await _of_account(
        tx,
        Kind.CREDIT,
        fact_id=fact_id,
        account_id=account_id,
        order_id=order_id,
        money=Money(amount_minor=amount_minor, currency=currency),
        reason=reason,
        occurred_at=occurred_at,
    )
    await triggers.state(tx, fact)


async def take_back_credit(tx: Transaction, *, fact_id: UUID, because: str) -> None:
    """A credit was given in error: nothing is given back for this fact after all. Once."""
    await _take_back(tx, Kind.CREDIT, fact_id, because)


async def charge(
    tx: Transaction,
    *,
    fact_id: UUID,
    account_id: UUID,
    order_id: UUID | None,
    price: Money,
    reason: str,
    occurred_at: datetime,
) -> None:
    """Charge an account for something that it never ordered, once for each fact_id; one that was taken back stands again.

    price: > 0; reason: told to billing, as description. Nothing is earned by it: nobody performed anything.
    """
    fact = await _of_account(
        tx,
        Kind.CHARGE,
        fact_id=fact_id,
        account_id=account_id,
        order_id=order_id,
        money=price,
        reason=reason,
        occurred_at=occurred_at,
    )
    await triggers.state(tx, fact)


async def take_back_charge(tx: Transaction, *, fact_id: UUID, because: str) -> None:
    """Nothing is charged for this fact after all, until it is charged again."""
    await _take_back(tx, Kind.CHARGE, fact_id, because)


async def _of_account(
    tx: Transaction,
    kind: Kind,
    *,
    fact_id: UUID,
    account_id: UUID,
    order_id: UUID | None,
    money: Money,
    reason: str,
    occurred_at: datetime,
) -> BusinessFact:
    """What an account itself gets or owes, beside all lines."""
    assert money.amount_minor > 0, f"a {kind} is more than {money.amount_minor}"
    order = None if order_id is None else await orders.order_summary(tx, order_id)
    return BusinessFact(
        key=f"{kind}:{fact_id}",
        kind=kind,
        terms=Terms(
            charge_line_id=None,
            charge_code=str(kind),
            description=reason,
            quantity=1,
            amount_minor=money.amount_minor,
            currency=money.currency,
            period=Period.ONCE,
        ),
        effective_at=occurred_at,
        account_id=account_id,
        order_id=order_id,
        order_number=order and order.number,
    )


async def _take_back(tx: Transaction, kind: Kind, fact_id: UUID, because: str) -> None:
    told = await queries.latest_of_fact(tx, f"{kind}:{fact_id}")
    assert told is not None, f"no {kind} was told for {fact_id}"
    if told.quantity > 0:
        await correct(tx, told.id, correction_id=tx.new_id(), because=because, quantity=0)
