"""The lane of attachments: a photo goes up piece by piece, by tus 1.0, and goes on where it was cut.

Source: tus resumable upload protocol 1.0.0, https://tus.io/protocols/resumable-upload.
"""

from base64 import b64encode

import httpx
import msgspec

from clients.device.connection import Connection, accepted
from clients.device.errors import Offline, PhotoRefused, Stuck
from clients.device.store import DeviceStore, Photo, Upload
from sync import Refusal, Refused
from sync.protocol import ErrorCode

UPLOADS = "/files/v1/uploads"
VERSION = "1.0.0"
CHUNK_TYPE = "application/offset+octet-stream"
PIECE_BYTES = 256 << 10  # ten seconds of a weak line: after each, this device knows how far it is
MAX_TRIPS = 1000  # four for each piece of the largest photo, and the same again for cuts: more leads nowhere
FINAL = frozenset({"wrong_media_type", "file_too_large", "file_empty", "not_a_sha256"})
GONE = frozenset({404, 410})
ASK_AGAIN = frozenset({408, 409})  # what is known of the offset is not so any more
PASSING = frozenset({423})  # an earlier request of ours still holds the upload


class Problem(msgspec.Struct, frozen=True):
    """What the server says when it says no."""

    code: str = ""


def send_photo(connection: Connection, store: DeviceStore, photo: Photo) -> None:
    """Send what the server does not have yet; when this returns, it has the photo whole.

    Raises PhotoRefused, Offline, Refused, Stuck; what was sent stays sent.
    """
    upload = _resumed(connection, store.upload(photo.sha256)) or _begun(connection, photo)
    for _ in range(MAX_TRIPS):
        store.save_upload(photo.sha256, upload)
        if upload.sent_bytes >= len(photo.body):
            return
        upload = _advanced(connection, photo, upload) or _begun(connection, photo)
    raise Stuck(f"the photo {photo.sha256} does not arrive")


def _begun(connection: Connection, photo: Photo) -> Upload:
    named = {"sha256": photo.sha256, "media_type": photo.media_type}
    said = ",".join(f"{key} {b64encode(text.encode()).decode()}" for key, text in named.items())
    headers = {"upload-length": str(len(photo.body)), "upload-metadata": said}
    answer = _asked(connection, "POST", UPLOADS, headers)
    if not answer.is_success:
        raise _trouble(answer)
    # Our own server's, whatever address a proxy made of it: no token of ours goes anywhere else.
    return Upload(url=httpx.URL(answer.headers["location"]).path, sent_bytes=int(answer.headers["upload-offset"]))


def _resumed(connection: Connection, upload: Upload | None) -> Upload | None:
    """The upload as the server knows it; None when there is none (any more)."""
    if upload is None:
        return None
    answer = _asked(connection, "HEAD", upload.url)
    if answer.status_code in GONE:
        return None
    if not answer.is_success:
        raise _trouble(answer)
    return Upload(url=upload.url, sent_bytes=int(answer.headers["upload-offset"]))


def _advanced(connection: Connection, photo: Photo, upload: Upload) -> Upload | None:
    """The upload after one more piece; None when it is gone."""
    piece = photo.body[upload.sent_bytes : upload.sent_bytes + PIECE_BYTES]
    headers = {"content-type": CHUNK_TYPE, "upload-offset": str(upload.sent_bytes)}
    answer = _asked(connection, "PATCH", upload.url, headers, piece)
    if answer.status_code in ASK_AGAIN:
        return _resumed(connection, upload)
    if answer.status_code in GONE:
        return None
    if not answer.is_success:
        raise _trouble(answer)
    return Upload(url=upload.url, sent_bytes=int(answer.headers["upload-offset"]))


def _asked(
    connection: Connection, method: str, path: str, headers: dict[str, str] | None = None, content: bytes = b""
) -> httpx.Response:
    answer = connection.exchange(method, path, content, {"tus-resumable": VERSION} | (headers or {}))
    if answer.is_success and answer.headers.get("tus-resumable") != VERSION:
        raise Offline("what answered is not the server")  # a network's log-in page says yes to everything
    return answer


def _trouble(answer: httpx.Response) -> Exception:
    """What the answer means for the photo."""
    try:
        code = msgspec.json.decode(answer.content, type=Problem).code
    except msgspec.DecodeError:
        code = ""
    if code in FINAL:
        return PhotoRefused(code)
    if code == "wrong_hash":  # damaged on the way: the upload is over, and the next one begins anew
        return Refused(Refusal(code=ErrorCode.DIGEST_MISMATCH))
    if answer.status_code in PASSING:
        return Refused(Refusal(code=ErrorCode.BUSY))
    try:
        accepted(answer)
    except Refused as refused:
        return refused
    raise AssertionError(f"{answer.status_code} is no trouble")
