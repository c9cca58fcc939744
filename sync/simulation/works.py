"""What a technician does at one sitting: one operation or a whole visit, fitted to the job as it is shown."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from msgspec import Struct

from sync.protocol import JsonObject

Doing: TypeAlias = tuple[str, JsonObject]
"""(operation, arguments)."""

_ABSENT_SHA256: Final = "ab" * 32


class Sitting(Struct, frozen=True, kw_only=True):
    """What a kind of work is made of. job: as it is shown, empty when it is not; number: of no other sitting.

    serial: of some unit, maybe of another van or installed already; van: serial by model of what is at hand.
    """

    job: Mapping[str, Any]
    number: int
    serial: str
    van: Mapping[str, str]


def note(at: Sitting) -> list[Doing]:
    """Words that no other note has."""
    return [("note", {"text": f"note {at.number}"})]


def set_off(at: Sitting) -> list[Doing]:
    return [("acknowledge", {}), ("en_route", {})]


def begin(at: Sitting) -> list[Doing]:
    return [("arrive", {}), ("start", {})]


def answer(at: Sitting) -> list[Doing]:
    return _answers(at.job) or note(at)


def install(at: Sitting) -> list[Doing]:
    return [_installed(at.serial)]


def record_more(at: Sitting) -> list[Doing]:
    return [
        ("parts_consumed", {"part": "cable", "quantity": 1 + at.number % 9}),
        ("measure", {"name": "light_level", "value": -18.5, "unit": "dBm"}),
    ]


def look_around(at: Sitting) -> list[Doing]:
    """What a technician alone at a place tells of it: a photo, a sign of life, and what is otherwise than it says."""
    photo = {"sha256": f"{at.number:064x}", "media_type": "image/jpeg", "bytes": 200_000 + at.number}
    was = _part(at.job, "premises").get("access_notes")
    seen = {"field": "premises.access_notes", "value": f"gate code {at.number}", "was": was}
    return [("photo", photo), ("safety_check_in", {"state": "ok"}), ("observe", seen)]


def ask_for_more(at: Sitting) -> list[Doing]:
    """Another visit, maybe of a kind of work that nobody knows."""
    work = _part(at.job, "work").get("code", "UNHEARD-OF")
    return [("follow_up", {"work": work, "reason": "site_not_ready", "note": f"wanted at {at.number}"})]


def take_out(at: Sitting) -> list[Doing]:
    """A unit comes out, maybe one that was never in."""
    return [("serial_recovered", {"serial": at.serial, "method": "scan"})]


def swap(at: Sitting) -> list[Doing]:
    """A unit that is in makes room for one at hand."""
    inside = [unit["serial"] for unit in _list(at.job, "serials")] or [at.serial]
    spare = next((serial for serial in at.van.values() if serial != inside[-1]), None)
    if spare is None:
        return take_out(at)
    return [("serial_swapped", {"recovered": inside[-1], "installed": spare, "method": "manual"})]


def finish(at: Sitting) -> list[Doing]:
    """Everything that a completed job needs, and its completion."""
    places = [at.job, _part(at.job, "premises")]
    hazards: list[Doing] = [
        ("hazard_acknowledged", {"hazard": hazard}) for place in places for hazard in _list(place, "hazards")
    ]
    units = [_installed(at.van[model]) for model in at.job.get("parts") or () if model in at.van]
    signature: Doing = ("signature", {"sha256": _ABSENT_SHA256, "signer_name": "A. Customer"})
    return [("start", {}), *hazards, *_answers(at.job), *units, signature, ("complete", {"outcome": "full"})]


def give_up(at: Sitting) -> list[Doing]:
    return [("not_done", {"reason": "no_access"})]


def pause(at: Sitting) -> list[Doing]:
    return [("suspend", {"reason": "weather"}), *note(at), ("resume", {})]


def unheard_of(at: Sitting) -> list[Doing]:
    """From an app that is newer than the server; and arguments that nobody can read."""
    return [("fly_drone", {"height_m": 12.5}), ("complete", {"outcome": "perhaps"})]


PUT_IN: Final = {"serial_installed": "serial", "serial_swapped": "installed"}
TAKEN_OUT: Final = {"serial_recovered": "serial", "serial_swapped": "recovered"}
"""The argument that names the unit, by operation."""

Kind: TypeAlias = Callable[[Sitting], list[Doing]]
KINDS: Final[tuple[Kind, ...]] = (
    note, note, note, set_off, begin, begin, answer, install, install, record_more, look_around, ask_for_more, take_out,
    swap, finish, finish, finish, finish, give_up, pause, unheard_of,
)  # fmt: skip
"""As often as each is drawn."""


def _installed(serial: str) -> Doing:
    return "serial_installed", {"serial": serial, "method": "scan"}


def _answers(job: Mapping[str, Any]) -> list[Doing]:
    checklist = _list(_part(job, "work"), "checklist")
    return [("checklist_answer", {"item": item["code"], "value": _fitting(item)}) for item in checklist]


def _part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return body.get(name) or {}


def _list(body: Mapping[str, Any], name: str) -> list[Any]:
    return body.get(name) or []


def _fitting(item: Mapping[str, Any]) -> Any:
    """Return an answer that an item takes."""
    if item["kind"] == "boolean":
        return True
    if item["kind"] == "text":
        return "fine"
    return item.get("minimum") or item.get("maximum") or 0
