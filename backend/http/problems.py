"""Every trouble leaves as problem+json with a stable `code` and `params`; clients turn them into sentences.

Source: RFC 9457. The status of each kind of trouble stands in the one table of `backend/app.py`.
"""

import logging
import random
from collections.abc import Mapping
from math import ceil
from typing import Any
from uuid import uuid4

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from backend.kernel.errors import DomainError
from sync.protocol import HTTP_STATUS, ErrorCode, Refused

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 1
BUSY = ("40001", "40P01", "55P03")  # serialisation failure, deadlock, lock not available
AWAY = ("08", "53", "57")  # classes of PostgreSQL's codes: connection, resources, shut down by its operator
NO_HEADERS: Mapping[str, str] = {}
TRY_LATER = (423, 429, 503)
CODES = {
    400: "bad_request",
    401: str(ErrorCode.UNAUTHENTICATED),
    404: "not_found",
    405: "method_not_allowed",
    413: str(ErrorCode.TOO_LARGE),
}

Handler = Any


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of an answer that says no. retry_after_ms: when to come again, with jitter, as the sync protocol has it."""

    type: str
    title: str
    status: int
    code: str
    params: dict[str, Any]
    retry_after_ms: int | None = None


def problem(
    status: int,
    code: str,
    params: Mapping[str, Any] | None = None,
    *,
    after_seconds: int | None = None,
    headers: Mapping[str, str] = NO_HEADERS,
) -> Response[Problem]:
    """An answer that says no. code: stable, for programs; params: what the reader needs to react.

    after_seconds: when to come again; those who were refused together are told times up to a second apart.
    """
    body = Problem(
        type=f"urn:truckroll:problem:{code}",
        title=code.replace("_", " "),
        status=status,
        code=code,
        params=dict(params or {}),
        retry_after_ms=None if after_seconds is None else int((after_seconds + random.random()) * 1000),
    )
    later = {} if after_seconds is None else {"retry-after": str(after_seconds)}
    return Response(body, status_code=status, media_type="application/problem+json", headers={**headers, **later})


def handlers(statuses: Mapping[type[DomainError], int]) -> dict[Any, Handler]:
    """The exception handlers of the app. statuses: kind of domain error → HTTP status; the nearest base wins."""

    def domain(_request: Request[Any, Any, Any], error: DomainError) -> Response[Problem]:
        status = next(statuses[kind] for kind in type(error).__mro__ if kind in statuses)
        wait_seconds = error.params.get("retry_after_seconds", RETRY_AFTER_SECONDS)
        return problem(status, error.code, error.params, after_seconds=wait_seconds if status in TRY_LATER else None)

    return {
        DomainError: domain,
        Refused: _refused,
        HTTPException: _http,
        IntegrityError: _integrity,
        StaleDataError: lambda _request, _error: problem(409, "changed_meanwhile"),
        PoolTimeout: lambda _request, _error: _busy(),
        DataError: _out_of_range,
        OverflowError: _out_of_range,
        DBAPIError: _database,
        Exception: _mistake,
    }


def _refused(_request: Request[Any, Any, Any], error: Refused) -> Response[Any]:
    """The sync protocol's own answer: a Refusal, whose fields stand beside those of the problem."""
    refusal = msgspec.to_builtins(error.refusal)
    answer = problem(HTTP_STATUS[error.refusal.code], error.refusal.code, refusal)
    wait_ms = error.refusal.retry_after_ms
    return Response(
        msgspec.to_builtins(answer.content) | refusal,
        status_code=answer.status_code,
        media_type=answer.media_type,
        headers={} if wait_ms is None else {"retry-after": str(ceil(wait_ms / 1000))},
    )


def _http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    status = error.status_code
    if status >= 500:
        return _mistake(request, error)
    headers = dict(error.headers or {}) | ({"www-authenticate": "Bearer"} if status == 401 else {})
    code = CODES.get(status, f"http_{status}")
    params = {"detail": error.detail} if status == 400 else {}  # for who writes the client: what is missing or wrong
    return problem(status, code, params | ({"errors": error.extra} if error.extra else {}), headers=headers)


def _integrity(_request: Request[Any, Any, Any], error: IntegrityError) -> Response[Problem]:
    return problem(409, "constraint_refused", {"constraint": _constraint(error)})


def _out_of_range(_request: Request[Any, Any, Any], _error: Exception) -> Response[Problem]:
    """A number or date that a column cannot hold: PostgreSQL says so as DataError, SQLite's driver as OverflowError."""
    return problem(422, "value_out_of_range")


def _database(request: Request[Any, Any, Any], error: DBAPIError) -> Response[Problem]:
    state = getattr(error.orig, "sqlstate", None) or ""
    if state in BUSY or state.startswith(AWAY) or error.connection_invalidated or _is_waiting(error):
        return _busy()
    if state == "23P01":  # PostgreSQL's exclusion constraints come as a class of their own
        return problem(409, "constraint_refused", {"constraint": _constraint(error)})
    return _mistake(request, error)


def _is_waiting(error: DBAPIError) -> bool:
    """SQLite's lock was held too long, or no PostgreSQL answers: neither comes with a code."""
    return isinstance(error, OperationalError) and any(
        words in str(error.orig) for words in ("database is locked", "connection failed", "connection timeout")
    )


def _constraint(error: DBAPIError) -> str:
    diagnosis = getattr(error.orig, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or str(error.orig).rpartition(": ")[2]


def _busy() -> Response[Problem]:
    return problem(503, "busy", after_seconds=RETRY_AFTER_SECONDS)


def _mistake(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    reference = str(uuid4())
    log.error("%s %s failed, reference %s", request.method, request.url.path, reference, exc_info=error)
    return problem(500, "our_mistake", {"reference": reference})
