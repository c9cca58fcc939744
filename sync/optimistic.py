"""What a technician sees at once: each named operation laid over the job as the server last sent it.

A guess that is taken back when the server's own document arrives; never authority over what is allowed. Appliers are
total: a document may lack any field, and an operation that does not fit its state leaves it as it is.

Job document: `state`, `assignment`, `arrived`, `outcome`, `undone`, `reason`, `notes` [{text}],
`checklist` {item: value}, `hazards_acknowledged` [hazard], `photos` [{sha256, media_type, bytes}],
`serials` [{serial, model, method, order_item_id}], `measurements` [{name, value, unit}],
`signature` {sha256, signer_name}, `time_entries` [{activity, start_ms, end_ms}], `parts_consumed` [{part, quantity}].
"""

from collections.abc import Mapping
from typing import Any, Final

from sync.protocol import JsonObject
from sync.replica import Applier

_UNFINISHED: Final = ("pending", "enRoute", "started")


def _acknowledge(job: Mapping[str, Any], args: Mapping[str, Any]) -> JsonObject:
    return {**job, "assignment": "acknowledged"}


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


def _appended_to(name: str) -> Applier:
    """Make the applier of an operation whose arguments become one more entry of a list."""

    def append(job: Mapping[str, Any], args: Mapping[str, Any]) -> JsonObject:
        return {**job, name: [*(job.get(name) or []), dict(args)]}

    return append


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
    "hazard_acknowledged": _hazard_acknowledged,
    "time_entry": _appended_to("time_entries"),
    "parts_consumed": _appended_to("parts_consumed"),
}
"""Applier by name of operation; exactly the operations of `sync.operations` (a test holds them together)."""
