"""HTTP of workforce: who works where and when."""

from datetime import date

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.kernel.page_size import PageSize
from backend.kernel.paging import Page
from backend.workforce import service
from backend.workforce.schemas import ShiftView, TechnicianView, TerritoryView


@get("/api/v1/technicians", tags=["workforce"], summary="The technicians that you may see, with their skills")
async def list_technicians(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    page_size: PageSize = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[TechnicianView]:
    return await service.see_technicians(tx, principal, page_size=page_size, cursor=cursor)


@get("/api/v1/territories", tags=["workforce"], summary="All territories")
async def list_territories(tx: NamedDependency[Transaction]) -> list[TerritoryView]:
    return await service.territories(tx)


@get("/api/v1/shifts", tags=["workforce"], summary="The shifts of a local day")
async def list_shifts(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], day: FromQuery[date]
) -> list[ShiftView]:
    return await service.see_shifts(tx, principal, day)


ROUTES = [list_technicians, list_territories, list_shifts]
