"""An HTTP client of some slices' routes, for one caller: the real guard, decoding, transactions and problems."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from backend.adapters.map_none import NoMap
from backend.app import STATUSES
from backend.dispatch.live import LiveDays
from backend.http.callers import may_call
from backend.http.headers import add_headers
from backend.http.problems import handlers
from backend.http.requests import StrictRequest
from backend.http.transactions import provide_once, provide_principal, provide_request_key, provide_transaction
from backend.identity.principal import Principal
from backend.kernel.db import Database
from tests.factories.dispatch import AirLines


@asynccontextmanager
async def calling(
    database: Database, routes: Sequence[Any], principal: Principal, **given: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """The routes over this database, called by this principal. given: what else they are given, by name."""

    class Caller(AbstractAuthenticationMiddleware):
        async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
            return AuthenticationResult(user=principal, auth=None)

    app = Litestar(
        route_handlers=routes,
        middleware=[Caller],
        guards=[may_call],
        before_send=[add_headers],
        request_class=StrictRequest,
        dependencies={
            "database": Provide(lambda: database, sync_to_thread=False),
            "tx": Provide(provide_transaction),
            "principal": Provide(provide_principal),
            "once": Provide(provide_once),
            "request_key": Provide(provide_request_key),
            "live": _given(LiveDays(AirLines())),
            "road_map": _given(NoMap()),
            **{name: _given(value) for name, value in given.items()},
        },
        exception_handlers=handlers(STATUSES),
        request_max_body_size=11 << 20,  # a file's largest, and a little
    )
    app.state.database = database
    async with httpx.AsyncClient(transport=httpx.ASGITransport(cast(Any, app)), base_url="http://test") as opened:
        yield opened


def _given(value: Any) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)
