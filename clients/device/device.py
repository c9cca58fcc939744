"""A technician's device: pull the day, work without a network, push when it is back."""

import hashlib
import time
from collections.abc import Callable
from importlib.metadata import version

import httpx
from msgspec.structs import replace

from clients.device.attachments import send_photo
from clients.device.connection import Connection
from clients.device.errors import Locked, NotEnrolled, Offline, PhotoRefused, Stuck
from clients.device.identity import Tokens, new_uid
from clients.device.store import DeviceStore, Photo
from sync import Draft, Outbox, PullAnswer, PushAnswer, Refusal, Refused, Replica, operations
from sync import replica as replicas
from sync.operations import Operation
from sync.optimistic import APPLIERS
from sync.outbox import attention, is_cloned, unsent_count
from sync.protocol import RESTART_CODES, ErrorCode, JsonObject, Mutation, MutationState

APP = f"device {version('truckroll')}"  # by which the office knows what a technician works with
MAX_TRIPS = 1000  # a hundred thousand mutations or a quarter of a gigabyte: more is a loop that leads nowhere


def system_clock_ms() -> int:
    return time.time_ns() // 1_000_000


class Device:
    """One device on one store. client: knows the server's address; clock_ms: the device's own, maybe wrong, clock.

    Talking to the server raises Offline, Refused or NotEnrolled; whatever happens, nothing that was done is lost.
    """

    def __init__(
        self, store: DeviceStore, client: httpx.Client, *, clock_ms: Callable[[], int] = system_clock_ms
    ) -> None:
        self._store = store
        self._clock_ms = clock_ms
        self._connection = Connection(store, client, clock_ms)
        self._is_compared = False

    @property
    def is_online(self) -> bool:
        return self._connection.is_online

    @is_online.setter
    def is_online(self, is_online: bool) -> None:
        self._connection.is_online = is_online

    def enrol(self, code: str, *, name: str) -> Tokens:
        """Exchange a one-time code for this device's tokens. Work that is held already waits on. Raises OtherTechnician."""
        tokens = self._connection.enrol(code, name=name)
        if self._store.replica() is None:
            self._store.save_replica(Replica(outbox=Outbox(id=tokens.outbox_id)))
        return tokens

    def do(self, job_id: str, operation: Operation, *, photo: bytes | None = None) -> Mutation:
        """Record something that was done; it is safe on this device when this returns. Needs no network.

        photo: the bytes that the operation names by their SHA-256, else ValueError.
        """
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
            off=self._connection.offset_ms,
            blobs=(lane.sha256,) if lane else (),
        )
        recorded, mutation = replicas.record(self.replica, draft)
        self._store.save_replica(recorded, photo=lane)
        return mutation

    def sync(self) -> None:
        """Push until nothing waits, pull until nothing is new, then let the photos follow.

        Once in the life of this object it compares what it holds with the server: a fault of either is mended.
        """
        self.push()
        self.pull()
        if not self._is_compared:
            self.pull(with_digests=True)
            self._is_compared = True
        self.send_photos()

    def wait_for_news(self) -> None:
        """Return when the server says that something changed, or now and then without: then sync. Raises as sync does."""
        self._connection.wait_for_poke()

    def push(self) -> int:
        """Send everything that waits; the number of mutations that were answered. Raises Stuck."""
        answered = 0
        for _ in range(MAX_TRIPS):
            request = replicas.push_request(self.replica, device=self._connection.tokens.device_id)
            if request is None:
                return answered
            self._store.save_replica(replicas.mark_sent(self.replica, request))
            request = replace(request, app=APP, waiting=self.unsent)
            try:
                answer = self._connection.ask("/sync/v1/push", request, PushAnswer)
            except Refused as refused:
                self._begin_again(refused.refusal)
                continue
            self._take(replicas.apply_push(self.replica, request, answer))
            answered += len(answer.results)
            if any(result.status is MutationState.RETRY for result in answer.results):
                return answered  # trouble that passes, but not at once
        raise Stuck(f"{self.unsent} mutations wait after {MAX_TRIPS} pushes")

    def pull(self, *, with_digests: bool = False) -> None:
        """Take over what changed, page by page; each page is saved with its cursor. Raises Stuck.

        with_digests: let the server compare what is held, and send again what differs.
        """
        for _ in range(MAX_TRIPS):
            request = replicas.pull_request(
                self.replica, device=self._connection.tokens.device_id, with_digests=with_digests
            )
            request = replace(request, app=APP, waiting=self.unsent)
            try:
                answer = self._connection.ask("/sync/v1/pull", request, PullAnswer)
            except Refused as refused:
                self._leave_work_behind(refused.refusal)
                self._begin_again(refused.refusal)
                continue
            self._store.save_replica(replicas.apply_pull(self.replica, request, answer))
            if not answer.more:
                return
        raise Stuck(f"there is more after {MAX_TRIPS} pages")

    def send_photos(self) -> None:
        """The lane of attachments: each is let go of when the server has it whole."""
        for photo in self._store.photos():
            try:
                send_photo(self._connection, self._store, photo)
            except PhotoRefused as refused:
                self._store.refuse_photo(photo.sha256, str(refused))
            else:
                self._store.drop_photo(photo.sha256)

    @property
    def replica(self) -> Replica:
        """What this device holds. Raises NotEnrolled."""
        held = self._store.replica()
        if held is None:
            raise NotEnrolled("enrol this device with a code first")
        return held

    def documents(self, kind: str) -> list[JsonObject]:
        """The documents of a kind as the technician sees them: the server's, with own work laid over. Raises Locked."""
        shown = self._shown()
        return [document for name, document in sorted(shown.items()) if name.startswith(f"{kind}/")]

    def document(self, kind: str, id: str) -> JsonObject:
        """One document as it is shown. Raises KeyError when the device does not hold it, Locked."""
        return self._shown()[replicas.key(kind, id)]

    @property
    def offset_ms(self) -> int | None:
        """What must be added to this device's clock to get the server's time; None when it was never measured."""
        return self._connection.offset_ms

    @property
    def unsent(self) -> int:
        """How much work the server has not answered yet."""
        return unsent_count(self.replica.outbox)

    @property
    def refused(self) -> list[tuple[str, str, str | None]]:
        """What needs the technician's attention: (operation, state, reason)."""
        entries = attention(self.replica.outbox)
        return [(e.mutation.op, str(e.state), e.result.code if e.result else None) for e in entries]

    def _shown(self) -> dict[str, JsonObject]:
        if not self._connection.is_leased:
            raise Locked("this device has not heard from its server for too long")
        return replicas.shown(self.replica, APPLIERS)

    def _leave_work_behind(self, refusal: Refusal) -> None:
        """A revoked device may still bring what it did, into quarantine; after its wipe it is nobody."""
        if refusal.code is ErrorCode.DEVICE_REVOKED and self.unsent:
            try:
                self.push()
            except Offline:
                return  # the wipe does not wait for a network; the work stays here, to be exported

    def _take(self, replica: Replica) -> None:
        """Save what an answer made of the replica; a copy of this storage that used our numbers makes us change them."""
        if is_cloned(replica.outbox):
            replica = replicas.renumber(replica, new_outbox=new_uid(self._clock_ms()))
        self._store.save_replica(replica)

    def _begin_again(self, refusal: Refusal) -> None:
        """Do what the protocol asks after a refusal; raises it when there is nothing that a device can do."""
        if refusal.code in RESTART_CODES:
            self._store.save_replica(replicas.restart(self.replica, refusal))
        elif refusal.code is ErrorCode.MID_GAP and refusal.expected is not None:
            fresh = new_uid(self._clock_ms())
            self._store.save_replica(replicas.resume_at(self.replica, refusal.expected, new_outbox=fresh))
        else:
            if refusal.code is ErrorCode.DEVICE_REVOKED:
                self._wipe()
            raise Refused(refusal)

    def _wipe(self) -> None:
        """Let go of what the server gave: documents and tokens. The technician's own work stays to be sent."""
        identity = self._store.identity()
        assert identity is not None, "who was revoked was enrolled"
        self._store.save_replica(replicas.wipe(self.replica))
        self._store.save_identity(replace(identity, tokens=None))


def _photo(arguments: JsonObject, body: bytes) -> Photo:
    digest = hashlib.sha256(body).hexdigest()
    if arguments.get("sha256") != digest:
        raise ValueError(f"the operation names the photo {arguments.get('sha256')}, the one given is {digest}")
    return Photo(sha256=digest, media_type=str(arguments.get("media_type", "image/png")), body=body)
