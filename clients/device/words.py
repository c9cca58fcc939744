"""An operation out of the words of a command line: `measure name=light_level value=-18.5 unit=dBm`."""

import hashlib
import mimetypes
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import FieldInfo, fields

from sync import operations
from sync.operations import Operation, OperationError
from sync.protocol import JsonObject

OF_THE_FILE = frozenset({"sha256", "media_type", "bytes"})
"""Arguments that a file answers by itself."""


class BadWords(ValueError):
    """These words are no operation; the text says what would be."""


def operation_of(name: str, words: Sequence[str], *, file: Path | None = None) -> tuple[Operation, bytes | None]:
    """The operation, and the bytes of the file that it names. Raises BadWords.

    words: `key=value`; a value is read as JSON where that fits the argument, else as the text that it is, and a list
    may be written with commas. file: a picture, from which its hash, type and size are taken.
    """
    shape = operations.OPERATIONS.get(name)
    if shape is None:
        raise BadWords(f"no operation is called {name}; there are: {', '.join(operations.OPERATIONS)}")
    known = {field.name: field for field in fields(shape)}
    arguments: JsonObject = {}
    body = None
    if file is not None:
        body = file.read_bytes()
        arguments |= {key: value for key, value in _described(file, body).items() if key in known}
        if "sha256" not in arguments:
            raise BadWords(f"{name} takes no --file; {usage(name)}")
    arguments |= dict(_argument(name, word, known) for word in words)
    try:
        return operations.decode(name, arguments, kind=shape.kind), body
    except OperationError as error:
        raise BadWords(f"{error.detail} ({error.path}); {usage(name)}") from error


def usage(name: str) -> str:
    """How the operation is written; what may be left out is in brackets."""
    parts = [_written(field) for field in fields(operations.OPERATIONS[name]) if field.name not in OF_THE_FILE]
    takes_file = any(field.name == "sha256" for field in fields(operations.OPERATIONS[name]))
    subject = operations.OPERATIONS[name].kind.upper()
    return " ".join(["write: do", name, subject, *parts, *(["--file PICTURE"] if takes_file else [])])


def _argument(name: str, word: str, known: dict[str, FieldInfo]) -> tuple[str, Any]:
    key, equals, text = word.partition("=")
    if not equals or key not in known:
        raise BadWords(f"{word!r} is not an argument of {name}; {usage(name)}")
    for reading in _readings(text):
        try:
            msgspec.convert(reading, type=known[key].type, strict=True)
        except msgspec.ValidationError:
            continue
        return key, reading
    return key, text  # the operation says what is wrong with it


def _readings(text: str) -> Iterator[Any]:
    """What a text may stand for, the most particular first."""
    try:
        yield msgspec.json.decode(text)
    except msgspec.DecodeError:
        pass
    yield text
    yield text.split(",")


def _described(file: Path, body: bytes) -> JsonObject:
    media_type, _ = mimetypes.guess_type(file.name)
    return {
        "sha256": hashlib.sha256(body).hexdigest(),
        "media_type": media_type or "application/octet-stream",
        "bytes": len(body),
    }


def _written(field: FieldInfo) -> str:
    text = f"{field.name}=…"
    return text if field.required else f"[{text}]"
