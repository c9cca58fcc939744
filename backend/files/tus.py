"""The words of tus 1.0: what the headers of a resumable upload say, and how a wrong one is refused. No HTTP library.

Source: tus resumable upload protocol 1.0.0, https://tus.io/protocols/resumable-upload; clause names are its own.
"""

import binascii
import hashlib
import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from backend.kernel.errors import Conflict, Invalid

VERSION = "1.0.0"
EXTENSIONS = ("creation", "creation-with-upload", "checksum", "expiration", "termination")
CHUNK_TYPE = "application/offset+octet-stream"
CHECKSUMS: dict[str, Callable[[], Any]] = {
    "sha256": hashlib.sha256,
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),  # the one that every server must know
}
MAX_METADATA_CHARACTERS = 4096  # a hash, a type, perhaps a name: proxies rarely pass more than 8 KiB of headers
MAX_DIGITS = 15  # every such number is exact in every language
KEY = re.compile(r"[^\s,]+")


class WrongTusVersion(Conflict):
    """Send Tus-Resumable: 1.0.0 with every request. params: versions."""

    code = "wrong_tus_version"


class MalformedHeader(Invalid):
    """A header is missing or cannot be read. params: header, expected."""

    code = "malformed_header"


class NotAChunk(Invalid):
    """The bytes of an upload come as application/offset+octet-stream."""

    code = "not_a_chunk"


class ChecksumMismatch(Invalid):
    """These bytes are not those of the Upload-Checksum. None was kept: send them again from the same offset."""

    code = "checksum_mismatch"


@dataclass(frozen=True, kw_only=True)
class Checksum:
    """What the bytes of one request must hash to."""

    algorithm: str
    digest: bytes


def check_version(text: str | None) -> None:
    """Raises WrongTusVersion."""
    if text != VERSION:
        raise WrongTusVersion(versions=[VERSION])


def read_size(header: str, text: str | None) -> int:
    """A number of bytes, ≥ 0. Raises MalformedHeader."""
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > MAX_DIGITS:
        raise MalformedHeader(header=header, expected="a whole number of bytes")
    return int(text)


def read_metadata(text: str) -> dict[str, str]:
    """The pairs of an Upload-Metadata header; a key without a value has the empty one. Raises MalformedHeader."""
    if len(text) > MAX_METADATA_CHARACTERS:
        raise _bad_metadata(f"at most {MAX_METADATA_CHARACTERS} characters")
    pairs: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        key, _, value = pair.partition(" ")
        if key in pairs or not KEY.fullmatch(key):
            raise _bad_metadata("each key once")
        pairs[key] = _text(value)
    return pairs


def read_checksum(text: str | None) -> Checksum | None:
    """The Upload-Checksum header, if there is one. Raises MalformedHeader, also for an algorithm that we do not have."""
    if text is None:
        return None
    algorithm, _, encoded = text.partition(" ")
    try:
        digest = b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if algorithm not in CHECKSUMS or len(digest) != CHECKSUMS[algorithm]().digest_size:
        raise MalformedHeader(header="Upload-Checksum", expected=f"one of {', '.join(CHECKSUMS)}, then base64")
    return Checksum(algorithm=algorithm, digest=digest)


def _text(encoded: str) -> str:
    try:
        text = b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise _bad_metadata("values in base64 of UTF-8") from error
    if "\0" in text:
        raise _bad_metadata("text without U+0000")
    return text


def _bad_metadata(expected: str) -> MalformedHeader:
    return MalformedHeader(header="Upload-Metadata", expected=expected)
