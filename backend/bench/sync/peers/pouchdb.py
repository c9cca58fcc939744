"""express-pouchdb: PouchDB's server, with a database for each technician, spoken to in CouchDB's replication protocol.

A phone sends the least that the protocol needs: what changed and the bodies, or the missing revisions and the
documents, and one checkpoint each time. PouchDB's own client sends more requests than that.
"""

import asyncio
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec

from backend.bench.packages import node, node_modules
from backend.bench.sync.load import spread
from backend.bench.sync.processes import running
from backend.bench.sync.wire import Line, WrongAnswer, request
from backend.bench.sync.workload import LINES, Edit, edited
from backend.demo.site import free_port

HERE = Path(__file__).parent
PAGE = 100  # PouchDB's batch_size
Documents = Mapping[str, bytes]


class Changed(msgspec.Struct):
    id: str
    changes: list[dict[str, str]]


class Changes(msgspec.Struct):
    results: list[Changed]
    last_seq: int


class Found(msgspec.Struct):
    id: str
    docs: list[dict[str, msgspec.Raw]]


class Bodies(msgspec.Struct):
    results: list[Found]


@dataclass(kw_only=True)
class PouchPhone:
    """A PouchDB on a phone, with its technician's database on the server."""

    database: str
    name: str
    _seq: int = 0
    _documents: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    _own: set[str] = field(default_factory=set[str])
    _checkpoints: dict[str, int] = field(default_factory=dict[str, int])
    _work: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _missing: bytes = b""
    _bulk: bytes = b""

    async def pull(self, line: Line) -> int:
        path = f"/{self.database}/_changes?style=all_docs&since={self._seq}&limit={PAGE}"
        changes = msgspec.json.decode(await line.get(request("GET", path)), type=Changes)
        news = [(one.id, change["rev"]) for one in changes.results for change in one.changes]
        if wanted := [{"id": id_, "rev": rev} for id_, rev in news if rev not in self._own]:
            await self._fetch(line, wanted)
        self._seq = changes.last_seq
        if news:
            await self._checkpoint(line, "pull", self._seq)
        return len(news)

    def compose(self, edits: Sequence[Edit]) -> None:
        names = list(self._documents)
        self._work = [self._edited(names[edit.job], edit) for edit in edits]
        missing = {document["_id"]: [document["_rev"]] for document in self._work}
        self._missing = self._post("_revs_diff", missing)
        self._bulk = self._post("_bulk_docs", {"docs": self._work, "new_edits": False})

    async def push(self, line: Line) -> int:
        missing = msgspec.json.decode(await line.get(self._missing))
        if len(missing) != len(self._work):
            raise WrongAnswer(f"{len(missing)} revisions are missing, not {len(self._work)}")
        if refused := msgspec.json.decode(await line.get(self._bulk)):
            raise WrongAnswer(f"documents were refused: {refused}")
        for document in self._work:
            self._documents[document["_id"]] = document
            self._own.add(document["_rev"])
        await self._checkpoint(line, "push", sum(map(len, self._own)))
        return len(self._work)

    async def reconnect(self, line: Line) -> tuple[int, int]:
        return await self.push(line), await self.pull(line)

    async def _fetch(self, line: Line, wanted: list[dict[str, str]]) -> None:
        asked = self._post("_bulk_get?revs=true&latest=true", {"docs": wanted})
        bodies = msgspec.json.decode(await line.get(asked), type=Bodies)
        if len(bodies.results) != len(wanted) or any("ok" not in one for found in bodies.results for one in found.docs):
            raise WrongAnswer("bodies are missing")
        self._documents |= {found.id: msgspec.json.decode(found.docs[0]["ok"]) for found in bodies.results}

    async def _checkpoint(self, line: Line, way: str, seq: int) -> None:
        """Where the replication stands, kept at the server as the protocol wants it."""
        name = f"_local/{self.name}-{way}"
        body: dict[str, Any] = {"_id": name, "session_id": self.name, "replicator": "pouchdb", "version": 1}
        body |= {"history": [{"last_seq": seq, "session_id": self.name}], "last_seq": seq}
        if (written := self._checkpoints.get(way)) is not None:
            body["_rev"] = f"0-{written}"
        await line.get(request("PUT", f"/{self.database}/{name}", body=msgspec.json.encode(body)))
        self._checkpoints[way] = (written or 0) + 1

    def _edited(self, name: str, edit: Edit) -> dict[str, Any]:
        before = self._documents[name]
        generation, _, digest = before["_rev"].partition("-")
        ancestors = before.get("_revisions", {}).get("ids", [digest])
        after = edited(before, edit)
        new = hashlib.md5(msgspec.json.encode(after), usedforsecurity=False).hexdigest()
        start = int(generation) + 1
        return after | {"_rev": f"{start}-{new}", "_revisions": {"start": start, "ids": [new, *ancestors]}}

    def _post(self, path: str, body: object) -> bytes:
        return request("POST", f"/{self.database}/{path}", body=msgspec.json.encode(body))


@dataclass(frozen=True, kw_only=True)
class PouchDB:
    """The running server, with a database for each technician."""

    ports: Sequence[int]
    name: str = "express-pouchdb"

    def phone(self, number: int) -> PouchPhone:
        return PouchPhone(database=_database(number), name=str(uuid4()))

    colleague = phone


@contextmanager
def pouchdb(documents: Sequence[Documents], *, home: Path) -> Iterator[PouchDB]:
    """Serve these documents, by technician, while the block runs. home: for its data and log. Raises NotInstalled."""
    packages, port = node_modules("pouchdb", HERE / "pouchdb_packages.json"), free_port()
    # The packages are found from the working directory.
    words = ["sh", "-c", 'cd "$1" && exec "$2" "$3" "$4" "$5"', "sh"]
    words += [str(packages), node(), str(HERE / "pouchdb_server.cjs"), str(port), str(home / "pouchdb")]
    with running(words, port=port, log=home / "pouchdb.log", environment={"NODE_ENV": "production"}):
        asyncio.run(_fill(documents, port))
        yield PouchDB(ports=(port,))


async def _fill(documents: Sequence[Documents], port: int) -> None:
    timing = await spread([_Filling(n, held).store for n, held in enumerate(documents)], ports=[port], lines=LINES)
    timing.expect(len(documents[0]))


@dataclass(frozen=True)
class _Filling:
    number: int
    documents: Documents

    async def store(self, line: Line) -> int:
        database = _database(self.number)
        await line.get(request("PUT", f"/{database}"))
        bodies = [msgspec.json.decode(body) | {"_id": id_} for id_, body in self.documents.items()]
        body = msgspec.json.encode({"docs": bodies})
        stored = msgspec.json.decode(await line.get(request("POST", f"/{database}/_bulk_docs", body=body)))
        return sum(1 for one in stored if one.get("ok"))


def _database(number: int) -> str:
    return f"technician-{number}"
