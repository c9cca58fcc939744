"""Policy packs: an operator's rules as dated data, one JSON document each in a folder of its slice. Pure but for reading.

A pack has versions; the one counts that was valid on the day that a fact is judged by.
"""

from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

import msgspec


class Version(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of a policy. A slice adds what its policy says."""

    valid_from: date


V = TypeVar("V", bound=Version)


class UnknownPack(ValueError):
    """There is no such policy pack; the text names those that there are."""


class Pack(msgspec.Struct, Generic[V], frozen=True, kw_only=True, forbid_unknown_fields=True):
    """source: where the rules stand; versions: oldest first."""

    code: str
    name: str
    source: str
    versions: Annotated[Sequence[V], msgspec.Meta(min_length=1)]

    def on(self, day: date) -> V:
        """The version that is valid on this day; the oldest before all of them."""
        return next((one for one in reversed(self.versions) if one.valid_from <= day), self.versions[0])


P = TypeVar("P", bound=Pack[Any])


@cache
def read_pack(folder: Path, code: str, kind: type[P]) -> P:
    """The pack of this name in a folder, such as a `Pack[Policy]`. Raises UnknownPack."""
    known = sorted(path.stem for path in folder.glob("*.json"))
    if code not in known:
        raise UnknownPack(f"{code!r} is no policy pack; there are {', '.join(known)}")
    return msgspec.json.decode((folder / f"{code}.json").read_bytes(), type=kind)
