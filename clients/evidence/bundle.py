"""One file that proves something: records in a chain of hashes, sealed by a signature. Pure: bytes in, bytes out.

The file is lines of canonical JSON (keys sorted, no space, UTF-8, RFC 8785 but for the spelling of numbers, which is the
shortest). Each line names the SHA-256 of its own body and of the whole line before it; the last one, the seal, holds
Ed25519 signatures over the hash of the line before it. So one changed byte breaks a link that tells where it is.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from clients.billing.signatures import Ed25519Signer, KeyMalformed, public_text, read_verifying_key

FORMAT = "truckroll-evidence-1"
SEAL = "seal"
FIRST = "0" * 64  # what stands for the line before the first
MAX_BUNDLE_BYTES = 16 << 20  # a bundle has some 20 kB
MAX_LINES = 10_000

_ENCODER = msgspec.json.Encoder(order="sorted")


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One record. number: from 1; previous: SHA-256 of the line before with its line feed, in hex."""

    body: dict[str, Any]
    body_sha256: str
    kind: str
    number: int
    previous: str


class Flaw(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was changed. line: from 1; at_byte: where that line begins in the file; what: in words."""

    line: int
    at_byte: int
    kind: str
    what: str


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a file proves. head: the body of its first record; signed_by: the public keys whose signature holds."""

    head: dict[str, Any]
    lines: int
    signed_by: list[str]
    flaws: list[Flaw]

    @property
    def holds(self) -> bool:
        return not self.flaws and bool(self.signed_by)


def write(records: Iterable[tuple[str, dict[str, Any]]], keys: Sequence[Ed25519Signer]) -> bytes:
    """The file of these (kind, body) records. keys: ≥ 1, all sign. Bodies hold plain JSON values."""
    assert keys, "a bundle is signed"
    lines: list[bytes] = []
    previous = FIRST
    for kind, body in records:
        lines.append(_line(len(lines) + 1, kind, body, previous))
        previous = _sha256(lines[-1])
    signatures = [{"key": public_text(key), "signature": _base64(key.sign(_signed(previous)))} for key in keys]
    seal = {"format": FORMAT, "lines": len(lines), "signatures": signatures}
    return b"".join([*lines, _line(len(lines) + 1, SEAL, seal, previous)])


def verify(data: bytes) -> Verdict:
    """Whether the file is as it was sealed, and by whom. Whether those keys are the operator's is for the caller to say."""
    raw = data.splitlines(keepends=True)
    if len(data) > MAX_BUNDLE_BYTES or not 1 <= len(raw) <= MAX_LINES:
        return _nothing("it is empty, or larger than any bundle")
    lines = [_read(one) for one in raw]
    flaws = list(_flaws(raw, lines))
    last = lines[-1]
    signed_by: list[str] = []
    if last is None or last.kind != SEAL:
        flaws.append(_flaw(raw, lines, len(raw) - 1, "the seal is missing: the end of the file was cut off"))
    else:
        signed_by = _signers(last)
        if not signed_by:
            flaws.append(_flaw(raw, lines, len(raw) - 1, "no signature of the seal holds"))
    head = lines[0].body if lines[0] is not None else {}
    return Verdict(head=head, lines=len(raw), signed_by=signed_by, flaws=flaws)


def verify_file(file: Path) -> Verdict:
    """The same of a file, of which no more is read than a bundle can have. Raises OSError."""
    with file.open("rb") as opened:
        return verify(opened.read(MAX_BUNDLE_BYTES + 1))


def _flaws(raw: Sequence[bytes], lines: Sequence[Line | None]) -> Iterator[Flaw]:
    hashes = [_sha256(one) for one in raw]
    for at, line in enumerate(lines):
        if line is None:
            yield _flaw(raw, lines, at, "it is not canonical: a byte of it was changed")
        elif line.body_sha256 != _sha256(_ENCODER.encode(line.body)):
            yield _flaw(raw, lines, at, "its body is not the one that was recorded")
        elif line.number != at + 1:
            yield _flaw(raw, lines, at, f"it was line {line.number}: lines were taken out, put in or moved")
        elif line.previous != (hashes[at - 1] if at else FIRST) and _is_whole(lines, hashes, at):
            # The line before was changed where its own hash does not look, or this one was: the next link tells which.
            yield _flaw(raw, lines, max(0, at - 1), f"line {at + 1} names another hash of it")


def _is_whole(lines: Sequence[Line | None], hashes: Sequence[str], at: int) -> bool:
    """Whether the line before has no flaw that was told already."""
    before = lines[at - 1] if at else None
    return at == 0 or (before is not None and before.body_sha256 == _sha256(_ENCODER.encode(before.body)))


def _signers(seal: Line) -> list[str]:
    """The public keys whose signature over the line before the seal holds."""
    found: list[str] = []
    entries = seal.body.get("signatures")
    for entry in entries if isinstance(entries, list) else []:
        try:
            key = read_verifying_key(str(entry["key"]))
            signature = base64.b64decode(str(entry["signature"]), validate=True)
        except (KeyMalformed, KeyError, TypeError, binascii.Error, ValueError):
            continue
        if key.version == "v1a" and key.matches(_signed(seal.previous), signature):
            found.append(str(entry["key"]))
    return found


def _read(raw: bytes) -> Line | None:
    """The line, when it is written as we write it."""
    try:
        line = msgspec.json.decode(raw, type=Line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return line if _ENCODER.encode(line) + b"\n" == raw else None


def _line(number: int, kind: str, body: dict[str, Any], previous: str) -> bytes:
    # A body goes through the wire once, so that what is hashed is what a reader decodes.
    plain = msgspec.json.decode(_ENCODER.encode(body))
    digest = _sha256(_ENCODER.encode(plain))
    return _ENCODER.encode(Line(body=plain, body_sha256=digest, kind=kind, number=number, previous=previous)) + b"\n"


def _signed(previous: str) -> bytes:
    return f"{FORMAT}.{previous}".encode()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _flaw(raw: Sequence[bytes], lines: Sequence[Line | None], at: int, what: str) -> Flaw:
    line = lines[at]
    kind = "" if line is None else line.kind
    return Flaw(line=at + 1, at_byte=sum(map(len, raw[:at])), kind=kind, what=what)


def _nothing(what: str) -> Verdict:
    return Verdict(head={}, lines=0, signed_by=[], flaws=[Flaw(line=1, at_byte=0, kind="", what=what)])
