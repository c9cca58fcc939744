"""The web process, put together: routes, dependencies, the problem table, the built clients. No rule lives here."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from litestar import Litestar, Router
from litestar.config.compression import CompressionConfig
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.types import ControllerRouterHandler

from backend.activation.routes import ROUTES as ACTIVATION
from backend.billing.routes import ROUTES as BILLING
from backend.booking.routes import ROUTES as BOOKING
from backend.catalogue.routes import ROUTES as CATALOGUE
from backend.customers.routes import ROUTES as CUSTOMERS
from backend.dispatch.live import LiveDays
from backend.dispatch.routes import ROUTES as DISPATCH
from backend.dispatch.warming import warm_slots
from backend.evidence.routes import ROUTES as EVIDENCE
from backend.files.routes import ROUTES as FILES
from backend.files.schemas import FileReaders, UploadGone, UploadLocked, UploadStalled
from backend.files.tus import ChecksumMismatch, MalformedHeader, NotAChunk, WrongTusVersion
from backend.http.callers import Callers, may_call
from backend.http.clients import client_routers, home
from backend.http.deployment import ROUTES as DEPLOYMENT
from backend.http.headers import add_headers
from backend.http.orphans import end_with_parent
from backend.http.pacing import Pacing
from backend.http.problems import handlers
from backend.http.reference import ReferencePage
from backend.http.requests import StrictRequest, WrongContentType
from backend.http.transactions import (
    provide_database,
    provide_exchange,
    provide_once,
    provide_principal,
    provide_request_key,
    provide_transaction,
)
from backend.identity.attempts import TooManyAttempts
from backend.identity.routes import ROUTES as IDENTITY
from backend.identity.second_factors import SecondFactors
from backend.inventory.routes import ROUTES as INVENTORY
from backend.jobs.queries import may_read_file
from backend.jobs.routes import ROUTES as JOBS
from backend.kernel.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Unavailable
from backend.masterdata.routes import ROUTES as MASTER_DATA
from backend.notifications.keys import PushKeys
from backend.notifications.routes import ROUTES as NOTIFICATIONS
from backend.offline.contacts import Contacts
from backend.offline.pressure import Pressure
from backend.offline.routes import ROUTES as OFFLINE
from backend.offline.waiting import News
from backend.orders.routes import ROUTES as ORDERS
from backend.parts import Parts, open_parts, push_keys, second_factors
from backend.ports import Blobs, FileTooLarge, RoadMap, TravelTimes
from backend.promises.routes import ROUTES as PROMISES
from backend.reconciliation.routes import ROUTES as RECONCILIATION
from backend.reporting.routes import ROUTES as REPORTING
from backend.resources.routes import ROUTES as RESOURCES
from backend.returns.routes import ROUTES as RETURNS
from backend.settings import Settings, read_settings
from backend.tracking.routes import ROUTES as TRACKING
from backend.workforce.routes import ROUTES as WORKFORCE

STATUSES: dict[type[DomainError], int] = {
    NotFound: 404,
    Conflict: 409,
    Forbidden: 403,
    Invalid: 422,
    Unavailable: 503,
    # An error may have a status of its own: the nearest class wins.
    WrongContentType: 415,
    TooManyAttempts: 429,
    # Those of tus 1.0, with 423 as its reference server has it.
    MalformedHeader: 400,
    UploadStalled: 408,
    UploadGone: 410,
    WrongTusVersion: 412,
    FileTooLarge: 413,
    NotAChunk: 415,
    UploadLocked: 423,
    ChecksumMismatch: 460,
}
FILE_READERS = FileReaders((may_read_file,))
MAX_BODY_BYTES = 11 << 20  # a photo; JSON is held to less when it is decoded

ROUTES: list[ControllerRouterHandler] = [
    home,
    *DEPLOYMENT,
    *IDENTITY,
    *CATALOGUE,
    *CUSTOMERS,
    *WORKFORCE,
    *INVENTORY,
    *RESOURCES,
    *MASTER_DATA,
    *FILES,
    *ORDERS,
    *JOBS,
    *DISPATCH,
    *BOOKING,
    *OFFLINE,
    *NOTIFICATIONS,
    *ACTIVATION,
    *BILLING,
    *RECONCILIATION,
    *PROMISES,
    *RETURNS,
    *EVIDENCE,
    *TRACKING,
    *REPORTING,
]


def create_app(opening: Callable[[], AbstractAsyncContextManager[Parts]]) -> Litestar:
    """The application over the parts that `opening` opens at each start, and closes at the end."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncGenerator[None]:
        async with opening() as opened:
            pace = opened.settings.sync_requests_per_second
            app.state.parts = opened
            app.state.database = opened.database
            app.state.news = News(opened.database)
            app.state.contacts = Contacts(opened.database)
            app.state.push_keys = push_keys(opened.settings, opened.database)
            app.state.second_factors = second_factors(opened.settings)
            app.state.live = LiveDays(opened.roads)
            app.state.pressure = Pressure(opened.clock, requests_per_second=pace)
            warming = asyncio.create_task(warm_slots())
            try:
                yield
            finally:
                warming.cancel()
                await app.state.news.close()
                await app.state.contacts.close()

    return Litestar(
        route_handlers=[*ROUTES, *client_routers()],
        lifespan=[lifespan],
        middleware=[Callers, Pacing],
        guards=[may_call],
        before_send=[add_headers],
        dependencies={
            "settings": Provide(provide_settings),
            "database": Provide(provide_database),
            "exchange": Provide(provide_exchange),
            "tx": Provide(provide_transaction),
            "principal": Provide(provide_principal),
            "once": Provide(provide_once),
            "request_key": Provide(provide_request_key),
            "roads": Provide(provide_roads),
            "road_map": Provide(provide_road_map),
            "live": Provide(provide_live),
            "blobs": Provide(provide_blobs),
            "push_keys": Provide(provide_push_keys),
            "second_factors": Provide(provide_second_factors),
            "file_readers": Provide(lambda: FILE_READERS, sync_to_thread=False),
        },
        exception_handlers=handlers(STATUSES),
        request_class=StrictRequest,
        request_max_body_size=MAX_BODY_BYTES,
        compression_config=CompressionConfig(backend="gzip", minimum_size=1024, exclude_opt_key="uncompressed"),
        openapi_config=openapi(),
        logging_config=None,
    )


async def provide_settings(request: StrictRequest) -> Settings:
    return request.app.state.parts.settings


async def provide_road_map(request: StrictRequest) -> RoadMap:
    return request.app.state.parts.road_map


async def provide_roads(request: StrictRequest) -> TravelTimes:
    return request.app.state.parts.roads


async def provide_live(request: StrictRequest) -> LiveDays:
    return request.app.state.live


async def provide_blobs(request: StrictRequest) -> Blobs:
    return request.app.state.parts.blobs


async def provide_push_keys(request: StrictRequest) -> PushKeys | None:
    return request.app.state.push_keys


async def provide_second_factors(request: StrictRequest) -> SecondFactors | None:
    return request.app.state.second_factors


def openapi() -> OpenAPIConfig:
    """The API's own description, with a page that needs nothing from outside."""
    router = Router(path="/schema", route_handlers=[], opt={"public": True})
    return OpenAPIConfig(title="truckroll", version="v1", render_plugins=[ReferencePage()], openapi_router=router)


def serve() -> Litestar:
    """What the server's processes import: the application of this environment."""
    end_with_parent()
    settings = read_settings()
    return create_app(lambda: open_parts(settings))
