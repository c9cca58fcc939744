"""The way to the server: who this device is, how far its clock is off, and what each refusal means."""

import gzip
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx
import msgspec
from msgspec.structs import replace

from clients.device.errors import NotEnrolled, Offline, OtherTechnician
from clients.device.identity import Tokens, new_identity, proof, public_key
from clients.device.store import DeviceStore
from sync import Refusal, Refused, wire
from sync.clock import SAMPLES_KEPT, OffsetSample, estimate_offset, instant
from sync.protocol import MAX_ANSWER_BYTES, ErrorCode, JsonObject, PullAnswer, PushAnswer

JSON = {"content-type": "application/json"}
DETAIL_CHARACTERS = 300  # of a page that is none of ours: enough to recognise it by
# What an answer without a word of the protocol means: a proxy's page, or another part of the API.
CODES = {401: ErrorCode.UNAUTHENTICATED, 403: ErrorCode.UNAUTHENTICATED, 429: ErrorCode.RATE_LIMITED}

WORTH_PACKING_BYTES = 512  # below that, gzip saves nothing on a line that sends whole packets
QUIET_SECONDS = 60.0  # a living stream beats more often

Answer = TypeVar("Answer", PushAnswer, PullAnswer)


class Connection:
    """One device's line to one server. Whatever is asked of it raises Offline or Refused when it fails."""

    def __init__(self, store: DeviceStore, client: httpx.Client, clock_ms: Callable[[], int]) -> None:
        self._store = store
        self._client = client
        self._clock_ms = clock_ms

    @property
    def is_online(self) -> bool:
        """Whether the technician lets this device use the network; kept with the store."""
        return self._store.is_online()

    @is_online.setter
    def is_online(self, is_online: bool) -> None:
        self._store.save_is_online(is_online=is_online)

    @property
    def tokens(self) -> Tokens:
        """Raises NotEnrolled."""
        identity = self._store.identity()
        if identity is None or identity.tokens is None:
            raise NotEnrolled("enrol this device with a code first")
        return identity.tokens

    @property
    def offset_ms(self) -> int | None:
        """What must be added to this device's clock to get the server's time; None when it was never measured."""
        return estimate_offset(self._store.samples())

    def enrol(self, code: str, *, name: str) -> Tokens:
        """Exchange a one-time code for tokens. Raises OtherTechnician."""
        identity = self._store.identity() or new_identity()
        self._store.save_identity(identity)  # the key must outlive a lost answer
        body = {"code": code, "public_key": public_key(identity), "name": name}
        tokens = self._tokens_for("/api/v1/devices", body)
        if identity.technician_id not in (None, tokens.technician_id):
            raise OtherTechnician(f"this device works for technician {identity.technician_id}")
        self._store.save_identity(replace(identity, technician_id=tokens.technician_id, tokens=tokens))
        return tokens

    def ask(self, path: str, message: object, shape: type[Answer]) -> Answer:
        """Send one message of the protocol. Its trip measures how far our clock is off."""
        content, headers = _packed(wire.encode(message))
        answer, sent_ms = self._as_ourselves("POST", path, content, headers)
        received_ms = self._clock_ms()
        decoded = wire.decode(accepted(answer).content, shape, limit_bytes=MAX_ANSWER_BYTES)
        sample = OffsetSample(sent_ms=sent_ms, server_ms=decoded.time, received_ms=received_ms)
        self._store.save_samples([*self._store.samples(), sample][-SAMPLES_KEPT:])
        return decoded

    def wait_for_poke(self) -> None:
        """Listen to the server's stream of events until it says that something changed, or ends. Raises Offline, Refused."""
        if not self.is_online:
            raise Offline("this device is switched offline")
        headers = {"authorization": f"Bearer {self.tokens.access_token}", "accept": "text/event-stream"}
        try:
            with self._client.stream("GET", "/sync/v1/events", headers=headers, timeout=QUIET_SECONDS) as stream:
                if not stream.is_success:
                    stream.read()
                    accepted(stream)
                next((line for line in stream.iter_lines() if line.startswith("data:")), None)
        except httpx.TransportError as error:
            raise Offline(str(error)) from error

    @property
    def is_leased(self) -> bool:
        """Whether the server was heard from within the lease, by this device's own clock, however wrong that is."""
        identity, samples = self._store.identity(), self._store.samples()
        lease_seconds = identity.tokens.lease_seconds if identity and identity.tokens else None
        if lease_seconds is None or not samples:
            return True
        # A clock that stands before the last answer was set back since then: the lease is not to be had that way.
        return 0 <= self._clock_ms() - samples[-1].received_ms <= lease_seconds * 1000

    def exchange(self, method: str, path: str, content: bytes, headers: dict[str, str]) -> httpx.Response:
        """One request in this device's name, and whatever is answered. Raises Offline, NotEnrolled."""
        return self._as_ourselves(method, path, content, headers)[0]

    def _as_ourselves(
        self, method: str, path: str, content: bytes, headers: dict[str, str]
    ) -> tuple[httpx.Response, int]:
        """The answer, and our clock when the request left. Tokens are renewed when the server says that they are over.

        Our own clock may be years wrong, so it is not asked.
        """
        sent_ms, answer = self._clock_ms(), self._send(method, path, content, headers, self.tokens)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._renew_tokens(answer)
            sent_ms, answer = self._clock_ms(), self._send(method, path, content, headers, self.tokens)
        return answer, sent_ms

    def _renew_tokens(self, refused: httpx.Response) -> None:
        identity = self._store.identity()
        assert identity is not None, "who has tokens has an identity"
        token, signed_at = self.tokens.refresh_token, self._server_time(refused)
        proven = {"signed_at": signed_at.isoformat(), "signature": proof(identity, token, signed_at)}
        tokens = self._tokens_for("/api/v1/devices/tokens", {"refresh_token": token, **proven})
        self._store.save_identity(replace(identity, tokens=tokens))

    def _server_time(self, answer: httpx.Response) -> datetime:
        """By the answer's Date (RFC 9110 section 6.6.1), or by what was measured before."""
        if date := answer.headers.get("date"):
            return parsedate_to_datetime(date)
        return instant(self._clock_ms() + (self.offset_ms or 0))

    def _tokens_for(self, path: str, body: JsonObject) -> Tokens:
        answer = accepted(self._send("POST", path, msgspec.json.encode(body), JSON))
        return wire.decode(answer.content, Tokens)

    def _send(
        self, method: str, path: str, content: bytes, headers: dict[str, str], tokens: Tokens | None = None
    ) -> httpx.Response:
        if not self.is_online:
            raise Offline("this device is switched offline")
        if tokens is not None:
            headers = headers | {"authorization": f"Bearer {tokens.access_token}"}
        try:
            return self._client.request(method, path, content=content, headers=headers)
        except httpx.TransportError as error:
            raise Offline(str(error)) from error


def _packed(raw: bytes) -> tuple[bytes, dict[str, str]]:
    """A message as it travels, and what its headers say of it."""
    if len(raw) < WORTH_PACKING_BYTES:
        return raw, JSON
    return gzip.compress(raw, mtime=0), JSON | {"content-encoding": "gzip"}


def accepted(answer: httpx.Response) -> httpx.Response:
    """The answer, when it says yes. Raises Refused."""
    if not answer.is_success:
        raise Refused(_refusal(answer))
    return answer


def _refusal(answer: httpx.Response) -> Refusal:
    """What the answer says in the words of the protocol; other problems and pages by their status."""
    try:
        return msgspec.json.decode(answer.content, type=Refusal)
    except msgspec.DecodeError:
        status = answer.status_code
        code = ErrorCode.BUSY if status >= 500 else CODES.get(status, ErrorCode.MALFORMED)
        return Refusal(code=code, detail=f"{status}: {answer.text[:DETAIL_CHARACTERS]}")
