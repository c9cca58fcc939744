"""What is asked for and told of extracts."""

from typing import Annotated

import msgspec

AT_ONCE = 5000  # rows of one answer: a megabyte or two, and a second's work


class ExtractView(msgspec.Struct, frozen=True, kw_only=True):
    """A table of facts. columns: of its CSV, in their order; more may be added at the end."""

    name: str
    columns: list[str]


class ReadExtract(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """cursor: of the last row that you have; without one, from the first. limit: rows of one answer."""

    cursor: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=AT_ONCE)] = AT_ONCE
