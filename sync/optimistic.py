"""What a technician sees at once: each named operation laid over the job as the server last sent it.

A guess that is taken back when the server's own document arrives; never authority over what is allowed. Appliers are
total: a document may lack any field, and an operation that does not fit its state leaves it as it is.

Job document: `state`, `assignment`, `taken_here` (only shown: taken on this phone), `arrived`, `outcome`, `undone`, `reason`, `notes` [{text}],
`checklist` {item: value}, `hazards_acknowledged` [hazard], `photos` [{sha256, media_type, bytes}],
`serials` [{serial, model, method, order_item_id}], `measurements` [{name, value, unit}],
`recovered` [{serial, model, method, replaced_by}], `signature` {sha256, signer_name},
`time_entries` [{activity, start_ms, end_ms}], `parts_consumed` [{part, quantity}], `safety_check_ins` [{state, note}],
`follow_ups` [{work, reason, note}], `lost_values` [{id, field, value, side}], and the fields of `sync.fields`.
The document of a van: `optimistic_van`.
"""

from collections.abc import Mapping
from typing import Any, Final

from sync import fields
from sync.fields import POLICIES
from sync.merge import merge_field
from sync.optimistic_van import VAN_APPLIERS
from sync.protocol import JsonObject
from sync.replica import Applier

_UNFINISHED: Final = ("pending", "enRoute", "started")


def _acknowledge(job: Mapping[str, Any], args: Mapping[str, Any]) -> JsonObject:
    return {**job, "assignment": "acknowledged", "taken_here": True}


def _en_route(job: Mapping[str, Any], args: Mapping[str, Any]) -> JsonObject:
    return _move(job, "enRoute", allowed=("pending",))


def _arrive(job: Mapping[str, Any], args: Mapping[str, Any]) -> JsonObject:
    return {**job, "arrived": True} if job.get("state") in _UNFINISHED else {**job}


def _start(job: Mapping[str, Any], args: Mapping[str, Any]) -> JsonObject:
    return _move(job, "started", allowed=("pending", "enRoute"))


def _suspend(job: Mapping[str, Any], args: Mapping[str, Any]) -> JsonObject:
    return _move(job, "suspended", allowed=("started",), reason=args.get("reason"))


def _resume(job: Mapping[str, Any], args: Mapping[str, Any]) -> JsonObject:
    return _move(job, "started", allowed=("suspended",))


def _complete(job: Mapping[str, Any], args: Mapping[str, Any]) -> JsonObject:
    changes = {"outcome": args.get("outcome"), "undone": args.get("undone", [])}
    return _move(job, "completed", allowed=_UNFINISHED, **changes)


def _not_done(job: Mapping[str, Any], args: Mapping[str, Any]) -> JsonObject:
    return _move(job, "notDone", allowed=_UNFINISHED, reason=args.get("reason"))


def _checklist_answer(job: Mapping[str, Any], args: Mapping[str, Any]) -> JsonObject:
    return {**job, "checklist": {**(job.get("checklist") or {}), str(args.get("item")): args.get("value")}}


def _hazard_acknowledged(job: Mapping[str, Any], args: Mapping[str, Any]) -> JsonObject:
    known: list[Any] = job.get("hazards_acknowledged") or []
    return {**job} if args.get("hazard") in known else {**job, "hazards_acknowledged": [*known, args.get("hazard")]}


def _signature(job: Mapping[str, Any], args: Mapping[str, Any]) -> JsonObject:
    return {**job, "signature": dict(args)}


def _serial_swapped(job: Mapping[str, Any], args: Mapping[str, Any]) -> JsonObject:
    out = {"serial": args.get("recovered"), "method": args.get("method"), "replaced_by": args.get("installed")}
    put_in = {"serial" if name == "installed" else name: args[name] for name in args if name != "recovered"}
    return _append(_append(job, "recovered", out), "serials", put_in)


def _observe(job: Mapping[str, Any], args: Mapping[str, Any]) -> JsonObject:
    """Merge as the server will: what is shown is what the decision will be, unless the office changes it again."""
    field = fields.known(args.get("field"))
    if field is None:
        return {**job}
    office = fields.read(job, field)
    merge = merge_field(POLICIES[field], field, base=args.get("was"), site=args.get("value"), office=office)
    return fields.write(job, field, merge.kept)


def _restore_value(job: Mapping[str, Any], args: Mapping[str, Any]) -> JsonObject:
    values: list[Any] = job.get("lost_values") or []
    lost = next((value for value in values if value.get("id") == args.get("lost")), None)
    field = fields.known(lost.get("field")) if lost else None
    if lost is None or field is None:
        return {**job}
    left = {**job, "lost_values": [value for value in values if value is not lost]}
    return fields.write(left, field, lost.get("value"))


def _appended_to(name: str) -> Applier:
    """Make the applier of an operation whose arguments become one more entry of a list."""

    def append(job: Mapping[str, Any], args: Mapping[str, Any]) -> JsonObject:
        return _append(job, name, args)

    return append


def _append(job: Mapping[str, Any], name: str, entry: Mapping[str, Any]) -> JsonObject:
    return {**job, name: [*(job.get(name) or []), dict(entry)]}


def _move(job: Mapping[str, Any], state: str, *, allowed: tuple[str, ...], **changes: Any) -> JsonObject:
    return {**job, "state": state, **changes} if job.get("state") in allowed else {**job}


APPLIERS: Final[dict[str, Applier]] = {
    "acknowledge": _acknowledge,
    "en_route": _en_route,
    "arrive": _arrive,
    "start": _start,
    "suspend": _suspend,
    "resume": _resume,
    "complete": _complete,
    "not_done": _not_done,
    "note": _appended_to("notes"),
    "checklist_answer": _checklist_answer,
    "photo": _appended_to("photos"),
    "signature": _signature,
    "measure": _appended_to("measurements"),
    "serial_installed": _appended_to("serials"),
    "serial_recovered": _appended_to("recovered"),
    "serial_swapped": _serial_swapped,
    "hazard_acknowledged": _hazard_acknowledged,
    "time_entry": _appended_to("time_entries"),
    "parts_consumed": _appended_to("parts_consumed"),
    "safety_check_in": _appended_to("safety_check_ins"),
    "follow_up": _appended_to("follow_ups"),
    "observe": _observe,
    "restore_value": _restore_value,
    **VAN_APPLIERS,
}
"""Applier by name of operation; exactly the operations of `sync.operations` (a test holds them together)."""
