"""Who the device is to the server: its key, its tokens, and the proof that it still holds the key."""

import base64
import secrets
from datetime import UTC, datetime

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

COORDINATE_BYTES = 32  # of P-256


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What the server gave at enrolment or at the last renewal.

    lease_seconds: how long after the last answer the device may show what it holds; None when that is not bounded.
    """

    device_id: str
    outbox_id: str
    technician_id: str
    technician_name: str
    access_token: str
    access_expires_at: datetime
    refresh_token: str
    lease_seconds: int | None = None


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """private_key: P-256 in PKCS 8, base64; technician_id: whose work this device holds; tokens: None when not enrolled."""

    private_key: str
    technician_id: str | None = None
    tokens: Tokens | None = None


def new_identity() -> Identity:
    """A device that nobody knows yet."""
    raw = generate_private_key(SECP256R1()).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return Identity(private_key=base64.b64encode(raw).decode())


def public_key(identity: Identity) -> str:
    """The public part as the server wants it: SubjectPublicKeyInfo, base64."""
    raw = _key(identity).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(raw).decode()


def proof(identity: Identity, token: str, signed_at: datetime) -> str:
    """The signature over `<token>.<signed_at>` as r ‖ s, base64 (the form that WebCrypto makes too)."""
    text = f"{token}.{signed_at.astimezone(UTC).isoformat()}".encode()
    r, s = decode_dss_signature(_key(identity).sign(text, ECDSA(SHA256())))
    return base64.b64encode(r.to_bytes(COORDINATE_BYTES, "big") + s.to_bytes(COORDINATE_BYTES, "big")).decode()


def new_uid(now_ms: int) -> str:
    """A UUIDv7 for one mutation: unique over all devices, in the order of the device's clock (RFC 9562, 5.7)."""
    raw = bytearray(now_ms.to_bytes(6, "big") + secrets.token_bytes(10))
    raw[6] = 0x70 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _key(identity: Identity) -> EllipticCurvePrivateKey:
    key = load_der_private_key(base64.b64decode(identity.private_key), password=None)
    assert isinstance(key, EllipticCurvePrivateKey), "a device's key is an elliptic-curve key"
    return key
