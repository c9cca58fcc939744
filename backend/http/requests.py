"""Requests are decoded strictly: the right content type, bounded size and depth, no coercion, no NUL.

Litestar converts loosely ("7" for 7, text/plain as JSON). Here `Request.json` decodes the body straight into the
type that the handler declares, so that what a handler gets is what was sent.
"""

from typing import Any

from litestar import Request

from backend.kernel.errors import Invalid
from sync.wire import decode


class WrongContentType(Invalid):
    """This route takes application/json, not compressed."""

    code = "wrong_content_type"


class StrictRequest(Request[Any, Any, Any]):
    """A request whose JSON is decoded into the handler's own type, strictly."""

    async def json(self) -> Any:
        """The body as the type of the handler's `data`. Raises WrongContentType, sync.wire.WireError."""
        content_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != "application/json" or self.headers.get("content-encoding", "identity") != "identity":
            raise WrongContentType(content_type=content_type[:100])
        field = self.route_handler.parsed_data_field
        return decode(await self.body(), Any if field is None else field.annotation)
