"""HTTP of the catalogue: what is sold, and which models there are."""

from typing import Annotated

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from backend.catalogue import service
from backend.catalogue.schemas import CpeModel, Instant, OfferingView
from backend.kernel.db import Transaction
from backend.kernel.paging import MAX_PAGE_SIZE, Page

PageSize = Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE_SIZE)]


@get("/api/v1/offerings", tags=["catalogue"], summary="What is sold, with the prices of a date")
async def list_offerings(
    tx: NamedDependency[Transaction],
    at: FromQuery[Instant | None] = None,
    page_size: FromQuery[PageSize] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[OfferingView]:
    """at: an instant with its offset; now when left out."""
    return await service.offerings(tx, at=at or tx.now, page_size=page_size, cursor=cursor)


@get("/api/v1/cpe-models", tags=["catalogue"], summary="The models of customer premises equipment")
async def list_cpe_models(tx: NamedDependency[Transaction]) -> list[CpeModel]:
    return await service.cpe_models(tx)


ROUTES = [list_offerings, list_cpe_models]
