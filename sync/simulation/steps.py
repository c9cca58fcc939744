"""What can happen, and how a seed draws a history of it.

A history is a plain list that can be played with any of its steps left out, so that a failing one can be shrunk: a step
refers to phones and jobs by number, and carries its own dice.
"""

from collections.abc import Collection, Sequence
from enum import StrEnum
from random import Random
from typing import Final
from zlib import crc32

from msgspec import Struct

DAY_MS: Final = 86_400_000
DAWN_MS: Final = 1_772_427_600_000
"""2026-03-02T05:00Z, when every simulation begins."""
_SHIFT_MS: Final = 10 * 3_600_000
JOBS_A_DAY: Final = 2
"""Sent to each device every morning."""
_STEPS_A_DAY: Final = 8
"""Steps of one device and one day beside its morning; 200 seeds of 20 devices and 5 days shall fit in a minute."""
CLONES_AT_MOST: Final = 3
_DICE: Final = 1 << 24


class Happening(StrEnum):
    """The name of a step."""

    RECORD = "record"
    PUSH = "push"
    PULL = "pull"
    SYNC = "sync"
    LATE = "late"
    KILL = "kill"
    SEE = "see"
    SET_CLOCK = "set_clock"
    UPGRADE = "upgrade"
    COURIER = "courier"
    CLONE = "clone"
    LOSE = "lose"
    ENROL = "enrol"
    OPEN = "open"
    GIVE = "give"
    CANCEL = "cancel"
    EDIT = "edit"
    DELETE = "delete"
    REOPEN = "reopen"
    RELEASE = "release"
    REGRANT = "regrant"
    FORGET = "forget"
    BACKUP = "backup"
    RESTORE = "restore"
    RESTORE_OLDER = "restore_older"
    REQUIRE_SCHEMA = "require_schema"
    REVOKE = "revoke"
    DISABLE = "disable"
    ENABLE = "enable"
    TROUBLE = "trouble"
    OUTAGE = "outage"


_WEIGHTS: Final = {
    Happening.RECORD: 90,
    Happening.PUSH: 25,
    Happening.PULL: 30,
    Happening.SYNC: 50,
    Happening.LATE: 14,
    Happening.KILL: 8,
    Happening.SEE: 8,
    Happening.SET_CLOCK: 3,
    Happening.UPGRADE: 3,
    Happening.COURIER: 3,
    Happening.CLONE: 3,
    Happening.LOSE: 2,
    Happening.ENROL: 2,
    Happening.OPEN: 4,
    Happening.GIVE: 24,
    Happening.CANCEL: 6,
    Happening.EDIT: 14,
    Happening.DELETE: 6,
    Happening.REOPEN: 8,
    Happening.RELEASE: 6,
    Happening.REGRANT: 4,
    Happening.FORGET: 4,
    Happening.BACKUP: 6,
    Happening.RESTORE: 3,
    Happening.RESTORE_OLDER: 1,
    Happening.REQUIRE_SCHEMA: 2,
    Happening.REVOKE: 2,
    Happening.DISABLE: 1,
    Happening.ENABLE: 3,
    Happening.TROUBLE: 4,
    Happening.OUTAGE: 1,
}
"""How often each step is drawn among the others, on the average of seeds."""

_SWARM: Final = (0.2, 1.0, 1.0, 5.0)
"""Each seed makes some steps rare and others frequent: what many kinds of steps together hide, a few of them show
(swarm testing: Groce et al. 2012, doi 10.1145/2338965.2336763)."""


class Fate(StrEnum):
    """What becomes of one request and its answer."""

    DELIVERED = "delivered"
    REQUEST_LOST = "request_lost"
    REQUEST_TWICE = "request_twice"
    REQUEST_LATE = "request_late"
    REQUEST_DAMAGED = "request_damaged"
    ANSWER_LOST = "answer_lost"
    ANSWER_TWICE = "answer_twice"
    ANSWER_LATE = "answer_late"
    KILLED_BEFORE_SENDING = "killed_before_sending"
    KILLED_BEFORE_ANSWER = "killed_before_answer"
    BUSY = "busy"


_FATES: Final = (*[Fate.DELIVERED] * 9, *Fate, Fate.REQUEST_DAMAGED)


class Size(Struct, frozen=True, kw_only=True):
    """How large a world is: devices, of one technician each, and days."""

    devices: int = 20
    days: int = 5


class Step(Struct, frozen=True, kw_only=True):
    """One thing that happens. phone, job: numbers, taken modulo what there is; dice: for whatever else it needs.

    number: its place in the whole history, which it keeps in a shrunk one.
    """

    number: int
    at_ms: int
    name: Happening
    phone: int
    job: int
    fate: Fate
    dice: int


def history(seed: int, size: Size, playable: Collection[Happening]) -> list[Step]:
    """Draw the steps of a seed, in order of time; only those that the server can play."""
    dice, steps = Random(seed), list[Step]()
    names = [name for name in Happening if name in playable]
    weights = [_WEIGHTS[name] * dice.choice(_SWARM) for name in names]
    for day in range(size.days):
        dawn_ms = DAWN_MS + day * DAY_MS
        for phone in range(size.devices):
            for _ in range(JOBS_A_DAY):
                steps.append(_step(dice, len(steps), dawn_ms, Happening.OPEN, phone))
            steps.append(_step(dice, len(steps), dawn_ms, Happening.SYNC, phone))
        drawn = dice.choices(names, weights, k=_STEPS_A_DAY * size.devices)
        moments = sorted(dawn_ms + dice.randrange(_SHIFT_MS) for _ in drawn)
        for at_ms, name in zip(moments, drawn, strict=True):
            phone = dice.randrange(size.devices + CLONES_AT_MOST)
            steps.append(_step(dice, len(steps), at_ms, name, phone))
    return steps


def pick(names: Sequence[str], dice: int) -> str:
    """Choose one of the names, mostly the same one when others are not there: a shrunk history stays like itself."""
    return min(names, key=lambda name: crc32(f"{name} {dice}".encode()))


def _step(dice: Random, number: int, at_ms: int, name: Happening, phone: int) -> Step:
    fate = _FATES[dice.randrange(len(_FATES))]
    job, more = dice.randrange(_DICE), dice.randrange(_DICE)
    return Step(number=number, at_ms=at_ms, name=name, phone=phone, job=job, fate=fate, dice=more)
