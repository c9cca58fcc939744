"""Every trouble leaves in one shape, with a code for programs and nothing of our insides."""

import logging

import httpx
import pytest
from sqlalchemy import func, select

from backend.app import STATUSES
from backend.identity.models import Organisation
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.errors import DomainError

TROUBLES = "/api/v1/try/troubles"


def assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    body = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert (body["type"], body["status"], body["code"]) == (f"urn:truckroll:problem:{code}", status, code)
    assert set(body) >= {"type", "title", "status", "code", "params"}
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("name", "status"), [("taken", 409), ("resting", 503), ("missing", 404), ("forbidden", 403), ("invalid", 422)]
)
async def test_each_kind_of_trouble_has_its_status(trials: httpx.AsyncClient, name: str, status: int) -> None:
    code = {"missing": "not_found"}.get(name, name)

    assert_problem(await trials.get(f"{TROUBLES}/{name}"), status, code)


async def test_what_a_caller_needs_to_react_is_told(trials: httpx.AsyncClient) -> None:
    assert (await trials.get(f"{TROUBLES}/taken")).json()["params"] == {"by": "canary"}


def test_every_kind_of_domain_error_has_a_status() -> None:
    assert all(kind in STATUSES for kind in DomainError.__subclasses__() if kind.__module__ == DomainError.__module__)


@pytest.mark.parametrize("name", ["resting", "pool", "locked", "away"])
async def test_who_comes_too_early_is_told_when_to_come_again(trials: httpx.AsyncClient, name: str) -> None:
    answer = await trials.get(f"{TROUBLES}/{name}")

    assert_problem(answer, 503, "resting" if name == "resting" else "busy")
    assert answer.headers["retry-after"] == "1"
    assert 1000 <= answer.json()["retry_after_ms"] < 2000
    assert "canary" not in answer.text


@pytest.mark.parametrize("name", ["mistake", "deep", "unheard-of"])
async def test_our_mistake_is_logged_under_the_reference_that_the_caller_gets(
    trials: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await trials.get(f"{TROUBLES}/{name}")

    assert_problem(answer, 500, "our_mistake")
    assert answer.json()["params"]["reference"] in caplog.text
    assert "canary" not in answer.text


async def test_what_was_being_stored_does_not_reach_the_log(
    trials: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        answer = await trials.post("/api/v1/try/broken-statement", json={"count": 7, "name": "canary"})

    assert_problem(answer, 500, "our_mistake")
    assert "no_such_table" in caplog.text
    assert "canary" not in caplog.text


async def test_an_unknown_address_is_a_problem_too(api: httpx.AsyncClient) -> None:
    assert_problem(await api.get("/api/v1/nothing"), 404, "not_found")


async def test_a_method_that_a_route_does_not_know_is_told_which_it_does(api: httpx.AsyncClient) -> None:
    answer = await api.delete("/api/v1/deployment")

    assert_problem(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]


async def test_a_path_that_is_no_id_is_not_found(api: httpx.AsyncClient) -> None:
    assert_problem(await api.post("/api/v1/devices/7/revocation"), 404, "not_found")


async def test_who_shows_nothing_is_asked_for_a_credential(api: httpx.AsyncClient) -> None:
    answer = await api.get("/api/v1/users")

    assert_problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v1/try/hook", 500, "our_mistake"),
        ("/api/v1/try/flush", 409, "constraint_refused"),
        ("/api/v1/try/commit", 409, "constraint_refused"),
    ],
)
async def test_a_commit_that_fails_is_never_answered_as_done(
    trials: httpx.AsyncClient, database: Database, path: str, status: int, code: str
) -> None:
    answer = await trials.post(path)

    assert_problem(answer, status, code)
    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await tx.session.scalars(select(func.count()).select_from(Organisation))).one() == 0
