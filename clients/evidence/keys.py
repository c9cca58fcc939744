"""The public keys that an operator ever sealed with, as it publishes them: who keeps old bundles needs the old keys, too."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

MAX_FILE_BYTES = 1 << 20  # some 5,000 keys; an operator has a few each year


class PublishedKey(msgspec.Struct, frozen=True, kw_only=True):
    """One public key (whpk_…) and when it sealed. valid_from: None as far back as it goes; valid_until: None: still."""

    public_key: str
    valid_from: datetime | None
    valid_until: datetime | None

    def sealed_at(self, moment: datetime) -> bool:
        """Whether it was in force then."""
        begun = self.valid_from is None or self.valid_from <= moment
        return begun and (self.valid_until is None or moment < self.valid_until)


class PublishedKeys(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, newest first: the answer of GET /api/v1/evidence-keys, and the file of `truckroll billing-keys --publish`."""

    keys: list[PublishedKey]


class KeysMalformed(Exception):
    """The file is not one of published keys."""


def write_published(keys: PublishedKeys, file: Path) -> None:
    """For people to read, too. Raises OSError."""
    file.write_bytes(msgspec.json.format(msgspec.json.encode(keys)) + b"\n")


def read_published(file: Path) -> Sequence[PublishedKey]:
    """Raises OSError, KeysMalformed."""
    with file.open("rb") as opened:
        data = opened.read(MAX_FILE_BYTES + 1)
    try:
        keys = msgspec.json.decode(data, type=PublishedKeys).keys
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise KeysMalformed(f"{file} holds no published keys: {error}") from error
    if any(at is not None and at.tzinfo is None for key in keys for at in (key.valid_from, key.valid_until)):
        raise KeysMalformed(f"{file} has a time without a zone")
    return keys
