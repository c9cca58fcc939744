"""A field in small: phones of the simulator, one server, and a line that does what a test says."""

from itertools import count

from msgspec.structs import replace

from sync.protocol import Draft, Mutation, PullAnswer, Refused
from sync.replica import Replica
from sync.server import MemoryServer, Server
from sync.simulation.line import Letter, Line, Reply, Wanted, pull_letter, push_letter
from sync.simulation.phone import Phone
from sync.simulation.steps import Fate

NOON_MS = 1_772_452_800_000
"""2026-03-02T12:00Z, when every test happens."""

MAX_HEALING_TRIPS = 500
RAISED = frozenset({"malformed", "schema_too_old", "digest_mismatch", "outbox_foreign", "unauthenticated", "busy"})


def uid(number: int) -> str:
    """Return the number-th UUIDv7 of a test."""
    return f"01900000-0000-7000-8000-{number:012x}"


def draft(number: int, op: str = "note", *, id: str = "J1", **args: object) -> Draft:
    """Return work on a job, a note unless told otherwise."""
    if op == "note" and not args:
        args = {"text": f"n{number}"}
    return Draft(uid=uid(number), op=op, kind="job", id=id, args=args, at=NOON_MS, off=0)


class Device:
    """A phone at its server. What a phone can do nothing about but wait or tell is raised as Refused."""

    def __init__(self, name: str, server: Server, *, user: str | None = None) -> None:
        numbers = count(1)
        self.name, self.server = name, server
        self.phone = Phone(name, user or name, lambda: f"{name}.{next(numbers)}")
        self.line = Line()

    @property
    def replica(self) -> Replica:
        return self.phone.replica

    @replica.setter
    def replica(self, replica: Replica) -> None:
        self.phone.remember(replace(self.phone.memory, replica=replica))

    def record(self, work: Draft) -> Mutation:
        return self.phone.record(work)

    def shown(self) -> dict[str, dict[str, object]]:
        return self.phone.shown()

    def held(self) -> dict[str, dict[str, object]]:
        return self.phone.held()

    def push(self, fate: Fate = Fate.DELIVERED) -> None:
        letter = push_letter(self.phone, self.server, lambda: NOON_MS)
        if letter is not None:
            self._carry(letter, fate)

    def pull(
        self, fate: Fate = Fate.DELIVERED, *, limit_bytes: int = 100_000, with_digests: bool = False
    ) -> PullAnswer:
        """Pull one page; the answer."""
        heard: list[PullAnswer] = []
        wanted = Wanted(limit_bytes=limit_bytes, with_digests=with_digests)
        self._carry(pull_letter(self.phone, self.server, lambda: NOON_MS, heard.append, wanted), fate)
        return heard[-1] if heard else PullAnswer(cursor="", epoch="", last_mid=0, time=0, schema=0)

    def receive_late(self) -> None:
        """Let every answer arrive that was on its way for long."""
        while self.line.late:
            self.line.deliver_late(0)

    def heal(self) -> None:
        """Sync over a line without faults until nothing is left to do."""
        for _ in range(MAX_HEALING_TRIPS):
            before = self.replica
            self.push()
            # One change at a time: the hardest way to page.
            self.pull(limit_bytes=1)
            is_still = self.replica.cursor == before.cursor and self.replica.last_mid == before.last_mid
            if is_still and not self.phone.memory.has_more and not self.phone.unsent:
                return
        raise AssertionError(f"{self.name} is not still after {MAX_HEALING_TRIPS} trips")

    def _carry(self, letter: Letter, fate: Fate) -> None:
        def take(reply: Reply) -> None:
            if not isinstance(reply, bytes) and reply.code in RAISED:
                raise Refused(reply)
            letter.take(reply)

        self.line.carry(replace(letter, take=take), fate, dice=0)


def granted(server: MemoryServer, device: Device, scopes: set[str]) -> Device:
    """The device, whose user holds these scopes from now on."""
    server.grant(device.phone.user, scopes)
    return device
