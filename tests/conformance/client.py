"""A client of the protocol in small, written from PROTOCOL.md alone: it shares no code with what it tests."""

import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from tests.conformance.office import Phone

SEALED: Final = ("uid", "op", "kind", "id", "base", "args", "at", "off", "blobs")
TIMEOUT_SECONDS = 20.0
MAX_PAGES = 10_000

Json = dict[str, Any]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def seal(value: Any) -> str:
    """SHA-256 over canonical JSON. What this suite seals holds whole numbers and ASCII names only."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def new_uid(at_ms: int) -> str:
    """A UUIDv7 (RFC 9562, 5.7)."""
    number = (at_ms << 80) | (7 << 76) | (secrets.randbits(12) << 64) | (2 << 62) | secrets.randbits(62)
    text = f"{number:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def sealed(mutation: Json) -> Json:
    """The mutation with the seal that its fields deserve."""
    body = {name: mutation.get(name) for name in SEALED} | {"blobs": mutation.get("blobs", [])}
    return mutation | {"digest": seal(body)}


def push_of(phone: Phone, batch: list[Json], **changes: Any) -> Json:
    """A PushRequest. changes: fields to send otherwise than they should be, or besides."""
    outbox, epoch = changes.get("outbox", phone.outbox), changes.get("epoch")
    digests = [mutation["digest"] for mutation in batch]
    digest = seal([outbox, epoch, batch[0]["mid"], digests]) if batch else seal([])
    return {"outbox": outbox, "device": phone.device, "schema": 1, "batch": batch, "digest": digest} | changes


@dataclass(kw_only=True)
class Held:
    """What a client has pulled. documents, removed: by (kind, id), version or reason; puts: how many it was sent."""

    cursor: str | None = None
    last_mid: int = 0
    durable_mid: int = 0
    epoch: str = ""
    pages: int = 0
    puts: int = 0
    documents: dict[tuple[str, str], Json] = field(default_factory=dict[tuple[str, str], Json])
    versions: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    removed: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def job(self, job: str) -> Json:
        return self.documents["job", job]

    def jobs(self) -> set[str]:
        return {id_ for kind, id_ in self.documents if kind == "job"}

    def notes(self, job: str) -> list[str]:
        return [note["text"] for note in self.job(job)["notes"]]

    def take(self, answer: Json) -> None:
        """Store one page of the server's answer."""
        for row in answer.get("patch", []):
            key = row["kind"], row["id"]
            if row["op"] == "put":
                self.puts += 1
                self.documents[key], self.versions[key] = row["doc"], row["version"]
                self.removed.pop(key, None)
            else:
                self.removed[key] = row["why"]
                self.documents.pop(key, None)
                self.versions.pop(key, None)
        self.cursor, self.epoch, self.pages = answer["cursor"], answer["epoch"], self.pages + 1
        self.last_mid, self.durable_mid = answer["last_mid"], answer.get("durable_mid", 0)


class Client:
    """One phone on the line. It numbers its work, and otherwise does what it is told, right or wrong."""

    def __init__(self, url: str, phone: Phone) -> None:
        self.phone = phone
        self.next_mid = 1
        self._line = httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS)

    def close(self) -> None:
        self._line.close()

    def did(self, job: str, op: str, args: Json | None = None, **changes: Any) -> Json:
        """The next piece of work, sealed. changes: fields that are to be otherwise."""
        at_ms = now_ms()
        whole: Json = {"mid": self.next_mid, "uid": new_uid(at_ms), "op": op, "kind": "job", "id": job}
        whole |= {"args": args or {}, "at": at_ms, "off": 0}
        self.next_mid += 1
        return sealed(whole | changes)

    def note(self, job: str, text: str, **changes: Any) -> Json:
        return self.did(job, "note", {"text": text}, **changes)

    def push(self, *batch: Json, **changes: Any) -> httpx.Response:
        return self.ask("push", push_of(self.phone, list(batch), **changes))

    def pushed(self, *batch: Json, **changes: Any) -> list[Json]:
        """The verdicts on a push that must be taken."""
        answer = self.push(*batch, **changes)
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.json()["results"]

    def pull(self, cursor: str | None = None, **changes: Any) -> httpx.Response:
        request = {"outbox": self.phone.outbox, "device": self.phone.device, "schema": 1, "cursor": cursor}
        return self.ask("pull", request | changes)

    def pulled(self, held: Held | None = None, **changes: Any) -> Held:
        """What a client holds after pulling to the end from where `held` stands, or from nothing."""
        held = held or Held()
        for _ in range(MAX_PAGES):
            answer = self.pull(held.cursor, **changes)
            assert answer.status_code == httpx.codes.OK, answer.text
            held.take(answer.json())
            if not answer.json().get("more"):
                return held
        raise AssertionError(f"there is more after {MAX_PAGES} pages")

    def outcomes(self, from_mid: int = 1, outbox: str = "") -> httpx.Response:
        query = {"outbox": outbox or self.phone.outbox, "from_mid": from_mid}
        return self._line.get("/sync/v1/outcomes", params=query, headers=self._headers())

    def ask(self, path: str, message: Json | bytes) -> httpx.Response:
        """Any message, as JSON or as the bytes that it is."""
        content = message if isinstance(message, bytes) else json.dumps(message).encode()
        return self._line.post(f"/sync/v1/{path}", content=content, headers=self._headers())

    def send(self, method: str, path: str, *, content: bytes = b"", **headers: str) -> httpx.Response:
        """A request beside the protocol's messages, such as of an attachment."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._line.request(method, path, content=content, headers=self._authorization() | named)

    def _headers(self) -> dict[str, str]:
        return {"content-type": "application/json"} | self._authorization()

    def _authorization(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.phone.token}"} if self.phone.token else {}


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["code"]


def verdict(result: Json) -> str:
    """The server's word, `done` for both of those that mean it: whether others had changed the job is beside the point."""
    return "done" if result["status"] in ("applied", "merged") else result["status"]


def verdicts(results: list[Json]) -> list[str]:
    return [verdict(result) for result in results]
