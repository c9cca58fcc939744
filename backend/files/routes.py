"""HTTP of files: bytes come in as resumable uploads (tus 1.0) and go out as downloads, under their hash."""

from collections.abc import AsyncIterator
from email.utils import format_datetime
from uuid import UUID

from litestar import Request, Response, delete, get, head, patch, post, route
from litestar.di import NamedDependency
from litestar.enums import HttpMethod
from litestar.exceptions import InternalServerException, MethodNotAllowedException
from litestar.params import FromPath
from litestar.response import Stream

from backend.files import appending, service, tus, uploads
from backend.files.schemas import FileReaders, FileView, UploadView
from backend.identity.principal import Principal
from backend.kernel.db import Database, Transaction
from backend.ports import Blobs

FILE = "/api/v1/files/{sha256:str}"
UPLOADS = "/files/v1/uploads"
UPLOAD = f"{UPLOADS}/{{upload_id:uuid}}"


# --- Out --------------------------------------------------------------------------------------------------------------


@get(FILE, tags=["files"], summary="Read a file")
async def get_file(
    tx: NamedDependency[Transaction],
    blobs: NamedDependency[Blobs],
    principal: NamedDependency[Principal],
    file_readers: NamedDependency[FileReaders],
    sha256: FromPath[str],
) -> Stream:
    file = await service.readable(tx, principal, sha256, file_readers)
    return Stream(blobs.read(sha256), media_type=file.media_type, headers=_download(file))


@head(FILE, tags=["files"], summary="Whether a file is stored")
async def head_file(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    file_readers: NamedDependency[FileReaders],
    sha256: FromPath[str],
) -> Response[None]:
    file = await service.readable(tx, principal, sha256, file_readers)
    return Response(None, headers=_download(file) | {"content-type": file.media_type})


def _download(file: FileView) -> dict[str, str]:
    """As a download that no browser interprets: what phones send is not ours to run."""
    return {
        "content-length": str(file.size_bytes),
        "content-disposition": f'attachment; filename="{file.sha256}"',
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
        "cache-control": "private, max-age=31536000, immutable",
    }


# --- In ---------------------------------------------------------------------------------------------------------------


@route([UPLOADS, UPLOAD], http_method=[HttpMethod.OPTIONS], status_code=204, opt={"public": True}, tags=["files"])
async def describe_uploads() -> Response[None]:
    """What this server knows of tus."""
    headers = {
        "tus-extension": ",".join(tus.EXTENSIONS),
        "tus-max-size": str(service.MAX_FILE_BYTES),
        "tus-checksum-algorithm": ",".join(tus.CHECKSUMS),
    }
    return Response(None, status_code=204, headers=headers)


@post(UPLOADS, status_code=201, tags=["files"], summary="Begin to send a file")
async def create_upload(
    request: Request,
    database: NamedDependency[Database],
    blobs: NamedDependency[Blobs],
    principal: NamedDependency[Principal],
    file_readers: NamedDependency[FileReaders],
) -> Response[None]:
    """Upload-Metadata names `sha256` and `media_type`. The body may bring the first bytes, or all of them."""
    tus.check_version(request.headers.get("tus-resumable"))
    length_bytes = tus.read_size("Upload-Length", request.headers.get("upload-length"))
    said = request.headers.get("upload-metadata", "")
    has_bytes = _brings_bytes(request)
    checksum = tus.read_checksum(request.headers.get("upload-checksum"))
    async with database.transaction(principal.actor, "create_upload") as tx:
        upload = await uploads.create(tx, principal, file_readers, length_bytes=length_bytes, client_metadata=said)
    if has_bytes and upload.offset_bytes == 0:
        upload = await appending.append(database, blobs, principal, upload.id, _piece(request, 0, checksum))
    location = {"location": UPLOAD.replace("{upload_id:uuid}", str(upload.id))}
    return Response(None, status_code=201, headers=_progress(upload) | location)


@head(UPLOAD, tags=["files"], summary="How much of a file has arrived")
async def head_upload(
    request: Request,
    database: NamedDependency[Database],
    principal: NamedDependency[Principal],
    upload_id: FromPath[UUID],
) -> Response[None]:
    return await _status(request, database, principal, upload_id)


@patch(UPLOAD, status_code=204, tags=["files"], summary="Send more of a file")
async def append_to_upload(
    request: Request,
    database: NamedDependency[Database],
    blobs: NamedDependency[Blobs],
    principal: NamedDependency[Principal],
    upload_id: FromPath[UUID],
) -> Response[None]:
    """The body begins at Upload-Offset. What arrives before the line is cut is kept."""
    return await _append(request, database, blobs, principal, upload_id)


@delete(UPLOAD, status_code=204, tags=["files"], summary="Give up sending a file")
async def terminate_upload(
    request: Request,
    database: NamedDependency[Database],
    principal: NamedDependency[Principal],
    upload_id: FromPath[UUID],
) -> Response[None]:
    return await _terminate(request, database, principal, upload_id)


@post(UPLOAD, status_code=204, tags=["files"], summary="What X-HTTP-Method-Override says")
async def override_upload(
    request: Request,
    database: NamedDependency[Database],
    blobs: NamedDependency[Blobs],
    principal: NamedDependency[Principal],
    upload_id: FromPath[UUID],
) -> Response[None]:
    """For environments that can send no PATCH or DELETE."""
    match request.headers.get("x-http-method-override", "").upper():
        case "PATCH":
            return await _append(request, database, blobs, principal, upload_id)
        case "HEAD":
            return await _status(request, database, principal, upload_id)
        case "DELETE":
            return await _terminate(request, database, principal, upload_id)
    raise MethodNotAllowedException()


async def _status(request: Request, database: Database, principal: Principal, upload_id: UUID) -> Response[None]:
    tus.check_version(request.headers.get("tus-resumable"))
    async with database.snapshot(principal.actor, "upload_status") as tx:
        upload = await uploads.status(tx, principal, upload_id)
    said = {"upload-length": str(upload.length_bytes), "upload-metadata": upload.client_metadata}
    return Response(None, status_code=200, headers=_progress(upload) | said)


async def _append(
    request: Request, database: Database, blobs: Blobs, principal: Principal, upload_id: UUID
) -> Response[None]:
    tus.check_version(request.headers.get("tus-resumable"))
    if not _brings_bytes(request):
        raise tus.NotAChunk(expected=tus.CHUNK_TYPE)
    offset_bytes = tus.read_size("Upload-Offset", request.headers.get("upload-offset"))
    piece = _piece(request, offset_bytes, tus.read_checksum(request.headers.get("upload-checksum")))
    upload = await appending.append(database, blobs, principal, upload_id, piece)
    return Response(None, status_code=204, headers=_progress(upload))


async def _terminate(request: Request, database: Database, principal: Principal, upload_id: UUID) -> Response[None]:
    tus.check_version(request.headers.get("tus-resumable"))
    async with database.transaction(principal.actor, "terminate_upload") as tx:
        await uploads.terminate(tx, principal, upload_id)
    return Response(None, status_code=204)


def _brings_bytes(request: Request) -> bool:
    return request.headers.get("content-type", "").strip().lower() == tus.CHUNK_TYPE


def _piece(request: Request, offset_bytes: int, checksum: tus.Checksum | None) -> appending.Piece:
    return appending.Piece(
        offset_bytes=offset_bytes, size_bytes=request.content_length, chunks=_arriving(request), checksum=checksum
    )


async def _arriving(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes; a line that is cut is its end."""
    try:
        async for chunk in request.stream():
            yield chunk
    except InternalServerException:  # what Litestar makes of a disconnect
        return


def _progress(upload: UploadView) -> dict[str, str]:
    return {
        "upload-offset": str(upload.offset_bytes),
        "upload-expires": format_datetime(upload.expires_at, usegmt=True),
        "cache-control": "no-store",
    }


ROUTES = [
    get_file,
    head_file,
    describe_uploads,
    create_upload,
    head_upload,
    append_to_upload,
    terminate_upload,
    override_upload,
]
