"""Replicas end equal to the server, and nothing is lost or done twice, whatever the network does.

A history grows from a seed; a failure prints the least seed and the shortest history that were found for it.
"""

import random
from typing import Any, Final, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from sync import outbox as queue
from sync.protocol import NEEDS_ATTENTION
from sync.server import MemoryServer
from tests.sync.field import Device, Fate, draft

SCOPES = ("technician:a", "technician:b", "backlog:north")
JOBS = ("J1", "J2", "J3")
WORK: Final[tuple[tuple[str, dict[str, object]], ...]] = (
    ("note", {}),
    ("start", {}),
    ("complete", {"outcome": "full"}),
    ("checklist_answer", {"item": "dust_cap", "value": True}),
    ("dance", {}),
    ("complete", {"outcome": "perhaps"}),
)
WEIGHTS: Final = {
    "record": 6, "push": 5, "pull": 6, "late": 1, "put": 4, "remove": 1, "compact": 1, "grant": 1, "backup": 1, "restore": 1,
}  # fmt: skip

Step: TypeAlias = tuple[Any, ...]

seeds = st.integers(0, 2**32)
lengths = st.integers(0, 60)


def history(seed: int, length: int) -> list[Step]:
    """Return steps by name and details; a longer history of the same seed begins with the shorter one."""
    dice = random.Random(seed)
    return [_step(dice) for _ in range(length)]


def _step(dice: random.Random) -> Step:
    name = dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    device, job = dice.randrange(2), dice.choice(JOBS)
    fate = dice.choice([Fate.DELIVERED, *Fate])
    scopes = {scope for scope in SCOPES if dice.random() < 0.6}
    details: dict[str, Step] = {
        "record": (device, job, dice.choice(WORK)),
        "push": (device, fate),
        "pull": (device, fate, dice.choice([1, 300, 100_000]), dice.random() < 0.3),
        "late": (device,),
        "put": (job, scopes),
        "remove": (job,),
        "compact": (dice.choice(SCOPES),),
        "grant": (device, scopes),
        "backup": (),
        "restore": (),
    }
    return name, *details[name]


class Story:
    """One run: the server, two devices and the office, and what they did."""

    def __init__(self) -> None:
        self.server = MemoryServer("e0")
        self.devices = [Device("a", self.server, {SCOPES[0]}), Device("b", self.server, set(SCOPES[1:]))]
        self.backup = self.server.backup()
        self.recorded = list[str]()
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
@given(seeds, lengths)
def test_after_any_history_every_replica_equals_the_servers_view_and_all_work_is_decided_once(seed: int, length: int):
    story = Story()
    for name, *details in history(seed, length):
        story.step(name, *details)

    for device in story.devices:
        device.receive_late()
        device.heal()
    for device in story.devices:
        device.pull()

    for device in story.devices:
        assert device.shown() == device.held() == story.server.view(device.name)
    assert all(story.server.verdict(uid) is not None for uid in story.recorded), "work was lost"
    assert len(set(story.server.effects)) == len(story.server.effects), "work was done twice"


@settings(max_examples=100, deadline=None, database=None, print_blob=True)
@given(seeds, lengths)
def test_whatever_needs_a_person_stays_on_the_device_with_its_reason(seed: int, length: int):
    story = Story()
    for name, *details in history(seed, length):
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
