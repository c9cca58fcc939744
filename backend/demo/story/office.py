"""People of the office at their keyboards: one logged-in session each, over the API that everybody uses."""

from typing import Any
from uuid import uuid4

import httpx

from backend.demo.people import PASSWORD
from backend.identity.secrets import SESSION_COOKIE

TIMEOUT_SECONDS = 60.0  # twenty tellings at once on two slow cores; one alone waits for milliseconds


class Refusal(Exception):
    """The API said no. status: of HTTP; code: stable; params: what it said of the reason."""

    def __init__(self, answer: httpx.Response) -> None:
        try:
            body = answer.json()
        except ValueError:
            body = {}
        self.status = answer.status_code
        self.code: str = body.get("code", "no_problem_document")
        self.params: dict[str, Any] = body.get("params", {})
        super().__init__(f"{answer.request.method} {answer.request.url.path}: {self.status} {self.code} {self.params}")


class Clerk:
    """One person of the office. Each request that changes something has an Idempotency-Key of its own."""

    def __init__(self, url: str, email: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS)
        answer = self._client.post("/api/v1/session", json={"email": email, "password": PASSWORD})
        if answer.is_error:
            raise Refusal(answer)
        # The cookie is Secure: a client that is no browser sends it over loopback by hand.
        token = answer.cookies.get(SESSION_COOKIE) or answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
        self._client.cookies.clear()
        self._client.headers["cookie"] = f"{SESSION_COOKIE}={token}"
        self._client.headers["x-csrf-token"] = answer.json()["csrf_token"]

    def get(self, path: str, **params: Any) -> Any:
        return self._answer(self._client.get(path, params=params))

    def post(self, path: str, body: Any = None) -> Any:
        return self._answer(self._client.post(path, json=body, headers={"idempotency-key": str(uuid4())}))

    def put(self, path: str, body: Any) -> Any:
        return self._answer(self._client.put(path, json=body))

    def patch(self, path: str, body: Any) -> Any:
        return self._answer(self._client.patch(path, json=body))

    def delete(self, path: str) -> Any:
        return self._answer(self._client.delete(path))

    def close(self) -> None:
        self._client.close()

    @staticmethod
    def _answer(answer: httpx.Response) -> Any:
        if answer.is_error:
            raise Refusal(answer)
        return answer.json() if answer.content else None


def job_of_order(clerk: Clerk, order_id: str, territory_id: str) -> dict[str, Any] | None:
    """The job that the worker made for an order, looked for among the territory's; None while there is none."""
    cursor: str | None = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = clerk.get("/api/v1/jobs", territory_id=territory_id, page_size=200, **more)
        for job in page["items"]:
            if job["order_id"] == order_id:
                return job
        cursor = page["next_cursor"]
        if cursor is None:
            return None
