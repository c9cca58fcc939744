"""The device that makes codes, by the RFCs' own formulas: not by the code that it judges."""

import hashlib
import hmac
import struct


def code_at(secret: bytes, seconds: float) -> str:
    """What it shows at that instant (RFC 4226, 5.3; RFC 6238, 4.2)."""
    digest = hmac.digest(secret, struct.pack(">Q", int(seconds) // 30), hashlib.sha1)
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4]) & 0x7FFFFFFF) % 10**6:06}"
