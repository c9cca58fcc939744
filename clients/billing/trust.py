"""Whose signatures the receiver takes: keys given at the start, and a file of keys that may change while it runs."""

from collections.abc import Sequence
from pathlib import Path

from clients.billing.signatures import VerifyingKey, read_verifying_key


class TrustedKeys:
    """Call it for the keys that count now. file: a public key (`whpk_…`) on each line, read again when it changes.

    So a rotation needs no restart: add the new key before truckroll signs by it alone, take the old one out later.
    """

    def __init__(self, keys: Sequence[VerifyingKey], file: Path | None = None) -> None:
        """Raises OSError or KeyMalformed when the file cannot be used."""
        self._given = tuple(keys)
        self._file = file
        self._seen: tuple[int, int] | None = None
        self._from_file: tuple[VerifyingKey, ...] = ()
        self()

    def __call__(self) -> Sequence[VerifyingKey]:
        """Raises OSError or KeyMalformed when the file cannot be used any more: nothing is taken in then."""
        if self._file is not None:
            found = self._file.stat()
            if (found.st_mtime_ns, found.st_size) != self._seen:
                lines = self._file.read_text(encoding="ascii").split()
                self._from_file = tuple(read_verifying_key(line) for line in lines)
                self._seen = (found.st_mtime_ns, found.st_size)
        return (*self._given, *self._from_file)
