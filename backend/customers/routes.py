"""HTTP of customers: accounts and their premises."""

from typing import Annotated
from uuid import UUID

from litestar import get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend.customers import service
from backend.customers.schemas import (
    AccountView,
    AddPremises,
    ChangeContact,
    ChangePremises,
    CreateAccount,
    FoundPremisesList,
    PremisesView,
)
from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.kernel.page_size import PageSize
from backend.kernel.paging import Page
from backend.kernel.repeats import Once


@post("/api/v1/accounts", status_code=201, tags=["customers"], summary="Open an account")
async def create_account(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], data: JSONBody[CreateAccount]
) -> AccountView:
    return await once(AccountView, lambda: service.create_account(tx, data))


@get("/api/v1/accounts", tags=["customers"], summary="The accounts that you may see")
async def list_accounts(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    page_size: PageSize = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[AccountView]:
    return await service.see_accounts(tx, principal, page_size=page_size, cursor=cursor)


@get("/api/v1/accounts/{account_id:uuid}", tags=["customers"], summary="One account")
async def see_account(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], account_id: FromPath[UUID]
) -> AccountView:
    return await service.see_account(tx, principal, account_id)


@patch("/api/v1/accounts/{account_id:uuid}", tags=["customers"], summary="Change how to reach an account")
async def change_contact(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    account_id: FromPath[UUID],
    data: JSONBody[ChangeContact],
) -> AccountView:
    await service.see_account(tx, principal, account_id)
    return await service.change_contact(tx, account_id, data)


@post("/api/v1/accounts/{account_id:uuid}/premises", status_code=201, tags=["customers"], summary="Add premises")
async def add_premises(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    account_id: FromPath[UUID],
    data: JSONBody[AddPremises],
) -> PremisesView:
    await service.see_account(tx, principal, account_id)
    return await once(PremisesView, lambda: service.add_premises(tx, account_id, data))


@get("/api/v1/premises", tags=["customers"], summary="Find places of service by address or customer")
async def find_premises(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    q: Annotated[str, QueryParameter(min_length=2, max_length=100)],
) -> FoundPremisesList:
    """q: words that are all to be found in the address or the customer's name. The first twenty are listed, by street."""
    return await service.find_premises(tx, principal, q)


@get("/api/v1/premises/{premises_id:uuid}", tags=["customers"], summary="One place of service")
async def see_premises(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], premises_id: FromPath[UUID]
) -> PremisesView:
    return await service.see_premises(tx, principal, premises_id)


@patch("/api/v1/premises/{premises_id:uuid}", tags=["customers"], summary="Change what a visitor has to know")
async def change_premises(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    premises_id: FromPath[UUID],
    data: JSONBody[ChangePremises],
) -> PremisesView:
    await service.see_premises(tx, principal, premises_id)
    return await service.change_premises(tx, premises_id, data)


ROUTES = [
    create_account,
    list_accounts,
    see_account,
    change_contact,
    add_premises,
    find_premises,
    see_premises,
    change_premises,
]
