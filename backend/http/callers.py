"""Who calls: the credential of a request becomes a principal, once, before anything else runs.

A browser has a session cookie and proves its own page by X-CSRF-Token; a phone and a customer's link are bearer
tokens; other systems sign each request in the Standard Webhooks shape and name their key.
"""

import hmac
from typing import Any, NamedTuple

from litestar.connection import ASGIConnection, Request
from litestar.exceptions import NotAuthorizedException
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from backend.identity import attempts, queries
from backend.identity.access import ACCESS
from backend.identity.devices import DeviceRevoked
from backend.identity.principal import NOBODY, Barring, Principal
from backend.identity.secrets import SESSION_COOKIE, csrf_token
from backend.kernel.audit import ANONYMOUS
from backend.kernel.db import Database, Transaction
from backend.kernel.errors import Forbidden, NotFound
from clients.billing.signatures import SignatureError, read_verifying_key, verify

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
KEY_HEADER = "truckroll-key-id"

Connection = ASGIConnection[Any, Any, Any, Any]


class Caller(NamedTuple):
    """What a request shows. auth: the CSRF token that its changes must carry; None where no cookie speaks for it."""

    user: Principal
    auth: str | None = None


NO_CALLER = Caller(user=NOBODY)


class NotAllowed(Forbidden):
    """Your role may not do this."""

    code = "not_allowed"


class UnknownLink(NotFound):
    """No visit has this link (any more): guessed, altered and ended ones are not told apart."""

    code = "unknown_link"


class WrongCsrfToken(Forbidden):
    """The X-CSRF-Token header is missing or not this session's. Reload the page."""

    code = "wrong_csrf_token"


class Callers:
    """Finds the principal of each request; a credential that does not hold is 401, none at all is nobody.

    A browser sends its cookie unasked, also when the session is long over: such a caller is nobody and may log in.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handler = scope["route_handler"]
        if not handler.opt.get("public"):
            found = await _caller(ASGIConnection(scope, receive, send))
            if found is None:
                raise UnknownLink() if handler.opt.get("linked") else NotAuthorizedException()
            _turn_away(found.user, handler)
            scope["user"], scope["auth"] = found
        await self.app(scope, receive, send)


async def may_call(connection: Connection, handler: BaseRouteHandler) -> None:
    """The guard of every route: its row in the access table, then CSRF for what a cookie may change."""
    if handler.opt.get("public"):  # static files and the API's own description
        return
    roles = ACCESS.get(
        (str(connection.scope.get("method")).replace("HEAD", "GET"), next(iter(handler.paths))), frozenset()
    )
    principal: Principal = connection.user
    if principal.barring is not None:
        return  # `Callers` let it come to a route that quarantines, whatever its role is by now
    if principal.role not in roles:
        raise NotAllowed(role=principal.role) if principal is not NOBODY else NotAuthorizedException()
    if not handler.opt.get("without_csrf"):
        _check_csrf(connection)


def _turn_away(caller: Principal, handler: BaseRouteHandler) -> None:
    """A barred caller gets through to routes that put its work into quarantine; it is told why at all others."""
    if caller.barring is None or handler.opt.get("quarantines"):
        return
    if caller.barring is Barring.DEVICE_REVOKED:
        raise DeviceRevoked(device_id=str(caller.device_id))
    raise NotAuthorizedException()


def _check_csrf(connection: Connection) -> None:
    expected: str | None = connection.auth
    if expected is None or connection.scope.get("method") in SAFE:
        return
    if not hmac.compare_digest(connection.headers.get("x-csrf-token", "").encode(), expected.encode()):
        raise WrongCsrfToken()


def _bearer(connection: Connection) -> str | None:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


async def _caller(connection: Connection) -> Caller | None:
    database: Database = connection.app.state.database
    if key_id := connection.headers.get(KEY_HEADER):
        return await _of_service(database, connection, key_id)
    if token := _bearer(connection):
        return await _of_token(database, token, connection.client.host if connection.client else "")
    if token := connection.cookies.get(SESSION_COOKIE):
        async with database.snapshot(ANONYMOUS, "authenticate") as tx:
            return await _of_session(tx, token)
    return NO_CALLER


async def _of_token(database: Database, token: str, address: str) -> Caller | None:
    match token.partition("_")[0]:
        case "tra":
            technician = await queries.principal_of_device(database.reads, token, database.clock.now())
            return technician and Caller(user=technician)
        case "trl":
            return await _of_link(database, token, address)
    return None


async def _of_link(database: Database, token: str, address: str) -> Caller | None:
    """A link that holds is never refused, whoever guesses from the same address; 256 bits are out of reach of them.

    Raises TooManyAttempts to whoever goes on after too many that do not hold.
    """
    async with database.snapshot(ANONYMOUS, "authenticate") as tx:
        customer = await queries.principal_of_link(tx, token)
    if customer is not None:
        return Caller(user=customer)
    try:
        async with attempts.limited(database, attempts.link_tries(address), UnknownLink):
            raise UnknownLink()
    except UnknownLink:
        return None


async def _of_session(tx: Transaction, token: str) -> Caller:
    user = await queries.principal_of_session(tx, token)
    return NO_CALLER if user is None else Caller(user=user, auth=csrf_token(token))


async def _of_service(database: Database, connection: Connection, key_id: str) -> Caller | None:
    async with database.snapshot(ANONYMOUS, "authenticate") as tx:
        key = await queries.service_key(tx, key_id)
    if key is None:
        return None
    body = await Request[Any, Any, Any](
        connection.scope, connection.receive
    ).body()  # may be slow: no transaction waits for it
    try:
        verify(connection.headers, body, keys=[read_verifying_key(key.public_key)], now=database.clock.now())
    except SignatureError:
        return None
    return Caller(user=queries.principal_of_key(key))
