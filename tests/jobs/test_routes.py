"""Jobs over HTTP: the happy way and precise refusals."""

from uuid import uuid4

import pytest

from backend.identity.principal import Principal, Role
from backend.jobs import service
from backend.jobs.errors import UnknownJob
from backend.jobs.lifecycle import ReviewKind
from backend.jobs.routes import ROUTES
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.offline.routes import resolve_review
from tests.factories.callers import calling
from tests.factories.jobs import SUPERVISOR, make_dispatched_job, make_field

pytestmark = pytest.mark.anyio


@pytest.fixture
async def job(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        return await make_dispatched_job(tx, await make_field(tx))


async def test_jobs_are_listed_shown_and_explained(database: Database, job):
    async with calling(database, ROUTES, SUPERVISOR) as http:
        listed = await http.get("/api/v1/jobs", params={"day": "2026-06-01", "state": "pending"})
        shown = await http.get(f"/api/v1/jobs/{job.id}")
        facts = await http.get(f"/api/v1/jobs/{job.id}/facts")

    assert [item["number"] for item in listed.json()["items"]] == [job.number]
    assert shown.json()["work"]["name"] == "Install FTTP"
    assert [fact["command"] for fact in facts.json()] == ["assign", "dispatch"]


async def test_work_is_placed_once_for_one_key(database: Database, job):
    wanted = {
        "cause": "plant",
        "work": "INSTALL-FTTP",
        "premises_id": str(job.premises_id),
        "external_reference": "P-7",
    }
    async with calling(database, ROUTES, SUPERVISOR) as http:
        answers = [
            await http.post("/api/v1/work-orders", json=wanted, headers={"idempotency-key": "one"}) for _ in range(2)
        ]
        jobs = await http.get("/api/v1/jobs")

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert len(jobs.json()["items"]) == 2


async def test_a_job_is_cancelled_with_its_reason(database: Database, job):
    async with calling(database, ROUTES, SUPERVISOR) as http:
        first = await http.post(f"/api/v1/jobs/{job.id}/cancellation", json={"reason": "customer called"})
        second = await http.post(f"/api/v1/jobs/{job.id}/cancellation", json={"reason": "customer called"})

    assert (first.status_code, first.json()["state"]) == (201, "cancelled")
    assert (second.status_code, second.json()["code"]) == (409, "illegal_move")


async def test_a_review_card_is_listed_and_decided(database: Database, job):
    async with database.transaction(SYSTEM, "test") as tx:
        card = await service.open_review(
            tx, kind=ReviewKind.FALLOUT, reason="step_failed", subject="radius", job_id=job.id
        )
    async with calling(database, [*ROUTES, resolve_review], SUPERVISOR) as http:
        before = await http.get("/api/v1/review-cards")
        decided = await http.post(
            f"/api/v1/review-cards/{card}/resolution", json={"resolution": "dismiss", "note": "done by hand"}
        )
        after = await http.get("/api/v1/review-cards")

    assert [item["id"] for item in before.json()["items"]] == [str(card)]
    assert (decided.status_code, decided.json()["state"]) == (201, "resolved")
    assert after.json()["items"] == []


@pytest.mark.parametrize("path", ["", "/facts"])
async def test_a_job_of_nobody_is_not_found(database: Database, path: str):
    async with calling(database, ROUTES, SUPERVISOR) as http:
        answer = await http.get(f"/api/v1/jobs/{uuid4()}{path}")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_job")


async def test_a_customer_finds_no_job(database: Database, job):
    async with database.snapshot(SYSTEM, "test") as tx:
        with pytest.raises(UnknownJob):
            await service.see_job_view(tx, Principal(actor=SYSTEM, role=Role.CUSTOMER), job.id)


@pytest.mark.parametrize("wrong", [{"page_size": "0"}, {"page_size": "201"}, {"state": "dancing"}, {"day": "soon"}])
async def test_a_filter_that_cannot_be_meant_is_refused(database: Database, wrong: dict[str, str]):
    async with calling(database, ROUTES, SUPERVISOR) as http:
        answer = await http.get("/api/v1/jobs", params=wrong)

    assert answer.status_code == 400


async def test_a_cursor_that_nobody_gave_out_is_refused(database: Database):
    async with calling(database, ROUTES, SUPERVISOR) as http:
        answer = await http.get("/api/v1/jobs", params={"cursor": "zzz"})

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")
