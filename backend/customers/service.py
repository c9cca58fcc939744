"""Use cases of customers: accounts, their contact, their premises.

`see_…` answers a principal by its scope; the functions without a principal serve the slices above, which have decided
that already.
"""

from collections.abc import Collection
from uuid import UUID

import msgspec

from backend.customers import queries
from backend.customers.models import Account, Premises
from backend.customers.schemas import (
    AccountView,
    AddPremises,
    ChangeContact,
    ChangePremises,
    CreateAccount,
    FoundPremises,
    FoundPremisesList,
    PremisesView,
)
from backend.identity.principal import Principal
from backend.kernel import outbox
from backend.kernel.db import Transaction
from backend.kernel.errors import NotFound
from backend.kernel.paging import Page, decode_cursor, page_of

CONTACT_CHANGED = "account.contact_changed"
MOST_FOUND, MOST_WORDS = 20, 8  # a list that is read at a glance; words of an address and a name


class UnknownAccount(NotFound):
    """No such account, or not yours to see."""

    code = "unknown_account"


class UnknownPremises(NotFound):
    """No such premises, or not yours to see."""

    code = "unknown_premises"


async def create_account(tx: Transaction, new: CreateAccount) -> AccountView:
    row = Account(id=tx.new_id(), **msgspec.structs.asdict(new))
    tx.add(row)
    await tx.flush()
    return _account_view(row)


async def change_contact(tx: Transaction, account_id: UUID, change: ChangeContact) -> AccountView:
    """Change what was sent; event `account.contact_changed` when that makes a difference. Raises UnknownAccount."""
    row = await tx.get(Account, account_id, UnknownAccount, lock=True)
    if _take_over(row, change):
        outbox.record(tx, CONTACT_CHANGED, row.id)
    await tx.flush()
    return _account_view(row)


async def change_premises(tx: Transaction, premises_id: UUID, change: ChangePremises) -> PremisesView:
    """Change what was sent of what a visitor has to know. Raises UnknownPremises."""
    row = await tx.get(Premises, premises_id, UnknownPremises, lock=True)
    _take_over(row, change)
    await tx.flush()
    return _premises_view(row)


async def add_premises(tx: Transaction, account_id: UUID, new: AddPremises) -> PremisesView:
    """Add a place of this account. Raises UnknownAccount."""
    await tx.get(Account, account_id, UnknownAccount)
    row = Premises(id=tx.new_id(), account_id=account_id, **msgspec.structs.asdict(new))
    tx.add(row)
    await tx.flush()
    return _premises_view(row)


async def assign_territory(tx: Transaction, premises_id: UUID, territory_id: UUID) -> PremisesView:
    """Say which territory serves these premises. Raises UnknownPremises."""
    row = await tx.get(Premises, premises_id, UnknownPremises, lock=True)
    row.territory_id = territory_id
    await tx.flush()
    return _premises_view(row)


async def account(tx: Transaction, account_id: UUID, *, lock: bool = False) -> AccountView:
    """lock: nobody else changes it until this transaction ends. Raises UnknownAccount."""
    return _account_view(await tx.get(Account, account_id, UnknownAccount, lock=lock))


async def premises(tx: Transaction, premises_id: UUID, *, lock: bool = False) -> PremisesView:
    """lock: as in `account`. Raises UnknownPremises."""
    return _premises_view(await tx.get(Premises, premises_id, UnknownPremises, lock=lock))


async def accounts_by_id(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, AccountView]:
    """Those that exist."""
    return {row.id: _account_view(row) for row in await queries.accounts_by_id(tx, ids)}


async def premises_by_id(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, PremisesView]:
    """Those that exist."""
    return {row.id: _premises_view(row) for row in await queries.premises_by_id(tx, ids)}


async def see_account(tx: Transaction, principal: Principal, account_id: UUID) -> AccountView:
    """Raises UnknownAccount, also for one that the principal may not see."""
    row = await queries.visible_account(tx, principal, account_id)
    if row is None:
        raise UnknownAccount(id=str(account_id))
    return _account_view(row)


async def see_premises(tx: Transaction, principal: Principal, premises_id: UUID) -> PremisesView:
    """Raises UnknownPremises, also for one that the principal may not see."""
    row = await queries.visible_place(tx, principal, premises_id)
    if row is None:
        raise UnknownPremises(id=str(premises_id))
    return _premises_view(row)


async def find_premises(tx: Transaction, principal: Principal, q: str) -> FoundPremisesList:
    """The places that the principal may see whose address, with the customer's name, has every word of `q`."""
    found = await queries.find_premises(tx, principal, q.split()[:MOST_WORDS], limit=MOST_FOUND + 1)
    items = [_found(row, customer) for row, customer in found]
    return FoundPremisesList(items=items[:MOST_FOUND], has_more=len(items) > MOST_FOUND)


async def see_accounts(
    tx: Transaction, principal: Principal, *, page_size: int, cursor: str | None
) -> Page[AccountView]:
    """The accounts that the principal may see, oldest first. Raises BadCursor."""
    after = decode_cursor(cursor) if cursor else None
    rows = await queries.accounts_after(tx, principal, after=after, limit=page_size + 1)
    return page_of([_account_view(row) for row in rows], [row.id for row in rows], page_size)


def _take_over(row: Account | Premises, change: ChangeContact | ChangePremises) -> bool:
    """Write the fields that were sent; whether one is different now."""
    sent = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not msgspec.UNSET}
    is_different = any(getattr(row, name) != value for name, value in sent.items())
    for name, value in sent.items():
        setattr(row, name, value)
    return is_different


def _account_view(row: Account) -> AccountView:
    return msgspec.convert(row, AccountView, from_attributes=True)


def _premises_view(row: Premises) -> PremisesView:
    return msgspec.convert(row, PremisesView, from_attributes=True)


def _found(row: Premises, customer: str) -> FoundPremises:
    return FoundPremises(
        id=row.id,
        street=row.street,
        postcode=row.postcode,
        city=row.city,
        customer=customer,
        territory_id=row.territory_id,
    )
