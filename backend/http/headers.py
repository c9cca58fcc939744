"""Headers that every answer carries, whoever made it: a route, a static file or an error."""

from litestar.datastructures import MutableScopeHeaders
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


async def add_headers(message: Message, scope: Scope) -> None:
    """A hook before sending. What an answer says itself, a download's stricter policy for example, stays."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault("cache-control", _caching(scope["path"]))
    if scope["path"].startswith(UPLOADS):
        headers["tus-resumable"] = headers["tus-version"] = TUS_VERSION


def _caching(path: str) -> str:
    """Answers about people are kept nowhere; assets have their hash in the name; pages are asked for each time."""
    if path.startswith(("/api/", "/sync/", UPLOADS)):
        return "no-store"
    return "public, max-age=31536000, immutable" if "/assets/" in path else "no-cache"
