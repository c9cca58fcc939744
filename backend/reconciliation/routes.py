"""HTTP of reconciliation: ask for a run, look at it, look at the breaks, settle them."""

from typing import Annotated
from uuid import UUID

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.kernel.page_size import PageSize
from backend.kernel.paging import Page
from backend.kernel.repeats import Once
from backend.reconciliation import service, settling
from backend.reconciliation.lifecycle import BreakState
from backend.reconciliation.schemas import BreakKind, BreakView, RunView, Waive

# Litestar keeps the name `state` for itself.
InState = Annotated[BreakState | None, QueryParameter(name="state")]


@post("/api/v1/reconciliation-runs", status_code=202, tags=["reconciliation"], summary="Compare network and billing")
async def request_run(tx: NamedDependency[Transaction], once: NamedDependency[Once]) -> RunView:
    return await once(RunView, lambda: service.request(tx))


@get("/api/v1/reconciliation-runs/{run_id:uuid}", tags=["reconciliation"], summary="One comparison")
async def see_run(tx: NamedDependency[Transaction], run_id: FromPath[UUID]) -> RunView:
    return await service.see_run(tx, run_id)


@get("/api/v1/breaks", tags=["reconciliation"], summary="Differences between network and billing")
async def list_breaks(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    in_state: InState = None,
    kind: FromQuery[BreakKind | None] = None,
    page_size: PageSize = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[BreakView]:
    return await service.see_breaks(tx, principal, state=in_state, kind=kind, page_size=page_size, cursor=cursor)


@get("/api/v1/breaks/{break_id:uuid}", tags=["reconciliation"], summary="One difference")
async def see_break(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], break_id: FromPath[UUID]
) -> BreakView:
    return await service.see_break(tx, principal, break_id)


@post("/api/v1/breaks/{break_id:uuid}/repair", status_code=200, tags=["reconciliation"], summary="Approve its repair")
async def approve_repair(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    break_id: FromPath[UUID],
) -> BreakView:
    return await once(BreakView, lambda: settling.approve(tx, principal, break_id))


@post(
    "/api/v1/breaks/{break_id:uuid}/repair-reversal",
    status_code=200,
    tags=["reconciliation"],
    summary="Undo an approved repair",
)
async def reverse_repair(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    break_id: FromPath[UUID],
) -> BreakView:
    return await once(BreakView, lambda: settling.reverse(tx, principal, break_id))


@post("/api/v1/breaks/{break_id:uuid}/waiver", status_code=200, tags=["reconciliation"], summary="Live with it")
async def waive_break(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    break_id: FromPath[UUID],
    data: JSONBody[Waive],
) -> BreakView:
    return await once(BreakView, lambda: settling.waive(tx, principal, break_id, data.reason))


@delete("/api/v1/breaks/{break_id:uuid}/waiver", status_code=200, tags=["reconciliation"], summary="Open it again")
async def reopen_break(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], break_id: FromPath[UUID]
) -> BreakView:
    return await settling.reopen(tx, principal, break_id)


ROUTES = [request_run, see_run, list_breaks, see_break, approve_repair, reverse_repair, waive_break, reopen_break]
