"""The receiver's HTTP side: five routes over the ledger, with the sender, and if wanted the fetcher, running beside them.

A callback is answered 202 once it is on the disk, and not before; what became of it is told later by an
acknowledgement, because a trigger may have to wait for an earlier one.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Litestar, MediaType, Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandler

from clients.billing import page, signatures
from clients.billing.desk import Desk
from clients.billing.fetcher import Fetcher
from clients.billing.intake import TooManyWaiting
from clients.billing.ledger import ExtractTooLarge, Ledger
from clients.billing.messages import MAX_BODY_BYTES, BadBody, Extract, read_trigger
from clients.billing.sender import Sender
from clients.billing.statements import as_csv

RETRY_SECONDS = 60
"""When to deliver again what found no room; the missing trigger is likely on its way."""

log = logging.getLogger(__name__)

AnyRequest = Request[Any, Any, Any]


class Receiver:
    """What the routes work with, and what runs beside them.

    trusted: gives the keys of who may send callbacks and ask for the extract. fetcher: None where only webhooks tell.
    """

    # A plain class: Litestar takes a dataclass apart to validate it at every request, keys and all.
    def __init__(
        self,
        *,
        ledger: Ledger,
        sender: Sender,
        trusted: Callable[[], Sequence[signatures.VerifyingKey]],
        clock: Callable[[], datetime],
        fetcher: Fetcher | None = None,
    ) -> None:
        self.ledger = ledger
        self.desk = Desk(ledger, clock)
        self.sender = sender
        self.trusted = trusted
        self.clock = clock
        self.fetcher = fetcher


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a callback."""

    received: str
    duplicate: bool


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of GET /health. `waiting` and `acknowledgements_queued` go back to 0 when all is well."""

    status: str
    entries: int
    waiting: int
    rejected: int
    acknowledgements_queued: int


class UnsupportedBody(Exception):
    """The body is of a kind that is not read."""


@post("/webhooks", status_code=HTTPStatus.ACCEPTED)
async def take_callback(request: AnyRequest, receiver: NamedDependency[Receiver]) -> Taken:
    """Store one signed callback."""
    if request.content_type[0] != MediaType.JSON or "content-encoding" in request.headers:
        raise UnsupportedBody("send application/json, not compressed")
    body = await request.body()
    proven = _prove(request, body, receiver)
    trigger = read_trigger(body, message_id=proven.message_id)
    receipt = await receiver.desk.receive(trigger)
    receiver.sender.wake()
    return Taken(received=str(trigger.trigger_id), duplicate=receipt.duplicate)


@get("/extract")
async def show_extract(request: AnyRequest, receiver: NamedDependency[Receiver]) -> Extract:
    """All that is billed, for whoever signs the request (headers over an empty body)."""
    return await _extract(request, receiver)


@get("/extract.csv", media_type=MediaType.TEXT)
async def show_extract_as_csv(request: AnyRequest, receiver: NamedDependency[Receiver]) -> Response[str]:
    """The same as a table, for whoever takes files."""
    extract = await _extract(request, receiver)
    text = await asyncio.to_thread(as_csv, extract)
    return Response(
        text,
        media_type="text/csv",
        headers={"last-modified": format_datetime(extract.as_of, usegmt=True)},
    )


@get("/health", sync_to_thread=True)
def show_health(receiver: NamedDependency[Receiver]) -> Health:
    """That the ledger can be read, and how much is not done yet."""
    return Health(status="ok", **msgspec.structs.asdict(receiver.ledger.counts()))


@get("/", media_type=MediaType.HTML, sync_to_thread=True)
def show_page(receiver: NamedDependency[Receiver]) -> Response[str]:
    """The ledger for a person. It asks for no log-in: keep it on the loopback address."""
    ledger = receiver.ledger
    text = page.ledger_page(entries=ledger.entries(), totals=ledger.totals(), counts=ledger.counts())
    return Response(text, media_type=MediaType.HTML, headers=page.HEADERS)


def create_app(receiver: Receiver) -> Litestar:
    """Put the routes together. Sender and fetcher run from the app's start to its end."""

    @asynccontextmanager
    async def working(_app: Litestar) -> AsyncIterator[None]:
        workers = [worker for worker in (receiver.sender, receiver.fetcher) if worker is not None]
        running = [asyncio.create_task(worker.run()) for worker in workers]
        try:
            yield
        finally:
            for one in running:
                one.cancel()
            await asyncio.wait(running)

    return Litestar(
        route_handlers=[take_callback, show_extract, show_extract_as_csv, show_health, show_page],
        dependencies={"receiver": Provide(lambda: receiver, sync_to_thread=False)},
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=[working],
        request_max_body_size=MAX_BODY_BYTES,
        openapi_config=None,
        # The process decides where its log goes, not the framework.
        logging_config=None,
    )


async def _extract(request: AnyRequest, receiver: Receiver) -> Extract:
    _prove(request, await request.body(), receiver)
    return await asyncio.to_thread(receiver.ledger.extract, as_of=receiver.clock())


def _prove(request: AnyRequest, body: bytes, receiver: Receiver) -> signatures.Verified:
    return signatures.verify(request.headers, body, keys=receiver.trusted(), now=receiver.clock())


def _problem(status: int, code: str, detail: str, *, headers: dict[str, str] | None = None) -> Response[dict[str, Any]]:
    """An error for a program to read (RFC 9457): `code` is stable, `detail` is for the log of whoever called."""
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code}
    return Response(
        {**content, "detail": detail}, status_code=status, media_type="application/problem+json", headers=headers
    )


def _on_bad_signature(_request: AnyRequest, error: signatures.SignatureError) -> Response[dict[str, Any]]:
    return _problem(401, error.code, str(error))


def _on_bad_body(_request: AnyRequest, error: BadBody) -> Response[dict[str, Any]]:
    return _problem(400, error.code, str(error))


def _on_unsupported_body(_request: AnyRequest, error: UnsupportedBody) -> Response[dict[str, Any]]:
    return _problem(415, "unsupported_media_type", str(error))


def _on_too_many_waiting(_request: AnyRequest, error: TooManyWaiting) -> Response[dict[str, Any]]:
    return _problem(429, "too_many_waiting", str(error), headers={"retry-after": str(RETRY_SECONDS)})


def _on_extract_too_large(_request: AnyRequest, error: ExtractTooLarge) -> Response[dict[str, Any]]:
    return _problem(507, "extract_too_large", str(error))


def _on_http_error(_request: AnyRequest, error: HTTPException) -> Response[dict[str, Any]]:
    status = HTTPStatus(error.status_code)
    return _problem(status, status.name.lower(), status.description, headers=error.headers)


def _on_any_other(request: AnyRequest, error: Exception) -> Response[dict[str, Any]]:
    # The edge of the request: whatever is left is our mistake. It is written down, and the caller learns no more.
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return _problem(500, "internal_error", "deliver it again later; the receiver's log says what went wrong")


EXCEPTION_HANDLERS: dict[int | type[Exception], ExceptionHandler] = {
    signatures.SignatureError: _on_bad_signature,
    BadBody: _on_bad_body,
    UnsupportedBody: _on_unsupported_body,
    TooManyWaiting: _on_too_many_waiting,
    ExtractTooLarge: _on_extract_too_large,
    HTTPException: _on_http_error,
    Exception: _on_any_other,
}
