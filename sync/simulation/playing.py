"""Playing a history: each step at its time, then a healing time without faults, in which everything must come right."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from sync.protocol import NEEDS_ATTENTION, JsonObject
from sync.simulation import afield, office
from sync.simulation.invariants import (
    DONE,
    REFUSED,
    Violation,
    notes_of,
    require,
    require_equal,
    require_once,
    require_order,
    require_time,
)
from sync.simulation.line import Letter, Wanted, pull_letter, push_letter
from sync.simulation.phone import Phone
from sync.simulation.steps import DAY_MS, Fate, Happening, Step
from sync.simulation.world import World

Play: TypeAlias = Callable[[World, Phone, Step], None]

PLAYS: Final[dict[Happening, Play]] = {
    Happening.RECORD: afield.record,
    Happening.PUSH: afield.push,
    Happening.PULL: afield.pull,
    Happening.SYNC: afield.sync,
    Happening.LATE: afield.late,
    Happening.KILL: afield.kill,
    Happening.SEE: afield.see,
    Happening.SET_CLOCK: afield.set_clock,
    Happening.UPGRADE: afield.upgrade,
    Happening.COURIER: afield.courier,
    Happening.CLONE: afield.clone,
    Happening.LOSE: afield.lose,
    Happening.ENROL: afield.enrol,
    Happening.OPEN: office.open_job,
    Happening.GIVE: office.give,
    Happening.CANCEL: office.cancel,
    Happening.EDIT: office.edit,
    Happening.DELETE: office.delete,
    Happening.REOPEN: office.reopen,
    Happening.RELEASE: office.release,
    Happening.REGRANT: office.regrant,
    Happening.FORGET: office.forget,
    Happening.BACKUP: office.backup,
    Happening.RESTORE: office.restore,
    Happening.RESTORE_OLDER: office.restore_older,
    Happening.REQUIRE_SCHEMA: office.require_schema,
    Happening.REVOKE: office.revoke,
    Happening.DISABLE: office.disable,
    Happening.ENABLE: office.enable,
    Happening.TROUBLE: office.trouble,
    Happening.OUTAGE: office.outage,
}

_TRIPS_AT_MOST: Final = 400
_ROUNDS: Final = 3
"""One in which everybody sends, one in which clones find out, one in which everybody hears of it."""
_HEALING_PAGE: Final = Wanted(limit_bytes=4000, with_digests=False)
_LAST_PAGE: Final = Wanted(limit_bytes=1 << 20, with_digests=True)


def play(world: World, steps: Sequence[Step]) -> None:
    """Let all steps happen, one after the other. Raises Violation at the first one after which something is wrong."""
    for step in steps:
        world.now_ms = step.at_ms
        phone = world.phones[step.phone % len(world.phones)]
        try:
            PLAYS[step.name](world, phone, step)
            world.look(phone)
        finally:
            world.tell(step, phone)


def heal(world: World) -> None:
    """Take all faults away, let every phone sync until it is still, and look everywhere. Raises Violation."""
    world.now_ms += DAY_MS
    world.site.trouble(0)
    world.is_answer_fresh = False
    while world.line.late:
        world.line.deliver_late(0)
    for number, phone in enumerate(world.phones):
        _bring_back(world, phone, number)
    for _ in range(_ROUNDS):
        for phone in world.phones:
            _still(world, phone)
            world.look(phone)
    for phone in world.phones:
        world.line.carry(_pull(world, phone, _LAST_PAGE), Fate.DELIVERED, 0)
    _look_everywhere(world)


def _bring_back(world: World, phone: Phone, number: int) -> None:
    """Start a phone again, up to date; one that was revoked sends what it has and is enrolled anew."""
    phone.relaunch()
    phone.schema = world.minimum_schema
    _send(world, phone)
    world.site.disable(phone.user, is_disabled=False)
    phone.device = f"{phone.user}.healed{number}"
    world.site.enrol(phone.device, phone.user)


def _still(world: World, phone: Phone) -> None:
    """Sync over a line without faults until nothing is left to do: I13, and that it ends at all."""
    for _ in range(_TRIPS_AT_MOST):
        before = phone.replica
        _send(world, phone)
        world.line.carry(_pull(world, phone, _HEALING_PAGE), Fate.DELIVERED, 0)
        after = phone.replica
        is_same = (before.cursor, before.last_mid) == (after.cursor, after.last_mid)
        if is_same and not phone.unsent and not phone.memory.has_more:
            return
    raise Violation("I13", f"{phone.device} is not still after {_TRIPS_AT_MOST} trips, {phone.unsent} unsent")


def _send(world: World, phone: Phone) -> None:
    if (letter := push_letter(phone, world.site, world.clock)) is not None:
        world.line.carry(afield.heard(world, letter), Fate.DELIVERED, 0)


def _pull(world: World, phone: Phone, wanted: Wanted) -> Letter:
    return afield.heard(world, pull_letter(phone, world.site, world.clock, lambda _: None, wanted))


def _look_everywhere(world: World) -> None:
    """Check what must hold when everything is quiet."""
    for phone in world.phones:
        view = world.site.view(phone.user)
        require_equal(phone.held(), view, phone.device)
        require_equal(phone.shown(), view, f"what is shown on {phone.device}")
        _require_own_texts(world, view)
    _require_decided(world)
    _require_effects(world)
    for fault in world.site.faults(is_over=True):
        raise Violation.of(fault)


def _require_own_texts(world: World, view: Mapping[str, JsonObject]) -> None:
    """I2: every note was written by somebody, is there once, and where its writer put it in the order of writing."""
    notes = world.ledger.notes
    for job, texts in notes_of(view):
        require(all(text in notes for text in texts), "I2", f"{job} has a note that nobody wrote")
        require(len(set(texts)) == len(texts), "I2", f"{job} has a note twice")
        here = (notes[text] for text in texts)
        # What a backup lost may come back by a copy of the storage, long after.
        require_order(((note.recorder, note.uid) for note in here if note.uid not in world.ledger.excused), job)


def _require_effects(world: World) -> None:
    """I2: effects are of work that somebody did, once, and that was not refused; I5: a serial is in one place."""
    effects, works = world.site.effects(), world.ledger.works
    require_once(effects, works)
    places = dict[str, str]()
    for uid in effects:
        result, work = world.site.verdict(uid), works[uid]
        assert result is not None, f"{uid} took effect"
        require(result.status not in REFUSED, "I2", f"{uid} is {result.status}, and took effect")
        if result.status not in DONE:
            continue
        if work.taken_out is not None:
            places.pop(work.taken_out, None)
        if work.put_in is not None:
            place = places.setdefault(work.put_in, work.job)
            require(place == work.job, "I5", f"{work.put_in} is installed at {place} and at {work.job}")


def _require_decided(world: World) -> None:
    """I1: all work has its verdict; I9: and its time; I14: and whoever must know of it does."""
    for uid in world.ledger.works.keys() - world.ledger.excused:
        result = world.site.verdict(uid)
        require(result is not None, "I1", f"{uid} was done, and never decided")
        assert result is not None, "just required"
        if result.status in NEEDS_ATTENTION:
            require(result.code is not None, "I14", f"{uid} is {result.status} without a reason")
            require(uid in world.ledger.told, "I14", f"{uid} is {result.status}, and its technician was not told")
        _require_dated(world, uid)


def _require_dated(world: World, uid: str) -> None:
    work, occurred_ms = world.ledger.works[uid], world.site.occurred_ms(uid)
    assert occurred_ms is not None, f"{uid} was decided"
    require_time(occurred_ms, true_ms=work.true_ms, received_ms=world.now_ms, is_exact=work.is_exact, uid=uid)
