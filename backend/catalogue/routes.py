"""HTTP of the catalogue: what is sold, and which models there are."""

from datetime import UTC, datetime
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from backend.catalogue import service
from backend.catalogue.schemas import CpeModel, OfferingView
from backend.kernel.db import Transaction
from backend.kernel.errors import Invalid
from backend.kernel.paging import MAX_PAGE_SIZE, Page

PageSize = Annotated[int, QueryParameter(ge=1, le=MAX_PAGE_SIZE)]


class BadInstant(Invalid):
    """An instant needs its offset, for example 2026-06-01T09:00:00+03:00 or …Z."""

    code = "bad_instant"


@get("/api/v1/offerings", tags=["catalogue"], summary="What is sold, with the prices of a date")
async def list_offerings(
    tx: NamedDependency[Transaction],
    at: FromQuery[datetime | None] = None,
    page_size: PageSize = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[OfferingView]:
    """at: an instant with its offset; now when left out."""
    return await service.offerings(tx, at=_instant(at or tx.now), page_size=page_size, cursor=cursor)


@get("/api/v1/cpe-models", tags=["catalogue"], summary="The models of customer premises equipment")
async def list_cpe_models(tx: NamedDependency[Transaction]) -> list[CpeModel]:
    return await service.cpe_models(tx)


def _instant(given: datetime) -> datetime:
    """The same instant in UTC. Query parameters pass Litestar without msgspec's checks, so they are made here."""
    try:
        if given.tzinfo is not None:
            return given.astimezone(UTC)
    except OverflowError:
        pass  # the first or the last day of the calendar, and UTC lies beyond it
    raise BadInstant(given=given.isoformat())


ROUTES = [list_offerings, list_cpe_models]
