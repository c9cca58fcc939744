"""The real service under simulation: push and pull as the routes call them, an office that acts by the jobs' use cases.

One process, one call after the other, on a real database and a clock that the simulator moves.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from uuid import UUID

from msgspec import structs
from sqlalchemy import select

from backend.bench.simulation import truth
from backend.bench.simulation.clock import VirtualClock
from backend.bench.simulation.databases import Databases
from backend.bench.simulation.operator import add_work
from backend.bench.simulation.truth import Decided
from backend.bench.simulation.work import work
from backend.customers import service as customers
from backend.customers.schemas import ChangeContact
from backend.identity.models import User
from backend.identity.principal import Barring, Principal, Role
from backend.identity.queries import principal_of_user
from backend.inventory.documents import MODELS
from backend.inventory.models import SerialUnit, StockLocation
from backend.jobs import service as jobs
from backend.jobs.models import Job
from backend.kernel import feed
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction, open_database
from backend.kernel.errors import DomainError
from backend.kernel.ids import NewId, id_source
from backend.kernel.retries import boldly
from backend.offline import durability, service
from backend.parts import BEFORE_COMMIT, FEED
from backend.workforce.models import Territory
from sync.protocol import (
    ErrorCode,
    JsonObject,
    PullAnswer,
    PullRequest,
    PushAnswer,
    PushRequest,
    Refusal,
    Refused,
    Result,
)
from sync.simulation.steps import Happening

T = TypeVar("T")

OFFICE = Principal(actor=SYSTEM, role=Role.SUPERVISOR)
SERIALS_TO_COME_ACROSS = 12
FORGOTTEN_AT_ONCE = 500
# The office deletes no job and grants a technician no other scope; for trouble the database would have to be hurt.
NOT_PLAYABLE = {Happening.DELETE, Happening.REOPEN, Happening.REGRANT, Happening.TROUBLE}


class ServiceSite:
    """A `Site` of `sync.simulation`. Users are the demo's technicians, in their order."""

    def __init__(self, databases: Databases, runner: asyncio.Runner, seed: int, home: Path) -> None:
        self.playable: Collection[Happening] = frozenset(Happening) - NOT_PLAYABLE
        self.clock = VirtualClock()
        self._databases, self._runner, self._home = databases, runner, home
        self._random = Random(seed)
        self._new_id: NewId = id_source(self.clock, self._random.randbytes)
        self._minimum_schema = 1
        self._users: dict[str, str] = {}
        self._revoked: set[str] = set()
        self._disabled: set[str] = set()
        self._decided: dict[str, Decided] | None = None
        self.database = self._run(self._opened())
        self._principals, self._technicians, self._territories, self.serials = self._run(self._read_operator())
        self._backlog = iter(self._run(self._read(OFFICE, _pending_jobs)))

    # --- For devices --------------------------------------------------------------------------------------------------

    def push(self, request: PushRequest, *, now_ms: int) -> PushAnswer:
        self._begin_writing(now_ms)
        principal = self._principal(request.device)
        push = boldly(self.database, principal.actor, "sync.push", lambda tx: service.push(tx, principal, request))
        return self._run(push)

    def pull(self, request: PullRequest, *, now_ms: int) -> PullAnswer:
        self.clock.put(now_ms)
        principal = self._principal(request.device)
        if principal.barring is not None:
            is_revoked = principal.barring is Barring.DEVICE_REVOKED
            raise Refused(Refusal(code=ErrorCode.DEVICE_REVOKED if is_revoked else ErrorCode.UNAUTHENTICATED))
        service.refuse_old(request, self._minimum_schema)
        return self._run(self._read(principal, lambda tx: service.pull(tx, FEED, principal, request)))

    # --- For the office -----------------------------------------------------------------------------------------------

    def enrol(self, device: str, user: str) -> None:
        self._users[device] = user

    def open_job(self, number: int, user: str, dice: int, *, now_ms: int) -> str:
        """Take a job of the backlog, a new one when that is empty, and send it to the user's phone."""
        self.clock.put(now_ms)
        waiting = next(self._backlog, None)

        async def open_one(tx: Transaction) -> UUID:
            job_id = waiting or await add_work(tx, self._territories, number)
            await _send(tx, job_id, self._technicians[user])
            return job_id

        return str(self._run(self._write(open_one)))

    def give(self, job: str, user: str | None, *, now_ms: int) -> None:
        if user is None:
            self._attempt(lambda tx: jobs.unassign(tx, UUID(job)), now_ms)
        else:
            self._attempt(lambda tx: _send(tx, UUID(job), self._technicians[user]), now_ms)

    def cancel(self, job: str, *, now_ms: int) -> None:
        self._attempt(lambda tx: jobs.cancel(tx, OFFICE, UUID(job), "customer_cancelled"), now_ms)

    def edit(self, job: str, dice: int, *, now_ms: int) -> None:
        """Another telephone number of the customer."""

        async def change(tx: Transaction) -> None:
            account_id = (await jobs.job_view(tx, UUID(job))).account_id
            await customers.change_contact(tx, account_id, ChangeContact(phone=f"+3584012{dice % 100_000:05d}"))

        self._attempt(change, now_ms)

    def delete(self, job: str, *, now_ms: int) -> None:
        raise NotImplementedError("jobs are cancelled, not deleted")

    def reopen(self, job: str, *, now_ms: int) -> None:
        raise NotImplementedError("jobs are cancelled, not deleted")

    def release(self, job: str, *, now_ms: int) -> None:
        """The worker works: what was done goes on to orders and network, what is over leaves the phones."""
        self.clock.put(now_ms)
        self._work()

    def regrant(self, user: str, dice: int) -> None:
        raise NotImplementedError("a technician's scopes are always the same")

    def trouble(self, count: int) -> None:
        assert count == 0, "the real service has no trouble on order"

    def forget(self, dice: int) -> None:
        def forget(tx: Transaction) -> Awaitable[int]:
            return feed.forget_removals(tx, before=tx.now + timedelta(seconds=1), limit=FORGOTTEN_AT_ONCE)

        self._run(self._write(forget))

    def require_schema(self, minimum: int) -> None:
        self._minimum_schema = minimum

    def revoke(self, device: str) -> None:
        self._revoked.add(device)

    def disable(self, user: str, *, is_disabled: bool = True) -> None:
        (self._disabled.add if is_disabled else self._disabled.discard)(user)

    def backup(self) -> object:
        """A copy of the database; then the phones are told, as `truckroll backup` does."""
        held = self._run(self._read(OFFICE, durability.present))
        name = f"backup_{len(held)}_{self._random.randrange(1 << 30)}"
        self._run(self.database.close())
        self._databases.copy(name)
        self.database = self._run(self._opened())
        self._run(self._write(lambda tx: durability.mark(tx, held)))
        return name

    def restore(self, backup: object, *, epoch: str) -> None:
        """Put a copy back, as `truckroll restored` does afterwards."""

        async def begin(tx: Transaction) -> None:
            await durability.mark(tx, await durability.present(tx))
            await feed.begin_epoch(tx)

        self._run(self.database.close())
        self._databases.put_back(str(backup))
        self.database = self._run(self._opened())
        self._run(self._write(begin))

    # --- For those who check ------------------------------------------------------------------------------------------

    def view(self, user: str) -> dict[str, JsonObject]:
        scopes = {f"technician:{self._technicians[user]}", MODELS}
        return self._run(self._read(OFFICE, lambda tx: truth.documents_of(tx, scopes)))

    def verdict(self, uid: str) -> Result | None:
        decided = self._decisions().get(uid)
        return decided.result if decided else None

    def occurred_ms(self, uid: str) -> int | None:
        decided = self._decisions().get(uid)
        return decided.occurred_ms if decided else None

    def decided(self) -> set[str]:
        return set(self._decisions())

    def effects(self) -> Collection[str]:
        return self._run(self._read(OFFICE, truth.effects))

    def faults(self, *, is_over: bool) -> Iterable[str]:
        if not is_over:
            return ()
        self._work()
        return self._run(self._read(OFFICE, truth.faults))

    def close(self) -> None:
        self._run(self.database.close())

    # --- Inside -------------------------------------------------------------------------------------------------------

    def _begin_writing(self, now_ms: int) -> None:
        self.clock.put(now_ms)
        self._decided = None

    def _principal(self, device: str) -> Principal:
        """Who this device is, as a token would say; a barred one can still be recognised."""
        user = self._users[device]
        barring = Barring.USER_DISABLED if user in self._disabled else None
        barring = Barring.DEVICE_REVOKED if device in self._revoked else barring
        return structs.replace(self._principals[user], barring=barring)

    def _attempt(self, use_case: Callable[[Transaction], Awaitable[Any]], now_ms: int) -> None:
        """What the office may not do any more, it does not do."""
        self.clock.put(now_ms)
        try:
            self._run(self._write(use_case))
        except DomainError:
            pass

    def _decisions(self) -> dict[str, Decided]:
        decided = self._decided or self._run(self._read(OFFICE, truth.decisions))
        self._decided = decided
        return decided

    def _work(self) -> None:
        self._run(work(self.database, self._databases.url, self.clock, self._home))

    def _run(self, doing: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(doing)

    async def _opened(self) -> Database:
        self._decided = None
        return await open_database(
            self._databases.url, clock=self.clock, new_id=self._new_id, before_commit=BEFORE_COMMIT
        )

    async def _write(self, use_case: Callable[[Transaction], Awaitable[T]]) -> T:
        async with self.database.transaction(SYSTEM, "office") as tx:
            return await use_case(tx)

    async def _read(self, principal: Principal, use_case: Callable[[Transaction], Awaitable[T]]) -> T:
        async with self.database.snapshot(principal.actor, "sync.pull") as tx:
            return await use_case(tx)

    async def _read_operator(self) -> tuple[dict[str, Principal], dict[str, UUID], list[UUID], list[str]]:
        async with self.database.snapshot(SYSTEM, "simulation") as tx:
            query = select(User).where(User.technician_id.is_not(None)).order_by(User.id)
            users = {f"user{n}": user for n, user in enumerate(await tx.session.scalars(query))}
            in_vans = select(SerialUnit.serial).join(StockLocation, StockLocation.id == SerialUnit.location_id)
            vans = in_vans.where(StockLocation.technician_id.is_not(None)).order_by(SerialUnit.id)
            return (
                {name: principal_of_user(user) for name, user in users.items()},
                {name: user.technician_id for name, user in users.items() if user.technician_id},
                list(await tx.session.scalars(select(Territory.id).order_by(Territory.id))),
                list(await tx.session.scalars(vans.limit(SERIALS_TO_COME_ACROSS))),
            )


async def _send(tx: Transaction, job_id: UUID, technician_id: UUID) -> None:
    start = tx.now + timedelta(hours=1)
    end = start + timedelta(minutes=90)
    await jobs.assign(tx, job_id, technician_id=technician_id, planned_start=start, planned_end=end)
    await jobs.dispatch(tx, job_id)


async def _pending_jobs(tx: Transaction) -> list[UUID]:
    return list(await tx.session.scalars(select(Job.id).order_by(Job.id)))


@contextmanager
def open_service(
    databases: Databases, runner: asyncio.Runner, seed: int, make: type[ServiceSite] = ServiceSite
) -> Iterator[ServiceSite]:
    """The operator as it was prepared."""
    databases.begin()
    with TemporaryDirectory(prefix="truckroll-simulation-") as home:
        site = make(databases, runner, seed, Path(home))
        try:
            yield site
        finally:
            site.close()
