"""A link that does not hold gets the same nothing, whatever is wrong with it; a second proof opens more for an hour."""

from datetime import timedelta

import httpx
import pytest

from backend.identity import service as identity
from backend.identity.attempts import LINK_LIMIT, PROOF_LIMIT
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from tests.factories.identity import Bearer
from tests.factories.tracking import Agreed, make_agreed
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio

PAGE = "/api/v1/tracking"


@pytest.fixture
async def agreed(database: Database) -> Agreed:
    return await make_agreed(database)


@pytest.fixture
async def link(database: Database, agreed: Agreed) -> str:
    async with database.transaction(SYSTEM, "test") as tx:
        return await identity.issue_link(tx, agreed.job.id, tx.now + timedelta(hours=24))


async def seen(api: httpx.AsyncClient, token: str) -> httpx.Response:
    return await api.get(PAGE, auth=Bearer(token))


async def test_guessed_altered_and_ended_links_are_not_told_apart(
    api: httpx.AsyncClient, database: Database, link: str, clock: FixedClock
):
    assert (await seen(api, link)).status_code == 200
    altered = [link[:-1] + ("A" if link[-1] != "A" else "B"), link[:-1], link + "A", link.swapcase()]
    answers = [await seen(api, token) for token in (f"trl_{'x' * 43}", *altered)]
    clock.advance(timedelta(hours=24).total_seconds())
    answers.append(await seen(api, link))

    assert {answer.status_code for answer in answers} <= {401, 404}
    told = {(answer.status_code, answer.content) for answer in answers}
    assert len(told) == 1
    assert answers[0].json()["code"] == "unknown_link"


async def test_guessing_goes_no_further_than_a_few_and_disturbs_no_customer(api: httpx.AsyncClient, link: str):
    answers = [await seen(api, f"trl_{n:043d}") for n in range(LINK_LIMIT + 1)]

    assert [answer.status_code for answer in answers[-2:]] == [429, 429]
    assert "retry-after" in answers[-1].headers
    assert (await seen(api, link)).status_code == 200


async def test_the_second_proof_opens_the_details_for_an_hour(api: httpx.AsyncClient, link: str, clock: FixedClock):
    proof = await api.post(f"{PAGE}/proof", auth=Bearer(link), json={"answer": " 45-67 "})

    assert proof.status_code == 201
    assert (await seen(api, link)).json()["details"] is None
    assert (await seen(api, proof.json()["token"])).json()["details"]["name"] == "Aino Laine"
    clock.advance(3600)
    assert (await seen(api, proof.json()["token"])).status_code == 404


async def test_after_five_wrong_proofs_the_right_one_does_not_help(api: httpx.AsyncClient, link: str):
    async def tried(answer: str) -> int:
        return (await api.post(f"{PAGE}/proof", auth=Bearer(link), json={"answer": answer})).status_code

    wrong = [await tried(f"000{n}") for n in range(PROOF_LIMIT)]

    assert wrong == [*[403] * (PROOF_LIMIT - 1), 429]
    assert await tried("4567") == 429


async def test_who_has_no_phone_proves_by_the_postcode(api: httpx.AsyncClient, database: Database, agreed: Agreed):
    from backend.customers import service as customers
    from backend.customers.schemas import ChangeContact

    async with database.transaction(SYSTEM, "test") as tx:
        await customers.change_contact(tx, agreed.job.account_id, ChangeContact(phone=None))
        link = await identity.issue_link(tx, agreed.job.id, tx.now + timedelta(hours=24))

    assert (await seen(api, link)).json()["proof"] == "postcode"
    assert (await api.post(f"{PAGE}/proof", auth=Bearer(link), json={"answer": "00170"})).status_code == 201


async def test_a_link_lives_as_long_as_the_new_time_when_the_visit_is_moved(
    api: httpx.AsyncClient, database: Database, agreed: Agreed, link: str, clock: FixedClock
):
    async with database.transaction(SYSTEM, "test") as tx:
        await identity.prolong_links(tx, agreed.job.id, tx.now + timedelta(hours=72))

    clock.advance(timedelta(hours=71).total_seconds())

    assert (await seen(api, link)).status_code == 200
