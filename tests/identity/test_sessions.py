"""Staff log in with a password and stay logged in by a cookie that proves its own page."""

from http.cookies import SimpleCookie

import httpx
import pytest
from sqlalchemy import func, select

from backend.identity.models import User, UserSession
from backend.identity.principal import STAFF, Role
from backend.identity.secrets import SESSION_COOKIE, csrf_token, password_matches
from backend.identity.service import SESSION_LIFETIME
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from tests.factories.identity import PASSWORD, Bearer, Browser, make_session, make_user
from tests.fakes import FixedClock

SESSION = "/api/v1/session"


async def dispatcher(database: Database, **changes: object) -> tuple[User, Browser]:
    async with database.transaction(SYSTEM, "test") as tx:
        user = await make_user(tx, Role.DISPATCHER, **changes)
        return user, await make_session(tx, user)


async def log_in(api: httpx.AsyncClient, email: str, password: str = PASSWORD) -> httpx.Response:
    return await api.post(SESSION, json={"email": email, "password": password})


def cookie_of(answer: httpx.Response) -> str:
    return SimpleCookie(answer.headers["set-cookie"])[SESSION_COOKIE].value


async def test_the_right_password_opens_a_session(api: httpx.AsyncClient, database: Database) -> None:
    user, _ = await dispatcher(database)

    answer = await log_in(api, user.email)

    seen = await api.get(SESSION, auth=Browser(cookie_of(answer)))
    assert answer.status_code == 201
    assert answer.json()["csrf_token"] == csrf_token(cookie_of(answer))
    assert (seen.status_code, seen.json()["user_id"], seen.json()["role"]) == (200, str(user.id), "dispatcher")


async def test_the_address_may_be_written_in_capitals(api: httpx.AsyncClient, database: Database) -> None:
    user, _ = await dispatcher(database)

    assert (await log_in(api, f" {user.email.upper()} ")).status_code == 201


async def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    api: httpx.AsyncClient, database: Database
) -> None:
    user, _ = await dispatcher(database)

    wrong, unknown = await log_in(api, user.email, "guess"), await log_in(api, "nobody@example.test", "guess")

    assert wrong.json() == unknown.json()
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["params"]) == (403, "wrong_credentials", {})
    assert "set-cookie" not in wrong.headers


async def test_a_user_who_left_cannot_log_in(api: httpx.AsyncClient, database: Database) -> None:
    user, _ = await dispatcher(database, is_active=False)

    assert (await log_in(api, user.email)).json()["code"] == "wrong_credentials"


async def test_a_user_without_a_password_cannot_log_in_with_any(api: httpx.AsyncClient, database: Database) -> None:
    user, _ = await dispatcher(database, password_hash=None)

    for guess in ("no such user", "None", PASSWORD):
        assert (await log_in(api, user.email, guess)).status_code == 403


@pytest.mark.parametrize("guess", ["", "no such user", "admin", "password", "truckroll", "demo"])
def test_there_is_no_default_password(guess: str) -> None:
    assert not password_matches(None, guess)


async def test_a_new_database_has_no_users(database: Database) -> None:
    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await tx.session.scalars(select(func.count()).select_from(User))).one() == 0


async def test_only_hashes_of_secrets_are_stored(api: httpx.AsyncClient, database: Database) -> None:
    user, browser = await dispatcher(database)

    async with database.snapshot(SYSTEM, "test") as tx:
        session = (await tx.session.scalars(select(UserSession))).one()
        stored = (await tx.session.get_one(User, user.id)).password_hash
    assert browser.token not in vars(session).values()
    assert (stored or "").startswith("$argon2id$")


async def test_the_cookie_is_bound_to_this_host_and_hidden_from_scripts(
    api: httpx.AsyncClient, database: Database
) -> None:
    user, _ = await dispatcher(database)

    cookie = SimpleCookie((await log_in(api, user.email)).headers["set-cookie"])[SESSION_COOKIE]

    assert SESSION_COOKIE.startswith("__Host-")
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"].lower()) == (True, True, "strict")
    assert (cookie["path"], cookie["domain"]) == ("/", "")


async def test_who_logged_out_is_nobody(api: httpx.AsyncClient, database: Database) -> None:
    _, browser = await dispatcher(database)

    answer = await api.delete(SESSION, auth=browser)

    assert answer.status_code == 200
    assert SimpleCookie(answer.headers["set-cookie"])[SESSION_COOKIE]["max-age"] == "0"
    assert (await api.get(SESSION, auth=browser)).status_code == 401


async def test_a_session_ends_by_itself(api: httpx.AsyncClient, database: Database, clock: FixedClock) -> None:
    _, browser = await dispatcher(database)

    clock.advance(SESSION_LIFETIME.total_seconds() - 1)
    assert (await api.get(SESSION, auth=browser)).status_code == 200
    clock.advance(1)
    assert (await api.get(SESSION, auth=browser)).status_code == 401


async def test_a_browser_whose_session_is_over_can_log_in_again(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    user, browser = await dispatcher(database)
    clock.advance(SESSION_LIFETIME.total_seconds())

    answer = await api.post(SESSION, json={"email": user.email, "password": PASSWORD}, auth=browser)

    assert answer.status_code == 201


async def test_a_session_ends_with_its_user(api: httpx.AsyncClient, database: Database) -> None:
    user, browser = await dispatcher(database)
    async with database.transaction(SYSTEM, "test") as tx:
        (await tx.session.get_one(User, user.id)).is_active = False

    assert (await api.get(SESSION, auth=browser)).status_code == 401


@pytest.mark.parametrize("token", ["", "csrf_guess", "ä"])
async def test_a_change_without_the_pages_own_token_is_refused(
    api: httpx.AsyncClient, database: Database, token: str
) -> None:
    _, browser = await dispatcher(database)

    answer = await api.delete(SESSION, auth=browser, headers=[(b"x-csrf-token", token.encode())])

    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_csrf_token")
    assert (await api.get(SESSION, auth=browser)).status_code == 200


async def test_the_token_of_another_session_does_not_serve(api: httpx.AsyncClient, database: Database) -> None:
    (_, mine), (_, other) = await dispatcher(database), await dispatcher(database)

    answer = await api.delete(SESSION, auth=mine, headers={"x-csrf-token": csrf_token(other.token)})

    assert answer.json()["code"] == "wrong_csrf_token"


async def test_a_page_that_was_reloaded_gets_its_token_back(api: httpx.AsyncClient, database: Database) -> None:
    _, browser = await dispatcher(database)

    answer = await api.post(f"{SESSION}/csrf", auth=browser, headers={"x-csrf-token": ""})

    assert answer.status_code == 200
    assert answer.json()["csrf_token"] == csrf_token(browser.token)


async def test_a_session_token_is_no_bearer_token(api: httpx.AsyncClient, database: Database) -> None:
    _, browser = await dispatcher(database)

    assert (await api.get(SESSION, auth=Bearer(browser.token))).status_code == 401


async def test_managers_of_contractors_see_their_own_people_only(api: httpx.AsyncClient, database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        manager = await make_user(tx, Role.CONTRACTOR_MANAGER)
        await make_user(tx, Role.CONTRACTOR_MANAGER)
        colleague = await make_user(tx, Role.CONTRACTOR_TECHNICIAN, organisation_id=manager.organisation_id)
        browser = await make_session(tx, manager)

    seen = await api.get("/api/v1/users", auth=browser)

    assert {user["id"] for user in seen.json()} == {str(manager.id), str(colleague.id)}


def test_only_staff_hold_passwords() -> None:
    assert Role.TECHNICIAN not in STAFF
    assert Role.CUSTOMER not in STAFF
    assert Role.ANONYMOUS not in STAFF
