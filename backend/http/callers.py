"""Who calls: the credential of a request becomes a principal, once, before anything else runs.

A browser has a session cookie and proves its own page by X-CSRF-Token; a phone and a customer's link are bearer
tokens; other systems sign each request in the Standard Webhooks shape and name their key.
"""

import hmac
from typing import Any

from litestar.connection import ASGIConnection, Request
from litestar.exceptions import NotAuthorizedException
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from backend.identity import queries
from backend.identity.access import ACCESS
from backend.identity.principal import NOBODY, Principal
from backend.identity.secrets import SESSION_COOKIE, hashed
from backend.kernel.audit import ANONYMOUS, Actor
from backend.kernel.db import Database, Transaction
from backend.kernel.errors import Forbidden
from clients.billing.signatures import SignatureError, read_verifying_key, verify

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
KEY_HEADER = "truckroll-key-id"

Connection = ASGIConnection[Any, Any, Any, Any]


class NotAllowed(Forbidden):
    """Your role may not do this."""

    code = "not_allowed"


class WrongCsrfToken(Forbidden):
    """The X-CSRF-Token header is missing or not this session's. Reload the page."""

    code = "wrong_csrf_token"


class DeviceRevoked(Forbidden):
    """This phone was ended by its operator: wipe what it holds; unsent work may still be pushed into quarantine."""

    code = "device_revoked"


class Callers(AbstractAuthenticationMiddleware):
    """Finds the principal of each request; a credential that does not hold is 401, none at all is nobody."""

    async def authenticate_request(self, connection: Connection) -> AuthenticationResult:
        database: Database = connection.app.state.database
        credential = _credential(connection)
        if credential is None:
            return AuthenticationResult(user=NOBODY, auth=None)
        async with database.snapshot(ANONYMOUS, "authenticate") as tx:
            found = await _principal(tx, connection, *credential)
        if found is None:
            raise NotAuthorizedException()
        return found


async def may_call(connection: Connection, handler: BaseRouteHandler) -> None:
    """The guard of every route: its row in the access table, then CSRF for what a cookie may change."""
    if handler.opt.get("public"):  # static files and the API's own description
        return
    roles = ACCESS.get(
        (str(connection.scope.get("method")).replace("HEAD", "GET"), next(iter(handler.paths))), frozenset()
    )
    principal: Principal = connection.user
    if principal.role not in roles:
        raise NotAllowed(role=principal.role) if principal is not NOBODY else NotAuthorizedException()
    _check_csrf(connection)


def _check_csrf(connection: Connection) -> None:
    csrf_hash = connection.auth
    if csrf_hash is None or connection.scope.get("method") in SAFE:
        return
    if not hmac.compare_digest(hashed(connection.headers.get("x-csrf-token", "")), csrf_hash):
        raise WrongCsrfToken()


def _credential(connection: Connection) -> tuple[str, str] | None:
    if key_id := connection.headers.get(KEY_HEADER):
        return "key", key_id
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.partition("_")[0], token
    if token := connection.cookies.get(SESSION_COOKIE):
        return "trs", token
    return None


async def _principal(tx: Transaction, connection: Connection, kind: str, token: str) -> AuthenticationResult | None:
    match kind:
        case "trs":
            found = await queries.principal_of_session(tx, token)
            return found and AuthenticationResult(user=found[0], auth=found[1])
        case "tra":
            return await _of_device(tx, connection, token)
        case "trl":
            customer = await queries.principal_of_link(tx, token)
            return customer and AuthenticationResult(user=customer, auth=None)
        case "key":
            return await _of_service(tx, connection, token)
    return None


async def _of_device(tx: Transaction, connection: Connection, token: str) -> AuthenticationResult | None:
    found = await queries.principal_of_device(tx, token)
    if found is None:
        return None
    principal, device = found
    if device.revoked_at is not None:
        raise DeviceRevoked(device_id=str(device.id))
    return AuthenticationResult(user=principal, auth=None)


async def _of_service(tx: Transaction, connection: Connection, key_id: str) -> AuthenticationResult | None:
    key = await queries.service_key(tx, key_id)
    if key is None:
        return None
    body = await Request(connection.scope, connection.receive).body()
    try:
        verify(connection.headers, body, keys=[read_verifying_key(key.public_key)], now=tx.now)
    except SignatureError:
        return None
    actor = Actor(kind="service")
    return AuthenticationResult(user=Principal(actor=actor, role=key.role), auth=None)
