"""What the deployment says of itself, to pages and to whoever watches it."""

import msgspec
from litestar import get
from litestar.di import NamedDependency

from backend.kernel.db import Transaction
from backend.kernel.feed import epoch
from backend.settings import Settings


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """is_demo: the passwords are known to everybody, and every page says so."""

    name: str
    is_demo: bool


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The database answers; its epoch tells which history it holds."""

    status: str
    epoch: str


@get("/api/v1/deployment", tags=["deployment"], summary="What this deployment is")
async def deployment(settings: NamedDependency[Settings]) -> Deployment:
    return Deployment(name=settings.operator_name, is_demo=settings.demo)


@get("/health", tags=["deployment"], summary="Whether the database answers")
async def health(tx: NamedDependency[Transaction]) -> Health:
    return Health(status="ok", epoch=await epoch(tx))


ROUTES = [deployment, health]
