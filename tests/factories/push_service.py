"""A push service on loopback with one browser behind it: it opens what comes by the browser's own keys, and believes no sender unproven.

Everything is worked out here by the RFCs' own formulas (8188, 8291, 8292), not by the code that it judges.
"""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

LOOPBACK = "127.0.0.1"
AUTH = bytes(range(16))


@dataclass(kw_only=True)
class Received:
    """One request. claims: what the sender's token says, once its signature holds."""

    message: Any
    claims: dict[str, Any]
    public_key: str
    headers: dict[str, str]


@dataclass
class PushService:
    """answers: statuses of the next requests, 201 when there is none left; taken: what was answered with 201; tried: all of it."""

    port: int = 0
    answers: list[int] = field(default_factory=list)
    tried: list[Received] = field(default_factory=list)
    taken: list[Received] = field(default_factory=list)
    browser: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def origin(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def subscription(self) -> dict[str, str]:
        """As the browser tells it."""
        point = point_of(self.browser.public_key())
        return {"endpoint": f"{self.origin}/wpush/1", "p256dh": base64url(point), "auth": base64url(AUTH)}

    def receive(self, headers: dict[str, str], body: bytes) -> int:
        received = Received(
            message=json.loads(opened(body, self.browser, AUTH)),
            claims=proven(headers["authorization"]),
            public_key=headers["authorization"].partition("k=")[2],
            headers=headers,
        )
        status = self.answers.pop(0) if self.answers else 201
        self.tried.append(received)
        if status == 201:
            self.taken.append(received)
        return status


@contextmanager
def push_service() -> Iterator[PushService]:
    """One that is listening."""
    service = PushService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = service.receive({name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("location", f"{service.origin}/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing on the terminal."""

    with ThreadingHTTPServer((LOOPBACK, 0), Handler) as server:
        service.port = server.server_port
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield service
        finally:
            server.shutdown()
            serving.join()


def opened(body: bytes, browser: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """The message in a body of one record (RFC 8291, 3.4)."""
    salt, length = body[:16], body[20]
    sender, record = body[21 : 21 + length], body[21 + length :]
    shared = browser.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
    told = b"WebPush: info\0" + point_of(browser.public_key()) + sender
    secret = _hmac(_hmac(auth, shared), told + b"\x01")
    pseudo_random = _hmac(salt, secret)
    key = _hmac(pseudo_random, b"Content-Encoding: aes128gcm\0\x01")[:16]
    nonce = _hmac(pseudo_random, b"Content-Encoding: nonce\0\x01")[:12]
    padded = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\0")
    assert padded.endswith(b"\x02"), "it is the last record"
    return padded[:-1]


def proven(authorization: str) -> dict[str, Any]:
    """The claims of a token whose signature holds for the key beside it. Raises InvalidSignature."""
    scheme, _, parameters = authorization.partition(" ")
    assert scheme == "vapid"
    told = dict(part.strip().split("=", 1) for part in parameters.split(","))
    head, claims, signature = told["t"].split(".")
    raw = raw_of(signature)
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw_of(told["k"]))
    r_and_s = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    key.verify(r_and_s, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
    assert json.loads(raw_of(head)) == {"typ": "JWT", "alg": "ES256"}
    return json.loads(raw_of(claims))


def point_of(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _hmac(key: bytes, content: bytes) -> bytes:
    return hmac.digest(key, content, hashlib.sha256)
