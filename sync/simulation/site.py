"""What the simulator needs of a server: the two verbs of a device, an office that changes things, and the truth.

`TwinSite` is the server in memory; `backend.bench` has the real one.
"""

from collections.abc import Collection, Iterable
from typing import Final, Protocol, cast

from sync.protocol import JsonObject, Mutation, MutationState, ReasonCode, RemovalReason, Result
from sync.server import MemoryServer, Server
from sync.simulation.invariants import illegal_moves
from sync.simulation.steps import Happening
from sync.twin.jobs import Decision, decide_job

_AREAS: Final = ("north", "south")
_EDITS: Final = ("contact", "access_notes")
_LOOK_BACK: Final = 8
"""Moves that are looked at after every step: more than one batch makes of most jobs; in the end all are."""
_RUNNING: Final = frozenset({"pending", "enRoute"})


class Site(Server, Protocol):
    """A server under simulation. dice: a number from which the site may choose details; jobs are named by document id.

    What the office asks for may not be allowed any more: then nothing happens.
    """

    @property
    def playable(self) -> Collection[Happening]:
        """The steps that this server can play."""
        ...

    @property
    def serials(self) -> list[str]:
        """Serial numbers that technicians may come across."""
        ...

    def enrol(self, device: str, user: str) -> None:
        """Make a device a user's; a user who is new gets a technician's scopes."""
        ...

    def open_job(self, number: int, user: str, dice: int, *, now_ms: int) -> str:
        """Make a job and send it to a user's phone. Returns its document id."""
        ...

    def give(self, job: str, user: str | None, *, now_ms: int) -> None:
        """Assign or reassign a job that has not started; None: back to the backlog."""
        ...

    def cancel(self, job: str, *, now_ms: int) -> None: ...

    def edit(self, job: str, dice: int, *, now_ms: int) -> None:
        """Change something that the office knows of a job."""
        ...

    def delete(self, job: str, *, now_ms: int) -> None: ...

    def reopen(self, job: str, *, now_ms: int) -> None:
        """Bring a deleted job back."""
        ...

    def release(self, job: str, *, now_ms: int) -> None:
        """Take a job that has ended off the phone."""
        ...

    def regrant(self, user: str, dice: int) -> None:
        """Change the scopes of a user."""
        ...

    def forget(self, dice: int) -> None:
        """Forget removals, as a server does after some time."""
        ...

    def backup(self) -> object:
        """Return what `restore` takes; what it holds is durable from now on."""
        ...

    def restore(self, backup: object, *, epoch: str) -> None: ...

    def require_schema(self, minimum: int) -> None: ...

    def revoke(self, device: str) -> None: ...

    def disable(self, user: str, *, is_disabled: bool = True) -> None: ...

    def trouble(self, count: int) -> None:
        """Answer the next so many mutations with `retry`."""
        ...

    def view(self, user: str) -> dict[str, JsonObject]:
        """Return what a replica of this user must hold when nothing is on the way."""
        ...

    def verdict(self, uid: str) -> Result | None:
        """Return what was decided about a mutation."""
        ...

    def decided(self) -> set[str]:
        """Uids of all mutations that were decided."""
        ...

    def occurred_ms(self, uid: str) -> int | None:
        """Return when a mutation happened, as the server recorded it."""
        ...

    def effects(self) -> Collection[str]:
        """Uids of the mutations that took effect, as often as they did."""
        ...

    def faults(self, *, is_over: bool) -> Iterable[str]:
        """Tell what is wrong inside, as `I6: what`. is_over: everything is quiet, take the time to look everywhere."""
        ...


class TwinSite:
    """The server in memory with an office that knows jobs, technicians, two areas and their backlogs."""

    def __init__(self, server: type[MemoryServer] = MemoryServer) -> None:
        self._troubles = 0
        self.server = server("e0", decide=self._decide)
        self.playable: Collection[Happening] = tuple(Happening)
        self.serials = [f"SN-{number}" for number in range(12)]
        self._deleted: dict[str, JsonObject] = {}
        self.push, self.pull = self.server.push, self.server.pull
        self.revoke, self.disable, self.view = self.server.revoke, self.server.disable, self.server.view
        self.verdict, self.occurred_ms = self.server.verdict, self.server.occurred_ms

    def enrol(self, device: str, user: str) -> None:
        self.server.enrol(device, user)
        self.server.grant(user, {_route(user)})

    def open_job(self, number: int, user: str, dice: int, *, now_ms: int) -> str:
        body: JsonObject = {
            "number": f"J-{number}",
            "state": "pending",
            "technician": user,
            "area": _AREAS[dice % len(_AREAS)],
            "hazards": ["dog"] if dice % 3 == 0 else [],
            "work": {"checklist": [{"code": "dust_cap", "kind": "boolean"}]},
        }
        self._put(f"J{number}", body, now_ms)
        return f"J{number}"

    def give(self, job: str, user: str | None, *, now_ms: int) -> None:
        body = self._body(job)
        if body is not None and body["state"] == "pending":
            self._put(job, {**body, "technician": user}, now_ms)

    def cancel(self, job: str, *, now_ms: int) -> None:
        body = self._body(job)
        if body is not None and body["state"] in _RUNNING:
            self._put(job, {**body, "state": "cancelled", "technician": None}, now_ms, why=RemovalReason.CANCELLED)

    def edit(self, job: str, dice: int, *, now_ms: int) -> None:
        if (body := self._body(job)) is not None:
            self._put(job, {**body, _EDITS[dice % len(_EDITS)]: f"edit {dice}"}, now_ms)

    def delete(self, job: str, *, now_ms: int) -> None:
        if (body := self._body(job)) is not None:
            self._deleted[job] = body
            self.server.remove("job", job)

    def reopen(self, job: str, *, now_ms: int) -> None:
        if self._body(job) is None and job in self._deleted:
            self._put(job, self._deleted[job], now_ms)

    def release(self, job: str, *, now_ms: int) -> None:
        body = self._body(job)
        if body is not None and body["state"] in ("completed", "notDone"):
            self._put(job, {**body, "technician": None}, now_ms, why=RemovalReason.EXPIRED)

    def regrant(self, user: str, dice: int) -> None:
        scopes = {_route(user)} | {_backlog(area) for bit, area in enumerate(_AREAS) if dice >> bit & 1}
        self.server.grant(user, scopes | ({_territory(_AREAS[0])} if dice % 8 > 5 else set[str]()))

    def forget(self, dice: int) -> None:
        scopes = self.server.scopes
        if scopes:
            self.server.compact(scopes[dice % len(scopes)])

    def require_schema(self, minimum: int) -> None:
        self.server.minimum_schema = minimum

    def trouble(self, count: int) -> None:
        self._troubles = count

    def backup(self) -> object:
        return self.server.backup(), dict(self._deleted)

    def restore(self, backup: object, *, epoch: str) -> None:
        stored, deleted = cast(tuple[object, dict[str, JsonObject]], backup)
        self.server.restore(stored, epoch=epoch)
        self._deleted = dict(deleted)  # no job comes back with work from a future that was lost

    def decided(self) -> set[str]:
        return self.server.decided

    def effects(self) -> Collection[str]:
        return self.server.effects

    def faults(self, *, is_over: bool) -> Iterable[str]:
        moves = self.server.moves
        return illegal_moves(moves if is_over else moves[-_LOOK_BACK:])

    def _decide(self, document: JsonObject | None, mutation: Mutation) -> Decision:
        if self._troubles:
            self._troubles -= 1
            return Decision(status=MutationState.RETRY, code=ReasonCode.TRY_LATER)
        return decide_job(document, mutation)

    def _body(self, job: str) -> JsonObject | None:
        stored = self.server.document("job", job)
        return stored.body if stored else None

    def _put(self, job: str, body: JsonObject, now_ms: int, *, why: RemovalReason = RemovalReason.REASSIGNED) -> None:
        user = body["technician"]
        is_open = body["state"] == "pending"
        where = {_route(user)} if user else {_backlog(body["area"])} if is_open else set[str]()
        self.server.put("job", job, body, where | {_territory(body["area"])}, why=why, now_ms=now_ms)


def _route(user: str) -> str:
    return f"technician:{user}"


def _backlog(area: str) -> str:
    return f"backlog:{area}"


def _territory(area: str) -> str:
    return f"territory:{area}"
