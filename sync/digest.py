"""A digest of a scope that needs no order and can be kept up to date by each change.

Both sides count the documents and XOR a hash of each (kind, id, version). Equal digests mean equal sets; the counter
of differences has the target 0. It finds faults of ours, it does not defend against forgery.
"""

import hashlib
from collections.abc import Iterable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from sync.canonical import canonical

_MARK_BYTES: Final = 16


class ScopeDigest(Struct, frozen=True):
    """count: documents; mark: XOR of their hashes, 128 bits."""

    count: int = 0
    mark: int = 0

    def __str__(self) -> str:
        return f"{self.count}:{self.mark:032x}"


def include(digest: ScopeDigest, kind: str, id: str, version: int) -> ScopeDigest:
    """Return the digest with one more document."""
    return replace(digest, count=digest.count + 1, mark=digest.mark ^ _hash(kind, id, version))


def exclude(digest: ScopeDigest, kind: str, id: str, version: int) -> ScopeDigest:
    """Return the digest without a document that it includes."""
    assert digest.count > 0, f"{kind}/{id} is not in an empty digest"
    return replace(digest, count=digest.count - 1, mark=digest.mark ^ _hash(kind, id, version))


def digest_of(documents: Iterable[tuple[str, str, int]]) -> ScopeDigest:
    """Digest (kind, id, version) of every document of a scope, in any order."""
    digest = ScopeDigest()
    for kind, id, version in documents:
        digest = include(digest, kind, id, version)
    return digest


def _hash(kind: str, id: str, version: int) -> int:
    return int.from_bytes(hashlib.sha256(canonical([kind, id, version])).digest()[:_MARK_BYTES])
