"""What a use case answers to one named operation of a technician. None: it counts, as asked."""

from typing import Any, TypeAlias
from uuid import UUID

from msgspec import Struct


class Merged(Struct, frozen=True, kw_only=True):
    """It counts, together with what others did meanwhile. lost: overruled values by field, all restorable."""

    lost: dict[str, Any] = {}


class Asked(Struct, frozen=True, kw_only=True):
    """It is recorded only, for this reason, and a person was asked by this review card."""

    reason: str
    card_id: UUID


Answer: TypeAlias = Merged | Asked | None
