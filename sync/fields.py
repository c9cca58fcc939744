"""The fields of a job's document that a technician may correct, and who wins each when the office changed it, too.

What is seen on site is the technician's to say, what a contract says the office's. How a field is merged is in `merge`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias, cast

from msgspec import Meta

from sync.merge import Policy
from sync.protocol import JsonObject

Value: TypeAlias = Annotated[str, Meta(max_length=10_000)] | Annotated[list[str], Meta(max_length=100)] | None
"""A text, a list of texts without order, or nothing; the domain bounds each field further."""


class Field(StrEnum):
    """Names of fields, as paths in the document."""

    ACCESS_NOTES = "premises.access_notes"
    HAZARDS = "premises.hazards"
    PHONE = "customer.phone"
    NAME = "customer.name"


POLICIES: Final[dict[Field, Policy]] = {
    Field.ACCESS_NOTES: Policy.TEXT,
    Field.HAZARDS: Policy.SET,
    Field.PHONE: Policy.OBSERVED,
    Field.NAME: Policy.PLANNED,
}
"""Who wins a field."""


def known(name: object) -> Field | None:
    """Return the field of this name; None when a technician may not correct such a one."""
    return next((field for field in Field if field == name), None)


def read(document: Mapping[str, Any], field: Field) -> Any:
    """Return the value of a field; None when the document has none."""
    part, name = field.split(".")
    return _part(document, part).get(name)


def write(document: Mapping[str, Any], field: Field, value: Any) -> JsonObject:
    """Return the document with another value in a field."""
    part, name = field.split(".")
    return {**document, part: {**_part(document, part), name: value}}


def _part(document: Mapping[str, Any], part: str) -> Mapping[str, Any]:
    held = document.get(part)
    return cast(Mapping[str, Any], held) if isinstance(held, Mapping) else {}
