"""Guessing is slowed down, for everyone and every process alike."""

import asyncio

import httpx
import pytest

from backend.identity import attempts, routes
from backend.identity.attempts import ACCOUNT_LIMIT, CODE_LIMIT, WINDOW
from backend.identity.principal import Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from tests.factories.identity import PASSWORD, make_code, make_user, new_key, public_text
from tests.fakes import FixedClock

SESSION = "/api/v1/session"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 is slow by design, and not what is tried here."""
    monkeypatch.setattr(routes, "password_matches", lambda stored, password: bool(stored) and password == PASSWORD)


async def user(database: Database) -> str:
    async with database.transaction(SYSTEM, "test") as tx:
        return (await make_user(tx, Role.DISPATCHER)).email


async def log_in(api: httpx.AsyncClient, email: str, password: str = PASSWORD) -> httpx.Response:
    return await api.post(SESSION, json={"email": email, "password": password})


async def guess(api: httpx.AsyncClient, email: str, times: int) -> list[int]:
    return [(await log_in(api, email, "guess")).status_code for _ in range(times)]


async def test_after_five_wrong_passwords_the_right_one_must_wait_too(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    email = await user(database)

    assert await guess(api, email, ACCOUNT_LIMIT) == [403] * (ACCOUNT_LIMIT - 1) + [429]

    refused = await log_in(api, email)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_attempts")
    assert refused.headers["retry-after"] == str(refused.json()["params"]["retry_after_seconds"])
    clock.advance(int(refused.headers["retry-after"]))
    assert (await log_in(api, email)).status_code == 201


async def test_the_right_password_forgives_the_wrong_ones(api: httpx.AsyncClient, database: Database) -> None:
    email = await user(database)

    for _ in range(3):
        assert await guess(api, email, ACCOUNT_LIMIT - 1) == [403] * (ACCOUNT_LIMIT - 1)
        assert (await log_in(api, email)).status_code == 201


async def test_another_account_is_not_held_up(api: httpx.AsyncClient, database: Database) -> None:
    guessed, other = await user(database), await user(database)
    await guess(api, guessed, ACCOUNT_LIMIT)

    assert (await log_in(api, other)).status_code == 201


async def test_accounts_that_do_not_exist_are_counted_alike(api: httpx.AsyncClient) -> None:
    assert await guess(api, "nobody@example.test", ACCOUNT_LIMIT) == [403] * (ACCOUNT_LIMIT - 1) + [429]


async def test_one_address_cannot_try_many_accounts(
    api: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "ADDRESS_LIMIT", 3)
    email = await user(database)

    answers = [(await log_in(api, f"{n}@example.test", "guess")).status_code for n in range(3)]

    assert answers == [403, 403, 429]
    assert (await log_in(api, email)).status_code == 429


async def test_guesses_sent_all_at_once_are_counted_too(api: httpx.AsyncClient, database: Database) -> None:
    email = await user(database)

    await asyncio.gather(*(guess(api, email, 1) for _ in range(2 * ACCOUNT_LIMIT)))

    assert (await log_in(api, email)).status_code == 429


async def test_many_who_know_their_password_do_not_hinder_each_other(
    api: httpx.AsyncClient, database: Database
) -> None:
    email = await user(database)

    answers = await asyncio.gather(*(log_in(api, email) for _ in range(2 * ACCOUNT_LIMIT)))

    assert {answer.status_code for answer in answers} == {201}


async def test_failures_are_forgotten_after_the_window(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    email = await user(database)
    await guess(api, email, ACCOUNT_LIMIT - 1)

    clock.advance(WINDOW.total_seconds())

    assert await guess(api, email, ACCOUNT_LIMIT - 1) == [403] * (ACCOUNT_LIMIT - 1)


async def test_after_five_wrong_codes_a_right_one_must_wait(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_user(tx, Role.TECHNICIAN)

    async def enrol(code: str) -> int:
        body = {"code": code, "public_key": public_text(new_key()), "name": "A phone"}
        return (await api.post("/api/v1/devices", json=body)).status_code

    wrong = [await enrol("AAAAAAAAAA") for _ in range(CODE_LIMIT)]
    clock.advance(WINDOW.total_seconds() - 60)
    async with database.transaction(SYSTEM, "test") as tx:
        code = await make_code(tx, technician)
    waiting = await enrol(code)
    clock.advance(60)

    assert (wrong, waiting, await enrol(code)) == ([403] * (CODE_LIMIT - 1) + [429], 429, 201)


async def test_no_address_of_a_person_is_stored(api: httpx.AsyncClient, database: Database) -> None:
    await guess(api, "canary@example.test", 1)

    async with database.snapshot(SYSTEM, "test") as tx:
        rows = await tx.session.scalars(attempts.select(attempts.FailedAttempts))
        assert [row.failures for row in rows if "canary" not in row.subject] == [1, 1]
