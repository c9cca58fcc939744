"""HTTP of identity: log in and out, enrol and renew phones."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from litestar import Request, Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from backend.identity import attempts, devices, invitations, queries, service
from backend.identity import second_factors as factors
from backend.identity.models import User
from backend.identity.principal import Principal
from backend.identity.schemas import (
    DeviceTokens,
    DeviceView,
    EnrolDevice,
    EnrolmentCodeView,
    GiveCode,
    GivePassword,
    InvitationView,
    LogIn,
    RecoveryCodes,
    RefreshDevice,
    SecondFactorSecret,
    SecondFactorView,
    SessionView,
    SetPassword,
    UserView,
)
from backend.identity.second_factors import SecondFactors
from backend.identity.secrets import SESSION_COOKIE, hash_password, password_matches
from backend.kernel.audit import ANONYMOUS
from backend.kernel.db import Database, Transaction
from backend.settings import Settings

SECOND_FACTOR = "/api/v1/session/second-factor"


@post("/api/v1/session", status_code=201, tags=["identity"], summary="Log in")
async def log_in(
    request: Request,
    database: NamedDependency[Database],
    second_factors: NamedDependency[SecondFactors | None],
    data: JSONBody[LogIn],
) -> Response[SessionView]:
    """Checks the password between two transactions, as Argon2 takes longer than a lock should be held."""
    tries = attempts.log_in_tries(data.email, _address(request))
    async with attempts.limited(database, tries, wrong=service.WrongCredentials):
        user = await _user_with_password(database, data.email, data.password)
        async with database.transaction(queries.principal_of_user(user).actor, "log_in") as tx:
            await attempts.check(tx, tries)
            await factors.check(tx, second_factors, user.id, data.code)
            await attempts.forget(tx, tries[0])
            token, view = await service.open_session(tx, user)
    return Response(view, cookies=[_cookie(token)])


async def _user_with_password(database: Database, email: str, password: str) -> User:
    async with database.snapshot(ANONYMOUS, "log_in") as tx:
        user = await queries.user_by_email(tx, email)
    stored = user.password_hash if user else None
    if not await asyncio.to_thread(password_matches, stored, password) or user is None:
        raise service.WrongCredentials()
    return user


@get("/api/v1/session", tags=["identity"], summary="Who is logged in")
async def see_session(tx: NamedDependency[Transaction], principal: NamedDependency[Principal]) -> SessionView:
    return service.session_view(await service.user_of(tx, principal))


@post(
    "/api/v1/session/csrf",
    status_code=200,
    tags=["identity"],
    summary="The CSRF token after a reload",
    opt={"without_csrf": True},  # it changes nothing, and another site's page cannot read the answer
)
async def renew_csrf(
    request: Request, tx: NamedDependency[Transaction], principal: NamedDependency[Principal]
) -> SessionView:
    return await service.renew_csrf(tx, principal, request.cookies.get(SESSION_COOKIE, ""))


@delete("/api/v1/session", status_code=200, tags=["identity"], summary="Log out")
async def log_out(request: Request, tx: NamedDependency[Transaction]) -> Response[None]:
    await service.close_session(tx, request.cookies.get(SESSION_COOKIE, ""))
    return Response(None, cookies=[_cookie("", max_age=0)])


@post(
    "/api/v1/users/{user_id:uuid}/invitation",
    status_code=201,
    tags=["identity"],
    summary="A link with which a user of the office sets a password",
)
async def invite_user(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], user_id: FromPath[UUID]
) -> InvitationView:
    return await invitations.invite(tx, principal, user_id)


@post(
    "/api/v1/session/password",
    status_code=204,
    tags=["identity"],
    summary="Set a password by an invitation",
    opt={"without_csrf": True},  # it asks for the invitation's token, which another site's page has not
)
async def set_password(request: Request, database: NamedDependency[Database], data: JSONBody[SetPassword]) -> None:
    tries = attempts.enrolment_tries(_address(request))
    async with attempts.limited(database, tries, wrong=invitations.BadInvitation):
        password_hash = await asyncio.to_thread(hash_password, data.password)
        async with database.transaction(ANONYMOUS, "set_password") as tx:
            await attempts.check(tx, tries)
            await invitations.accept(tx, data.token, password_hash)


@get(SECOND_FACTOR, tags=["identity"], summary="Whether you have a second factor")
async def see_second_factor(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    second_factors: NamedDependency[SecondFactors | None],
) -> SecondFactorView:
    user = await service.user_of(tx, principal)
    return SecondFactorView(state=await factors.state_of(tx, second_factors, user.id))


@post(SECOND_FACTOR, status_code=201, tags=["identity"], summary="A secret for your device, to be confirmed")
async def begin_second_factor(
    database: NamedDependency[Database],
    principal: NamedDependency[Principal],
    second_factors: NamedDependency[SecondFactors | None],
    settings: NamedDependency[Settings],
    data: JSONBody[GivePassword],
) -> SecondFactorSecret:
    """Checks the password between two transactions, as `log_in` does."""
    issuer = urlsplit(settings.base_url).hostname or "truckroll"
    tries = attempts.code_tries(_user_id(principal))
    async with attempts.limited(database, tries, wrong=service.WrongCredentials):
        async with database.snapshot(principal.actor, "begin_second_factor") as tx:
            user = await service.user_of(tx, principal)
        if not await asyncio.to_thread(password_matches, user.password_hash, data.password):
            raise service.WrongCredentials()
        async with database.transaction(principal.actor, "begin_second_factor") as tx:
            await attempts.check(tx, tries)
            return await factors.begin(tx, second_factors, user, issuer)


@post(f"{SECOND_FACTOR}/confirmation", status_code=201, tags=["identity"], summary="Use the second factor from now on")
async def confirm_second_factor(
    database: NamedDependency[Database],
    principal: NamedDependency[Principal],
    second_factors: NamedDependency[SecondFactors | None],
    data: JSONBody[GiveCode],
) -> RecoveryCodes:
    async with _own_tries(database, principal, "confirm_second_factor") as (tx, user):
        return await factors.confirm(tx, second_factors, user, data.code)


@post(f"{SECOND_FACTOR}/removal", status_code=204, tags=["identity"], summary="Log in by password alone again")
async def remove_second_factor(
    database: NamedDependency[Database],
    principal: NamedDependency[Principal],
    second_factors: NamedDependency[SecondFactors | None],
    data: JSONBody[GiveCode],
) -> None:
    async with _own_tries(database, principal, "remove_second_factor") as (tx, user):
        await factors.remove(tx, second_factors, user, data.code)


@post(
    "/api/v1/users/{user_id:uuid}/second-factor-removal",
    status_code=204,
    tags=["identity"],
    summary="Forget the second factor of somebody who has lost it",
)
async def forget_second_factor(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], user_id: FromPath[UUID]
) -> None:
    user = await service.visible_user(tx, principal, user_id)
    await factors.forget(tx, user.id)


@asynccontextmanager
async def _own_tries(database: Database, principal: Principal, cause: str) -> AsyncGenerator[tuple[Transaction, User]]:
    """A transaction for the caller's own account, in which a wrong code counts."""
    tries = attempts.code_tries(_user_id(principal))
    async with (
        attempts.limited(database, tries, wrong=service.WrongCredentials),
        database.transaction(principal.actor, cause) as tx,
    ):
        await attempts.check(tx, tries)
        yield tx, await service.user_of(tx, principal)


def _user_id(principal: Principal) -> UUID:
    assert principal.user_id is not None, "people of the office alone come here"
    return principal.user_id


@get("/api/v1/users", tags=["identity"], summary="Users whom you may see")
async def list_users(tx: NamedDependency[Transaction], principal: NamedDependency[Principal]) -> list[UserView]:
    return await service.users(tx, principal)


@post("/api/v1/users/{user_id:uuid}/enrolment-codes", status_code=201, tags=["identity"], summary="A code for a phone")
async def issue_enrolment_code(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], user_id: FromPath[UUID]
) -> EnrolmentCodeView:
    return await devices.issue_code(tx, principal, user_id)


@post("/api/v1/devices", status_code=201, tags=["identity"], summary="Enrol a phone")
async def enrol_device(
    request: Request,
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
    data: JSONBody[EnrolDevice],
) -> DeviceTokens:
    tries = attempts.enrolment_tries(_address(request))
    async with (
        attempts.limited(database, tries, wrong=devices.BadEnrolmentCode),
        database.transaction(ANONYMOUS, "enrol_device") as tx,
    ):
        await attempts.check(tx, tries)
        return await devices.enrol(tx, data, lease=_lease(settings))


@post("/api/v1/devices/tokens", status_code=201, tags=["identity"], summary="Renew a phone's tokens")
async def refresh_device(
    database: NamedDependency[Database], settings: NamedDependency[Settings], data: JSONBody[RefreshDevice]
) -> DeviceTokens:
    """A copied phone is refused only after what it showed is stored: the tokens of the original are over, too."""
    async with database.transaction(ANONYMOUS, "refresh_device") as tx:
        tokens = await devices.refresh(tx, data, lease=_lease(settings))
    if tokens is None:
        raise devices.BadRefresh()
    return tokens


@post("/api/v1/devices/{device_id:uuid}/revocation", status_code=200, tags=["identity"], summary="End a lost phone")
async def revoke_device(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], device_id: FromPath[UUID]
) -> DeviceView:
    device = await devices.revoke(tx, principal, device_id)
    return DeviceView(id=device.id, name=device.name, enrolled_at=device.enrolled_at, revoked_at=device.revoked_at)


def _lease(settings: Settings) -> timedelta:
    return timedelta(hours=settings.lease_hours)


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def _cookie(token: str, max_age: int | None = None) -> Cookie:
    return Cookie(
        key=SESSION_COOKIE, value=token, path="/", secure=True, httponly=True, samesite="strict", max_age=max_age
    )


ROUTES = [
    log_in,
    see_session,
    renew_csrf,
    log_out,
    see_second_factor,
    begin_second_factor,
    confirm_second_factor,
    remove_second_factor,
    forget_second_factor,
    list_users,
    invite_user,
    set_password,
    issue_enrolment_code,
    enrol_device,
    refresh_device,
    revoke_device,
]
