"""What may not be done is refused by name, and nothing has changed: over the real application, on both databases."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from backend.identity.principal import Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from tests.factories.identity import make_session, make_user
from tests.factories.workforce import make_territory
from tests.fakes import FixedClock
from tests.journeys.town import Town, make_town


@pytest.fixture
async def town(database: Database, clock: FixedClock) -> Town:
    return await make_town(database, clock)


class Office:
    """The administrator at work. Every answer comes with whether the rows of the database are as they were."""

    def __init__(self, api: httpx.AsyncClient, town: Town) -> None:
        self.api, self.town, self.auth = api, town, town.callers[Role.ADMINISTRATOR]

    async def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        where = "/api/v1/" + path.format_map(self.town.known)
        return await self.api.post(where, json=body, auth=more.pop("auth", self.auth), **more)

    async def refusal(self, path: str, body: Any = None, **more: Any) -> tuple[int, str]:
        """Status and code of an answer that left every row as it was."""
        before = await self.town.row_counts()
        answer = await self.post(path, body, **more)
        assert await self.town.row_counts() == before
        return answer.status_code, answer.json()["code"]


@pytest.fixture
def office(api: httpx.AsyncClient, town: Town) -> Office:
    return Office(api, town)


def order_in(town: Town) -> Mapping[str, Any]:
    items = [{"offering_code": "PHONE", "quantity": 1}]
    return {"account_id": town.known["account_id"], "premises_id": town.known["premises_id"], "items": items}


# --- Someone else's ---------------------------------------------------------------------------------------------------


async def test_someone_elses_job_does_not_exist(office: Office, database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        elsewhere = await make_territory(tx, code="FAR")
        stranger = await make_session(tx, await make_user(tx, Role.DISPATCHER, territory_ids=(elsewhere.id,)))

    refusal = await office.refusal("jobs/{job_id}/cancellation", {"reason": "mine now"}, auth=stranger)

    assert refusal == (404, "unknown_job")


async def test_another_technicians_job_does_not_exist_on_this_phone(office: Office) -> None:
    path = f"/api/v1/jobs/{office.town.known['job_id']}"

    answer = await office.api.get(path, auth=office.town.callers[Role.TECHNICIAN])

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_job")


# --- Illegal moves ----------------------------------------------------------------------------------------------------

TWICE = [
    ("jobs/{job_id}/cancellation", {"reason": "customer_away"}, (409, "illegal_move")),
    ("orders/{order_id}/submission", None, (409, "illegal_move")),
    ("orders/{order_id}/cancellation", None, (409, "illegal_move")),
    ("holds/{hold_id}/confirmation", None, (409, "illegal_move")),
    ("optimisation-runs/{run_id}/acceptance", {"move_ids": None}, (409, "illegal_move")),
    ("optimisation-runs/{run_id}/discard", None, (409, "illegal_move")),
    ("review-cards/{card_id}/resolution", {"resolution": "dismiss", "note": "looked at"}, (409, "illegal_move")),
]


@pytest.mark.parametrize(("path", "body", "wanted"), TWICE, ids=[path for path, _, _ in TWICE])
async def test_what_is_done_is_not_done_again(office: Office, path: str, body: Any, wanted: tuple[int, str]) -> None:
    first = await office.post(path, body)

    again = await office.refusal(path, body)

    assert (first.is_success, again) == (True, wanted)


async def test_a_run_that_was_never_applied_is_not_taken_back(office: Office) -> None:
    assert await office.refusal("optimisation-runs/{run_id}/rollback") == (409, "illegal_move")


# --- Repeats ----------------------------------------------------------------------------------------------------------


async def test_the_same_request_with_the_same_key_has_one_effect_and_one_answer(office: Office) -> None:
    first = await office.post("orders", order_in(office.town), headers={"idempotency-key": "k1"})
    before = await office.town.row_counts()

    again = await office.post("orders", order_in(office.town), headers={"idempotency-key": "k1"})

    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert await office.town.row_counts() == before


async def test_the_same_key_with_another_request_is_refused(office: Office) -> None:
    key = {"idempotency-key": "k1"}
    await office.post("orders", order_in(office.town), headers=key)
    other = {**order_in(office.town), "items": [{"offering_code": "PHONE", "quantity": 2}]}

    assert await office.refusal("orders", other, headers=key) == (409, "idempotency_key_reused")


# --- Things that are not there ----------------------------------------------------------------------------------------


async def test_a_serial_that_nobody_received_cannot_be_carried(office: Office) -> None:
    known = office.town.known
    body = {"from_location_id": known["depot_id"], "to_location_id": known["van_id"], "serials": ["LWON99999999"]}

    assert await office.refusal("stock-transfers", body) == (404, "unknown_serial")


async def test_a_window_that_nobody_can_keep_is_not_held(office: Office) -> None:
    after_the_shifts = {"window_start": "2026-06-01T13:00:00Z", "window_end": "2026-06-01T15:00:00Z"}

    assert await office.refusal("jobs/{job_id}/holds", after_the_shifts) == (409, "slot_taken")


async def test_a_window_that_is_not_offered_is_not_held(office: Office) -> None:
    odd = {"window_start": "2026-06-01T06:17:00Z", "window_end": "2026-06-01T08:17:00Z"}

    assert await office.refusal("jobs/{job_id}/holds", odd) == (422, "not_a_window")
