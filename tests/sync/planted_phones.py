"""Phones with one mistake each, for the simulator to find: classes of their own, and patches of what phones use."""

from typing import Any

import pytest
from msgspec.structs import replace

from sync import clock
from sync import outbox as queue
from sync import replica as replicas
from sync.outbox import Outbox
from sync.protocol import Mutation, MutationState, PullAnswer, PullRequest, PushAnswer, PushRequest
from sync.replica import Replica
from sync.simulation.phone import Memory, Phone


class KeptInMemory(Phone):
    """Work is stored with the next sync."""

    def record(self, draft: Any) -> Mutation:
        stored = self._stored
        mutation = super().record(draft)
        self._stored = stored
        return mutation


class ClearedAtStart(Phone):
    """A new start of the app makes a new outbox."""

    def relaunch(self) -> None:
        super().relaunch()
        self.remember(Memory(replica=replace(self.replica, outbox=Outbox(id=self._new_outbox()))))


class SentMeansDone(Phone):
    """What was sent is not sent again."""

    def push_request(self) -> PushRequest | None:
        request = super().push_request()
        if request is not None:
            entries = tuple(replace(e, state=MutationState.APPLIED) for e in self.replica.outbox.entries)
            self._keep(replace(self.replica, outbox=replace(self.replica.outbox, entries=entries)))
        return request


class OldEpochBelieved(Phone):
    """An answer from before the restore settles what has to be sent again."""

    def take_push(self, request: PushRequest, answer: PushAnswer, trip: Any) -> None:
        self._keep(replicas.mark_sent(self.replica, request))
        super().take_push(request, replace(answer, epoch=self.replica.epoch or answer.epoch), trip)


class OffsetUpsideDown(Phone):
    """The offset is taken away instead of added."""

    @property
    def offset_ms(self) -> int | None:
        offset = super().offset_ms
        return None if offset is None else -offset


class AppliedTwice(Phone):
    """Work stays laid over the document that contains it."""

    def take_pull(self, request: PullRequest, answer: PullAnswer, trip: Any) -> None:
        super().take_pull(request, replace(answer, last_mid=self.replica.last_mid), trip)


class RefusedIsDropped(Phone):
    """What was refused leaves the outbox without a word."""

    def take_push(self, request: PushRequest, answer: PushAnswer, trip: Any) -> None:
        super().take_push(request, answer, trip)
        kept = tuple(e for e in self.replica.outbox.entries if not e.needs_attention)
        self._keep(replace(self.replica, outbox=replace(self.replica.outbox, entries=kept)))


def never_swept(patches: pytest.MonkeyPatch) -> None:
    """What was not sent again stays."""
    patches.setattr(replicas, "_sweep", dict)


def scopes_kept(patches: pytest.MonkeyPatch) -> None:
    """A phone does not let go of a scope."""
    patches.setattr(replicas, "_without_scopes", lambda documents, _scopes: dict(documents))


def clock_unbounded(patches: pytest.MonkeyPatch) -> None:
    """The device's clock is believed, whatever it says."""

    def believed(at_ms: int, off_ms: int | None, **_bounds: int) -> clock.Occurred:
        return clock.Occurred(at_ms + (off_ms or 0), clock.Bound.NONE)

    patches.setattr(clock, "occurred_at", believed)


def forgotten_when_answered(patches: pytest.MonkeyPatch) -> None:
    """An answered mutation is let go of at once."""
    settle = queue.settle

    def settled(outbox: Outbox, answer: PushAnswer) -> Outbox:
        return queue.forget_durable(settle(outbox, answer), answer.last)

    patches.setattr(queue, "settle", settled)


def no_renumbering(patches: pytest.MonkeyPatch) -> None:
    """A cloned storage goes on with the numbers that the other one uses."""
    patches.setattr(queue, "is_cloned", lambda _outbox: False)


def restart_forgets(patches: pytest.MonkeyPatch) -> None:
    """A restored server is pulled from anew, and nothing is sent again."""
    patches.setattr(replicas, "_undone", lambda replica: replica)


def wiped_with_its_epoch(patches: pytest.MonkeyPatch) -> None:
    """A revoked phone forgets in which epoch its work was answered."""
    wipe = replicas.wipe

    def wiped(replica: Replica) -> Replica:
        return replace(wipe(replica), epoch=None)

    patches.setattr(replicas, "wipe", wiped)
