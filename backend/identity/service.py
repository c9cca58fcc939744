"""Use cases of identity: sessions of staff, links of customers, keys of other systems."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update

from backend.identity.models import AccessLink, Organisation, ServiceKey, User, UserSession
from backend.identity.principal import SEES_ALL, STAFF, Principal, Role
from backend.identity.schemas import SessionView, UserView
from backend.identity.secrets import csrf_token, hashed, new_token
from backend.kernel.db import Transaction
from backend.kernel.errors import Forbidden, NotFound

SESSION_LIFETIME = timedelta(hours=12)  # one shift: a dispatcher logs in once a day


class WrongCredentials(Forbidden):
    """No active user with this address and password. Which of the two was wrong is not told."""

    code = "wrong_credentials"


class UserNotFound(NotFound):
    code = "user_not_found"


async def open_session(tx: Transaction, user: User) -> tuple[str, SessionView]:
    """A new session of a user whose password was checked: the cookie's token and what the page gets."""
    token = new_token("trs")
    tx.add(UserSession(token_hash=hashed(token), user_id=user.id, expires_at=tx.now + SESSION_LIFETIME))
    return token, session_view(user, csrf_token(token))


async def renew_csrf(tx: Transaction, principal: Principal, token: str) -> SessionView:
    """The session as the page sees it after a reload, with the CSRF token that it had forgotten."""
    return session_view(await user_of(tx, principal), csrf_token(token))


async def close_session(tx: Transaction, token: str) -> None:
    await tx.session.execute(delete(UserSession).where(UserSession.token_hash == hashed(token)))


async def user_of(tx: Transaction, principal: Principal) -> User:
    if principal.user_id is None:
        raise UserNotFound()
    return await tx.get(User, principal.user_id, UserNotFound)


async def visible_user(tx: Transaction, principal: Principal, user_id: UUID) -> User:
    """A user whom this principal may manage: a contractor's manager sees only the own company's."""
    user = await tx.get(User, user_id, UserNotFound)
    if principal.role not in SEES_ALL | {Role.DISPATCHER} and user.organisation_id != principal.organisation_id:
        raise UserNotFound(id=str(user_id))
    return user


async def users(tx: Transaction, principal: Principal) -> list[UserView]:
    """The users whom this principal may see, by name."""
    query = select(User).where(User.is_active).order_by(User.name, User.id)
    if principal.role not in SEES_ALL | {Role.DISPATCHER}:
        query = query.where(User.organisation_id == principal.organisation_id)
    return [user_view(user) for user in await tx.session.scalars(query)]


async def role_of(tx: Transaction, user_id: UUID) -> Role | None:
    """The role that this user has now; None when there is no such user."""
    user = await tx.session.get(User, user_id)
    return None if user is None else user.role


async def add_organisation(tx: Transaction, name: str, *, is_contractor: bool) -> UUID:
    organisation = Organisation(id=tx.new_id(), name=name, is_contractor=is_contractor)
    tx.add(organisation)
    return organisation.id


async def add_user(
    tx: Transaction,
    *,
    email: str,
    name: str,
    role: Role,
    organisation_id: UUID,
    password_hash: str | None = None,
    technician_id: UUID | None = None,
    territory_ids: tuple[UUID, ...] = (),
) -> UUID:
    """A new user. password_hash: made by `secrets.hash_password`, outside the transaction."""
    user = User(
        id=tx.new_id(),
        email=email.strip().lower(),
        name=name,
        role=role,
        organisation_id=organisation_id,
        password_hash=password_hash if role in STAFF else None,
        technician_id=technician_id,
        territory_ids=list(territory_ids),
    )
    tx.add(user)
    return user.id


async def issue_link(tx: Transaction, job_id: UUID, expires_at: datetime, *, is_proved: bool = False) -> str:
    """A new token for the customer of a visit; only its hash is kept. is_proved: see `AccessLink`."""
    token = new_token("trl")
    tx.add(AccessLink(token_hash=hashed(token), job_id=job_id, is_proved=is_proved, expires_at=expires_at))
    return token


async def prolong_links(tx: Transaction, job_id: UUID, expires_at: datetime) -> None:
    """The links of a visit that hold now hold until `expires_at`, if that is longer: its appointment was moved."""
    live = update(AccessLink).where(
        AccessLink.job_id == job_id,
        AccessLink.is_proved.is_(False),
        AccessLink.expires_at > tx.now,
        AccessLink.expires_at < expires_at,
    )
    await tx.session.execute(live.values(expires_at=expires_at))


async def register_key(tx: Transaction, key_id: str, role: Role, public_key: str) -> None:
    """Trust this key for that role from now on; the same id again replaces the key."""
    await tx.session.merge(ServiceKey(key_id=key_id, role=role, public_key=public_key, retired_at=None))


def session_view(user: User, csrf_token: str | None = None) -> SessionView:
    return SessionView(
        user_id=user.id,
        name=user.name,
        role=user.role,
        organisation_id=user.organisation_id,
        territory_ids=list(user.territory_ids),
        csrf_token=csrf_token,
    )


def user_view(user: User) -> UserView:
    return UserView(
        id=user.id,
        email=user.email,
        name=user.name,
        role=user.role,
        organisation_id=user.organisation_id,
        technician_id=user.technician_id,
    )
