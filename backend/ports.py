"""What we need from the outside world, as Protocols and plain values. Who supplies it stands in `adapters/`.

One section per port. Every call may be slow or fail: it is never made inside a transaction.
"""

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias, runtime_checkable
from uuid import UUID

import msgspec

from backend.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from clients.billing.messages import Callback, Extract
from scheduling.travel import Place, TravelMatrix

# --- Roads ------------------------------------------------------------------------------------------------------------


@runtime_checkable  # routes are given it, and what they are given is checked
class TravelTimes(Protocol):
    """Driving times and distances between places, with the source of the figures."""

    async def matrix(self, places: Sequence[Place], depart_at: datetime) -> TravelMatrix:
        """All pairs, row = from. places: n ≥ 1; depart_at: an aware instant (a supplier may ignore it)."""
        ...


Way: TypeAlias = list[tuple[float, float]]  # longitude, latitude, as GeoJSON has them


class MapUnavailable(Unavailable):
    """Who has the map of roads does not answer. params: reason."""

    code = "map_unavailable"


class NoRoadMap(NotFound):
    """This deployment has no map of roads."""

    code = "no_road_map"


@runtime_checkable
class RoadMap(Protocol):
    """Roads to be drawn: vector tiles of them, and ways along them."""

    async def tile(self, zoom: int, x: int, y: int) -> bytes:
        """A Mapbox vector tile, with the roads in the layer `speeds`. Raises MapUnavailable, NoRoadMap."""
        ...

    async def way(self, places: Sequence[Place]) -> Way:
        """Along the roads from place to place. places: at least two. Raises MapUnavailable, NoRoadMap."""
        ...


# --- Files ------------------------------------------------------------------------------------------------------------


class WrongHash(Invalid):
    """The bytes do not have the SHA-256 that they came under. Nothing was kept: send them again."""

    code = "wrong_hash"


class FileTooLarge(Invalid):
    """More bytes than may come. params: limit_bytes."""

    code = "file_too_large"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Some bytes of an upload, stored durably. name: by which the supplier finds them again."""

    name: str
    size_bytes: int


@runtime_checkable  # routes are given it, and what they are given is checked
class Blobs(Protocol):
    """Bytes under the SHA-256 of themselves, in hex, which never change; and the parts of what is still arriving.

    Parts belong to an upload, which several processes may write to: no part ever changes another.
    """

    async def append(self, upload_id: UUID, chunks: AsyncIterable[bytes]) -> Part:
        """Store a new part durably. Of no bytes nothing is kept, nor when `chunks` raises, which is raised on."""
        ...

    async def keep(self, upload_id: UUID, parts: Sequence[str], *, sha256: str) -> None:
        """Make the file of these parts, one after the other, durably; the same bytes again change nothing.

        parts: names, ≥ 1. They stay as they are when there are several. Raises WrongHash; nothing is kept then.
        """
        ...

    async def discard(self, upload_id: UUID) -> None:
        """Delete whatever parts the upload has."""
        ...

    def read(self, sha256: str) -> AsyncIterator[bytes]:
        """The file in chunks. Raises FileNotFoundError at the first chunk when it is not stored."""
        ...


# --- Mail -------------------------------------------------------------------------------------------------------------


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A text file that goes with a letter. media_type: such as text/csv; it is sent as UTF-8."""

    name: str
    media_type: str
    text: str


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One e-mail of plain text. id: becomes the Message-ID, so that a letter that was sent twice can be told."""

    id: UUID
    to: str
    subject: str
    text: str
    attachments: tuple[Attachment, ...] = ()


class Mail(Protocol):
    """Takes letters to where their readers are."""

    async def send(self, letter: Letter) -> None:
        """Hand the letter over. Raises OSError or smtplib.SMTPException when it was not taken: try again later."""
        ...


# --- Push -------------------------------------------------------------------------------------------------------------


class PushGone(NotFound):
    """Nobody listens at this address any more: forget it."""

    code = "push_gone"


class PushNotTaken(Unavailable):
    """The push service did not take the message, which may be otherwise later. params: reason."""

    code = "push_not_taken"


class VapidKey(msgspec.Struct, frozen=True, kw_only=True):
    """By which push services know us. public_key: uncompressed point of P-256, base64url; private_key: its scalar, 32 bytes."""

    public_key: str
    private_key: bytes


class PushAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a browser is reached, and the keys that it alone can open messages with (RFC 8291), base64url."""

    endpoint: str
    p256dh: str
    auth: str


class PushMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A short message to a browser. id: the same message again has the same, and takes the place of what has not arrived.

    body: at most some three thousand bytes; holds_for: how long a push service keeps it for a browser that sleeps;
    is_urgent: worth waking a phone that saves its battery (RFC 8030, 5.3).
    """

    id: UUID
    body: bytes
    holds_for: timedelta
    is_urgent: bool = False


class Push(Protocol):
    """Takes short messages to browsers, by whatever push service each of them has."""

    async def send(self, address: PushAddress, message: PushMessage) -> None:
        """Hand it over. Raises PushGone, PushNotTaken."""
        ...


# --- Text messages ----------------------------------------------------------------------------------------------------


class TextUnreachable(Unavailable):
    """The provider does not answer, or asks to come later. Send the same again. params: reason."""

    code = "text_provider_unreachable"


class TextRefused(Conflict):
    """The provider will not send this, however often it comes: no such number, for example. params: reason."""

    code = "text_refused"


class NoTextMessages(Unavailable):
    """This deployment has no provider of text messages (any more)."""

    code = "no_text_messages"


class TextMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message to a telephone. id: the same message again has the same; to: E.164."""

    id: UUID
    to: str
    text: str


class TextMessages(Protocol):
    """Takes text messages to telephones."""

    async def send(self, message: TextMessage) -> None:
        """Hand it over; the same id again sends nothing twice. Raises TextUnreachable, TextRefused."""
        ...


# --- Network ----------------------------------------------------------------------------------------------------------


class NetworkRefused(Conflict):
    """The network said no, and will say it again: a person has to look. params: reason (the network's own words)."""

    code = "network_refused"


class NetworkUnreachable(Unavailable):
    """No answer; whether the step was done is unknown. Send it again with the same key. params: reason."""

    code = "network_unreachable"


class NetworkStep(msgspec.Struct, frozen=True, kw_only=True):
    """How one profile of one service shall be. key: the same step again has the same key; name: which profile.

    attributes: all that it shall hold, whatever it held before; None: the network shall not have this profile.
    """

    key: str
    service_id: UUID
    name: str
    attributes: dict[str, str] | None


class NetworkReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """The network's word that a step was done. reference: its own id of that."""

    key: str
    reference: str
    applied_at: datetime


class NetworkService(msgspec.Struct, frozen=True, kw_only=True):
    """A service as the network itself sees it: profile name → attributes."""

    service_id: UUID
    profiles: dict[str, dict[str, str]]


class LineTest(msgspec.Struct, frozen=True, kw_only=True):
    """The result of testing a line. measurements: by name with its unit last, for example optical_power_dbm."""

    passed: bool
    measurements: dict[str, float]


class Network(Protocol):
    """What activation needs of the operator's network. Every call may raise NetworkUnreachable."""

    async def apply(self, step: NetworkStep) -> NetworkReceipt:
        """Do the step once: the same key again gives the same receipt. Raises NetworkRefused."""
        ...

    async def read_back(self, service_id: UUID) -> NetworkService | None:
        """What the network holds of this service; None if it does not know it."""
        ...

    async def test(self, service_id: UUID) -> LineTest:
        """Test the line of this service, and turn it up if it is good. Raises NetworkRefused."""
        ...


class SessionStart(msgspec.Struct, frozen=True, kw_only=True):
    """The network saw a service's equipment begin a session. message_id: the network's own id of that.

    serial: what the equipment called itself, None where the network does not know.
    """

    message_id: str
    service_id: UUID
    serial: str | None
    port: str | None
    occurred_at: datetime


class SessionLog(Protocol):
    """Where the network writes down which equipment came up."""

    async def first_sessions(self, service_ids: Sequence[UUID], *, since: datetime) -> list[SessionStart]:
        """The first session of each of these services from `since` on, where there is one. Raises NetworkUnreachable."""
        ...


# --- Billing ----------------------------------------------------------------------------------------------------------


class BillingRefused(Conflict):
    """Billing will not take this, however often it comes: a person has to look. params: reason (billing's code)."""

    code = "billing_refused"


class BillingUnreachable(Unavailable):
    """No answer that counts; whether it was taken is unknown. Send the same again. params: reason."""

    code = "billing_unreachable"


class Billing(Protocol):
    """The operator's billing system. Every call may raise BillingUnreachable or BillingRefused."""

    async def deliver(self, callback: Callback) -> None:
        """Tell it of one trigger; it keeps it. The same trigger again changes nothing there."""
        ...

    async def extract(self) -> Extract:
        """Everything that it bills or has billed, as of one moment."""
        ...
