"""Kinto: a JSON store made for offline-first clients, on the same PostgreSQL, with a collection for each technician.

Two processes, as ours; its own accounts would hash a password at each request, so its cheaper basic authentication
serves. A phone sends what Kinto's client sends: records changed since a timestamp, and batches of records.
"""

import asyncio
import base64
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from backend.bench.packages import environment
from backend.bench.sync.load import spread
from backend.bench.sync.postgres import settle
from backend.bench.sync.processes import running
from backend.bench.sync.wire import Line, WrongAnswer, request
from backend.bench.sync.workload import LINES, Edit, edited
from backend.demo.site import free_port

REQUIREMENTS = ("kinto[postgresql]==26.5.0", "setuptools<81")  # one of its packages still imports pkg_resources
PROCESSES = 2
BUCKET = "/buckets/field"
USER = "Authorization: Basic " + base64.b64encode(b"bench:bench").decode() + "\r\n"
SETTINGS = """\
[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = %(http_port)s
threads = 8

[app:main]
use = egg:kinto
kinto.storage_backend = kinto.core.storage.postgresql
kinto.storage_url = {url}
kinto.permission_backend = kinto.core.permission.postgresql
kinto.permission_url = {url}
kinto.cache_backend = kinto.core.cache.memory
kinto.userid_hmac_secret = of no worth: it only guards the benchmark
kinto.bucket_create_principals = system.Authenticated
kinto.batch_max_requests = 100
multiauth.policies = basicauth
multiauth.policy.basicauth.use = kinto.core.authentication.BasicAuthAuthenticationPolicy

[loggers]
keys = root
[handlers]
keys = console
[formatters]
keys = plain
[logger_root]
level = ERROR
handlers = console
[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = plain
[formatter_plain]
format = %(message)s
"""
COLLIDED = 122  # its number of "integrity constraint violated, please retry": the whole batch was undone
TRIES = 10
Documents = Mapping[str, bytes]


class Records(msgspec.Struct):
    data: list[dict[str, Any]]


class Response(msgspec.Struct):
    status: int
    body: dict[str, Any]


class Batch(msgspec.Struct):
    responses: list[Response]


@dataclass(kw_only=True)
class KintoPhone:
    """A phone whose records are its technician's collection."""

    collection: str
    _since: int = 0
    _records: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    _work: bytes = b""

    async def pull(self, line: Line) -> int:
        since = f"?_since={self._since}" if self._since else ""
        body = await line.get(request("GET", f"/v1{self.collection}/records{since}", USER))
        came = msgspec.json.decode(body, type=Records).data
        self._records |= {record["id"]: record for record in came}
        self._since = max((record["last_modified"] for record in came), default=self._since)
        return len(came)

    def compose(self, edits: Sequence[Edit]) -> None:
        names = list(self._records)
        self._work = _batch([self._put(edited(self._records[names[edit.job]], edit)) for edit in edits])

    async def push(self, line: Line) -> int:
        answered = await _carried_out(line, self._work)
        for one in answered:
            if one.status != 200:
                raise WrongAnswer(f"a record was answered {one.status}: {one.body}")
            self._records[one.body["data"]["id"]] = one.body["data"]
        return len(answered)

    async def reconnect(self, line: Line) -> tuple[int, int]:
        return await self.push(line), await self.pull(line)

    def _put(self, record: dict[str, Any]) -> dict[str, Any]:
        """Only if nobody changed it since, as its client does."""
        unchanged = {"If-Match": f'"{record["last_modified"]}"'}
        body = {"data": {name: value for name, value in record.items() if name != "last_modified"}}
        return {
            "method": "PUT",
            "path": f"{self.collection}/records/{record['id']}",
            "headers": unchanged,
            "body": body,
        }


@dataclass(frozen=True, kw_only=True)
class Kinto:
    """The running server."""

    ports: Sequence[int]
    name: str = "Kinto"

    def phone(self, number: int) -> KintoPhone:
        return KintoPhone(collection=_collection(number))

    colleague = phone


@contextmanager
def kinto(documents: Sequence[Documents], url: str, *, home: Path) -> Iterator[Kinto]:
    """Serve these documents, by technician, from the empty database at `url`. Raises NotInstalled."""
    programs = environment("kinto", REQUIREMENTS)
    settings, log = home / "kinto.ini", home / "kinto.log"
    settings.write_text(SETTINGS.format(url=url.replace("%", "%%")), encoding="utf-8")
    _migrate(programs, settings)
    ports = [free_port() for _ in range(PROCESSES)]
    with ExitStack() as stack:
        for port in ports:
            words = [str(programs / "pserve"), str(settings), f"http_port={port}"]
            stack.enter_context(running(words, port=port, log=log))
        asyncio.run(_fill(documents, ports))
        settle(url)
        yield Kinto(ports=ports)


def _migrate(programs: Path, settings: Path) -> None:
    words = [str(programs / "kinto"), "migrate", "--ini", str(settings)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"Kinto's tables were not made: {done.stderr[-600:]}"


async def _fill(documents: Sequence[Documents], ports: Sequence[int]) -> None:
    line = await Line.open(ports[0])
    await line.get(request("PUT", f"/v1{BUCKET}", USER))
    line.close()
    timing = await spread([_Filling(n, held).store for n, held in enumerate(documents)], ports=ports, lines=LINES)
    timing.expect(len(documents[0]))


@dataclass(frozen=True)
class _Filling:
    number: int
    documents: Documents

    async def store(self, line: Line) -> int:
        collection = _collection(self.number)
        puts: list[dict[str, Any]] = [{"method": "PUT", "path": collection}]
        for id_, body in self.documents.items():
            puts.append({"method": "PUT", "path": f"{collection}/records/{id_}", "body": {"data": _data(body, id_)}})
        answered = await _carried_out(line, _batch(puts))
        return sum(one.status in (200, 201) for one in answered) - 1


async def _carried_out(line: Line, batch: bytes) -> list[Response]:
    """The batch's answers; what collided with another batch is sent again, as Kinto asks for."""
    for _ in range(TRIES):
        answered = msgspec.json.decode(await line.get(batch), type=Batch).responses
        if all(one.body.get("errno") != COLLIDED for one in answered):
            return answered
    raise WrongAnswer(f"a batch collided {TRIES} times")


def _data(body: bytes, id_: str) -> dict[str, Any]:
    return msgspec.json.decode(body) | {"id": id_}


def _batch(requests: list[dict[str, Any]]) -> bytes:
    return request("POST", "/v1/batch", USER, msgspec.json.encode({"requests": requests}))


def _collection(number: int) -> str:
    return f"{BUCKET}/collections/technician{number}"
