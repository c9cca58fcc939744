"""What goes over the wire of Web Push: a message that only one browser opens (RFC 8291), and who sends it (VAPID, RFC 8292).

Forty lines on `cryptography`, which is here anyway: the packages for it bring two HTTP clients, or are built at set-up.
"""

import base64
from datetime import datetime, timedelta

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from backend.ports import VapidKey

SALT_BYTES, KEY_BYTES, NONCE_BYTES = 16, 16, 12
RECORD_BYTES = 4096  # what every push service takes (RFC 8291, 4): ours is one record, and far smaller
LAST_RECORD = b"\x02"
TOKEN_LIFETIME = timedelta(hours=12)  # at most a day (RFC 8292, 2)
CURVE = ec.SECP256R1()


def encrypted(message: bytes, *, p256dh: str, auth: str, ours: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """A body of content coding aes128gcm (RFC 8188). ours: a key for this message alone; salt: 16 random bytes.

    Raises ValueError for keys that are no keys, or a message that is longer than a record.
    """
    theirs_raw, secret = unpadded(p256dh), unpadded(auth)
    ours_raw = ours.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = ours.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, theirs_raw))
    key_material = _derived(shared, salt=secret, info=b"WebPush: info\0" + theirs_raw + ours_raw, length=32)
    key = _derived(key_material, salt=salt, info=b"Content-Encoding: aes128gcm\0", length=KEY_BYTES)
    nonce = _derived(key_material, salt=salt, info=b"Content-Encoding: nonce\0", length=NONCE_BYTES)
    record = AESGCM(key).encrypt(nonce, message + LAST_RECORD, None)
    if len(record) > RECORD_BYTES:
        raise ValueError(f"a message of {len(message)} bytes is longer than a record")
    return salt + RECORD_BYTES.to_bytes(4) + len(ours_raw).to_bytes(1) + ours_raw + record


def authorization(key: VapidKey, *, audience: str, contact: str, now: datetime) -> str:
    """The header that says who sends. audience: the push service's origin; contact: a mailto: or https: address."""
    claims = {"aud": audience, "exp": int((now + TOKEN_LIFETIME).timestamp()), "sub": contact}
    token = b".".join(_padless(msgspec.json.encode(part)) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
    private_key = ec.derive_private_key(int.from_bytes(key.private_key), CURVE)
    signature = b"".join(
        number.to_bytes(32) for number in decode_dss_signature(private_key.sign(token, ec.ECDSA(SHA256())))
    )
    return f"vapid t={(token + b'.' + _padless(signature)).decode()}, k={key.public_key}"


def unpadded(text: str) -> bytes:
    """The bytes of base64url without padding. Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _padless(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _derived(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)
