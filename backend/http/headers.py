"""Headers that every answer carries, whoever made it: a route, a static file or an error."""

from litestar.types import Message, Scope

from backend.files.tus import VERSION as TUS_VERSION

UPLOADS = "/files/"  # where the tus protocol is spoken, which wants its version in every answer
SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
        "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; object-src 'none'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # a customer's link must not leave with a click
    "cross-origin-opener-policy": "same-origin",
}
SECURITY = tuple((name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items())
TUS = ((b"tus-resumable", TUS_VERSION.encode()), (b"tus-version", TUS_VERSION.encode()))


async def add_headers(message: Message, scope: Scope) -> None:
    """A hook before sending. What an answer says itself, a download's stricter policy for example, stays."""
    if message["type"] != "http.response.start":
        return
    path: str = scope["path"]
    said = {name for name, _ in message["headers"]}
    ours = (*SECURITY, (b"cache-control", _caching(path)), *(TUS if path.startswith(UPLOADS) else ()))
    message["headers"] = [*message["headers"], *(header for header in ours if header[0] not in said)]


def _caching(path: str) -> bytes:
    """Answers about people are kept nowhere; assets have their hash in the name; pages are asked for each time."""
    if path.startswith(("/api/", "/sync/", "/calendars/", UPLOADS)):
        return b"no-store"
    return b"public, max-age=31536000, immutable" if "/assets/" in path else b"no-cache"
