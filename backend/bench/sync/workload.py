"""The work that every server is given: how many phones, how many jobs, and what technicians do at them.

The same number of documents of the same bytes, changed at the same places: what differs is only how each server and
its clients speak of it.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from sync import operations
from sync.operations import (
    Acknowledge,
    ChecklistAnswer,
    EnRoute,
    HazardAcknowledged,
    Measure,
    Note,
    Operation,
    TimeEntry,
)

JOBS_PER_PHONE = 12
OFFICE_CHANGES = 5  # at one phone's jobs, before the pull that is timed
WORK_PER_PUSH = 10  # what a technician did while there was no signal, each at another job
LINES = 16  # open connections, as many as are asked at once; in the storm every phone has its own
WORK_START_MS = 1_767_000_000_000


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """phones: each with JOBS_PER_PHONE jobs; jobs: in the table, of all days; pushes: of each phone.

    foreign_changes: at other phones' jobs; rounds: of what can be repeated, the median counts.
    """

    phones: int
    jobs: int
    pushes: int
    foreign_changes: int
    rounds: int

    @property
    def documents(self) -> int:
        return self.phones * JOBS_PER_PHONE


FULL = Size(phones=500, jobs=100_000, pushes=4, foreign_changes=5_000, rounds=5)
QUICK = Size(phones=100, jobs=4_000, pushes=2, foreign_changes=1_000, rounds=3)


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was done at one of the phone's jobs. job: 0 to JOBS_PER_PHONE - 1."""

    job: int
    operation: Operation

    @property
    def name(self) -> str:
        return operations.name_of(self.operation)


def edits(count: int, turn: int) -> Sequence[Edit]:
    """What is done in one go: `count` operations, each at another job. turn: 0, 1, 2 … of one phone; none repeats."""
    return [Edit(job=n % JOBS_PER_PHONE, operation=_operation(turn, n)) for n in range(count)]


def edited(document: dict[str, Any], edit: Edit) -> dict[str, Any]:
    """The job's document after the edit, as a server that stores whole documents has it from its client."""
    done = document.get("done", [])
    return document | {"done": [*done, {"op": edit.name, **operations.arguments(edit.operation)}]}


def _operation(turn: int, n: int) -> Operation:
    start_ms = WORK_START_MS + 1000 * (turn * WORK_PER_PUSH + n)
    mix: tuple[Operation, ...] = (
        Acknowledge() if turn == 0 else Note(text=f"Called ahead, turn {turn}"),
        Note(text=f"Splice box behind the meter cupboard, key at the caretaker's, turn {turn}"),
        ChecklistAnswer(item="remark", value=f"Cable labelled {turn}-{n}"),
        Measure(name="light_level", value=-18.5 - turn / 100, unit="dBm"),
        TimeEntry(activity=operations.Activity.TRAVEL, start_ms=start_ms, end_ms=start_ms + 900_000),
        EnRoute() if turn == 0 else Note(text=f"Traffic on the ring road, turn {turn}"),
        HazardAcknowledged(hazard="Laser light: never look into a fibre"),
        Note(text=f"Customer asks for the socket beside the desk, turn {turn}"),
        Measure(name="return_loss", value=41.5 + turn, unit="dB"),
        ChecklistAnswer(item="light_level", value=-19.25 - turn / 100),
    )
    return mix[n % len(mix)]
