"""Mistakes that a sync protocol is known to be built with, planted one at a time for the simulator to find.

Each is a server, a phone or a patch that differs from the product in just that mistake.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from sync.server import MemoryServer
from sync.simulation.phone import Phone
from tests.sync import planted_phones as phones
from tests.sync import planted_servers as servers

Patch = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True, kw_only=True)
class Planted:
    """One mistake."""

    server: type[MemoryServer] = MemoryServer
    phone: type[Phone] = Phone
    patch: Patch = lambda _patches: None


PLANTED: dict[str, Planted] = {
    "no dedup by mid": Planted(server=servers.NoDedupByMid),
    "no dedup by uid": Planted(server=servers.NoDedupByUid),
    "duplicate without its verdict": Planted(server=servers.DuplicateWithoutVerdict),
    "mid gap accepted": Planted(server=servers.GapAccepted),
    "seal not checked": Planted(server=servers.SealNotChecked),
    "batch decided backwards": Planted(server=servers.BatchBackwards),
    "acknowledged and not committed": Planted(server=servers.CommitLost),
    "no savepoint": Planted(server=servers.EffectOfTheRejected),
    "queue blocked by poison": Planted(server=servers.PoisonBlocks),
    "refused without a reason": Planted(server=servers.ReasonForgotten),
    "illegal move": Planted(server=servers.AnyMove),
    "serial in two places": Planted(server=servers.SerialTwice),
    "cursor off by one": Planted(server=servers.CursorOffByOne),
    "numbered before a late commit": Planted(server=servers.LateCommit),
    "removal forgotten": Planted(server=servers.RemovalForgotten),
    "epoch kept after a restore": Planted(server=servers.EpochIgnored),
    "cursors of any epoch": Planted(server=servers.CursorsOfAnyEpoch),
    "last_mid of another snapshot": Planted(server=servers.OlderSnapshot),
    "version goes back": Planted(server=servers.VersionGoesBack),
    "durable too early": Planted(server=servers.DurableTooEarly),
    "floor ignored": Planted(server=servers.FloorIgnored),
    "page end skipped": Planted(server=servers.PageEndSkipped),
    "lost scope not told": Planted(server=servers.ScopeStays),
    "reassigned document stays": Planted(server=servers.ReassignedStays),
    "backup without outboxes": Planted(server=servers.BackupWithoutOutboxes),
    "outbox kept in memory": Planted(phone=phones.KeptInMemory),
    "outbox cleared at start": Planted(phone=phones.ClearedAtStart),
    "sent taken for done": Planted(phone=phones.SentMeansDone),
    "answer of the old epoch": Planted(phone=phones.OldEpochBelieved),
    "offset upside down": Planted(phone=phones.OffsetUpsideDown),
    "pending applied twice": Planted(phone=phones.AppliedTwice),
    "refused work dropped": Planted(phone=phones.RefusedIsDropped),
    "resync not swept": Planted(patch=phones.never_swept),
    "lost scope kept": Planted(patch=phones.scopes_kept),
    "clock unbounded": Planted(patch=phones.clock_unbounded),
    "forgotten when answered": Planted(patch=phones.forgotten_when_answered),
    "clone not renumbered": Planted(patch=phones.no_renumbering),
    "nothing sent again after a restore": Planted(patch=phones.restart_forgets),
    "wiped with its epoch": Planted(patch=phones.wiped_with_its_epoch),
}
