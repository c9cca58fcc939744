"""HTTP of files: bytes go in under their hash and come out as downloads."""

from litestar import Request, Response, get, head, put
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from backend.files import service
from backend.files.schemas import FileReaders, FileView
from backend.identity.principal import Principal
from backend.kernel.db import Database, Transaction
from backend.ports import Blobs

FILE = "/api/v1/files/{sha256:str}"


@put(FILE, status_code=200, tags=["files"], summary="Send a file")
async def put_file(
    request: Request,
    database: NamedDependency[Database],
    blobs: NamedDependency[Blobs],
    principal: NamedDependency[Principal],
    sha256: FromPath[str],
) -> FileView:
    """The body is the file itself, its type the Content-Type. Sending it again is free of harm."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return await service.receive(
        database, blobs, principal, sha256=sha256, media_type=media_type, chunks=request.stream()
    )


@get(FILE, tags=["files"], summary="Read a file")
async def get_file(
    tx: NamedDependency[Transaction],
    blobs: NamedDependency[Blobs],
    principal: NamedDependency[Principal],
    file_readers: NamedDependency[FileReaders],
    sha256: FromPath[str],
) -> Stream:
    file = await service.readable(tx, principal, sha256, file_readers)
    return Stream(blobs.read(sha256), media_type=file.media_type, headers=_headers(file))


@head(FILE, tags=["files"], summary="Whether a file is stored")
async def head_file(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    file_readers: NamedDependency[FileReaders],
    sha256: FromPath[str],
) -> Response[None]:
    file = await service.readable(tx, principal, sha256, file_readers)
    return Response(None, headers=_headers(file) | {"content-type": file.media_type})


def _headers(file: FileView) -> dict[str, str]:
    """As a download that no browser interprets: what phones send is not ours to run."""
    return {
        "content-length": str(file.size_bytes),
        "content-disposition": f'attachment; filename="{file.sha256}"',
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
        "cache-control": "private, max-age=31536000, immutable",
    }


ROUTES = [put_file, get_file, head_file]
