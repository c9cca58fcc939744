"""Files over HTTP: checked, kept once, read only by who may."""

from contextlib import AbstractAsyncContextManager
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from backend.adapters.blobs_local import LocalBlobs
from backend.files import service
from backend.files.models import Blob
from backend.files.routes import ROUTES
from backend.files.schemas import FileReaders
from backend.identity.principal import Principal, Role
from backend.kernel.audit import SYSTEM, Actor
from backend.kernel.db import Database, Transaction
from tests.factories.callers import calling

pytestmark = pytest.mark.anyio

PHOTO = b"\xff\xd8 a photo"
NAME = sha256(PHOTO).hexdigest()
URL = f"/api/v1/files/{NAME}"
JPEG = {"content-type": "image/jpeg"}


def phone(number: int) -> Principal:
    return Principal(actor=Actor(kind="device", id=UUID(int=number)), role=Role.TECHNICIAN)


async def dispatchers_may_read(_tx: Transaction, principal: Principal, _sha256: str) -> bool:
    return principal.role is Role.DISPATCHER


def client(database: Database, root: Path, principal: Principal) -> AbstractAsyncContextManager[httpx.AsyncClient]:
    """The routes of files for one caller."""
    readers = FileReaders((dispatchers_may_read,))
    return calling(database, ROUTES, principal, blobs=LocalBlobs(root), file_readers=readers)


def kept(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


async def test_a_file_comes_back_as_a_download_that_nobody_runs(database: Database, tmp_path: Path):
    async with client(database, tmp_path, phone(1)) as http:
        sent = await http.put(URL, content=PHOTO, headers=JPEG)
        answer = await http.get(URL)

    assert sent.json() == {"sha256": NAME, "media_type": "image/jpeg", "size_bytes": len(PHOTO)}
    assert answer.content == PHOTO
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_file_that_is_sent_again_is_kept_once(database: Database, tmp_path: Path):
    async with client(database, tmp_path / "files", phone(1)) as http:
        first = await http.put(URL, content=PHOTO, headers=JPEG)
        second = await http.put(URL, content=PHOTO, headers=JPEG)

    assert (first.status_code, second.status_code) == (200, 200)
    assert kept(tmp_path / "files") == [f"{NAME[:2]}/{NAME}"]


async def test_a_head_request_tells_size_and_type(database: Database, tmp_path: Path):
    async with client(database, tmp_path, phone(1)) as http:
        missing = await http.head(URL)
        await http.put(URL, content=PHOTO, headers=JPEG)
        stored = await http.head(URL)

    assert missing.status_code == 404
    assert (stored.status_code, stored.headers["content-length"]) == (200, str(len(PHOTO)))


async def test_a_flipped_bit_is_refused_and_nothing_kept(database: Database, tmp_path: Path):
    async with client(database, tmp_path, phone(1)) as http:
        answer = await http.put(URL, content=PHOTO + b"!", headers=JPEG)
        after = await http.get(URL)

    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_hash")
    assert after.status_code == 404


@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "application/octet-stream", ""])
async def test_a_type_that_a_browser_could_run_is_refused(database: Database, tmp_path: Path, media_type: str):
    async with client(database, tmp_path, phone(1)) as http:
        answer = await http.put(URL, content=PHOTO, headers={"content-type": media_type})

    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_media_type")


async def test_a_name_that_is_no_hash_is_refused(database: Database, tmp_path: Path):
    async with client(database, tmp_path, phone(1)) as http:
        answer = await http.put("/api/v1/files/photo.jpg", content=PHOTO, headers=JPEG)

    assert (answer.status_code, answer.json()["code"]) == (422, "not_a_sha256")


async def test_a_file_beyond_the_limit_is_refused(database: Database, tmp_path: Path):
    big = bytes(service.MAX_FILE_BYTES + 1)
    async with client(database, tmp_path, phone(1)) as http:
        answer = await http.put(f"/api/v1/files/{sha256(big).hexdigest()}", content=big, headers=JPEG)

    assert (answer.status_code, answer.json()["code"]) == (422, "file_too_large")


async def test_another_phone_does_not_find_the_file(database: Database, tmp_path: Path):
    async with client(database, tmp_path, phone(1)) as http:
        await http.put(URL, content=PHOTO, headers=JPEG)
    async with client(database, tmp_path, phone(2)) as http:
        answer = await http.get(URL)

    assert answer.status_code == 404


async def test_whoever_sent_the_same_bytes_may_read_them(database: Database, tmp_path: Path):
    for number in (1, 2):
        async with client(database, tmp_path, phone(number)) as http:
            await http.put(URL, content=PHOTO, headers=JPEG)
            answer = await http.get(URL)

            assert answer.content == PHOTO


async def test_who_may_see_what_names_the_file_may_read_it(database: Database, tmp_path: Path):
    dispatcher = Principal(actor=Actor(kind="user", id=UUID(int=3)), role=Role.DISPATCHER)
    async with client(database, tmp_path, phone(1)) as http:
        await http.put(URL, content=PHOTO, headers=JPEG)
    async with client(database, tmp_path, dispatcher) as http:
        answer = await http.get(URL)

    assert answer.content == PHOTO


async def test_a_record_may_name_a_file_before_it_arrives(database: Database, tmp_path: Path):
    async with database.transaction(SYSTEM, "test") as tx:
        await service.refer(tx, NAME)
        await service.refer(tx, NAME)
    async with client(database, tmp_path, phone(1)) as http:
        awaited = await http.get(URL)
        await http.put(URL, content=PHOTO, headers=JPEG)
        stored = await http.get(URL)

    assert (awaited.status_code, stored.status_code) == (404, 200)
    async with database.snapshot(SYSTEM, "test") as tx:
        blob = await tx.session.get(Blob, NAME)
        assert blob is not None
        assert blob.reference_count == 2
