"""Wire structs of files, and who may read one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from backend.identity.principal import Principal
from backend.kernel.db import Transaction

FileReader = Callable[[Transaction, Principal, str], Awaitable[bool]]


class FileView(msgspec.Struct, frozen=True, kw_only=True):
    """A stored file."""

    sha256: str
    media_type: str
    size_bytes: int


@dataclass(frozen=True)
class FileReaders:
    """Who else than the uploader may read a file: one question for each slice that refers to files.

    A reader answers whether this principal may see something that names the file. The composition root lists them, as
    files knows none of the slices above it.
    """

    readers: tuple[FileReader, ...] = ()

    async def may_read(self, tx: Transaction, principal: Principal, sha256: str) -> bool:
        for reader in self.readers:
            if await reader(tx, principal, sha256):
                return True
        return False
