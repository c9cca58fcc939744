"""Customers by their link, other systems by their signature, and what becomes of a credential that does not hold."""

from collections.abc import Generator
from datetime import timedelta

import httpx
import pytest

from backend.http.callers import NO_CALLER
from backend.identity import queries, service
from backend.identity.access import ACCESS
from backend.identity.models import ServiceKey
from backend.identity.principal import NOBODY, Role
from backend.kernel.audit import SYSTEM, Actor
from backend.kernel.db import Database
from tests.factories.identity import Bearer, Signed, make_service_key
from tests.fakes import FixedClock

ROUTE = ("GET", "/api/v1/deployment")
PATH = ROUTE[1]


@pytest.fixture
def only_callers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A route for everyone but nobody, so that an answer shows that a credential holds."""
    monkeypatch.setitem(ACCESS, ROUTE, frozenset(Role) - {Role.ANONYMOUS})


async def link(database: Database) -> str:
    async with database.transaction(SYSTEM, "test") as tx:
        return await service.issue_link(tx, tx.new_id(), tx.now + timedelta(hours=24))


@pytest.mark.usefixtures("only_callers")
async def test_a_customers_link_serves_until_it_expires(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    holder = Bearer(await link(database))

    clock.advance(24 * 3600 - 1)
    assert (await api.get(PATH, auth=holder)).status_code == 200
    clock.advance(1)
    assert (await api.get(PATH, auth=holder)).status_code == 401


async def test_a_link_names_its_visit_and_nothing_else(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        job_id = tx.new_id()
        token = await service.issue_link(tx, job_id, tx.now + timedelta(hours=1))
        customer = await queries.principal_of_link(tx, token)

    assert customer is not None
    assert (customer.role, customer.job_id, customer.is_proved) == (Role.CUSTOMER, job_id, False)
    assert (customer.organisation_id, customer.technician_id, customer.territory_ids) == (None, None, frozenset())


async def test_links_cannot_be_guessed_from_one_another(database: Database) -> None:
    tokens = {await link(database) for _ in range(3)}

    assert len(tokens) == 3
    assert all(len(token) >= 4 + 43 for token in tokens)  # 256 bits in base64


@pytest.mark.usefixtures("only_callers")
@pytest.mark.parametrize(
    "token",
    [
        "",
        "trl_",
        "trl_guess",
        "tra_guess",
        "trs_guess",
        "trr_guess",
        "key_guess",
        "guess",
        "trl_ä".encode().decode("latin-1"),
    ],
)
async def test_a_token_that_does_not_hold_is_refused(api: httpx.AsyncClient, token: str) -> None:
    answer = await api.get(PATH, headers=[(b"authorization", f"Bearer {token}".encode("latin-1"))])

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_credential_that_does_not_hold_is_refused_on_open_routes_too(api: httpx.AsyncClient) -> None:
    assert (await api.get(PATH)).status_code == 200
    assert (await api.get(PATH, auth=Bearer("tra_guess"))).status_code == 401


def test_who_shows_nothing_is_nobody() -> None:
    assert (NO_CALLER.user, NO_CALLER.auth) == (NOBODY, None)


# --- Signed requests --------------------------------------------------------------------------------------------------


class Altered(httpx.Auth):
    """A signed request that is changed on its way."""

    requires_request_body = True

    def __init__(self, signer: Signed, **headers: str) -> None:
        self.signer, self.headers = signer, headers

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        for signed in self.signer.auth_flow(request):
            signed.headers.update({name.replace("_", "-"): value for name, value in self.headers.items()})
            yield signed


async def billing(database: Database, clock: FixedClock) -> Signed:
    async with database.transaction(SYSTEM, "test") as tx:
        return await make_service_key(tx, clock)


@pytest.mark.usefixtures("only_callers")
async def test_a_system_that_signs_with_its_key_may_call(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    assert (await api.get(PATH, auth=await billing(database, clock))).status_code == 200


async def test_another_key_under_the_same_id_is_refused(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
) -> None:
    known = await billing(database, clock)
    async with database.transaction(SYSTEM, "test") as tx:
        stranger = await make_service_key(tx, clock, key_id="stranger", seed=8)

    assert (await api.get(PATH, auth=Signed(known.key_id, stranger.private, clock))).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook_signature": "v1a,AAAA"},
        {"webhook_signature": ""},
        {"webhook_id": "another"},
        {"webhook_timestamp": "1"},
        {"webhook_timestamp": "now"},
        {"truckroll_key_id": "unknown"},
    ],
)
async def test_a_signature_over_something_else_is_refused(
    api: httpx.AsyncClient, database: Database, clock: FixedClock, headers: dict[str, str]
) -> None:
    altered = Altered(await billing(database, clock), **headers)

    assert (await api.get(PATH, auth=altered)).status_code == 401


async def test_a_signature_is_over_the_body(api: httpx.AsyncClient, database: Database, clock: FixedClock) -> None:
    signer = await billing(database, clock)
    signed = next(signer.auth_flow(httpx.Request("POST", "http://test/", content=b'{"email": "a", "password": "b"}')))

    answer = await api.post("/api/v1/session", content=b'{"email": "a", "password": "c"}', headers=signed.headers)

    assert answer.status_code == 401


@pytest.mark.parametrize(("seconds", "status"), [(-301, 401), (-300, 200), (300, 200), (301, 401)])
async def test_a_signature_is_good_for_five_minutes(
    api: httpx.AsyncClient, database: Database, clock: FixedClock, seconds: int, status: int
) -> None:
    signer = await billing(database, clock)
    request = next(signer.auth_flow(httpx.Request("GET", f"http://test{PATH}")))

    clock.advance(seconds)

    assert (await api.get(PATH, headers=request.headers)).status_code == status


async def test_a_retired_key_is_refused(api: httpx.AsyncClient, database: Database, clock: FixedClock) -> None:
    signer = await billing(database, clock)
    async with database.transaction(SYSTEM, "test") as tx:
        (await tx.session.get_one(ServiceKey, signer.key_id)).retired_at = tx.now

    assert (await api.get(PATH, auth=signer)).status_code == 401


async def test_two_systems_are_two_actors(database: Database, clock: FixedClock) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await make_service_key(tx, clock, Role.BILLING_SYSTEM)
        await make_service_key(tx, clock, Role.NETWORK_SYSTEM)
        keys = [await queries.service_key(tx, str(role)) for role in (Role.BILLING_SYSTEM, Role.NETWORK_SYSTEM)]
        actors = {queries.principal_of_key(key).actor for key in keys if key}

    assert len(actors) == 2
    assert Actor(kind="service") not in actors
