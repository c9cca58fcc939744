"""tus 1.0 over HTTP: what the protocol asks of a server, one clause after the other."""

from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from backend.files import service
from backend.kernel.db import Database
from tests.factories.files import (
    CHUNK,
    TUS,
    UPLOADS,
    add,
    begin,
    checksum,
    creation,
    files_of,
    metadata,
    offset_of,
    phone,
    send,
)
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio

PHOTO = bytes(range(256)) * 4
MONTH_SECONDS = 30 * 24 * 3600


@pytest.fixture
async def http(database: Database, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with files_of(database, tmp_path, phone()) as client:
        yield client


async def read(http: httpx.AsyncClient) -> bytes | None:
    """The photo as it is stored; None while it is not."""
    answer = await http.get(f"/api/v1/files/{sha256(PHOTO).hexdigest()}")
    return answer.content if answer.is_success else None


# --- Core -------------------------------------------------------------------------------------------------------------


async def test_a_file_may_come_in_pieces(http: httpx.AsyncClient):
    url = await begin(http, PHOTO)

    for start in (0, 1, 700):
        end = {0: 1, 1: 700, 700: len(PHOTO)}[start]
        assert await read(http) is None
        answer = await add(http, url, start, PHOTO[start:end])

        assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(end))
    assert await read(http) == PHOTO


async def test_the_head_of_an_upload_tells_all_about_it(http: httpx.AsyncClient):
    url = await begin(http, PHOTO)
    await add(http, url, 0, PHOTO[:10])

    answer = await http.head(url, headers=TUS)

    assert answer.status_code == 200
    assert answer.headers["upload-offset"] == "10"
    assert answer.headers["upload-length"] == str(len(PHOTO))
    assert answer.headers["upload-metadata"] == creation(PHOTO)["upload-metadata"]
    assert answer.headers["cache-control"] == "no-store"


async def test_the_head_of_a_finished_upload_stands_at_its_end(http: httpx.AsyncClient):
    sent = await send(http, PHOTO)

    assert await offset_of(http, sent.headers["location"]) == len(PHOTO)


async def test_an_upload_that_nobody_began_has_no_offset(http: httpx.AsyncClient):
    answer = await http.head(f"{UPLOADS}/01900000-0000-7000-8000-000000000001", headers=TUS)

    assert answer.status_code == 404
    assert "upload-offset" not in answer.headers


@pytest.mark.parametrize("offset", [0, 9, 11, len(PHOTO)])
async def test_bytes_for_another_offset_change_nothing(http: httpx.AsyncClient, offset: int):
    url = await begin(http, PHOTO)
    await add(http, url, 0, PHOTO[:10])

    answer = await add(http, url, offset, PHOTO[offset:])

    assert (answer.status_code, answer.json()["params"]) == (409, {"offset_bytes": 10})
    assert await offset_of(http, url) == 10


@pytest.mark.parametrize("content_type", ["image/jpeg", "application/json", ""])
async def test_bytes_of_another_content_type_are_refused(http: httpx.AsyncClient, content_type: str):
    url = await begin(http, PHOTO)

    answer = await add(http, url, 0, PHOTO, **{"content-type": content_type})

    assert (answer.status_code, answer.json()["code"]) == (415, "not_a_chunk")
    assert await offset_of(http, url) == 0


@pytest.mark.parametrize("offset", ["", "-1", "+1", "1.0", "ten", "²", "9" * 30])
async def test_an_offset_that_is_no_number_is_refused(http: httpx.AsyncClient, offset: str):
    url = await begin(http, PHOTO)

    answer = await http.patch(
        url, content=b"x", headers=httpx.Headers(TUS | CHUNK | {"upload-offset": offset}, encoding="utf-8")
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_header")


async def test_more_bytes_than_the_upload_has_are_refused(http: httpx.AsyncClient):
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield PHOTO

    url = await begin(http, PHOTO)
    announced = await add(http, url, 0, PHOTO + b"!")
    unannounced = await http.patch(url, content=endless(), headers=TUS | CHUNK | {"upload-offset": "0"})

    assert (announced.status_code, unannounced.status_code) == (413, 413)
    assert (await offset_of(http, url), await read(http)) == (0, None)


@pytest.mark.parametrize("version", ["0.2.2", "1.0.1", "2.0.0", "", None])
async def test_another_version_is_refused_and_told_ours(http: httpx.AsyncClient, version: str | None):
    url = await begin(http, PHOTO)
    said = {} if version is None else {"tus-resumable": version}
    ours = {name: text for name, text in creation(PHOTO).items() if name != "tus-resumable"}

    answers = [
        await http.post(UPLOADS, headers=ours | said),
        await http.head(url, headers=said),
        await http.patch(url, content=PHOTO, headers=CHUNK | {"upload-offset": "0"} | said),
        await http.delete(url, headers=said),
    ]

    assert {answer.status_code for answer in answers} == {412}
    assert {answer.headers["tus-version"] for answer in answers} == {"1.0.0"}
    assert await offset_of(http, url) == 0


async def test_every_answer_names_the_version(http: httpx.AsyncClient):
    url = await begin(http, PHOTO)

    answers = [
        await http.post(UPLOADS, headers=creation(PHOTO)),
        await http.post(UPLOADS, headers=TUS),
        await http.head(url, headers=TUS),
        await add(http, url, 0, PHOTO),
        await add(http, url, 0, PHOTO),
        await http.delete(url, headers=TUS),
        await http.head(url, headers=TUS),
    ]

    assert [answer.status_code for answer in answers] == [201, 400, 200, 204, 409, 204, 410]
    assert {answer.headers["tus-resumable"] for answer in answers} == {"1.0.0"}


async def test_a_server_says_what_it_can_do(http: httpx.AsyncClient):
    url = await begin(http, PHOTO)

    for address in (UPLOADS, url):
        answer = await http.options(address, headers={"tus-resumable": "0.1"})

        assert answer.status_code == 204
        assert answer.headers["tus-version"] == "1.0.0"
        assert answer.headers["tus-max-size"] == str(service.MAX_FILE_BYTES)
        assert answer.headers["tus-extension"] == "creation,creation-with-upload,checksum,expiration,termination"
        assert "sha1" in answer.headers["tus-checksum-algorithm"].split(",")


async def test_who_can_send_no_patch_says_it_in_a_header(http: httpx.AsyncClient):
    url = await begin(http, PHOTO)

    sent = await http.post(
        url, content=PHOTO, headers=TUS | CHUNK | {"upload-offset": "0", "x-http-method-override": "PATCH"}
    )
    told = await http.post(url, headers=TUS | {"x-http-method-override": "HEAD"})
    ended = await http.post(url, headers=TUS | {"x-http-method-override": "DELETE"})
    wrong = await http.post(url, headers=TUS | {"x-http-method-override": "PURGE"})

    assert [answer.status_code for answer in (sent, told, ended, wrong)] == [204, 200, 204, 405]
    assert told.headers["upload-offset"] == str(len(PHOTO))


# --- Creation ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"upload-length": "-1"}, 400, "malformed_header"),
        ({"upload-length": ""}, 400, "malformed_header"),
        ({"upload-length": "0"}, 422, "file_empty"),
        ({"upload-length": str(service.MAX_FILE_BYTES + 1)}, 413, "file_too_large"),
        ({"upload-metadata": ""}, 422, "not_a_sha256"),
        ({"upload-metadata": "sha256 !!!"}, 400, "malformed_header"),
        ({"upload-metadata": "sha256 /w=="}, 400, "malformed_header"),
        ({"upload-metadata": "sha256 AA=="}, 400, "malformed_header"),
        ({"upload-metadata": "sha256 YQ==,sha256 YQ=="}, 400, "malformed_header"),
        ({"upload-metadata": f"name {'A' * 5000}"}, 400, "malformed_header"),
        (metadata(sha256="photo.jpg", media_type="image/jpeg"), 422, "not_a_sha256"),
        (metadata(sha256="AB" * 32, media_type="image/jpeg"), 422, "not_a_sha256"),
        (metadata(sha256="ab" * 32), 422, "wrong_media_type"),
    ],
)
async def test_a_creation_that_cannot_be_meant_is_refused(
    http: httpx.AsyncClient, changed: dict[str, str], status: int, code: str
):
    answer = await http.post(UPLOADS, headers=creation(PHOTO) | changed)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "location" not in answer.headers


async def test_a_length_that_comes_later_is_not_offered(http: httpx.AsyncClient):
    headers = creation(PHOTO) | {"upload-defer-length": "1"}
    del headers["upload-length"]

    answer = await http.post(UPLOADS, headers=headers)

    assert answer.status_code == 400


async def test_metadata_of_the_clients_own_comes_back_as_it_came(http: httpx.AsyncClient):
    said = creation(PHOTO)["upload-metadata"] + ",filename Ym94LmpwZw==,is_retry"

    created = await http.post(UPLOADS, headers=creation(PHOTO) | {"upload-metadata": said})

    head = await http.head(created.headers["location"], headers=TUS)
    assert head.headers["upload-metadata"] == said


# --- Creation with upload ---------------------------------------------------------------------------------------------


async def test_a_creation_may_bring_the_first_bytes(http: httpx.AsyncClient):
    created = await http.post(UPLOADS, content=PHOTO[:100], headers=creation(PHOTO) | CHUNK)
    assert (created.status_code, created.headers["upload-offset"]) == (201, "100")

    answer = await add(http, created.headers["location"], 100, PHOTO[100:])

    assert (answer.status_code, await read(http)) == (204, PHOTO)


async def test_a_body_that_is_no_chunk_is_not_taken_for_one(http: httpx.AsyncClient):
    created = await http.post(UPLOADS, content=PHOTO, headers=creation(PHOTO) | {"content-type": "image/jpeg"})

    assert (created.status_code, created.headers["upload-offset"]) == (201, "0")


# --- Checksum ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
async def test_bytes_with_another_checksum_are_dropped(http: httpx.AsyncClient, algorithm: str, tmp_path: Path):
    url = await begin(http, PHOTO)
    await add(http, url, 0, PHOTO[:10], **checksum(PHOTO[:10], algorithm))

    damaged = await add(http, url, 10, b"?" + PHOTO[11:], **checksum(PHOTO[10:], algorithm))
    assert (damaged.status_code, await offset_of(http, url)) == (460, 10)

    again = await add(http, url, 10, PHOTO[10:], **checksum(PHOTO[10:], algorithm))
    assert (again.status_code, await read(http)) == (204, PHOTO)


@pytest.mark.parametrize("said", ["md5 1B2M2Y8AsgTpgAmY7PhCfg==", "sha256", "sha256 !", "sha256 YQ==", ""])
async def test_a_checksum_that_we_cannot_check_is_refused(http: httpx.AsyncClient, said: str):
    url = await begin(http, PHOTO)

    answer = await add(http, url, 0, PHOTO, **{"upload-checksum": said})

    assert (answer.status_code, await offset_of(http, url)) == (400, 0)


async def test_the_whole_must_be_what_it_was_named(http: httpx.AsyncClient):
    url = await begin(http, PHOTO)
    await add(http, url, 0, PHOTO[:-1])

    answer = await add(http, url, len(PHOTO) - 1, b"?")

    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_hash")
    assert ((await http.head(url, headers=TUS)).status_code, await read(http)) == (410, None)


# --- Expiration, termination ------------------------------------------------------------------------------------------


async def test_an_upload_waits_for_a_month_after_each_piece(http: httpx.AsyncClient, clock: FixedClock):
    created = await http.post(UPLOADS, headers=creation(PHOTO))
    url = created.headers["location"]
    clock.advance(MONTH_SECONDS - 1)
    added = await add(http, url, 0, PHOTO[:10])

    waits = parsedate_to_datetime(added.headers["upload-expires"]) - clock.now()
    assert created.headers["upload-expires"].endswith(" GMT")
    assert waits.total_seconds() >= MONTH_SECONDS


async def test_an_expired_upload_is_gone(http: httpx.AsyncClient, clock: FixedClock):
    url = await begin(http, PHOTO)
    await add(http, url, 0, PHOTO[:10])
    clock.advance(MONTH_SECONDS * 2)

    head, more = await http.head(url, headers=TUS), await add(http, url, 10, PHOTO[10:])

    assert (head.status_code, more.status_code) == (410, 410)


async def test_a_terminated_upload_is_gone(http: httpx.AsyncClient):
    url = await begin(http, PHOTO)

    ended = await http.delete(url, headers=TUS)

    assert ended.status_code == 204
    assert {(await http.head(url, headers=TUS)).status_code, (await add(http, url, 0, PHOTO)).status_code} == {410}
