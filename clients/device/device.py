"""A technician's device: pull the day, work without a network, push when it is back."""

import hashlib
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec

from clients.device.identity import Identity, Tokens, new_identity, new_uid, proof, public_key
from clients.device.store import DeviceStore, Photo
from sync import Draft, Outbox, PullAnswer, PushAnswer, Refusal, Refused, Replica, operations, wire
from sync import replica as replicas
from sync.clock import OffsetSample, estimate_offset
from sync.operations import Operation
from sync.optimistic import APPLIERS
from sync.outbox import attention, unsent_count
from sync.protocol import RESTART_CODES, ErrorCode, JsonObject, Mutation

RENEW_BEFORE = timedelta(seconds=30)  # a token that ends while a request is on its way is as good as expired
KEPT_SAMPLES = 8


class Offline(Exception):
    """There is no network: what was done waits in the outbox."""


class NotEnrolled(Exception):
    """The device must be enrolled with a code first."""


def system_clock_ms() -> int:
    return time.time_ns() // 1_000_000


class Device:
    """One device on one store. client: knows the server's address; clock_ms: the device's own, maybe wrong, clock."""

    def __init__(
        self, store: DeviceStore, client: httpx.Client, *, clock_ms: Callable[[], int] = system_clock_ms
    ) -> None:
        self._store = store
        self._client = client
        self._clock_ms = clock_ms
        self.is_online = True

    def enrol(self, code: str, *, name: str) -> Tokens:
        """Exchange a one-time code for this device's tokens."""
        identity = self._store.identity() or new_identity()
        self._store.save_identity(identity)  # the key must outlive a lost answer
        answer = self._call("/api/v1/devices", {"code": code, "public_key": public_key(identity), "name": name})
        tokens = msgspec.json.decode(answer.content, type=Tokens)
        self._store.save_identity(msgspec.structs.replace(identity, tokens=tokens))
        self._store.save_replica(Replica(outbox=Outbox(id=tokens.outbox_id)))
        return tokens

    def do(self, job_id: str, operation: Operation, *, photo: bytes | None = None) -> Mutation:
        """Record something that was done; it is safe on this device when this returns. Needs no network."""
        now_ms = self._clock_ms()
        arguments = operations.arguments(operation)
        lane = _photo(arguments, photo) if photo is not None else None
        draft = Draft(
            uid=new_uid(now_ms),
            op=operations.name_of(operation),
            kind=operation.kind,
            id=job_id,
            args=arguments,
            at=now_ms,
            off=estimate_offset(self._store.samples()),
            blobs=(lane.sha256,) if lane else (),
        )
        replica, mutation = replicas.record(self.replica, draft)
        self._store.save_replica(replica, photo=lane)
        return mutation

    def sync(self) -> None:
        """Push until nothing waits, pull until nothing is new, then let the photos follow. Raises Offline, Refused."""
        self.push()
        self.pull()
        self.send_photos()

    def push(self) -> int:
        """Send everything that waits; the number of mutations that were sent."""
        sent = 0
        while request := replicas.push_request(self.replica, device=self._tokens.device_id):
            self._store.save_replica(replicas.mark_sent(self.replica, request))
            try:
                answer = self._ask("/sync/v1/push", request, PushAnswer)
            except Refused as refused:
                self._begin_again(refused.refusal)
                continue
            self._store.save_replica(replicas.apply_push(self.replica, request, answer))
            sent += len(request.batch)
        return sent

    def pull(self) -> None:
        """Take over what changed, page by page; each page is saved with its cursor."""
        more = True
        while more:
            request = replicas.pull_request(self.replica, device=self._tokens.device_id)
            try:
                answer = self._ask("/sync/v1/pull", request, PullAnswer)
            except Refused as refused:
                self._begin_again(refused.refusal)
                continue
            self._store.save_replica(replicas.apply_pull(self.replica, request, answer))
            more = answer.more

    def send_photos(self) -> None:
        """The lane of attachments: each is let go of when the server has it whole."""
        for photo in self._store.photos():
            headers = self._headers() | {"content-type": photo.media_type}
            self._send("PUT", f"/api/v1/files/{photo.sha256}", content=photo.body, headers=headers)
            self._store.drop_photo(photo.sha256)

    @property
    def replica(self) -> Replica:
        """What this device holds. Raises NotEnrolled."""
        held = self._store.replica()
        if held is None:
            raise NotEnrolled("enrol this device with a code first")
        return held

    def documents(self, kind: str) -> list[JsonObject]:
        """The documents of a kind as the technician sees them: the server's, with own work laid over."""
        shown = replicas.shown(self.replica, APPLIERS)
        return [document for name, document in sorted(shown.items()) if name.startswith(f"{kind}/")]

    def document(self, kind: str, id: str) -> JsonObject:
        """One document as it is shown. Raises KeyError when the device does not hold it."""
        return replicas.shown(self.replica, APPLIERS)[replicas.key(kind, id)]

    @property
    def unsent(self) -> int:
        """How much work the server has not answered yet."""
        return unsent_count(self.replica.outbox)

    @property
    def refused(self) -> list[tuple[str, str, str | None]]:
        """What needs the technician's attention: (operation, state, reason)."""
        entries = attention(self.replica.outbox)
        return [(e.mutation.op, str(e.state), e.result.code if e.result else None) for e in entries]

    @property
    def _tokens(self) -> Tokens:
        identity = self._store.identity()
        if identity is None or identity.tokens is None:
            raise NotEnrolled("enrol this device with a code first")
        return identity.tokens

    def _begin_again(self, refusal: Refusal) -> None:
        """Do what the protocol asks after a refusal; raises it when there is nothing that a device can do."""
        if refusal.code in RESTART_CODES:
            self._store.save_replica(replicas.restart(self.replica, refusal))
        elif refusal.code is ErrorCode.MID_GAP and refusal.expected is not None:
            fresh = new_uid(self._clock_ms())
            self._store.save_replica(replicas.resume_at(self.replica, refusal.expected, new_outbox=fresh))
        else:
            raise Refused(refusal)

    def _ask(self, path: str, message: Any, shape: type[Any]) -> Any:
        before = self._clock_ms()
        answer = self._send("POST", path, content=wire.encode(message), headers=self._headers())
        decoded = wire.decode(answer.content, shape, limit_bytes=len(answer.content))
        sample = OffsetSample(sent_ms=before, server_ms=decoded.time, received_ms=self._clock_ms())
        self._store.save_samples([*self._store.samples(), sample][-KEPT_SAMPLES:])
        return decoded

    def _headers(self) -> dict[str, str]:
        self._renew_tokens()
        return {"authorization": f"Bearer {self._tokens.access_token}", "content-type": "application/json"}

    def _renew_tokens(self) -> None:
        now = datetime.fromtimestamp((self._clock_ms() + (estimate_offset(self._store.samples()) or 0)) / 1000, UTC)
        if self._tokens.access_expires_at - now > RENEW_BEFORE:
            return
        identity = self._store.identity()
        assert identity is not None, "who has tokens has an identity"
        token = self._tokens.refresh_token
        body = {"refresh_token": token, "signed_at": now.isoformat(), "signature": proof(identity, token, now)}
        answer = self._call("/api/v1/devices/tokens", body)
        tokens = msgspec.json.decode(answer.content, type=Tokens)
        self._store.save_identity(Identity(private_key=identity.private_key, tokens=tokens))

    def _call(self, path: str, body: JsonObject) -> httpx.Response:
        headers = {"content-type": "application/json"}
        return self._send("POST", path, content=msgspec.json.encode(body), headers=headers)

    def _send(self, method: str, path: str, *, content: bytes, headers: dict[str, str]) -> httpx.Response:
        if not self.is_online:
            raise Offline(path)
        try:
            answer = self._client.request(method, path, content=content, headers=headers)
        except httpx.TransportError as error:
            raise Offline(str(error)) from error
        if answer.is_error:
            raise Refused(_refusal(answer))
        return answer


def _photo(arguments: JsonObject, body: bytes) -> Photo:
    digest = hashlib.sha256(body).hexdigest()
    assert arguments.get("sha256") == digest, "the operation names another photo than the one that was given"
    return Photo(sha256=digest, media_type=str(arguments.get("media_type", "image/png")), body=body)


def _refusal(answer: httpx.Response) -> Refusal:
    try:
        return msgspec.json.decode(answer.content, type=Refusal)
    except msgspec.DecodeError:
        busy = answer.status_code >= 500
        code = ErrorCode.BUSY if busy else ErrorCode.MALFORMED
        return Refusal(code=code, detail=f"{answer.status_code}: {answer.text[:300]}")
