"""Secrets that are kept in the database: sealed by a secret of the settings, so that the database alone, or a backup of it, tells none."""

import base64
import hashlib

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12  # of AES-GCM (NIST SP 800-38D, 8.2)


class Sealer:
    """Seals for one purpose by the secret `root` of the settings, a text of any length. Source: HKDF, RFC 5869."""

    def __init__(self, root: str, purpose: bytes) -> None:
        self._box = AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(root.encode()))
        self.fingerprint = hashlib.sha256(purpose + root.encode()).hexdigest()[:16]
        """Which secret sealed something; it does not tell the secret."""

    def seal(self, secret: bytes, *, about: bytes, nonce: bytes) -> str:
        """about: what it belongs to, which it will not be opened without; nonce: NONCE_BYTES, never the same twice."""
        return base64.b64encode(nonce + self._box.encrypt(nonce, secret, about)).decode()

    def opened(self, sealed: str, *, about: bytes) -> bytes:
        """Raises cryptography's InvalidTag for what another secret sealed, or about something else."""
        raw = base64.b64decode(sealed)
        return self._box.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], about)
