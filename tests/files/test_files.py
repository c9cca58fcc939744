"""Files over HTTP: kept once, read only by who may, run by nobody."""

from hashlib import sha256
from pathlib import Path

import pytest

from backend.files import service
from backend.files.models import Blob
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from tests.factories.files import DISPATCHER, files_of, phone, send

pytestmark = pytest.mark.anyio

PHOTO = b"\xff\xd8 a photo"
NAME = sha256(PHOTO).hexdigest()
URL = f"/api/v1/files/{NAME}"


def kept(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


async def test_a_file_comes_back_as_a_download_that_nobody_runs(database: Database, tmp_path: Path):
    async with files_of(database, tmp_path, phone()) as http:
        sent = await send(http, PHOTO)
        answer = await http.get(URL)

    assert (sent.status_code, sent.headers["upload-offset"]) == (201, str(len(PHOTO)))
    assert answer.content == PHOTO
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_same_bytes_of_two_senders_are_kept_once(database: Database, tmp_path: Path):
    for number in (1, 2):
        async with files_of(database, tmp_path / "files", phone(number)) as http:
            assert (await send(http, PHOTO)).status_code == 201

    assert kept(tmp_path / "files") == [f"{NAME[:2]}/{NAME}"]


async def test_a_head_request_tells_size_and_type(database: Database, tmp_path: Path):
    async with files_of(database, tmp_path, phone()) as http:
        missing = await http.head(URL)
        await send(http, PHOTO)
        stored = await http.head(URL)

    assert missing.status_code == 404
    assert (stored.status_code, stored.headers["content-length"]) == (200, str(len(PHOTO)))


@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "application/octet-stream", ""])
async def test_a_type_that_a_browser_could_run_is_refused(database: Database, tmp_path: Path, media_type: str):
    async with files_of(database, tmp_path, phone()) as http:
        answer = await send(http, PHOTO, media_type)

    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_media_type")


async def test_a_sender_cannot_change_the_type_of_what_is_stored(database: Database, tmp_path: Path):
    for number, media_type in ((1, "image/jpeg"), (2, "application/pdf")):
        async with files_of(database, tmp_path, phone(number)) as http:
            await send(http, PHOTO, media_type)
            answer = await http.get(URL)

            assert answer.headers["content-type"] == "image/jpeg"


async def test_another_phone_does_not_find_the_file(database: Database, tmp_path: Path):
    async with files_of(database, tmp_path, phone(1)) as http:
        await send(http, PHOTO)
    async with files_of(database, tmp_path, phone(2)) as http:
        answer = await http.get(URL)

    assert answer.status_code == 404


async def test_whoever_sent_the_same_bytes_may_read_them(database: Database, tmp_path: Path):
    for number in (1, 2):
        async with files_of(database, tmp_path, phone(number)) as http:
            await send(http, PHOTO)
            answer = await http.get(URL)

            assert answer.content == PHOTO


async def test_who_may_see_what_names_the_file_may_read_it(database: Database, tmp_path: Path):
    async with files_of(database, tmp_path, phone()) as http:
        await send(http, PHOTO)
    async with files_of(database, tmp_path, DISPATCHER) as http:
        answer = await http.get(URL)

    assert answer.content == PHOTO


async def test_a_record_may_name_a_file_before_it_arrives(database: Database, tmp_path: Path):
    async with database.transaction(SYSTEM, "test") as tx:
        await service.refer(tx, NAME)
        await service.refer(tx, NAME)
    async with files_of(database, tmp_path, phone()) as http:
        awaited = await http.get(URL)
        await send(http, PHOTO)
        stored = await http.get(URL)

    assert (awaited.status_code, stored.status_code) == (404, 200)
    async with database.snapshot(SYSTEM, "test") as tx:
        blob = await tx.session.get(Blob, NAME)
        assert blob is not None
        assert blob.reference_count == 2
