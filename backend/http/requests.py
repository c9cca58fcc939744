"""Requests are decoded strictly: the right content type, bounded size and depth, no coercion, no NUL.

Litestar converts loosely ("7" for 7, text/plain as JSON). Here `Request.json` decodes the body straight into the
type that the handler declares, so that what a handler gets is what was sent.
"""

from typing import Any

from litestar import Request

from backend.kernel.errors import Invalid
from sync.wire import decode, inflate


class WrongContentType(Invalid):
    """This route takes application/json, compressed by gzip where it says so, else not at all."""

    code = "wrong_content_type"


class StrictRequest(Request[Any, Any, Any]):
    """A request whose JSON is decoded into the handler's own type, strictly."""

    async def json(self) -> Any:
        """The body as the type of the handler's `data`. Raises WrongContentType, sync.wire.WireError."""
        content_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != "application/json":
            raise WrongContentType(content_type=content_type[:100])
        field = self.route_handler.parsed_data_field
        return decode(await self._plain_body(), Any if field is None else field.annotation)

    async def _plain_body(self) -> bytes:
        coding = self.headers.get("content-encoding", "identity").strip().lower()
        if coding == "gzip" and self.route_handler.opt.get("inflates"):
            return inflate(await self.body())
        if coding != "identity":
            raise WrongContentType(content_encoding=coding[:100])
        return await self.body()
