"""What every named operation is made of: the struct of its arguments, and the words that several of them share."""

from enum import StrEnum
from typing import Annotated, ClassVar, TypeAlias

from msgspec import Meta, Struct

LongText: TypeAlias = Annotated[str, Meta(min_length=1, max_length=10_000)]


class Operation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Arguments of one named operation; kind: the kind of document that it is about."""

    kind: ClassVar[str] = "job"


class CaptureMethod(StrEnum):
    """How a serial number was read: a scan is evidence, a typed number a claim."""

    SCAN = "scan"
    MANUAL = "manual"
