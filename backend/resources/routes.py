"""HTTP of resource pools and services."""

from typing import Annotated
from uuid import UUID

from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend.kernel.db import Transaction
from backend.kernel.repeats import Once
from backend.resources import service
from backend.resources.schemas import (
    AddBlock,
    AddDistributionPoint,
    AddPool,
    ConnectPremises,
    DistributionPointView,
    DropView,
    MoveResource,
    PoolForecast,
    PoolView,
    PortingView,
    PortNumber,
    ResourceView,
    ServiceTrace,
    ServiceView,
)

Days = Annotated[int, QueryParameter(ge=1, le=366)]


@get("/api/v1/resource-pools", tags=["resources"], summary="Pools and how full they are")
async def list_pools(tx: NamedDependency[Transaction]) -> list[PoolView]:
    return await service.pools(tx)


@post("/api/v1/resource-pools", status_code=201, tags=["resources"], summary="A new pool")
async def open_pool(tx: NamedDependency[Transaction], once: NamedDependency[Once], data: JSONBody[AddPool]) -> PoolView:
    return await once(PoolView, lambda: service.open_pool(tx, data))


@post("/api/v1/resource-pools/{pool_id:uuid}/blocks", status_code=201, tags=["resources"], summary="Fill a pool")
async def fill_pool(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], pool_id: FromPath[UUID], data: JSONBody[AddBlock]
) -> PoolView:
    return await once(PoolView, lambda: service.fill(tx, pool_id, data.block))


@get("/api/v1/resource-pools/{pool_id:uuid}/forecast", tags=["resources"], summary="How long a pool lasts")
async def forecast_pool(tx: NamedDependency[Transaction], pool_id: FromPath[UUID], days: Days = 30) -> PoolForecast:
    return await service.forecast(tx, pool_id, days=days)


@post("/api/v1/resources/{resource_id:uuid}/moves", status_code=201, tags=["resources"], summary="Take out of use")
async def move_resource(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    resource_id: FromPath[UUID],
    data: JSONBody[MoveResource],
) -> ResourceView:
    return await once(ResourceView, lambda: service.move_resource(tx, resource_id, data))


@post("/api/v1/number-portings", status_code=201, tags=["resources"], summary="A number changes its operator")
async def port_number(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], data: JSONBody[PortNumber]
) -> PortingView:
    return await once(PortingView, lambda: service.port(tx, data))


@get("/api/v1/premises/{premises_id:uuid}/trace", tags=["resources"], summary="From the premises to the network")
async def trace_premises(tx: NamedDependency[Transaction], premises_id: FromPath[UUID]) -> list[ServiceTrace]:
    return await service.trace(tx, premises_id)


@post("/api/v1/distribution-points", status_code=201, tags=["resources"], summary="A splitter or tap in the street")
async def add_distribution_point(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], data: JSONBody[AddDistributionPoint]
) -> DistributionPointView:
    return await once(DistributionPointView, lambda: service.add_distribution_point(tx, data))


@put("/api/v1/premises/{premises_id:uuid}/drop", tags=["resources"], summary="Where the cable of the premises ends")
async def connect_premises(
    tx: NamedDependency[Transaction], premises_id: FromPath[UUID], data: JSONBody[ConnectPremises]
) -> DropView:
    return await service.connect(tx, premises_id, data)


@get("/api/v1/premises/{premises_id:uuid}/drop", tags=["resources"], summary="What the premises are connected to")
async def see_drop(tx: NamedDependency[Transaction], premises_id: FromPath[UUID]) -> DropView | None:
    """How many legs are free; null when nobody knows what they are connected to."""
    return await service.drop_of(tx, premises_id)


@get("/api/v1/services/{service_id:uuid}", tags=["resources"], summary="One service and what it uses")
async def see_service(tx: NamedDependency[Transaction], service_id: FromPath[UUID]) -> ServiceView:
    return await service.service_view(tx, service_id)


@get("/api/v1/services", tags=["resources"], summary="The services of some premises")
async def list_services(tx: NamedDependency[Transaction], premises_id: FromQuery[UUID]) -> list[ServiceView]:
    return await service.services_at(tx, premises_id)


ROUTES = [
    list_pools,
    open_pool,
    fill_pool,
    forecast_pool,
    move_resource,
    port_number,
    trace_premises,
    add_distribution_point,
    connect_premises,
    see_drop,
    see_service,
    list_services,
]
