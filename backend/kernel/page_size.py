"""How many items a reader may ask for: the one parameter that the routes of all slices share."""

from typing import Annotated

from litestar.params import QueryParameter

from backend.kernel.paging import MAX_PAGE_SIZE

PageSize = Annotated[int, QueryParameter(ge=1, le=MAX_PAGE_SIZE)]
