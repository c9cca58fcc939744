"""Bad requests, made from what the routes themselves declare: a new route is tried on the day it comes."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import inspect

from sync.protocol import MAX_DEPTH, MAX_REQUEST_BYTES, SCHEMA

UNKNOWN_ID = str(UUID("01978f6a-0000-7000-8000-00000000dead"))
FAR_EAST_OF_YEAR_1 = "0001-01-01T00:00:00+14:00"  # its instant lies before the calendar
FAR_WEST_OF_YEAR_9999 = "9999-12-31T23:59:59-14:00"  # and this one behind it

KINDS: tuple[Any, ...] = (None, True, 10**30, "", [], {})
"""One value of each kind that JSON has: what takes the place of a part whose declared type is another."""

VALUES: tuple[Any, ...] = (
    None, True, -1, 2**63, 10**30, 0.5, 1e308, "", "x" * 20_000, "'; --", "2026-06-01T09:00:00", FAR_EAST_OF_YEAR_1,
    FAR_WEST_OF_YEAR_9999, UNKNOWN_ID, [], [None], {}, {"unexpected": 1},
)  # fmt: skip
"""Values that a declared type may well take, and that mean trouble further in."""

WORDS = (
    "", "x", "0", "-1", "0.5", str(10**30), "null", "\0", "ä", "x" * 5000, "A" * 22, "2026-02-30", "0001-01-01",
    "9999-12-31", "2026-06-01T09:00:00", FAR_EAST_OF_YEAR_1, FAR_WEST_OF_YEAR_9999, UNKNOWN_ID,
)  # fmt: skip
"""What stands in the place of every parameter of an address."""

TEXTS = ("x", "0" * 64, UNKNOWN_ID, "en", "x@y.test", "+358955500000", "EUR", "image/png", "^X$", "X1")
GIVEN = {"schema": SCHEMA}  # an older peer is sent away before anything else is looked at
JSON = "application/json"


def example(declared: Any) -> Any:
    """A body of the declared type, every field given, that refers to nothing there is."""
    return _example(inspect.type_info(declared))


def is_declared(body: Any, declared: Any) -> bool:
    """Whether the declared type takes this body, so that it depends on what it says whether it is bad."""
    try:
        msgspec.json.decode(json.dumps(body), type=declared)
    except msgspec.ValidationError:
        return False
    return True


def twisted(body: Any, values: Sequence[Any]) -> Iterator[Any]:
    """The body with one part, itself included, replaced by one of the values, left out or added."""
    yield from values
    if isinstance(body, dict):
        for name, part in body.items():
            yield {other: value for other, value in body.items() if other != name}
            for bad in twisted(part, values):
                yield body | {name: bad}
        yield body | {"unexpected": 1}
    if isinstance(body, list):
        for bad in twisted(body[0], values):
            yield [bad]


def broken_contents(body: Any) -> Iterator[tuple[str, bytes, dict[str, str]]]:
    """(what is wrong, content, headers) of requests whose content is no good JSON, whatever the route."""
    good = json.dumps(body).encode()
    yield "not JSON", b'{"', {"content-type": JSON}
    yield "nothing", b"", {"content-type": JSON}
    yield "not UTF-8", good[:-1] + b'"\xff":1}', {"content-type": JSON}
    yield "NUL", b'{"a":"\\u0000"}', {"content-type": JSON}
    yield "half a character", b'{"a":"\\ud800"}', {"content-type": JSON}
    yield "too deep", b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), {"content-type": JSON}
    yield "too deep for any stack", b'{"a":' + b"[" * 200_000, {"content-type": JSON}
    yield "too large", b'"' + b"x" * MAX_REQUEST_BYTES + b'"', {"content-type": JSON}
    yield "another type", good, {"content-type": "text/plain"}
    yield "a form", b"a=1", {"content-type": "application/x-www-form-urlencoded"}
    yield "no type", good, {}
    yield "compressed, it says", good, {"content-type": JSON, "content-encoding": "gzip"}


def _example(kind: inspect.Type) -> Any:
    match kind:
        case inspect.StructType():
            return {field.encode_name: GIVEN.get(field.name) or _example(field.type) for field in kind.fields}
        case inspect.ListType() | inspect.VarTupleType():
            return [_example(kind.item_type)] * max(1, kind.min_length or 0)
        case inspect.TupleType():
            return [_example(one) for one in kind.item_types]
        case inspect.DictType():
            return {}
        case inspect.UnionType():
            return _example(next(one for one in kind.types if not isinstance(one, inspect.NoneType)))
        case inspect.EnumType():
            return next(iter(kind.cls)).value
        case inspect.LiteralType():
            return kind.values[0]
        case inspect.StrType():
            return _text(kind)
        case _:
            return _plain(kind)


def _text(kind: inspect.StrType) -> str:
    longest = kind.max_length or MAX_REQUEST_BYTES
    return next(text for text in TEXTS if re.search(kind.pattern or "", text) and len(text) <= longest)


def _plain(kind: inspect.Type) -> Any:
    match kind:
        case inspect.IntType() | inspect.FloatType():
            return kind.ge if kind.ge is not None else 0
        case inspect.BoolType():
            return True
        case inspect.UUIDType():
            return UNKNOWN_ID
        case inspect.DateType():
            return "2026-06-02"
        case inspect.DateTimeType():
            return "2026-06-02T06:00:00Z"
        case inspect.TimeType():
            return "08:00:00"
        case inspect.AnyType():
            return "x"
    raise NotImplementedError(f"no example of {kind}")
