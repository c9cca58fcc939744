"""Sign and verify messages in the Standard Webhooks shape: Ed25519 (`v1a`) and HMAC-SHA256 (`v1`).

The one implementation for both sides: the backend signs callbacks and verifies acknowledgements with it, the
receiver the other way round. It does no HTTP, reads no clock and remembers no ids: refusing a message id seen
before is the duty of whoever stores the message.

Source: Standard Webhooks specification, https://www.standardwebhooks.com, sections "Signature scheme" and
"Verifying webhook authenticity"; Ed25519: RFC 8032; HMAC: RFC 2104.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"

TOLERANCE_SECONDS = 5 * 60
"""How far a message's timestamp may lie from the verifier's clock, both ways: what the specification advises."""

MAX_SIGNATURES = 8
"""Signatures in one header. A rotation needs two; more would only make the verifier work for a stranger."""

MAX_SIGNATURE_HEADER_CHARS = 1024
"""Room for MAX_SIGNATURES Ed25519 signatures (93 characters each) and their separators."""

KEY_BYTES = 32
"""An Ed25519 seed and an Ed25519 public key are 32 bytes each (RFC 8032, 5.1.5)."""

SIGNATURE_BYTES = {"v1a": 64, "v1": 32}
"""Length of a signature by version. A version that is not listed is skipped, as the specification asks."""

SECRET_BYTES = range(24, 65)
"""Lengths of an HMAC secret that the specification allows."""

# The dot separates id, timestamp and body in the signed content, so an id with a dot could be read in two ways.
_MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
# Twelve digits reach the year 33658; more would only be there to overflow something.
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


class KeyMalformed(Exception):
    """A configured key cannot be used. The text never repeats the key."""


class SignatureError(Exception):
    """A message is not proven to come from a holder of one of our keys. `code` is stable and safe to send back."""

    code = "signature_invalid"


class HeaderMissing(SignatureError):
    """One of the three headers is absent or empty."""

    code = "signature_header_missing"


class MessageIdMalformed(SignatureError):
    """`webhook-id` is not 1 to 128 letters, digits, hyphens and underscores."""

    code = "signature_id_malformed"


class TimestampMalformed(SignatureError):
    """`webhook-timestamp` is not a whole number of seconds since 1970 in ASCII digits."""

    code = "signature_timestamp_malformed"


class TimestampTooOld(SignatureError):
    """The message was signed longer ago than the tolerance."""

    code = "signature_timestamp_too_old"


class TimestampTooNew(SignatureError):
    """The message claims to be signed further in the future than the tolerance."""

    code = "signature_timestamp_too_new"


class SignatureMalformed(SignatureError):
    """`webhook-signature` is too long, holds too many signatures, or one of a known version is not well formed."""

    code = "signature_malformed"


class SignatureUnmatched(SignatureError):
    """Well formed, but made by none of the keys, or over another id, time or body."""

    code = "signature_unmatched"


@dataclass(frozen=True)
class Ed25519Signer:
    """Holds a private key (`whsk_`)."""

    private: Ed25519PrivateKey = field(repr=False)
    version: str = "v1a"

    def sign(self, content: bytes) -> bytes:
        return self.private.sign(content)


@dataclass(frozen=True)
class Ed25519Verifier:
    """Holds a public key (`whpk_`)."""

    public: Ed25519PublicKey
    version: str = "v1a"

    def matches(self, content: bytes, signature: bytes) -> bool:
        try:
            self.public.verify(signature, content)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class HmacSecret:
    """Holds a shared secret (`whsec_`), which both signs and verifies."""

    secret: bytes = field(repr=False)
    version: str = "v1"

    def sign(self, content: bytes) -> bytes:
        return hmac.digest(self.secret, content, hashlib.sha256)

    def matches(self, content: bytes, signature: bytes) -> bool:
        return hmac.compare_digest(self.sign(content), signature)


SigningKey = Ed25519Signer | HmacSecret
VerifyingKey = Ed25519Verifier | HmacSecret


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What the headers of a proven message say. `sent_at` is aware UTC, whole seconds."""

    message_id: str
    sent_at: datetime


def read_signing_key(text: str) -> SigningKey:
    """Read `whsk_<base64 of a 32-byte seed>` or `whsec_<base64 of 24 to 64 bytes>`. Raises KeyMalformed."""
    if text.startswith("whsk_"):
        return Ed25519Signer(Ed25519PrivateKey.from_private_bytes(_key_bytes(text, "whsk_")))
    return _read_secret(text, expected="whsk_ or whsec_")


def read_verifying_key(text: str) -> VerifyingKey:
    """Read `whpk_<base64 of a 32-byte public key>` or `whsec_<base64 of 24 to 64 bytes>`. Raises KeyMalformed."""
    if text.startswith("whpk_"):
        return Ed25519Verifier(Ed25519PublicKey.from_public_bytes(_key_bytes(text, "whpk_")))
    return _read_secret(text, expected="whpk_ or whsec_")


def write_key_pair(seed: bytes) -> tuple[str, str]:
    """Return the private (`whsk_`) and public (`whpk_`) text of the Ed25519 key of a random 32-byte seed."""
    assert len(seed) == KEY_BYTES, f"an Ed25519 seed has {KEY_BYTES} bytes, not {len(seed)}"
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return "whsk_" + base64.b64encode(seed).decode(), "whpk_" + base64.b64encode(public).decode()


def public_text(key: SigningKey) -> str:
    """What the other side has to trust: the public key (`whpk_`), or "" for a shared secret, which is told to nobody."""
    if isinstance(key, HmacSecret):
        return ""
    return "whpk_" + base64.b64encode(key.private.public_key().public_bytes_raw()).decode()


def sign(*, message_id: str, sent_at: datetime, body: bytes, keys: Sequence[SigningKey]) -> dict[str, str]:
    """Return the three headers that prove `body`, with one signature for each key.

    sent_at: aware; sent as whole seconds, rounded down.
    Raises MessageIdMalformed when `message_id` could not be verified again.
    """
    assert sent_at.tzinfo is not None, "sent_at needs a time zone"
    assert 1 <= len(keys) <= MAX_SIGNATURES, f"1 to {MAX_SIGNATURES} keys sign a message, not {len(keys)}"
    timestamp = str(int(sent_at.timestamp()))
    content = _signed_content(_message_id(message_id), timestamp, body)
    signatures = (f"{key.version},{base64.b64encode(key.sign(content)).decode()}" for key in keys)
    return {ID_HEADER: message_id, TIMESTAMP_HEADER: timestamp, SIGNATURE_HEADER: " ".join(signatures)}


def verify(
    headers: Mapping[str, str],
    body: bytes,
    *,
    keys: Sequence[VerifyingKey],
    now: datetime,
    tolerance_seconds: int = TOLERANCE_SECONDS,
) -> Verified:
    """Prove that a holder of one of `keys` signed exactly this id, time and body, close to `now`.

    headers: found by lower-case name (the header types of Litestar and httpx ignore case anyway).
    body: the bytes as received, before any decoding.
    keys: all that are valid now; two or more while a rotation overlaps.
    Raises a SignatureError, and nothing else, whatever the headers hold.
    """
    message_id = _message_id(_header(headers, ID_HEADER))
    timestamp = _header(headers, TIMESTAMP_HEADER)
    sent_at = _time_within(timestamp, now=now, tolerance_seconds=tolerance_seconds)
    signatures = _read_signatures(_header(headers, SIGNATURE_HEADER))
    content = _signed_content(message_id, timestamp, body)
    if not any(
        key.version == version and key.matches(content, signature) for key in keys for version, signature in signatures
    ):
        raise SignatureUnmatched("none of the keys made any of the signatures over this id, timestamp and body")
    return Verified(message_id=message_id, sent_at=sent_at)


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name)
    if not value:
        raise HeaderMissing(f"send the header {name}")
    return value


def _message_id(text: str) -> str:
    if not _MESSAGE_ID.fullmatch(text):
        raise MessageIdMalformed(f"{ID_HEADER} takes 1 to 128 letters, digits, hyphens and underscores")
    return text


def _time_within(timestamp: str, *, now: datetime, tolerance_seconds: int) -> datetime:
    if not _TIMESTAMP.fullmatch(timestamp):
        raise TimestampMalformed(f"{TIMESTAMP_HEADER} takes whole seconds since 1970, in digits")
    age_seconds = now.timestamp() - int(timestamp)
    if age_seconds > tolerance_seconds:
        raise TimestampTooOld(f"signed more than {tolerance_seconds} s ago: sign anew at each attempt, check the clock")
    if age_seconds < -tolerance_seconds:
        raise TimestampTooNew(f"signed more than {tolerance_seconds} s in the future: check the sender's clock")
    # Only now: a far future year would overflow a datetime.
    return datetime.fromtimestamp(int(timestamp), UTC)


def _read_signatures(header: str) -> list[tuple[str, bytes]]:
    if len(header) > MAX_SIGNATURE_HEADER_CHARS:
        raise SignatureMalformed(f"{SIGNATURE_HEADER} is longer than {MAX_SIGNATURE_HEADER_CHARS} characters")
    entries = header.split(" ")
    if len(entries) > MAX_SIGNATURES:
        raise SignatureMalformed(f"{SIGNATURE_HEADER} holds more than {MAX_SIGNATURES} signatures")
    pairs = (entry.partition(",") for entry in entries)
    return [(version, _signature_bytes(version, text)) for version, _, text in pairs if version in SIGNATURE_BYTES]


def _signature_bytes(version: str, text: str) -> bytes:
    signature = _strict_base64(text)
    if signature is None or len(signature) != SIGNATURE_BYTES[version]:
        raise SignatureMalformed(f"a {version} signature is {SIGNATURE_BYTES[version]} bytes in base64")
    return signature


def _read_secret(text: str, *, expected: str) -> HmacSecret:
    if not text.startswith("whsec_"):
        raise KeyMalformed(f"this key starts with {expected}")
    secret = _strict_base64(text.removeprefix("whsec_"))
    if secret is None or len(secret) not in SECRET_BYTES:
        raise KeyMalformed(f"whsec_ is followed by {SECRET_BYTES[0]} to {SECRET_BYTES[-1]} bytes in base64")
    return HmacSecret(secret)


def _key_bytes(text: str, prefix: str) -> bytes:
    key = _strict_base64(text.removeprefix(prefix))
    if key is None or len(key) != KEY_BYTES:
        raise KeyMalformed(f"{prefix} is followed by {KEY_BYTES} bytes in base64")
    return key


def _strict_base64(text: str) -> bytes | None:
    """Decode standard, padded base64; None when it is anything else."""
    try:
        # An ASCII-only check comes with it: b64decode raises ValueError for other text.
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _signed_content(message_id: str, timestamp: str, body: bytes) -> bytes:
    return f"{message_id}.{timestamp}.".encode() + body
