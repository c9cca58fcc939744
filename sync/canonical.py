"""One byte sequence per JSON value, so that a digest computed in any language is the same.

The JSON Canonicalization Scheme, RFC 8785, narrowed to I-JSON numbers (RFC 7493): integers beyond 2^53 - 1 and
non-finite numbers are refused, and `1.0` is written `1` as every JavaScript engine does.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from sync.protocol import MAX_DEPTH, MAX_SAFE_INTEGER, ErrorCode, Refusal, Refused


def canonical(value: Any) -> bytes:
    """Encode a JSON value in its one canonical form, UTF-8.

    value: None, bool, int, float, str, and sequences and string-keyed mappings of these, at most MAX_DEPTH deep.
    Raises Refused (number_out_of_range, too_deep, not_utf8 for lone surrogates, malformed for other types) with the
    path of the offender.
    """
    if _is_plain(value, 0):
        try:
            return _PLAIN.encode(value)
        except UnicodeEncodeError:
            pass  # a lone surrogate: told below, with its path
    parts: list[str] = []
    _write(value, "$", 0, parts)
    return "".join(parts).encode()


def same(left: Any, right: Any) -> bool:
    """Tell whether two JSON values are equal: unlike in Python, `True` is not `1`; as in JSON, `1.0` is `1`."""
    return canonical(left) == canonical(right)


_PLAIN: Final = msgspec.json.Encoder(order="sorted")


def _is_plain(value: Any, depth: int) -> bool:
    """Whether any JSON encoder that sorts writes it canonically: no fractions, no names beyond ASCII, nothing to refuse."""
    kind = cast(type[object], type(value))
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER
    if depth == MAX_DEPTH:
        return False
    if kind is dict:
        return all(type(k) is str and k.isascii() and _is_plain(one, depth + 1) for k, one in value.items())
    return kind in (list, tuple) and all(_is_plain(one, depth + 1) for one in value)


def _write(value: Any, path: str, depth: int, parts: list[str]) -> None:
    if value is None or isinstance(value, bool):
        parts.append("null" if value is None else "true" if value else "false")
    elif isinstance(value, str):
        parts.append(_string(value, path))
    elif isinstance(value, int | float):
        parts.append(_number(value, path))
    elif depth == MAX_DEPTH:
        raise _refused(ErrorCode.TOO_DEEP, path, f"nested deeper than {MAX_DEPTH}")
    elif isinstance(value, Mapping):
        _write_object(cast(Mapping[Any, Any], value), path, depth + 1, parts)
    elif isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        _write_array(cast(Sequence[Any], value), path, depth + 1, parts)
    else:
        raise _refused(ErrorCode.MALFORMED, path, f"{type(value).__name__} is not a JSON value")


def _write_object(value: Mapping[Any, Any], path: str, depth: int, parts: list[str]) -> None:
    for key in value:
        if not isinstance(key, str):
            raise _refused(ErrorCode.MALFORMED, path, "object keys are strings")
    parts.append("{")
    for index, key in enumerate(_ordered(value)):
        parts.append(f"{',' if index else ''}{_string(key, path)}:")
        _write(value[key], f"{path}.{key}", depth, parts)
    parts.append("}")


def _ordered(names: Iterable[str]) -> list[str]:
    """Order names by UTF-16 code units, not by code points (RFC 8785 section 3.2.3); of ASCII both are the same."""
    if "".join(names).isascii():
        return sorted(names)
    return sorted(names, key=lambda name: name.encode("utf-16-be", "surrogatepass"))


def _write_array(value: Sequence[Any], path: str, depth: int, parts: list[str]) -> None:
    parts.append("[")
    for index, item in enumerate(value):
        if index:
            parts.append(",")
        _write(item, f"{path}[{index}]", depth, parts)
    parts.append("]")


def _string(value: str, path: str) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError as error:
        raise _refused(ErrorCode.NOT_UTF8, path, "a lone surrogate is not text") from error


def _number(value: int | float, path: str) -> str:
    if not math.isfinite(value):
        raise _refused(ErrorCode.NUMBER_OUT_OF_RANGE, path, "not a finite number")
    if value == int(value):
        if abs(value) > MAX_SAFE_INTEGER:
            raise _refused(ErrorCode.NUMBER_OUT_OF_RANGE, path, "integer beyond 2^53 - 1")
        return str(int(value))
    return _fraction(float(value))


def _fraction(value: float) -> str:
    """Write a number that is not whole as ECMAScript does (ECMA-262, Number::toString); the digits are Python's."""
    mantissa, _, exponent = repr(value).partition("e")
    sign = "-" if value < 0 else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    point = len(whole) + int(exponent or "0")
    digits = (whole + fraction).rstrip("0")
    point -= len(digits) - len(digits.lstrip("0"))
    digits = digits.lstrip("0")
    if point > 0:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if point > -6:
        return f"{sign}0.{'0' * -point}{digits}"
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{point - 1}"


def _refused(code: ErrorCode, path: str, detail: str) -> Refused:
    return Refused(Refusal(code=code, path=path, detail=detail))
