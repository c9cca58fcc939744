"""HTTP of promises: the windows of an order, and how many were kept."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from backend.kernel.clock import in_utc
from backend.kernel.db import Transaction
from backend.kernel.page_size import PageSize
from backend.kernel.paging import Page
from backend.promises import service
from backend.promises.lifecycle import PromiseState
from backend.promises.schemas import PromiseReport, PromiseView

# Litestar keeps the name `state` for itself.
InState = Annotated[PromiseState | None, QueryParameter(name="state")]


@get("/api/v1/promises", tags=["promises"], summary="Windows that customers were given, and what became of them")
async def list_promises(
    tx: NamedDependency[Transaction],
    order_id: FromQuery[UUID | None] = None,
    in_state: InState = None,
    page_size: PageSize = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[PromiseView]:
    return await service.see_promises(tx, order_id=order_id, state=in_state, page_size=page_size, cursor=cursor)


@get("/api/v1/reports/promises", tags=["reports"], summary="Windows kept and broken, by whose fault")
async def see_promise_report(
    tx: NamedDependency[Transaction], since: FromQuery[datetime], until: FromQuery[datetime]
) -> PromiseReport:
    return await service.report(tx, since=in_utc(since), until=in_utc(until))


ROUTES = [list_promises, see_promise_report]
