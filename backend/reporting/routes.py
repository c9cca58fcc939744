"""HTTP of reports."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.kernel.page_size import PageSize
from backend.kernel.paging import Page
from backend.reporting import service
from backend.reporting.schemas import Balance, PhoneView

MAX_SILENT_HOURS = 24 * 366
SilentHours = Annotated[int, QueryParameter(ge=0, le=MAX_SILENT_HOURS)]


@get("/api/v1/reports/balance", tags=["reports"], summary="Services active against services billed")
async def see_balance(tx: NamedDependency[Transaction]) -> Balance:
    return await service.balance(tx)


@get("/api/v1/reports/phones", tags=["reports"], summary="Phones in use, and when they were last heard of")
async def list_phones(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    silent_hours: SilentHours = 0,
    page_size: PageSize = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[PhoneView]:
    """silent_hours: only those that were silent for so long at least; 0: all."""
    return await service.phones(tx, principal, silent_hours=silent_hours, page_size=page_size, cursor=cursor)


ROUTES = [see_balance, list_phones]
