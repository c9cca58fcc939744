"""Field failure 15: attachments that are stuck or arrived in part. They travel by tus 1.0, beside the work."""

import base64
import hashlib
import secrets
import socket
from urllib.parse import urlsplit

import httpx
import pytest

from tests.conformance.client import Client, Json, verdicts
from tests.conformance.conftest import Join
from tests.conformance.office import Office

UPLOADS = "/files/v1/uploads"
CHUNK = "application/offset+octet-stream"
HALF = 40_000
LOOKS = 500  # at an upload whose line was cut, until the server has noticed


@pytest.fixture
def picture() -> bytes:
    """A photo that nobody has sent before."""
    return b"\xff\xd8\xff\xe0" + secrets.token_bytes(2 * HALF - 4)


def begin(line: Client, picture: bytes, *, named: bytes | None = None) -> httpx.Response:
    """Creation. named: the bytes whose hash is given, these unless said otherwise."""
    told = {"sha256": hashlib.sha256(named or picture).hexdigest(), "media_type": "image/jpeg"}
    metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in told.items())
    return line.send("POST", UPLOADS, tus_resumable="1.0.0", upload_length=str(len(picture)), upload_metadata=metadata)


def append(line: Client, place: str, piece: bytes, *, at: int, **headers: str) -> httpx.Response:
    said = {"tus_resumable": "1.0.0", "content_type": CHUNK, "upload_offset": str(at)}
    return line.send("PATCH", place, content=piece, **said, **headers)


def offset(line: Client, place: str) -> int:
    """How much the server says it has."""
    answer = line.send("HEAD", place, tus_resumable="1.0.0")
    assert answer.status_code == 200, answer.status_code
    return int(answer.headers["upload-offset"])


def send_the_rest(line: Client, place: str, picture: bytes) -> httpx.Response:
    """The server's answer, once it has let go of a line that was cut: until then it says 423 (Locked)."""
    for _ in range(LOOKS):
        at = offset(line, place)
        answer = append(line, place, picture[at:], at=at)
        if answer.status_code != 423:
            return answer
    raise AssertionError("the line that was cut still holds the upload")


def photographed(line: Client, job: str, picture: bytes) -> Json:
    """The work that names the photo."""
    sha256 = hashlib.sha256(picture).hexdigest()
    args = {"sha256": sha256, "media_type": "image/jpeg", "bytes": len(picture)}
    return line.did(job, "photo", args, blobs=[sha256])


def test_a_record_may_come_before_its_photo(anna: Client, job: str, picture: bytes) -> None:
    results = anna.pushed(photographed(anna, job, picture))

    place = begin(anna, picture).headers["location"]
    sent = append(anna, place, picture, at=0)

    assert verdicts(results) == ["done"]
    assert (sent.status_code, sent.headers["upload-offset"]) == (204, str(len(picture)))
    assert anna.pulled().job(job)["photos"][0]["sha256"] == hashlib.sha256(picture).hexdigest()


def test_a_photo_may_come_before_its_record(anna: Client, job: str, picture: bytes) -> None:
    append(anna, begin(anna, picture).headers["location"], picture, at=0)

    assert verdicts(anna.pushed(photographed(anna, job, picture))) == ["done"]


def test_a_photo_that_is_stuck_holds_up_no_work(anna: Client, job: str, picture: bytes) -> None:
    place = begin(anna, picture).headers["location"]
    append(anna, place, picture[:HALF], at=0)

    results = anna.pushed(photographed(anna, job, picture), anna.note(job, "after it"), anna.did(job, "en_route"))

    assert verdicts(results) == ["done"] * 3
    assert offset(anna, place) == HALF


def test_a_photo_goes_on_where_it_was_left(anna: Client, job: str, picture: bytes) -> None:
    place = begin(anna, picture).headers["location"]
    append(anna, place, picture[:HALF], at=0)

    append(anna, place, picture[HALF:], at=offset(anna, place))

    assert offset(anna, place) == len(picture)


def test_what_arrived_before_the_line_was_cut_is_kept(office: Office, anna: Client, job: str, picture: bytes) -> None:
    place = begin(anna, picture).headers["location"]

    send_and_hang_up(office.url, anna, place, picture, sent=HALF)

    arrived = next(found for _ in range(LOOKS) if (found := offset(anna, place)))
    assert arrived <= HALF
    assert send_the_rest(anna, place, picture).headers["upload-offset"] == str(len(picture))


def test_what_arrived_before_the_power_was_cut_is_kept(office: Office, anna: Client, job: str, picture: bytes) -> None:
    place = begin(anna, picture).headers["location"]
    append(anna, place, picture[:HALF], at=0)

    office.crash()

    assert offset(anna, place) == HALF
    assert append(anna, place, picture[HALF:], at=HALF).headers["upload-offset"] == str(len(picture))


def test_bytes_for_another_place_are_refused(anna: Client, job: str, picture: bytes) -> None:
    place = begin(anna, picture).headers["location"]
    append(anna, place, picture[:HALF], at=0)

    answers = [append(anna, place, picture[HALF:], at=at).status_code for at in (0, HALF - 1, HALF + 1)]

    assert answers == [409] * 3
    assert offset(anna, place) == HALF


def test_bytes_that_were_damaged_on_their_way_are_refused_and_can_be_sent_again(
    anna: Client, job: str, picture: bytes
) -> None:
    place = begin(anna, picture).headers["location"]
    checksum = base64.b64encode(hashlib.sha256(picture).digest()).decode()

    damaged = append(anna, place, picture[:-1] + b"\0", at=0, upload_checksum=f"sha256 {checksum}")
    again = append(anna, place, picture, at=offset(anna, place), upload_checksum=f"sha256 {checksum}")

    assert (damaged.status_code, again.status_code) == (460, 204)


def test_a_whole_that_is_not_what_was_named_is_not_taken(anna: Client, job: str, picture: bytes) -> None:
    place = begin(anna, picture, named=b"another photo").headers["location"]

    answer = append(anna, place, picture, at=0)

    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_hash")
    assert anna.send("HEAD", place, tus_resumable="1.0.0").status_code in {404, 410}


def test_a_photo_that_is_there_need_not_be_sent_again(anna: Client, job: str, picture: bytes) -> None:
    """The answer to its last byte was lost."""
    append(anna, begin(anna, picture).headers["location"], picture, at=0)

    assert begin(anna, picture).headers["upload-offset"] == str(len(picture))


def test_an_upload_is_its_senders_alone(anna: Client, job: str, picture: bytes, join: Join) -> None:
    place = begin(anna, picture).headers["location"]
    eve = join()

    answers = [eve.send("HEAD", place, tus_resumable="1.0.0"), append(eve, place, picture, at=0)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert offset(anna, place) == 0


def test_an_upload_that_nobody_began_is_not_there(anna: Client) -> None:
    place = f"{UPLOADS}/01900000-0000-7000-8000-00000000dead"

    assert anna.send("HEAD", place, tus_resumable="1.0.0").status_code == 404


def send_and_hang_up(url: str, line: Client, place: str, picture: bytes, *, sent: int) -> None:
    """Promise the whole, send a part, and let go of the line."""
    address = urlsplit(url)
    head = [
        f"PATCH {urlsplit(place).path} HTTP/1.1",
        f"host: {address.netloc}",
        f"authorization: Bearer {line.phone.token}",
        f"content-type: {CHUNK}",
        "tus-resumable: 1.0.0",
        "upload-offset: 0",
        f"content-length: {len(picture)}",
    ]
    with socket.create_connection((address.hostname or "", address.port or 80)) as connection:
        connection.sendall("\r\n".join([*head, "", ""]).encode() + picture[:sent])
