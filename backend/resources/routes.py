"""HTTP of resource pools and services."""

from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from backend.kernel.db import Transaction
from backend.resources import service
from backend.resources.schemas import PoolView, ServiceView


@get("/api/v1/resource-pools", tags=["resources"], summary="Pools and how full they are")
async def list_pools(tx: NamedDependency[Transaction]) -> list[PoolView]:
    return await service.pools(tx)


@get("/api/v1/services/{service_id:uuid}", tags=["resources"], summary="One service and what it uses")
async def see_service(tx: NamedDependency[Transaction], service_id: FromPath[UUID]) -> ServiceView:
    return await service.service_view(tx, service_id)


@get("/api/v1/services", tags=["resources"], summary="The services of some premises")
async def list_services(tx: NamedDependency[Transaction], premises_id: FromQuery[UUID]) -> list[ServiceView]:
    return await service.services_at(tx, premises_id)


ROUTES = [list_pools, see_service, list_services]
