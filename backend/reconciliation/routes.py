"""HTTP of reconciliation: ask for a run, look at it, look at the breaks."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from backend.kernel.db import Transaction
from backend.kernel.paging import MAX_PAGE_SIZE, Page
from backend.kernel.repeats import Once
from backend.reconciliation import service
from backend.reconciliation.lifecycle import BreakState
from backend.reconciliation.schemas import BreakKind, BreakView, RunView

# Litestar keeps the name `state` for itself.
InState = Annotated[BreakState | None, QueryParameter(name="state")]
PageSize = Annotated[int, QueryParameter(ge=1, le=MAX_PAGE_SIZE)]


@post("/api/v1/reconciliation-runs", status_code=202, tags=["reconciliation"], summary="Compare network and billing")
async def request_run(tx: NamedDependency[Transaction], once: NamedDependency[Once]) -> RunView:
    return await once(RunView, lambda: service.request(tx))


@get("/api/v1/reconciliation-runs/{run_id:uuid}", tags=["reconciliation"], summary="One comparison")
async def see_run(tx: NamedDependency[Transaction], run_id: FromPath[UUID]) -> RunView:
    return await service.see_run(tx, run_id)


@get("/api/v1/breaks", tags=["reconciliation"], summary="Differences between network and billing")
async def list_breaks(
    tx: NamedDependency[Transaction],
    in_state: InState = None,
    kind: FromQuery[BreakKind | None] = None,
    page_size: PageSize = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[BreakView]:
    return await service.see_breaks(tx, state=in_state, kind=kind, page_size=page_size, cursor=cursor)


ROUTES = [request_run, see_run, list_breaks]
