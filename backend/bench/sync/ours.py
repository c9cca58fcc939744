"""Our own server as its users run it: the `serve` command, real tokens, scopes, feed and audit; phones that speak `sync/v1`."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import msgspec

from backend.bench.sync.filling import Carrier, fill
from backend.bench.sync.processes import running
from backend.bench.sync.wire import Line, WrongAnswer, request
from backend.bench.sync.workload import Edit, Size
from backend.demo.site import free_port
from backend.kernel.clock import SystemClock
from backend.kernel.ids import id_source
from sync import operations, wire
from sync.protocol import (
    SCHEMA,
    Draft,
    Mutation,
    MutationState,
    PullRequest,
    PushRequest,
    SyncRequest,
)

TAKEN = frozenset({MutationState.APPLIED, MutationState.MERGED})
DEVICE = "bench"

new_uid = id_source(SystemClock())


class Change(msgspec.Struct, tag_field="op", tag="put"):
    """A change as the generator reads it: the document stays bytes."""

    kind: str
    id: str
    version: int
    doc: msgspec.Raw


class Pulled(msgspec.Struct):
    """What the generator reads of a pull."""

    cursor: str
    more: bool = False
    patch: list[Change] = []


class Verdict(msgspec.Struct):
    mid: int
    status: MutationState
    code: str | None = None


class Pushed(msgspec.Struct):
    last: int
    results: list[Verdict]


class Synced(msgspec.Struct):
    push: Pushed
    pull: Pulled


@dataclass(kw_only=True)
class OurPhone:
    """A phone of one technician. outbox_id: its own, or one of the office's hand that works beside it."""

    carrier: Carrier
    outbox_id: str
    job_ids: list[str] = field(default_factory=list[str])
    documents: dict[str, bytes] = field(default_factory=dict[str, bytes])
    _versions: dict[str, int] = field(default_factory=dict[str, int])
    _cursor: str | None = None
    _last_mid: int = 0
    _batch: PushRequest | None = None
    _push: bytes = b""
    _sync: bytes = b""

    async def pull(self, line: Line) -> int:
        came = 0
        while True:
            pulled = msgspec.json.decode(await line.get(self._request("pull", self._pull())), type=Pulled)
            came += self._take(pulled)
            if not pulled.more:
                return came

    def compose(self, edits: Sequence[Edit]) -> None:
        batch = tuple(self._sealed(edit, self._last_mid + n) for n, edit in enumerate(edits, start=1))
        request = PushRequest(outbox=self.outbox_id, device=DEVICE, schema=SCHEMA, batch=batch, digest="")
        self._batch = wire.sealed(request)
        self._push = self._request("push", self._batch)
        self._sync = self._request("sync", SyncRequest(pull=self._pull(), push=self._batch))

    async def push(self, line: Line) -> int:
        return self._judge(msgspec.json.decode(await line.get(self._push), type=Pushed))

    async def reconnect(self, line: Line) -> tuple[int, int]:
        synced = msgspec.json.decode(await line.get(self._sync), type=Synced)
        taken, came = self._judge(synced.push), self._take(synced.pull)
        return taken, came + (await self.pull(line) if synced.pull.more else 0)

    async def empty_answer_bytes(self, line: Line) -> int:
        """The body of a pull that brings nothing."""
        body = await line.get(self._request("pull", self._pull()))
        if msgspec.json.decode(body, type=Pulled).patch:
            raise WrongAnswer("a pull that was to be empty brought something")
        return len(body)

    def _take(self, pulled: Pulled) -> int:
        """How many jobs came. What serials look like comes with the first ones, and nobody else's phones get it."""
        jobs = [change for change in pulled.patch if change.kind == "job"]
        for change in jobs:
            if change.id not in self._versions:
                self.job_ids.append(change.id)
            self._versions[change.id] = change.version
            self.documents[change.id] = bytes(change.doc)
        self._cursor = pulled.cursor
        return len(jobs)

    def _judge(self, pushed: Pushed) -> int:
        refused = [verdict for verdict in pushed.results if verdict.status not in TAKEN]
        if refused:
            raise WrongAnswer(f"{len(refused)} of {len(pushed.results)} were not taken, the first: {refused[0]}")
        self._last_mid = pushed.last
        return len(pushed.results)

    def _sealed(self, edit: Edit, mid: int) -> Mutation:
        id_ = self.job_ids[edit.job]
        draft = Draft(
            uid=str(new_uid()),
            op=edit.name,
            kind="job",
            id=id_,
            args=operations.arguments(edit.operation),
            at=time.time_ns() // 1_000_000,
            off=0,
        )
        base = self._versions[id_]
        fields = msgspec.structs.asdict(draft)
        return Mutation(**fields, mid=mid, base=base, digest=wire.mutation_digest(draft, base))

    def _pull(self) -> PullRequest:
        return PullRequest(outbox=self.outbox_id, device=DEVICE, schema=SCHEMA, cursor=self._cursor)

    def _request(self, verb: str, message: object) -> bytes:
        return request(
            "POST", f"/sync/v1/{verb}", f"Authorization: Bearer {self.carrier.token}\r\n", wire.encode(message)
        )


@dataclass(frozen=True, kw_only=True)
class Ours:
    """Our server, running, filled. url: of its database."""

    name: str
    url: str
    carriers: Sequence[Carrier]
    ports: Sequence[int]

    def phone(self, number: int) -> OurPhone:
        carrier = self.carriers[number]
        return OurPhone(carrier=carrier, outbox_id=str(carrier.outbox_id))

    def colleague(self, number: int) -> OurPhone:
        """Works at the same jobs, with an outbox of its own."""
        return OurPhone(carrier=self.carriers[number], outbox_id=str(uuid4()))


def working(log: Path, environment: Mapping[str, str]) -> AbstractContextManager[None]:
    """Our worker, which renders documents ahead of the phones that will ask for them."""
    return running([sys.executable, "-m", "backend.cli", "worker"], port=None, log=log, environment=environment)


@contextmanager
def ours(url: str, size: Size, *, home: Path, processes: int) -> Iterator[Ours]:
    """Fill the empty database at `url` and serve it by `processes` web processes while the block runs."""
    name = f"truckroll on {url.partition(':')[0]}"
    carriers = fill(url, size)
    port = free_port()
    words = [sys.executable, "-m", "backend.cli", "serve", "--port", str(port), "--workers", str(processes)]
    environment = {"TRUCKROLL_DATABASE": url, "TRUCKROLL_DATA_DIR": str(home), "TRUCKROLL_STREETS": ""}
    log = home / "truckroll.log"
    with running(words, port=port, log=log, environment=environment), working(log, environment):
        yield Ours(name=name, url=url, carriers=carriers, ports=(port,))
