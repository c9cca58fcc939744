"""What a technician does at one sitting: one operation or a whole visit, fitted to the job as it is shown.

Each kind is a function of the job and of a number that makes its texts unlike all others.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from sync.protocol import JsonObject

Doing: TypeAlias = tuple[str, JsonObject]
"""(operation, arguments)."""

_ABSENT_SHA256: Final = "ab" * 32


def note(job: Mapping[str, Any], number: int, serial: str) -> list[Doing]:
    """Words that no other note has."""
    return [("note", {"text": f"note {number}"})]


def set_off(job: Mapping[str, Any], number: int, serial: str) -> list[Doing]:
    return [("acknowledge", {}), ("en_route", {})]


def begin(job: Mapping[str, Any], number: int, serial: str) -> list[Doing]:
    return [("arrive", {}), ("start", {})]


def answer(job: Mapping[str, Any], number: int, serial: str) -> list[Doing]:
    return _answers(job) or note(job, number, serial)


def install(job: Mapping[str, Any], number: int, serial: str) -> list[Doing]:
    return [("serial_installed", {"serial": serial, "method": "scan"})]


def record_more(job: Mapping[str, Any], number: int, serial: str) -> list[Doing]:
    return [
        ("parts_consumed", {"part": "cable", "quantity": 1 + number % 9}),
        ("measure", {"name": "light_level", "value": -18.5, "unit": "dBm"}),
    ]


def finish(job: Mapping[str, Any], number: int, serial: str) -> list[Doing]:
    """Everything that a completed job needs, and its completion."""
    hazards: list[Doing] = [("hazard_acknowledged", {"hazard": hazard}) for hazard in _list(job, "hazards")]
    signature: Doing = ("signature", {"sha256": _ABSENT_SHA256, "signer_name": "A. Customer"})
    return [("start", {}), *hazards, *_answers(job), signature, ("complete", {"outcome": "full"})]


def give_up(job: Mapping[str, Any], number: int, serial: str) -> list[Doing]:
    return [("not_done", {"reason": "no_access"})]


def unheard_of(job: Mapping[str, Any], number: int, serial: str) -> list[Doing]:
    """From an app that is newer than the server; and arguments that nobody can read."""
    return [("fly_drone", {"height_m": 12.5}), ("complete", {"outcome": "perhaps"})]


Kind: TypeAlias = Callable[[Mapping[str, Any], int, str], list[Doing]]
KINDS: Final[tuple[Kind, ...]] = (
    note, note, note, set_off, begin, begin, answer, install, install, record_more, finish, finish, give_up, unheard_of,
)  # fmt: skip
"""As often as each is drawn."""


def _answers(job: Mapping[str, Any]) -> list[Doing]:
    checklist = _list(job.get("work") or {}, "checklist")
    return [("checklist_answer", {"item": item["code"], "value": _fitting(item)}) for item in checklist]


def _list(body: Mapping[str, Any], name: str) -> list[Any]:
    return body.get(name) or []


def _fitting(item: Mapping[str, Any]) -> Any:
    """Return an answer that an item takes."""
    if item["kind"] == "boolean":
        return True
    if item["kind"] == "text":
        return "fine"
    return item.get("minimum") or item.get("maximum") or 0
