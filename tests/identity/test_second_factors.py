"""The office's second factor: asked for behind the right password, a code that holds once, and what to do without the device."""

import base64
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from backend.deployment import forget_second_factor
from backend.identity.models import SecondFactor, User
from backend.identity.principal import Role
from backend.identity.second_factors import RECOVERY_CODES, SecondFactors, spread
from backend.kernel.audit import SYSTEM, AuditRow
from backend.kernel.db import Database
from backend.settings import Settings
from tests.factories.identity import PASSWORD, Bearer, Browser, make_phone, make_session, make_user
from tests.factories.totp import code_at
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio

SESSION, MINE = "/api/v1/session", "/api/v1/session/second-factor"


@dataclass(kw_only=True)
class Person:
    """Somebody of the office with a browser, and the device on which codes are made."""

    api: httpx.AsyncClient
    clock: FixedClock
    user: User
    browser: Browser
    secret: bytes = b""

    def code(self, *, later: float = 0) -> str:
        return code_at(self.secret, self.clock.now().timestamp() + later)

    async def does(self, path: str = "", **body: Any) -> httpx.Response:
        return await self.api.post(f"{MINE}{path}", json=body, auth=self.browser)

    async def begins(self) -> None:
        begun = (await self.does(password=PASSWORD)).json()
        self.secret = base64.b32decode(begun["secret"])

    async def has_one(self) -> list[str]:
        """Begins and confirms; the recovery codes. The half minute of the code is over."""
        await self.begins()
        codes = (await self.does("/confirmation", code=self.code())).json()["codes"]
        self.clock.advance(30)
        return codes

    async def logs_in(self, code: str | None = None, password: str = PASSWORD) -> httpx.Response:
        body = {"email": self.user.email, "password": password} | ({"code": code} if code else {})
        return await self.api.post(SESSION, json=body)

    async def state(self) -> str:
        return (await self.api.get(MINE, auth=self.browser)).json()["state"]


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


@pytest.fixture
async def person(api: httpx.AsyncClient, database: Database, clock: FixedClock) -> Person:
    async with database.transaction(SYSTEM, "test") as tx:
        user = await make_user(tx, Role.DISPATCHER)
        return Person(api=api, clock=clock, user=user, browser=await make_session(tx, user))


def test_our_device_makes_the_codes_of_the_rfc() -> None:
    """RFC 6238, appendix B, the last six of eight digits."""
    assert [code_at(b"12345678901234567890", at) for at in (59, 1111111109, 20000000000)] == [
        "287082",
        "081804",
        "353130",
    ]


async def test_nothing_is_asked_for_until_a_code_of_the_device_was_given(person: Person) -> None:
    await person.begins()

    assert (await person.logs_in()).status_code == 201
    assert code_of(await person.does("/confirmation", code="000000")) == (403, "wrong_code")
    assert await person.state() == "off"


async def test_behind_the_right_password_the_code_is_asked_for(person: Person) -> None:
    await person.has_one()

    assert await person.state() == "on"
    assert code_of(await person.logs_in(password="a guess")) == (403, "wrong_credentials")
    assert code_of(await person.logs_in()) == (403, "second_factor_needed")
    assert code_of(await person.logs_in("123456")) == (403, "wrong_code")
    assert (await person.logs_in(person.code())).status_code == 201


@pytest.mark.parametrize(("later", "holds"), [(-60, False), (-30, True), (30, True), (60, False)])
async def test_a_devices_clock_may_be_off_by_half_a_minute(person: Person, later: float, *, holds: bool) -> None:
    await person.has_one()
    person.clock.advance(60)

    assert ((await person.logs_in(person.code(later=later))).status_code == 201) is holds


async def test_a_code_that_somebody_has_read_along_holds_no_second_time(person: Person) -> None:
    await person.has_one()
    person.clock.advance(30)
    before = person.code(later=-30)

    assert (await person.logs_in(person.code())).status_code == 201
    assert code_of(await person.logs_in(person.code())) == (403, "wrong_code")
    assert code_of(await person.logs_in(before)) == (403, "wrong_code"), "nor does an older one"


async def test_a_recovery_code_holds_once(person: Person) -> None:
    codes = await person.has_one()

    assert len(set(codes)) == RECOVERY_CODES
    written = f" {codes[0][:5].lower()}-{codes[0][5:].lower()}"
    assert (await person.logs_in(written)).status_code == 201
    assert code_of(await person.logs_in(codes[0])) == (403, "wrong_code")
    assert (await person.logs_in(codes[1])).status_code == 201


async def test_after_five_wrong_codes_right_ones_are_not_looked_at(person: Person) -> None:
    await person.has_one()
    for _ in range(5):
        await person.logs_in("000000")

    assert code_of(await person.logs_in(person.code())) == (429, "too_many_attempts")
    assert code_of(await person.logs_in()) == (429, "too_many_attempts")


async def test_the_right_password_alone_forgets_no_wrong_codes(person: Person) -> None:
    await person.has_one()
    for _ in range(4):
        await person.logs_in("000000")
        await person.logs_in()
    await person.logs_in("000000")

    assert code_of(await person.logs_in(person.code())) == (429, "too_many_attempts")


async def test_who_finds_an_open_screen_changes_nothing(person: Person) -> None:
    assert code_of(await person.does(password="a guess")) == (403, "wrong_credentials")
    await person.has_one()

    assert code_of(await person.does("/removal", code="000000")) == (403, "wrong_code")
    assert code_of(await person.does(password=PASSWORD)) == (409, "second_factor_on")
    assert code_of(await person.does("/confirmation", code=person.code())) == (409, "second_factor_on")
    assert await person.state() == "on"


async def test_guesses_at_an_open_screen_are_limited(person: Person) -> None:
    await person.has_one()
    for _ in range(5):
        await person.does("/removal", code="000000")

    assert code_of(await person.does("/removal", code=person.code())) == (429, "too_many_attempts")


async def test_with_a_code_it_is_removed(person: Person) -> None:
    await person.has_one()

    assert (await person.does("/removal", code=person.code())).status_code == 204
    assert await person.state() == "off"
    assert (await person.logs_in()).status_code == 201
    assert code_of(await person.does("/removal", code=person.code())) == (404, "no_second_factor")


async def test_an_administrator_helps_who_has_lost_it_and_that_is_audited(person: Person, database: Database) -> None:
    await person.has_one()
    async with database.transaction(SYSTEM, "test") as tx:
        administrator = await make_user(tx, Role.ADMINISTRATOR)
        browser = await make_session(tx, administrator)
        supervisor = await make_session(tx, await make_user(tx, Role.SUPERVISOR))
    path = f"/api/v1/users/{person.user.id}/second-factor-removal"

    refused = await person.api.post(path, auth=supervisor)
    done = [await person.api.post(path, auth=browser) for _ in range(2)]

    assert refused.status_code == 403
    assert [answer.status_code for answer in done] == [204, 204]
    assert (await person.logs_in()).status_code == 201
    async with database.snapshot(SYSTEM, "test") as tx:
        query = select(AuditRow.actor_id).where(AuditRow.subject_kind == "second_factor", AuditRow.change == "delete")
        assert list(await tx.session.scalars(query)) == [administrator.id]


async def test_who_runs_the_deployment_helps_its_only_administrator(person: Person, database_url: str) -> None:
    await person.has_one()

    await forget_second_factor(Settings(database=database_url), email=person.user.email.upper())

    assert (await person.logs_in()).status_code == 201


async def test_it_is_counted_who_has_one(person: Person, database: Database) -> None:
    await person.begins()
    async with database.snapshot(SYSTEM, "test") as tx:
        before = await spread(tx)
    await person.has_one()
    async with database.snapshot(SYSTEM, "test") as tx:
        after = await spread(tx)

    assert (before, after) == ((0, 1), (1, 1))


async def test_the_database_alone_tells_no_secret(person: Person, database: Database) -> None:
    codes = await person.has_one()
    async with database.snapshot(SYSTEM, "test") as tx:
        row = (await tx.session.scalars(select(SecondFactor))).one()

    assert person.secret.hex() not in row.sealed
    assert base64.b64encode(person.secret).decode() not in row.sealed
    assert not set(codes) & set(row.recovery)


async def test_under_another_key_only_recovery_codes_hold(person: Person, app: Litestar) -> None:
    codes = await person.has_one()
    app.state.second_factors = SecondFactors("another key of the settings, as long", random_bytes=bytes)
    other = await person.logs_in(person.code())
    app.state.second_factors = None
    without = await person.logs_in(person.code())

    assert [code_of(other), code_of(without)] == [(403, "wrong_code")] * 2
    assert (await person.logs_in(codes[0])).status_code == 201


async def test_where_there_is_none_it_is_not_offered(person: Person, app: Litestar) -> None:
    app.state.second_factors = None

    assert await person.state() == "unoffered"
    assert code_of(await person.does(password=PASSWORD)) == (404, "no_second_factor")
    assert code_of(await person.does("/confirmation", code="123456")) == (404, "no_second_factor")


async def test_phones_have_none(api: httpx.AsyncClient, database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        phone = Bearer((await make_phone(tx, await make_user(tx, Role.TECHNICIAN))).tokens.access_token)

    assert (await api.get(MINE, auth=phone)).status_code == 403
