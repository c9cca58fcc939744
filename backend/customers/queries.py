"""Reads of customers: what a principal may see, many by id, pages."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Select, false, or_, select

from backend.customers.models import Account, Premises
from backend.identity.principal import SEES_ALL, Principal, Role
from backend.kernel.db import Transaction


def visible_premises(principal: Principal) -> Select[Premises]:
    """The premises that this principal may see: a dispatcher's are those of the own territories."""
    query = select(Premises)
    if principal.role in SEES_ALL:
        return query
    if principal.role is Role.DISPATCHER:
        return query.where(Premises.territory_id.in_(principal.territory_ids))
    return query.where(false())


def visible_accounts(principal: Principal) -> Select[Account]:
    """The accounts that this principal may see: all, or those with visible premises."""
    query = select(Account)
    if principal.role in SEES_ALL:
        return query
    return query.where(Account.id.in_(visible_premises(principal).with_only_columns(Premises.account_id)))


async def visible_account(tx: Transaction, principal: Principal, account_id: UUID) -> Account | None:
    return (await tx.session.scalars(visible_accounts(principal).where(Account.id == account_id))).first()


async def visible_place(tx: Transaction, principal: Principal, premises_id: UUID) -> Premises | None:
    return (await tx.session.scalars(visible_premises(principal).where(Premises.id == premises_id))).first()


async def find_premises(
    tx: Transaction, principal: Principal, words: Sequence[str], *, limit: int
) -> list[tuple[Premises, str]]:
    """Visible premises with their customer's name, by street, where each word is in the address or in that name.

    Case counts for no letter on PostgreSQL, and for those of ASCII on SQLite. Every visible place is read: it is for a person who looks.
    """
    query = visible_premises(principal).join(Account, Account.id == Premises.account_id).add_columns(Account.name)
    for word in words:
        columns = (Premises.street, Premises.postcode, Premises.city, Account.name)
        query = query.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    rows = await tx.session.execute(query.order_by(Premises.street, Premises.id).limit(limit))
    return [(premises, name) for premises, name in rows]


async def accounts_after(tx: Transaction, principal: Principal, *, after: UUID | None, limit: int) -> list[Account]:
    """Visible accounts in order of id, from behind `after`."""
    query = visible_accounts(principal)
    if after is not None:
        query = query.where(Account.id > after)
    return list(await tx.session.scalars(query.order_by(Account.id).limit(limit)))


async def accounts_by_id(tx: Transaction, ids: Collection[UUID]) -> list[Account]:
    return list(await tx.session.scalars(select(Account).where(Account.id.in_(ids)).order_by(Account.id)))


async def premises_by_id(tx: Transaction, ids: Collection[UUID]) -> list[Premises]:
    return list(await tx.session.scalars(select(Premises).where(Premises.id.in_(ids)).order_by(Premises.id)))
