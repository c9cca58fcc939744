"""HTTP of the catalogue: what is sold, and which models there are."""

from datetime import datetime

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from backend.catalogue import service
from backend.catalogue.schemas import CpeModel, OfferingView
from backend.kernel.clock import in_utc
from backend.kernel.db import Transaction
from backend.kernel.page_size import PageSize
from backend.kernel.paging import Page


@get("/api/v1/offerings", tags=["catalogue"], summary="What is sold, with the prices of a date")
async def list_offerings(
    tx: NamedDependency[Transaction],
    at: FromQuery[datetime | None] = None,
    page_size: PageSize = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[OfferingView]:
    """at: an instant with its offset; now when left out."""
    return await service.offerings(tx, at=in_utc(at or tx.now), page_size=page_size, cursor=cursor)


@get("/api/v1/cpe-models", tags=["catalogue"], summary="The models of customer premises equipment")
async def list_cpe_models(tx: NamedDependency[Transaction]) -> list[CpeModel]:
    return await service.cpe_models(tx)


ROUTES = [list_offerings, list_cpe_models]
