"""The file that the technician's app in a browser saves: JSON with the outbox of one technician, without photos.

Its other side is `clients/web/technician/src/sync/export.ts`.
"""

from pathlib import Path
from typing import Literal

import msgspec

from clients.device.errors import NotAnOutbox
from sync.protocol import Mutation

MOST_BYTES = 64 << 20  # some 50,000 pieces of work: a phone keeps its own until a backup holds it


class SavedEntry(msgspec.Struct, frozen=True):
    """What is read of an entry; its state there says nothing here, for the server knows what it has by the uid."""

    mutation: Mutation


class SavedOutbox(msgspec.Struct, frozen=True, kw_only=True):
    """technician: whose work it is."""

    form: Literal["truckroll outbox 1"]
    technician: str
    entries: list[SavedEntry]

    @property
    def mutations(self) -> list[Mutation]:
        return [entry.mutation for entry in self.entries]


def read_saved(file: Path) -> SavedOutbox | None:
    """The outbox in this file; None when it is no JSON at all. Raises NotAnOutbox for JSON of another form."""
    with file.open("rb") as opened:
        content = opened.read(MOST_BYTES + 1)
    if not content.lstrip().startswith(b"{"):
        return None
    if len(content) > MOST_BYTES:
        raise NotAnOutbox(f"{file} is larger than any outbox")
    try:
        return msgspec.json.decode(content, type=SavedOutbox)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NotAnOutbox(f"{file} is no saved outbox: {error}") from error
