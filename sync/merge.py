"""Who wins when a field was changed both on site and in the office, and what becomes of the value that loses.

Three-way merge per field against the version that the technician saw. Which field has which policy is the domain's
table; here are the rules. Null and absent are the same value.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, cast

from msgspec import Struct

from sync.canonical import same


class Policy(StrEnum):
    """OBSERVED: seen on site, the technician wins. PLANNED: the dispatcher wins. TEXT: append-only, both stay.

    SET: a list without order; what either side added is in it, what either took away is not, and nothing is lost.
    ITEMS: an object of independent entries, such as a checklist; each entry is merged by itself as OBSERVED.
    """

    OBSERVED = "observed"
    PLANNED = "planned"
    TEXT = "text"
    SET = "set"
    ITEMS = "items"


class Side(StrEnum):
    """Where a value comes from: the technician on site, or the office, which is what the server holds."""

    SITE = "site"
    OFFICE = "office"


class Lost(Struct, frozen=True, kw_only=True):
    """A value that was not kept, enough to restore it: field, entry of an ITEMS field or None, value, who wrote it."""

    field: str
    entry: str | None = None
    value: Any
    side: Side


class Merge(Struct, frozen=True):
    """kept: the merged value (merge_field) or the whole document (merge_fields); lost: what was overruled."""

    kept: Any
    lost: tuple[Lost, ...] = ()


def merge_fields(
    policies: Mapping[str, Policy], *, base: Mapping[str, Any], site: Mapping[str, Any], office: Mapping[str, Any]
) -> Merge:
    """Merge what the technician changed into the office's document.

    base: the version the technician saw; site: only the fields that were set, by name; office: the document now.
    Every field of site needs a policy. Fields that site does not name stay as the office has them.
    """
    kept, lost = dict(office), list[Lost]()
    for name, value in site.items():
        merge = merge_field(policies[name], name, base=base.get(name), site=value, office=office.get(name))
        kept[name] = merge.kept
        lost.extend(merge.lost)
    return Merge(kept, tuple(lost))


def merge_field(policy: Policy, name: str, *, base: Any, site: Any, office: Any) -> Merge:
    """Merge one field; a value is lost only when both sides changed it, and differently.

    A value that is no text, or no list, is merged as OBSERVED where the policy is TEXT or SET.
    """
    if policy is Policy.ITEMS:
        return _merge_items(name, base or {}, site or {}, office or {})
    if same(site, base) or same(site, office):
        return Merge(office)
    if same(office, base):
        return Merge(site)
    if policy is Policy.PLANNED:
        return Merge(office, (Lost(field=name, value=site, side=Side.SITE),))
    if policy is Policy.TEXT and _are(str, base, site, office):
        return Merge(_joined(base or "", site or "", office or ""))
    if policy is Policy.SET and _are(list, base, site, office):
        return Merge(_united(base or [], site or [], office or []))
    return Merge(site, (Lost(field=name, value=office, side=Side.OFFICE),))


def restore(document: Mapping[str, Any], lost: Lost) -> Merge:
    """Put a losing value back; the value it displaces is now the lost one, so that this too can be taken back."""
    other = Side.OFFICE if lost.side is Side.SITE else Side.SITE
    displaced = document.get(lost.field)
    value = lost.value
    if lost.entry is not None:
        entries = cast(dict[str, Any], displaced or {})
        displaced, value = entries.get(lost.entry), entries | {lost.entry: lost.value}
    back = Lost(field=lost.field, entry=lost.entry, value=displaced, side=other)
    return Merge({**document, lost.field: value}, (back,))


def _merge_items(name: str, base: Mapping[str, Any], site: Mapping[str, Any], office: Mapping[str, Any]) -> Merge:
    merged = merge_fields(dict.fromkeys(site, Policy.OBSERVED), base=base, site=site, office=office)
    return Merge(
        merged.kept, tuple(Lost(field=name, entry=lost.field, value=lost.value, side=lost.side) for lost in merged.lost)
    )


def _are(shape: type, *values: Any) -> bool:
    return all(value is None or isinstance(value, shape) for value in values)


def _united(base: list[Any], site: list[Any], office: list[Any]) -> list[Any]:
    """Keep what both still have, then what each added, the office's first."""
    gone = [value for value in base if value not in site or value not in office]
    kept = [value for value in office if value not in gone]
    return kept + [value for value in site if value not in gone and value not in kept]


def _joined(base: str, site: str, office: str) -> str:
    """Keep both texts: the office's whole, then what the technician added."""
    added = site.removeprefix(base).lstrip("\n")
    return "\n".join(part for part in (office, added) if part)
