"""A first password, and one that was forgotten: by a link, good once."""

import pytest
from sqlalchemy import select

from backend.identity import attempts, invitations
from backend.identity.invitations import LIFETIME, BadInvitation, NobodyToInvite
from backend.identity.models import User, UserSession
from backend.identity.principal import Role
from backend.identity.queries import principal_of_user
from backend.identity.routes import ROUTES
from backend.identity.secrets import password_matches
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.settings import Settings
from tests.factories.callers import calling
from tests.factories.identity import make_session, make_user
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery"


@pytest.fixture
async def administrator(database: Database) -> User:
    async with database.transaction(SYSTEM, "test") as tx:
        return await make_user(tx, Role.ADMINISTRATOR)


@pytest.fixture
async def newcomer(database: Database) -> User:
    async with database.transaction(SYSTEM, "test") as tx:
        return await make_user(tx, Role.AGENT, password_hash=None)


async def invite(database: Database, administrator: User, user: User) -> str:
    async with database.transaction(SYSTEM, "test") as tx:
        return (await invitations.invite(tx, principal_of_user(administrator), user.id)).token


async def accept(database: Database, token: str, password_hash: str = "hash") -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await invitations.accept(tx, token, password_hash)


async def test_who_is_invited_sets_a_password_once(database: Database, administrator: User, newcomer: User):
    async with calling(database, ROUTES, principal_of_user(administrator), settings=Settings()) as http:
        token = (await http.post(f"/api/v1/users/{newcomer.id}/invitation")).json()["token"]
        short = await http.post("/api/v1/session/password", json={"token": token, "password": "short"})
        done = await http.post("/api/v1/session/password", json={"token": token, "password": PASSWORD})
        again = await http.post("/api/v1/session/password", json={"token": token, "password": PASSWORD + "!"})

    assert (short.status_code, done.status_code, again.status_code) == (400, 204, 403)
    async with database.snapshot(SYSTEM, "test") as tx:
        stored = (await tx.session.get_one(User, newcomer.id)).password_hash
    assert password_matches(stored, PASSWORD)


async def test_a_new_password_ends_what_was_logged_in(database: Database, administrator: User, newcomer: User):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_session(tx, newcomer)

    await accept(database, await invite(database, administrator, newcomer))

    async with database.snapshot(SYSTEM, "test") as tx:
        query = select(UserSession.user_id).where(UserSession.user_id == newcomer.id)
        assert (await tx.session.scalars(query)).all() == []


async def test_an_invitation_ends_with_its_time_and_with_the_next(
    database: Database, administrator: User, newcomer: User, clock: FixedClock
):
    first = await invite(database, administrator, newcomer)
    second = await invite(database, administrator, newcomer)
    with pytest.raises(BadInvitation):
        await accept(database, first)
    clock.advance(LIFETIME.total_seconds())
    with pytest.raises(BadInvitation):
        await accept(database, second)


async def test_who_may_not_log_in_is_not_invited(database: Database, administrator: User, newcomer: User):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_user(tx, Role.TECHNICIAN)
    with pytest.raises(NobodyToInvite):
        await invite(database, administrator, technician)
    token = await invite(database, administrator, newcomer)
    async with database.transaction(SYSTEM, "test") as tx:
        (await tx.session.get_one(User, newcomer.id)).is_active = False

    with pytest.raises(BadInvitation):
        await accept(database, token)


async def test_guessing_is_limited(database: Database, administrator: User):
    guess = {"token": "tki_guess", "password": PASSWORD}
    async with calling(database, ROUTES, principal_of_user(administrator), settings=Settings()) as http:
        answers = [await http.post("/api/v1/session/password", json=guess) for _ in range(attempts.CODE_LIMIT)]

    assert [one.status_code for one in answers] == [403] * (attempts.CODE_LIMIT - 1) + [429]
