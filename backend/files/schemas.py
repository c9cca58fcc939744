"""Wire structs and errors of files, and who may read one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.kernel.errors import Conflict, Invalid, NotFound

FileReader = Callable[[Transaction, Principal, str], Awaitable[bool]]


class FileView(msgspec.Struct, frozen=True, kw_only=True):
    """A stored file."""

    sha256: str
    media_type: str
    size_bytes: int


class UploadView(msgspec.Struct, frozen=True, kw_only=True):
    """An upload; when offset_bytes is length_bytes the file is stored. It travels as headers."""

    id: UUID
    offset_bytes: int
    length_bytes: int
    client_metadata: str
    expires_at: datetime


class FileUnknown(NotFound):
    """No such file is stored, or it belongs to nothing that you may see."""

    code = "file_not_found"


class NotASha256(Invalid):
    """A file's name is the SHA-256 of its bytes, 64 lower-case hexadecimal digits."""

    code = "not_a_sha256"


class WrongMediaType(Invalid):
    """Files of this type are not kept. params: media_type, allowed."""

    code = "wrong_media_type"


class FileEmpty(Invalid):
    """A file has at least one byte."""

    code = "file_empty"


class UploadUnknown(NotFound):
    """No such upload, or not yours. Begin a new one."""

    code = "upload_not_found"


class UploadGone(Conflict):
    """The upload has expired, was given up, or its bytes were not what they were named. Begin a new one."""

    code = "upload_gone"


class UploadLocked(Conflict):
    """Another request adds to this upload. Ask for the offset after `retry_after_seconds`, and go on from there."""

    code = "upload_locked"


class UploadStalled(Conflict):
    """Nothing came for a while. What came is kept: go on from `offset_bytes`."""

    code = "upload_stalled"


class WrongOffset(Conflict):
    """The upload stands at `offset_bytes`: go on from there."""

    code = "wrong_offset"


class TooManyParts(Conflict):
    """The upload came in more than `most` pieces, and has ended. Begin a new one, with longer pieces."""

    code = "too_many_parts"


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
