"""A small application for one caller: some routes over the test's database, with the product's own plumbing."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from backend.app import STATUSES
from backend.http.problems import handlers
from backend.http.requests import StrictRequest
from backend.http.transactions import provide_database, provide_once, provide_principal, provide_transaction
from backend.identity.principal import Principal
from backend.kernel.db import Database


@asynccontextmanager
async def client_of(
    database: Database, routes: Sequence[Any], principal: Principal, **dependencies: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client of these routes, called by `principal`. dependencies: what else they are given, by name."""

    class Caller(AbstractAuthenticationMiddleware):
        async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
            return AuthenticationResult(user=principal, auth=None)

    app = Litestar(
        route_handlers=routes,
        middleware=[Caller],
        request_class=StrictRequest,
        dependencies={
            "database": Provide(provide_database),
            "tx": Provide(provide_transaction),
            "principal": Provide(provide_principal),
            "once": Provide(provide_once),
        }
        | {name: _given(value) for name, value in dependencies.items()},
        exception_handlers=handlers(STATUSES),
        request_max_body_size=11 << 20,
    )
    app.state.database = database
    async with httpx.AsyncClient(transport=httpx.ASGITransport(cast(Any, app)), base_url="http://test") as opened:
        yield opened


def _given(value: Any) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)
