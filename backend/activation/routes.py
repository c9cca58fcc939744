"""HTTP of activation, for the network desk."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from backend.activation import service
from backend.activation.lifecycle import ActivationState
from backend.activation.schemas import ActivationDetail, ActivationView
from backend.kernel.db import Transaction
from backend.kernel.paging import MAX_PAGE_SIZE, Page
from backend.kernel.repeats import Once

PageSize = Annotated[int, QueryParameter(ge=1, le=MAX_PAGE_SIZE)]


# The framework keeps the argument name `state` for itself, hence `in_state`.
@get("/api/v1/activations", tags=["activation"], summary="Activations, by state")
async def list_activations(
    tx: NamedDependency[Transaction],
    in_state: Annotated[ActivationState | None, QueryParameter(name="state")] = None,
    page_size: PageSize = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[ActivationView]:
    return await service.activations(tx, state=in_state, page_size=page_size, cursor=cursor)


@get("/api/v1/activations/{activation_id:uuid}", tags=["activation"], summary="One activation and its steps")
async def see_activation(tx: NamedDependency[Transaction], activation_id: FromPath[UUID]) -> ActivationDetail:
    return await service.activation(tx, activation_id)


@post("/api/v1/activations/{activation_id:uuid}/retry", status_code=200, tags=["activation"], summary="Try again")
async def retry_activation(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], activation_id: FromPath[UUID]
) -> ActivationDetail:
    return await once(ActivationDetail, lambda: service.retry(tx, activation_id))


ROUTES = [list_activations, see_activation, retry_activation]
