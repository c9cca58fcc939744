"""A technician's phone without HTTP: the reference replica of `sync` over the services' own transactions."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from backend.identity.principal import Principal, Role
from backend.identity.queries import principal_of_user
from backend.kernel.db import Database, Transaction
from backend.kernel.retries import boldly
from backend.offline import service
from backend.parts import FEED
from backend.workforce.schemas import TechnicianView
from sync import Draft, Outbox, PullAnswer, PushAnswer, PushRequest, Replica, Result, operations, wire
from sync import replica as replicas
from sync.clock import milliseconds
from sync.operations import Operation
from sync.protocol import JsonObject, Mutation
from tests.factories.identity import make_user

T = TypeVar("T")


def uid(number: int) -> str:
    """The number-th UUIDv7 of a test."""
    return f"01900000-0000-7000-8000-{number:012x}"


def over_the_line(answer: PullAnswer) -> PullAnswer:
    """The answer as a phone reads it."""
    return wire.decode(wire.encode(answer), PullAnswer)


class Handset:
    """One phone: what it holds, and what it sends. Its clock is the server's unless `ahead` says otherwise."""

    def __init__(self, database: Database, principal: Principal, *, outbox: str = "phone.1") -> None:
        self.database, self.principal = database, principal
        self.replica = Replica(outbox=Outbox(id=outbox))
        self.ahead = timedelta()

    def do(self, job_id: object, operation: Operation, **changes: Any) -> Mutation:
        """Record what was done; changes: fields of the draft, such as `at` or `op`."""
        return self.record(
            str(job_id),
            op=operations.name_of(operation),
            args=operations.arguments(operation),
            **{"kind": operation.kind, **changes},
        )

    def record(self, document_id: str, *, op: str, args: JsonObject, **changes: Any) -> Mutation:
        """Record work whatever it is called."""
        at = milliseconds(self.database.clock.now() + self.ahead)
        number = self.replica.outbox.next_mid
        values: dict[str, Any] = {"uid": uid(number), "kind": "job", "at": at, "off": 0}
        draft = Draft(op=op, args=args, id=document_id, **(values | changes))
        self.replica, mutation = replicas.record(self.replica, draft)
        return mutation

    def request(self) -> PushRequest:
        request = replicas.push_request(self.replica, device="phone")
        assert request is not None, "nothing waits to be sent"
        return request

    async def send(self, request: PushRequest) -> PushAnswer:
        """Push, and lose the answer."""
        return await self._write(lambda tx: service.push(tx, self.principal, request))

    async def push(self) -> tuple[Result, ...]:
        """Push what waits; the verdicts."""
        request = self.request()
        self.replica = replicas.mark_sent(self.replica, request)
        answer = await self.send(request)
        self.replica = replicas.apply_push(self.replica, request, answer)
        return answer.results

    async def pull_page(self, **wanted: Any) -> PullAnswer:
        request = replicas.pull_request(self.replica, device="phone", **wanted)
        async with self.database.snapshot(self.principal.actor, "test") as tx:
            answer = over_the_line(await service.pull(tx, FEED, self.principal, request))
        self.replica = replicas.apply_pull(self.replica, request, answer)
        return answer

    async def pull(self, **wanted: Any) -> PullAnswer:
        """Pull until there is no more; the last page."""
        while (answer := await self.pull_page(**wanted)).more:
            pass
        return answer

    def held(self, kind: str = "job") -> dict[str, JsonObject]:
        """What the phone holds of this kind, by id."""
        return {held.id: held.doc for held in self.replica.documents.values() if held.kind == kind}

    async def _write(self, use_case: Callable[[Transaction], Coroutine[Any, Any, T]]) -> T:
        return await boldly(self.database, self.principal.actor, "test", use_case)


async def make_carrier(tx: Transaction, technician: TechnicianView, *, role: Role = Role.TECHNICIAN) -> Principal:
    """The principal who carries this technician's phone."""
    user = await make_user(tx, role, technician_id=technician.id, organisation_id=technician.organisation_id)
    return principal_of_user(user)
