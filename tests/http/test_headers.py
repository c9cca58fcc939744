"""What every answer tells a browser, and the pages that must live with it."""

from html.parser import HTMLParser

import httpx
import pytest

from backend.http.clients import client_routers
from backend.http.headers import SECURITY_HEADERS


@pytest.mark.parametrize("path", ["/api/v1/deployment", "/health", "/api/v1/users", "/nothing", "/schema", "/"])
async def test_every_answer_carries_the_security_headers(api: httpx.AsyncClient, path: str) -> None:
    answer = await api.get(path)

    assert SECURITY_HEADERS.items() <= dict(answer.headers).items()


async def test_our_mistakes_carry_them_too(trials: httpx.AsyncClient) -> None:
    answer = await trials.get("/api/v1/try/troubles/mistake")

    assert answer.status_code == 500
    assert SECURITY_HEADERS.items() <= dict(answer.headers).items()


def test_no_script_runs_that_is_not_ours() -> None:
    policy = dict(rule.split(" ", 1) for rule in SECURITY_HEADERS["content-security-policy"].split("; "))

    assert policy["default-src"] == "'self'"
    assert "unsafe-inline" not in policy["script-src"]
    assert policy["frame-ancestors"] == "'none'"


async def test_answers_about_people_are_kept_nowhere(api: httpx.AsyncClient) -> None:
    assert (await api.get("/api/v1/users")).headers["cache-control"] == "no-store"


async def test_pages_are_asked_for_each_time(api: httpx.AsyncClient) -> None:
    assert (await api.get("/schema")).headers["cache-control"] == "no-cache"


async def test_a_long_answer_is_compressed_for_who_asks(trials: httpx.AsyncClient) -> None:
    answer = await trials.get("/api/v1/try/long", headers={"accept-encoding": "gzip"})

    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text == "x" * 5000


class Outside(HTMLParser):
    """Collects what a page would run or fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        address = values.get("src") or values.get("href") or ""
        if tag in ("script", "link", "img", "iframe") or any(name.startswith("on") for name in values):
            self.found.append(f"{tag} {address}")
        if address and not address.startswith(("/", "#")):
            self.found.append(address)


async def test_the_page_of_the_api_needs_no_script_and_nothing_from_outside(api: httpx.AsyncClient) -> None:
    answer = await api.get("/schema")

    page = Outside()
    page.feed(answer.text)
    assert answer.headers["content-type"].startswith("text/html")
    assert "POST /api/v1/session" in answer.text
    assert "LogIn" in answer.text
    assert page.found == []


async def test_the_api_describes_itself_to_programs(api: httpx.AsyncClient) -> None:
    document = (await api.get("/schema/openapi.json")).json()

    assert "/api/v1/session" in document["paths"]


@pytest.mark.skipif(not client_routers(), reason="the web clients are not built")
async def test_a_page_of_a_client_is_served_to_a_browser_with_any_cookie(api: httpx.AsyncClient) -> None:
    path = client_routers()[0].path

    answer = await api.get(f"{path}/", headers={"cookie": "__Host-truckroll=over"})

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert SECURITY_HEADERS.items() <= dict(answer.headers).items()
