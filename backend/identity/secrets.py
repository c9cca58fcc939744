"""Passwords, tokens and device proofs: making them, hashing them, checking them."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from backend.kernel.errors import Invalid

SESSION_COOKIE = "__Host-truckroll"  # the prefix makes browsers insist on Secure, path / and no domain
PROOF_WINDOW = timedelta(minutes=5)  # a phone's clock may be off; a stolen proof must not live long
CODE_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # nothing that is misread: no I, L, O, U, 0, 1
CODE_LENGTH = 10  # 30^10, about 49 bits: with 15 minutes and a rate limit out of reach of guessing

REFRESH_TOKEN = re.compile(r"trr_(?P<device>[0-9a-f]{32})_(?P<generation>[0-9]{1,9})_[\w-]{43}", re.ASCII)

_hasher = PasswordHasher()


class BadDeviceKey(Invalid):
    """The public key is not a P-256 key in SubjectPublicKeyInfo, base64."""

    code = "bad_device_key"


def hash_password(password: str) -> str:
    """Argon2id with the library's present parameters; takes about 0.1 s: call it in a thread."""
    return _hasher.hash(password)


@cache
def _no_password() -> str:
    """Checked for unknown users, so that they take as long as known ones. Made at first use: hashing is slow."""
    return _hasher.hash("no such user")


def password_matches(stored: str | None, password: str) -> bool:
    """Takes as long for a missing hash as for a wrong password."""
    try:
        return _hasher.verify(stored or _no_password(), password) and stored is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


def new_token(prefix: str) -> str:
    """A bearer token with 256 random bits; the prefix tells its kind, to people and to secret scanners."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


class RefreshClaim(NamedTuple):
    """What a refresh token says of itself; only its hash, or the device's key, makes it true."""

    device_id: UUID
    generation: int


def new_refresh_token(device_id: UUID, generation: int) -> str:
    """A refresh token that names its family, so that an old one is still recognised when its hash is forgotten."""
    return new_token(f"trr_{device_id.hex}_{generation}")


def refresh_claim(token: str) -> RefreshClaim | None:
    """None for what `new_refresh_token` cannot have made."""
    found = REFRESH_TOKEN.fullmatch(token)
    return RefreshClaim(UUID(found["device"]), int(found["generation"])) if found else None


def csrf_token(session_token: str) -> str:
    """What a page proves itself with. Derived, so that all pages of a session hold the same and a reload finds it."""
    return f"csrf_{hmac.digest(session_token.encode(), b'csrf', 'sha256').hex()}"


def new_code() -> str:
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def hashed(token: str) -> str:
    """What is stored of a token. Plain SHA-256 serves, as the token itself is random."""
    return hashlib.sha256(token.encode()).hexdigest()


def check_device_key(public_key: str) -> str:
    """The key, when it is a P-256 public key. Raises BadDeviceKey."""
    try:
        key = load_der_public_key(base64.b64decode(public_key, validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        raise BadDeviceKey() from None
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise BadDeviceKey()
    return public_key


def proof_holds(public_key: str, token: str, signed_at: str, signature: str, *, now: datetime) -> bool:
    """Whether the device's key signed `<token>.<signed_at>` within PROOF_WINDOW of now.

    signed_at: ISO 8601 with an offset, signed as it is written: languages write the same instant differently.
    signature: base64 of r ‖ s, 64 bytes, as WebCrypto makes it (IEEE P1363).
    """
    if not _is_near(signed_at, now):
        return False
    key = load_der_public_key(base64.b64decode(public_key))
    assert isinstance(key, EllipticCurvePublicKey)
    try:
        raw = base64.b64decode(signature, validate=True)
        r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        key.verify(encode_dss_signature(r, s), proof_text(token, signed_at), ECDSA(SHA256()))
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def proof_text(token: str, signed_at: str) -> bytes:
    """What a device signs to prove that it holds its key."""
    return f"{token}.{signed_at}".encode()


def _is_near(signed_at: str, now: datetime) -> bool:
    try:
        return abs(now - datetime.fromisoformat(signed_at)) <= PROOF_WINDOW
    except (ValueError, TypeError):  # not a time, or one without an offset
        return False
