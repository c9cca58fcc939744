"""Replicas end equal to the server, and nothing is lost or done twice, whatever the network does.

A failure prints the steps that lead to it, shrunk, and the line that repeats it.
"""

from typing import Any, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from sync import outbox as queue
from sync.protocol import NEEDS_ATTENTION
from sync.server import MemoryServer
from tests.sync.field import Device, Fate, draft

SCOPES = ("technician:a", "technician:b", "backlog:north")
JOBS = ("J1", "J2", "J3", "J4")

Step: TypeAlias = tuple[Any, ...]

devices = st.integers(0, 1)
jobs = st.sampled_from(JOBS)
scope_sets = st.sets(st.sampled_from(SCOPES))
fates = st.sampled_from(Fate)
work = st.sampled_from(
    [
        ("note", {}),
        ("start", {}),
        ("complete", {"outcome": "full"}),
        ("checklist_answer", {"item": "dust_cap", "value": True}),
        ("dance", {}),
        ("complete", {"outcome": "perhaps"}),
    ]
)
steps = st.one_of(
    st.tuples(st.just("record"), devices, jobs, work),
    st.tuples(st.just("push"), devices, fates),
    st.tuples(st.just("pull"), devices, fates, st.sampled_from([1, 300, 100_000]), st.booleans()),
    st.tuples(st.just("late"), devices),
    st.tuples(st.just("put"), jobs, scope_sets),
    st.tuples(st.just("remove"), jobs),
    st.tuples(st.just("compact"), st.sampled_from(SCOPES)),
    st.tuples(st.just("grant"), devices, scope_sets),
    st.just(("backup",)),
    st.just(("restore",)),
)


class Story:
    """One run: the server, two devices and the office, and what they did."""

    def __init__(self) -> None:
        self.server = MemoryServer("e0")
        self.devices = [Device("a", self.server, {SCOPES[0]}), Device("b", self.server, set(SCOPES[1:]))]
        self.backup = self.server.backup()
        self.recorded: list[str] = []
        self.epochs = self.puts = 0

    def step(self, name: str, *details: Any) -> None:
        getattr(self, f"do_{name}")(*details)
        assert len(set(self.server.effects)) == len(self.server.effects), "a mutation took effect twice"

    def do_record(self, device: int, job: str, work: tuple[str, dict[str, object]]) -> None:
        op, args = work
        number = len(self.recorded) + 1
        self.recorded.append(self.devices[device].record(draft(number, op, id=job, **args)).uid)

    def do_push(self, device: int, fate: Fate) -> None:
        self.devices[device].push(fate)

    def do_pull(self, device: int, fate: Fate, limit_bytes: int, with_digests: bool) -> None:  # noqa: FBT001 (drawn)
        self.devices[device].pull(fate, limit_bytes=limit_bytes, with_digests=with_digests)

    def do_late(self, device: int) -> None:
        self.devices[device].receive_late()

    def do_put(self, job: str, scopes: set[str]) -> None:
        self.puts += 1
        self.server.put("job", job, {"number": self.puts, "state": "pending"}, scopes)

    def do_remove(self, job: str) -> None:
        self.server.remove("job", job)

    def do_compact(self, scope: str) -> None:
        self.server.compact(scope)

    def do_grant(self, device: int, scopes: set[str]) -> None:
        self.devices[device].regrant(scopes)

    def do_backup(self) -> None:
        self.backup = self.server.backup()

    def do_restore(self) -> None:
        self.epochs += 1
        self.server.restore(self.backup, epoch=f"e{self.epochs}")


@settings(max_examples=300, deadline=None, database=None, print_blob=True)
@given(st.lists(steps, min_size=5, max_size=60))
def test_after_any_history_every_replica_equals_the_servers_view_and_all_work_is_decided_once(history: list[Step]):
    story = Story()
    for name, *details in history:
        story.step(name, *details)

    for device in story.devices:
        device.receive_late()
        device.heal()
    for device in story.devices:
        device.pull()

    for device in story.devices:
        assert device.shown() == device.held() == story.server.view(device.replica.outbox.id)
    assert all(story.server.verdict(uid) is not None for uid in story.recorded), "work was lost"
    assert len(set(story.server.effects)) == len(story.server.effects), "work was done twice"


@settings(max_examples=100, deadline=None, database=None, print_blob=True)
@given(st.lists(steps, max_size=40))
def test_whatever_needs_a_person_stays_on_the_device_with_its_reason(history: list[Step]):
    story = Story()
    for name, *details in history:
        story.step(name, *details)

    for device in story.devices:
        device.heal()

    told = {entry.mutation.uid: entry for device in story.devices for entry in queue.attention(device.replica.outbox)}
    for uid in story.recorded:
        verdict = story.server.verdict(uid)
        assert verdict is not None
        if verdict.status in NEEDS_ATTENTION:
            result = told[uid].result
            assert result is not None
            assert result.code == verdict.code
            assert result.code is not None
