"""A customer in Helsinki."""

from typing import Any
from uuid import UUID

import msgspec

from backend.customers import service
from backend.customers.schemas import AccountView, AddPremises, CreateAccount, PremisesView
from backend.kernel.db import Transaction

CUSTOMER = CreateAccount(name="Aino Laine", email="aino.laine@example.com", phone="+358401234567", language="fi")
HOME = AddPremises(
    street="Liisankatu 12 B 7",
    postcode="00170",
    city="Helsinki",
    latitude=60.1741,
    longitude=24.9560,
    access_notes="Door code 4711, second yard",
    hazards=["Dog"],
)


async def make_account(tx: Transaction, **changes: Any) -> AccountView:
    return await service.create_account(tx, msgspec.structs.replace(CUSTOMER, **changes))


async def make_premises(tx: Transaction, account_id: UUID | None = None, **changes: Any) -> PremisesView:
    """Premises of this account, or of a new one."""
    owner = account_id or (await make_account(tx)).id
    return await service.add_premises(tx, owner, msgspec.structs.replace(HOME, **changes))
