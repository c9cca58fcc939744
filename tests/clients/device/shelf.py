"""Where photos go: tus 1.0 in memory, small enough to be seen through."""

import hashlib
from base64 import b64decode
from dataclasses import dataclass, field

import httpx

UPLOADS = "/files/v1/uploads"


@dataclass
class Arriving:
    """One upload: its name, its type, its length, and what has come."""

    sha256: str
    media_type: str
    length: int
    body: bytes = b""


@dataclass
class Shelf:
    """files: what came whole, by name; uploads: what is arriving, by address."""

    files: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, Arriving] = field(default_factory=dict)

    def serve(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return self._begin(request)
        upload = self.uploads.get(request.url.path)
        if upload is None:
            return self._says(404)
        if request.method == "HEAD":
            return self._says(200, upload)
        if int(request.headers["upload-offset"]) != len(upload.body):
            return self._says(409)
        upload.body += request.content
        return self._finish(request.url.path, upload) if len(upload.body) == upload.length else self._says(204, upload)

    def _begin(self, request: httpx.Request) -> httpx.Response:
        pairs = (pair.split(" ") for pair in request.headers["upload-metadata"].split(","))
        said = {key: b64decode(value).decode() for key, value in pairs}
        length = int(request.headers["upload-length"])
        upload = Arriving(sha256=said["sha256"], media_type=said["media_type"], length=length)
        upload.body = self.files.get(upload.sha256, b"")
        path = f"{UPLOADS}/{len(self.uploads) + 1}"
        self.uploads[path] = upload
        return self._says(201, upload, location=f"http://behind-a-proxy{path}")

    def _finish(self, path: str, upload: Arriving) -> httpx.Response:
        if hashlib.sha256(upload.body).hexdigest() != upload.sha256:
            del self.uploads[path]
            return httpx.Response(422, json={"status": 422, "code": "wrong_hash"})
        self.files[upload.sha256] = upload.body
        return self._says(204, upload)

    def _says(self, status: int, upload: Arriving | None = None, **headers: str) -> httpx.Response:
        told = {"upload-offset": str(len(upload.body))} if upload else {}
        return httpx.Response(status, headers={"tus-resumable": "1.0.0"} | told | headers)
