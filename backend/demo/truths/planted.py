"""Which rows the planted truths are at, kept in the demo's home for whoever looks for them."""

from pathlib import Path
from uuid import UUID

import msgspec


class Planted(msgspec.Struct, frozen=True, kw_only=True):
    """The first ten are services; well: those that are as they should be. orphan, transposed: serials; late: orders."""

    well: list[UUID]
    unbilled: UUID
    ended: UUID
    double: UUID
    late_billed: UUID
    refused: UUID
    untrue: UUID
    dark: UUID
    witnessed: UUID
    orphan: str
    transposed: str
    late: list[UUID]
    promised_job: UUID
    van: UUID
    technician: UUID
    phone: UUID

    def save(self, home: Path) -> None:
        _file(home).write_bytes(msgspec.json.encode(self))

    @classmethod
    def load(cls, home: Path) -> "Planted | None":
        """None for a demo without planted truths."""
        file = _file(home)
        return msgspec.json.decode(file.read_bytes(), type=cls) if file.exists() else None


def never_ended(home: Path) -> Path:
    """The file that tells the billing receiver what it bills on for ever (its fault drill)."""
    return home / "billed-on.txt"


def _file(home: Path) -> Path:
    return home / "planted.json"
