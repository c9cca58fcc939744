"""Keyset pages: stable under inserts, the same cost at any depth. The cursor is the last key, made opaque."""

import base64
import binascii
from collections.abc import Sequence
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

from backend.kernel.errors import Invalid

MAX_PAGE_SIZE = 200  # a phone on a weak line still gets an answer in a second

T = TypeVar("T")


class BadCursor(Invalid):
    """The page cursor was not made by us. Leave it out to start at the first page."""

    code = "bad_cursor"


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """Some items in key order and, when there are more, the cursor of the next page."""

    items: list[T]
    next_cursor: str | None = None


def encode_cursor(last_id: UUID) -> str:
    return base64.urlsafe_b64encode(last_id.bytes).decode().rstrip("=")


def decode_cursor(cursor: str) -> UUID:
    """The key behind a cursor. Raises BadCursor."""
    try:
        last_id = UUID(bytes=base64.urlsafe_b64decode(cursor + "=="))
    except (binascii.Error, ValueError):
        raise BadCursor(cursor=cursor[:64]) from None
    if encode_cursor(last_id) != cursor:  # base64 passes over characters that it does not know
        raise BadCursor(cursor=cursor[:64])
    return last_id


def page_of(items: Sequence[T], ids: Sequence[UUID], page_size: int) -> Page[T]:
    """A page from up to `page_size + 1` items: the extra one only tells that there are more."""
    more = len(items) > page_size
    return Page(items=list(items[:page_size]), next_cursor=encode_cursor(ids[page_size - 1]) if more else None)
