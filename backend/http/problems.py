"""Every trouble leaves as problem+json with a stable `code` and `params`; clients turn them into sentences.

Source: RFC 9457. The status of each kind of trouble stands in the one table of `backend/app.py`.
"""

import logging
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from backend.kernel.errors import DomainError
from sync.wire import WireError

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = "1"
BUSY = ("40001", "40P01", "55P03")  # serialisation failure, deadlock, lock not available

Handler = Any


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """The body of an answer that says no."""

    type: str
    title: str
    status: int
    code: str
    params: dict[str, Any]


def problem(status: int, code: str, params: Mapping[str, Any] | None = None, **headers: str) -> Response[Problem]:
    """An answer that says no. code: stable, for programs; params: what the reader needs to react."""
    body = Problem(
        type=f"urn:truckroll:problem:{code}",
        title=code.replace("_", " "),
        status=status,
        code=code,
        params=dict(params or {}),
    )
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(body, status_code=status, media_type="application/problem+json", headers=named)


def handlers(statuses: Mapping[type[DomainError], int]) -> dict[Any, Handler]:
    """The exception handlers of the app. statuses: kind of domain error → HTTP status; the nearest base wins."""

    def domain(_request: Request[Any, Any, Any], error: DomainError) -> Response[Problem]:
        status = next(statuses[kind] for kind in type(error).__mro__ if kind in statuses)
        later = {"retry_after": RETRY_AFTER_SECONDS} if status == 503 else {}
        return problem(status, error.code, error.params, **later)

    return {
        DomainError: domain,
        WireError: _wire,
        HTTPException: _http,
        IntegrityError: _integrity,
        StaleDataError: lambda _request, _error: problem(409, "changed_meanwhile"),
        PoolTimeout: lambda _request, _error: _busy(),
        DBAPIError: _database,
        Exception: _mistake,
    }


def _wire(_request: Request[Any, Any, Any], error: WireError) -> Response[Problem]:
    refusal = error.refusal
    status = 413 if refusal.code == "too_large" else 400
    return problem(status, str(refusal.code), {"path": refusal.path, "detail": refusal.detail})


def _http(_request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    code = {400: "bad_request", 401: "not_authenticated", 404: "not_found", 405: "method_not_allowed"}.get(
        error.status_code, f"http_{error.status_code}"
    )
    return problem(error.status_code, code, {"errors": error.extra} if error.extra else {})


def _integrity(_request: Request[Any, Any, Any], error: IntegrityError) -> Response[Problem]:
    return problem(409, "constraint_refused", {"constraint": _constraint(error)})


def _database(request: Request[Any, Any, Any], error: DBAPIError) -> Response[Problem]:
    state = getattr(error.orig, "sqlstate", None)
    if state in BUSY or "database is locked" in str(error.orig):
        return _busy()
    if state == "23P01":  # PostgreSQL's exclusion constraints come as a class of their own
        return problem(409, "constraint_refused", {"constraint": _constraint(error)})
    return _mistake(request, error)


def _constraint(error: DBAPIError) -> str:
    diagnosis = getattr(error.orig, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or str(error.orig).rpartition(": ")[2]


def _busy() -> Response[Problem]:
    return problem(503, "busy", retry_after=RETRY_AFTER_SECONDS)


def _mistake(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    reference = str(uuid4())
    log.error("%s %s failed, reference %s", request.method, request.url.path, reference, exc_info=error)
    return problem(500, "our_mistake", {"reference": reference})
