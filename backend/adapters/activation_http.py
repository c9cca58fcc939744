"""The service activation interface of an external orchestrator, as TM Forum shapes it.

A profile of ours is a feature of the service there. What takes longer is answered 202 with the address of a monitor,
which is asked until it has ended, as often as the orchestrator says. Writing is a PATCH of what shall be, so that the
same again changes nothing.
Sources: TMF640 Service Activation and Configuration v4 (Service, Feature, Monitor); TMF653 Service Test v4; RFC 9110
10.2.3 (Retry-After).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

import httpx
import msgspec

from backend.kernel.clock import Clock
from backend.ports import LineTest, NetworkReceipt, NetworkRefused, NetworkService, NetworkStep, NetworkUnreachable

POLLS_AT_MOST = 30  # of one monitor; the caller gives up earlier, and asks again with the same key
POLL_SECONDS, LONGEST_POLL_SECONDS = 0.5, 5.0  # where the orchestrator does not say, and at most where it does
TURN_UP = "turn-up"
BUSY = frozenset({408, 425, 429})  # of the 4xx, those that mean: later

T = TypeVar("T")
Pause = Callable[[float], Awaitable[None]]


class Characteristic(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    value: str


class Feature(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One profile. is_enabled: whether the service shall have it at all."""

    name: str
    is_enabled: bool = True
    feature_characteristic: list[Characteristic] = []


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """What we read of a TMF640 Service."""

    id: str
    feature: list[Feature] = []


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A TMF630 Error. reason: in the orchestrator's own words."""

    code: str = ""
    reason: str = ""


class Monitor(msgspec.Struct, frozen=True, kw_only=True):
    """A TMF640 Monitor: what became of a request that took longer. state: InProgress, Completed, Failed and the like."""

    state: str
    error: Failure | None = None
    result: Any = None


class Measure(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    metric_name: str
    value: float


class ServiceTest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What we read of a TMF653 ServiceTest. state: `completed` for a line that passed."""

    state: str
    test_measure: list[Measure] = []


class ActivationHttp:
    """The port `Network` over TMF640 and TMF653. url: of both, without a slash at the end; token: of the orchestrator.

    pause: how the time until the next look at a monitor passes.
    """

    def __init__(
        self, client: httpx.AsyncClient, url: str, *, token: str, clock: Clock, pause: Pause = asyncio.sleep
    ) -> None:
        self._client = client
        self._url = url
        self._headers = {"authorization": f"Bearer {token}"} if token else {}
        self._clock = clock
        self._pause = pause

    async def apply(self, step: NetworkStep) -> NetworkReceipt:
        body = Service(id=str(step.service_id), feature=[_feature(step)])
        answer = await self._ask("PATCH", f"/service/{step.service_id}", body, key=step.key)
        reference = answer.headers.get("x-request-id") or answer.headers.get("etag") or step.key
        return NetworkReceipt(key=step.key, reference=reference, applied_at=self._clock.now())

    async def read_back(self, service_id: UUID) -> NetworkService | None:
        answer = await self._send("GET", f"/service/{service_id}")
        if answer.status_code == 404:
            return None
        found = _decode(_accepted(answer).content, Service)
        profiles = {
            feature.name: {one.name: one.value for one in feature.feature_characteristic}
            for feature in found.feature
            if feature.is_enabled
        }
        return NetworkService(service_id=service_id, profiles=profiles) if profiles else None

    async def test(self, service_id: UUID) -> LineTest:
        body = {"relatedService": {"id": str(service_id)}, "testSpecification": {"name": TURN_UP}}
        answer = await self._ask("POST", "/serviceTest", body)
        found = _decode(answer.content, ServiceTest)
        measurements = {measure.metric_name: measure.value for measure in found.test_measure}
        return LineTest(passed=found.state == "completed", measurements=measurements)

    async def _ask(self, method: str, path: str, body: Any, *, key: str | None = None) -> httpx.Response:
        """The answer to a request, waited for at its monitor where it is not given at once."""
        answer = _accepted(await self._send(method, path, body, key=key))
        if answer.status_code != 202:
            return answer
        monitor = answer.headers.get("location")
        if monitor is None:
            raise NetworkUnreachable(reason="202 without the address of a monitor")
        return await self._followed(monitor, answer)

    async def _followed(self, monitor: str, answer: httpx.Response) -> httpx.Response:
        """Look at the monitor until it has ended. Raises NetworkRefused when it failed, NetworkUnreachable in the end."""
        for _ in range(POLLS_AT_MOST):
            await self._pause(_seconds(answer))
            answer = _accepted(await self._send("GET", self._path_of(monitor)))
            found = _decode(answer.content, Monitor)
            match found.state.lower():
                case "completed":
                    return httpx.Response(200, headers=answer.headers, json=found.result)
                case "failed" | "rejected" | "terminatedwitherror":
                    raise NetworkRefused(reason=found.error.reason if found.error else found.state)
        raise NetworkUnreachable(reason=f"{monitor} is still in progress")

    async def _send(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> httpx.Response:
        content = None if body is None else msgspec.json.encode(body)
        headers = self._headers | ({"idempotency-key": key} if key else {})
        headers |= {"content-type": "application/json"} if content else {}
        try:
            return await self._client.request(
                method, f"{self._url}{path}", content=content, headers=headers, follow_redirects=False
            )
        except httpx.TransportError as error:
            raise NetworkUnreachable(reason=f"{method} {path}: {type(error).__name__}") from error

    def _path_of(self, monitor: str) -> str:
        """A monitor lives beside the rest: our credentials go nowhere else."""
        path = monitor.removeprefix(self._url)
        if not path.startswith("/") or path.startswith("//"):
            raise NetworkRefused(reason=f"the monitor {monitor} is not at {self._url}")
        return path


def _feature(step: NetworkStep) -> Feature:
    attributes = sorted((step.attributes or {}).items())
    return Feature(
        name=step.name,
        is_enabled=step.attributes is not None,
        feature_characteristic=[Characteristic(name=name, value=value) for name, value in attributes],
    )


def _accepted(answer: httpx.Response) -> httpx.Response:
    """Raises NetworkRefused for a no, NetworkUnreachable for what may be yes another time."""
    status = answer.status_code
    if 200 <= status < 300:
        return answer
    if 400 <= status < 500 and status not in BUSY:
        raise NetworkRefused(reason=_reason(answer) or f"HTTP {status}")
    raise NetworkUnreachable(reason=f"HTTP {status}")


def _reason(answer: httpx.Response) -> str:
    try:
        return msgspec.json.decode(answer.content, type=Failure).reason
    except msgspec.DecodeError:
        return ""


def _decode(content: bytes, shape: type[T]) -> T:
    """Raises NetworkUnreachable for what is no such thing: perhaps a proxy answered in the orchestrator's place."""
    try:
        return msgspec.json.decode(content, type=shape)
    except msgspec.DecodeError as error:
        raise NetworkUnreachable(reason=f"no {shape.__name__}: {error}") from error


def _seconds(answer: httpx.Response) -> float:
    """Until the next look, by Retry-After where it is a number."""
    said: Mapping[str, str] = answer.headers
    try:
        return min(max(float(said.get("retry-after", POLL_SECONDS)), 0.0), LONGEST_POLL_SECONDS)
    except ValueError:
        return POLL_SECONDS
