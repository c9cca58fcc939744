"""Files on their way: who sends them, over which routes, in the words of tus."""

import hashlib
from base64 import b64encode
from contextlib import AbstractAsyncContextManager
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import httpx

from backend.adapters.blobs_local import LocalBlobs
from backend.files import uploads
from backend.files.routes import ROUTES
from backend.files.schemas import FileReaders, UploadView
from backend.identity.principal import Principal, Role
from backend.kernel.audit import Actor
from backend.kernel.db import Database, Transaction
from tests.factories.callers import calling

UPLOADS = "/files/v1/uploads"
TUS = {"tus-resumable": "1.0.0"}
CHUNK = {"content-type": "application/offset+octet-stream"}
DISPATCHER = Principal(actor=Actor(kind="user", id=UUID(int=3)), role=Role.DISPATCHER)


def phone(number: int = 1) -> Principal:
    return Principal(actor=Actor(kind="device", id=UUID(int=number)), role=Role.TECHNICIAN)


def files_of(database: Database, root: Path, principal: Principal) -> AbstractAsyncContextManager[httpx.AsyncClient]:
    """The routes of files for one caller. Dispatchers may see whatever names a file."""
    readers = FileReaders((_dispatchers_may_read,))
    return calling(database, ROUTES, principal, blobs=LocalBlobs(root), file_readers=readers)


def metadata(**pairs: str) -> dict[str, str]:
    """The Upload-Metadata header."""
    return {"upload-metadata": ",".join(f"{key} {b64encode(text.encode()).decode()}" for key, text in pairs.items())}


def creation(body: bytes, media_type: str = "image/jpeg", name: str | None = None) -> dict[str, str]:
    """The headers that begin an upload of this body."""
    named = metadata(sha256=name or sha256(body).hexdigest(), media_type=media_type)
    return TUS | named | {"upload-length": str(len(body))}


async def make_upload(tx: Transaction, principal: Principal | None = None, body: bytes = b"a photo") -> UploadView:
    """An upload that has begun, and of which nothing has come."""
    said = creation(body)["upload-metadata"]
    return await uploads.create(tx, principal or phone(), FileReaders(), length_bytes=len(body), client_metadata=said)


def checksum(body: bytes, algorithm: str = "sha256") -> dict[str, str]:
    return {"upload-checksum": f"{algorithm} {b64encode(hashlib.new(algorithm, body).digest()).decode()}"}


async def begin(http: httpx.AsyncClient, body: bytes, *, auth: httpx.Auth | None = None) -> str:
    """The address of a new upload of this body."""
    answer = await http.post(UPLOADS, headers=creation(body), auth=auth or httpx.USE_CLIENT_DEFAULT)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


async def add(http: httpx.AsyncClient, url: str, offset: int, part: bytes, **headers: str) -> httpx.Response:
    """Send some of it."""
    return await http.patch(url, content=part, headers=TUS | CHUNK | {"upload-offset": str(offset)} | headers)


async def offset_of(http: httpx.AsyncClient, url: str) -> int:
    return int((await http.head(url, headers=TUS)).headers["upload-offset"])


async def send(
    http: httpx.AsyncClient, body: bytes, media_type: str = "image/jpeg", *, auth: httpx.Auth | None = None
) -> httpx.Response:
    """Send a file in one request."""
    headers = creation(body, media_type) | CHUNK
    return await http.post(UPLOADS, content=body, headers=headers, auth=auth or httpx.USE_CLIENT_DEFAULT)


async def _dispatchers_may_read(_tx: Transaction, principal: Principal, _sha256: str) -> bool:
    return principal.role is Role.DISPATCHER
