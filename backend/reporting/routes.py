"""HTTP of reports."""

from litestar import get
from litestar.di import NamedDependency

from backend.kernel.db import Transaction
from backend.reporting import service
from backend.reporting.schemas import Balance


@get("/api/v1/reports/balance", tags=["reports"], summary="Services active against services billed")
async def see_balance(tx: NamedDependency[Transaction]) -> Balance:
    return await service.balance(tx)


ROUTES = [see_balance]
