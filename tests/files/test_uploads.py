"""The life of an upload: begun, perhaps needless, and cleared away."""

from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from backend.adapters.blobs_local import INCOMING, LocalBlobs
from backend.files import uploads
from backend.files.models import Upload, UploadPart
from backend.files.tasks import sweep
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.tasks import Task, run_due
from tests.factories.files import (
    DISPATCHER,
    TUS,
    UPLOADS,
    add,
    begin,
    creation,
    files_of,
    offset_of,
    phone,
    send,
)
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio

PHOTO = bytes(range(256)) * 4
URL = f"/api/v1/files/{sha256(PHOTO).hexdigest()}"


async def run_worker(database: Database, root: Path) -> None:
    """Clear away whatever is due, as the worker does."""

    async def clear_away(upload_id: UUID) -> None:
        await sweep(database, LocalBlobs(root), upload_id)

    task = Task(name="clear away uploads", model=Upload, perform=clear_away)
    while await run_due(database, task, "worker"):
        pass


def incoming(root: Path) -> list[Path]:
    return list((root / INCOMING).iterdir())


async def count(database: Database, model: type[Upload] | type[UploadPart]) -> int:
    async with database.snapshot(SYSTEM, "test") as tx:
        return await tx.session.scalar(select(func.count()).select_from(model)) or 0


# --- Needless uploads -------------------------------------------------------------------------------------------------


async def test_a_file_that_the_sender_may_read_already_need_not_be_sent(database: Database, tmp_path: Path):
    """The last answer was lost, and the phone begins anew; or another phone of the job's has it."""
    async with files_of(database, tmp_path, phone()) as http:
        await send(http, PHOTO)
        again = await http.post(UPLOADS, headers=creation(PHOTO))
        assert await offset_of(http, again.headers["location"]) == len(PHOTO)
    async with files_of(database, tmp_path, DISPATCHER) as http:
        other = await http.post(UPLOADS, headers=creation(PHOTO))

    assert {again.headers["upload-offset"], other.headers["upload-offset"]} == {str(len(PHOTO))}


async def test_to_know_the_name_of_a_file_is_not_to_have_it(database: Database, tmp_path: Path):
    async with files_of(database, tmp_path, phone(1)) as http:
        await send(http, PHOTO)
    async with files_of(database, tmp_path, phone(2)) as http:
        created = await http.post(UPLOADS, headers=creation(PHOTO))
        answer = await http.get(URL)

    assert (created.headers["upload-offset"], answer.status_code) == ("0", 404)


async def test_half_a_file_cannot_be_read(database: Database, tmp_path: Path):
    async with files_of(database, tmp_path, phone()) as http:
        await add(http, await begin(http, PHOTO), 0, PHOTO[:-1])
        answers = [await http.get(URL), await http.head(URL)]

    assert {answer.status_code for answer in answers} == {404}


async def test_one_sender_holds_so_many_uploads_the_oldest_yields(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(uploads, "MAX_OPEN_UPLOADS", 2)
    async with files_of(database, tmp_path, phone(2)) as http:
        others = await begin(http, PHOTO)
        async with files_of(database, tmp_path, phone(1)) as mine:
            urls = [await begin(mine, PHOTO) for _ in range(3)]
            found = [(await mine.head(url, headers=TUS)).status_code for url in urls]

        assert found == [410, 200, 200]
        assert await offset_of(http, others) == 0


# --- What the worker clears away --------------------------------------------------------------------------------------


async def test_parts_of_a_finished_upload_are_deleted_and_the_file_stays(database: Database, tmp_path: Path):
    async with files_of(database, tmp_path, phone()) as http:
        url = await begin(http, PHOTO)
        await add(http, url, 0, PHOTO[:10])
        await add(http, url, 10, PHOTO[10:])
        await run_worker(database, tmp_path)

        assert (await http.get(URL)).content == PHOTO
        assert await offset_of(http, url) == len(PHOTO)
    assert (incoming(tmp_path), await count(database, UploadPart)) == ([], 0)


async def test_parts_of_a_terminated_upload_are_deleted(database: Database, tmp_path: Path):
    async with files_of(database, tmp_path, phone()) as http:
        url = await begin(http, PHOTO)
        await add(http, url, 0, PHOTO[:10])
        await http.delete(url, headers=TUS)
        await run_worker(database, tmp_path)

    assert (incoming(tmp_path), await count(database, UploadPart)) == ([], 0)


async def test_an_upload_that_nobody_goes_on_with_is_deleted_and_forgotten_later(
    database: Database, tmp_path: Path, clock: FixedClock
):
    async with files_of(database, tmp_path, phone()) as http:
        url = await begin(http, PHOTO)
        await add(http, url, 0, PHOTO[:10])
        seen = []
        for wait in (uploads.LIFETIME / 2, uploads.LIFETIME / 2, uploads.REMEMBERED):
            clock.advance(wait.total_seconds())
            await run_worker(database, tmp_path)
            seen.append(((await http.head(url, headers=TUS)).status_code, len(incoming(tmp_path))))

    assert seen == [(200, 1), (410, 0), (404, 0)]
    assert await count(database, Upload) == 0


async def test_an_upload_that_goes_on_is_not_deleted(database: Database, tmp_path: Path, clock: FixedClock):
    async with files_of(database, tmp_path, phone()) as http:
        url = await begin(http, PHOTO)
        for start in range(3):
            clock.advance(uploads.LIFETIME.total_seconds() * 0.9)
            await run_worker(database, tmp_path)
            assert (await add(http, url, start, PHOTO[start : start + 1])).status_code == 204
        await add(http, url, 3, PHOTO[3:])

        assert (await http.get(URL)).content == PHOTO


async def test_what_somebody_is_writing_is_not_cleared_away(database: Database, tmp_path: Path):
    async with files_of(database, tmp_path, phone()) as http:
        url = await begin(http, PHOTO)

        async def terminated_meanwhile():
            yield PHOTO[:10]
            await http.delete(url, headers=TUS)
            await run_worker(database, tmp_path)
            assert len(incoming(tmp_path)) == 1

        answer = await http.patch(
            url,
            content=terminated_meanwhile(),
            headers=TUS | {"content-type": "application/offset+octet-stream", "upload-offset": "0"},
        )

    assert answer.status_code == 410


async def test_whole_files_stay_where_they_are_while_uploads_come_and_go(database: Database, tmp_path: Path):
    root = tmp_path / "blobs"
    async with files_of(database, root, phone()) as http:
        await send(http, PHOTO)
        url = await begin(http, PHOTO + b"!")
        await http.delete(url, headers=TUS)
        await run_worker(database, root)

        assert (await http.get(URL)).content == PHOTO
