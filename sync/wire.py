"""Reading messages from untrusted bytes, writing them, and the seals that show a flipped bit.

Everything a peer may send is bounded before it is parsed. Not for meaning: whether a mutation is allowed, or an
operation known, is decided later and answered by a verdict.
"""

import hashlib
import re
import zlib
from collections.abc import Sequence
from typing import Any, Final, TypeVar

import msgspec
from msgspec.structs import replace

from sync.canonical import canonical
from sync.protocol import (
    MAX_DEPTH,
    MAX_MUTATIONS,
    MAX_REQUEST_BYTES,
    Draft,
    ErrorCode,
    Mutation,
    PushRequest,
    Refusal,
    Refused,
)

T = TypeVar("T")

_SEALED_FIELDS: Final = ("uid", "op", "kind", "id", "base", "args", "at", "off", "blobs")
_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
# An even run of backslashes before it, else it is the text `\u0000` and not the character.
_ESCAPED_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*+\\u0000")
_GZIP: Final = 16  # for zlib: a gzip header, and no other
_BRACKETS: Final = bytes.maketrans(b"{}", b"[]")
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_PATH: Final = re.compile(r"(?P<detail>.*) - at `(?P<path>[^`]*)`", re.DOTALL)
_FIELD: Final = re.compile(r"Object (?:missing required|contains unknown) field `(?P<name>[^`]*)`")


class WireError(Refused):
    """Bytes that are not a message. `code` names the fault, `path` says where, `$` being the whole."""

    def __init__(self, code: ErrorCode, path: str, detail: str, *, expected: int | None = None) -> None:
        super().__init__(Refusal(code=code, path=path, detail=detail, expected=expected))
        self.code = code
        self.path = path


def encode(message: Any) -> bytes:
    """Write a message as compact JSON; fields at their default are left out."""
    return msgspec.json.encode(message)


def decode(raw: bytes, shape: type[T], *, limit_bytes: int = MAX_REQUEST_BYTES) -> T:
    """Read one message of the given shape, without coercion.

    Raises WireError: too_large, not_utf8, nul_character, too_deep, malformed.
    """
    check_bounds(raw, limit_bytes=limit_bytes)
    try:
        return msgspec.json.decode(raw, type=shape, strict=True)
    except msgspec.DecodeError as error:
        raise malformed(error) from error


def inflate(raw: bytes, *, limit_bytes: int = MAX_REQUEST_BYTES) -> bytes:
    """Undo gzip, and stop at the limit, so that a small body cannot become a large one. Raises WireError.

    too_large beyond limit_bytes; malformed when it is no whole gzip member, or more than one.
    """
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | _GZIP)
    try:
        plain = stream.decompress(raw, limit_bytes + 1)
    except zlib.error as error:
        raise WireError(ErrorCode.MALFORMED, "$", f"not gzip: {error}") from error
    if len(plain) > limit_bytes:
        raise WireError(ErrorCode.TOO_LARGE, "$", f"more than {limit_bytes} bytes when inflated")
    if not stream.eof or stream.unused_data:
        raise WireError(ErrorCode.MALFORMED, "$", "not one whole gzip member")
    return plain


def malformed(error: msgspec.MsgspecError, root: str = "$") -> WireError:
    """Turn msgspec's sentence into a code and a path; root replaces the `$` of the path."""
    found = _PATH.fullmatch(str(error))
    detail, path = (found["detail"], found["path"]) if found else (str(error), "$")
    if field := _FIELD.match(detail):
        path = f"{path}.{field['name']}"
    return WireError(ErrorCode.MALFORMED, root + path.removeprefix("$"), detail)


def check_bounds(raw: bytes, *, limit_bytes: int = MAX_REQUEST_BYTES, limit_depth: int = MAX_DEPTH) -> None:
    """Refuse bytes that are too many, not UTF-8, carry NUL or nest too deep, before any parser sees them.

    PostgreSQL cannot store NUL in text, and a recursive parser can be made to exhaust its stack.
    """
    if len(raw) > limit_bytes:
        raise WireError(ErrorCode.TOO_LARGE, "$", f"{len(raw)} bytes, at most {limit_bytes}")
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        raise WireError(ErrorCode.NOT_UTF8, "$", f"byte {error.start} is not UTF-8") from error
    if b"\x00" in raw or (b"\\u0000" in raw and _ESCAPED_NUL.search(raw)):
        raise WireError(ErrorCode.NUL_CHARACTER, "$", "text may not contain U+0000")
    if nests_deeper(raw, limit_depth):
        raise WireError(ErrorCode.TOO_DEEP, "$", f"nested deeper than {limit_depth}")


def nests_deeper(raw: bytes, limit: int) -> bool:
    """Tell whether the brackets outside strings nest deeper than limit, without recursion.

    Each round takes away the innermost pairs, hence exactly one level, at the speed of `bytes.replace`.
    """
    brackets = _STRING.sub(b"", raw).translate(_BRACKETS, _NOT_BRACKETS)
    for _ in range(limit):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"")
    # Unbalanced brackets stay for ever: shallow ones are the parser's to refuse.
    return b"[]" in brackets or len(brackets) > limit


def mutation_digest(draft: Draft, base: int | None) -> str:
    """Seal what was done: SHA-256, hex, over the canonical JSON of every field but `mid` and `digest`.

    The number is left out, so that a mutation that moves to another outbox keeps its seal.
    """
    body = {name: getattr(draft, name) for name in _SEALED_FIELDS if name != "base"}
    return hashlib.sha256(canonical({**body, "base": base})).hexdigest()


def batch_digest(outbox: str, epoch: str | None, first_mid: int, digests: Sequence[str]) -> str:
    """Seal which mutations travel, in which order and under which numbers, and to a server of which epoch."""
    return hashlib.sha256(canonical([outbox, epoch, first_mid, list(digests)])).hexdigest()


def sealed(request: PushRequest) -> PushRequest:
    """The push with the seal that fits it. request: with at least one mutation."""
    digests = [mutation.digest for mutation in request.batch]
    digest = batch_digest(request.outbox, request.epoch, request.batch[0].mid, digests)
    return replace(request, digest=digest)


def check_push(request: PushRequest) -> None:
    """Refuse a batch that is too long, not consecutive or not what its seals say.

    Raises WireError: too_many_mutations, malformed when empty, mid_gap, digest_mismatch, number_out_of_range.
    """
    batch = request.batch
    if not batch:
        raise WireError(ErrorCode.MALFORMED, "$.batch", "a push carries at least one mutation")
    if len(batch) > MAX_MUTATIONS:
        raise WireError(ErrorCode.TOO_MANY_MUTATIONS, "$.batch", f"{len(batch)} mutations, at most {MAX_MUTATIONS}")
    for index, mutation in enumerate(batch):
        _check_mutation(mutation, index, expected=batch[0].mid + index)
    if request != sealed(request):
        raise WireError(ErrorCode.DIGEST_MISMATCH, "$.digest", "the batch is not what was sealed")


def _check_mutation(mutation: Mutation, index: int, *, expected: int) -> None:
    path = f"$.batch[{index}]"
    if mutation.mid != expected:
        raise WireError(ErrorCode.MID_GAP, f"{path}.mid", "numbers are consecutive", expected=expected)
    try:
        digest = mutation_digest(mutation, mutation.base)
    except Refused as refused:
        fault = refused.refusal
        where = path + (fault.path or "$").removeprefix("$")
        raise WireError(fault.code, where, fault.detail or "") from refused
    if mutation.digest != digest:
        raise WireError(ErrorCode.DIGEST_MISMATCH, f"{path}.digest", "the mutation is not what was sealed")
