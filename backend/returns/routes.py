"""HTTP of returns: what should come back, a job that fetches it, giving it up."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.kernel.page_size import PageSize
from backend.kernel.paging import Page
from backend.kernel.repeats import Once
from backend.returns import service
from backend.returns.lifecycle import ReturnState
from backend.returns.schemas import AskForRecovery, ExpectedReturnView, RecoveryView, Waive

# Litestar keeps the name `state` for itself.
InState = Annotated[ReturnState | None, QueryParameter(name="state")]


@get("/api/v1/expected-returns", tags=["returns"], summary="Equipment of ours that should come back, the oldest first")
async def list_returns(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    in_state: InState = None,
    premises_id: FromQuery[UUID | None] = None,
    page_size: PageSize = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[ExpectedReturnView]:
    return await service.see_returns(
        tx, principal, state=in_state, premises_id=premises_id, page_size=page_size, cursor=cursor
    )


@get("/api/v1/expected-returns/{return_id:uuid}", tags=["returns"], summary="One unit that should come back")
async def see_return(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], return_id: FromPath[UUID]
) -> ExpectedReturnView:
    return await service.see_return(tx, principal, return_id)


@post(
    "/api/v1/expected-returns/{return_id:uuid}/recovery",
    status_code=201,
    tags=["returns"],
    summary="Fetch it by a job, with all else that is outstanding there",
)
async def ask_for_recovery(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    return_id: FromPath[UUID],
    data: JSONBody[AskForRecovery],
) -> RecoveryView:
    return await once(RecoveryView, lambda: service.ask_for_recovery(tx, principal, return_id, data))


@post(
    "/api/v1/expected-returns/{return_id:uuid}/waiver",
    status_code=201,
    tags=["returns"],
    summary="Ask for it no more; what was charged is taken back",
)
async def waive(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    return_id: FromPath[UUID],
    data: JSONBody[Waive],
) -> ExpectedReturnView:
    return await once(ExpectedReturnView, lambda: service.waive(tx, principal, return_id, data.reason))


ROUTES = [list_returns, see_return, ask_for_recovery, waive]
