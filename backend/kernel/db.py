"""The database: opening it safely, and the transaction that every use case runs in.

One request, one outbox event, one sync batch: one transaction each, opened here by an edge. Nothing below the
edge commits. What must be written with every commit (audit rows, the feed) is written here, last.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, TypeVar, cast
from uuid import UUID

from sqlalchemy import URL, Engine, FromClause, create_engine, event, inspect, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session

from backend.kernel.audit import Actor
from backend.kernel.changes import Changes
from backend.kernel.clock import Clock, SystemClock
from backend.kernel.direct import DirectSession, Turns
from backend.kernel.errors import NotFound
from backend.kernel.ids import NewId, id_source
from backend.kernel.reads import Reads, SqliteReads
from backend.kernel.sessions import TrackedSession
from backend.kernel.statements import Insertion, Question, Rows, ask, put
from backend.kernel.tables import JSON_BY_MSGSPEC, Row, Table

SQLITE_PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
POSTGRES_SETTINGS = ("fsync", "full_page_writes", "synchronous_commit")  # none may be off
POOL_SIZE = 10  # per process; a request holds a connection for milliseconds, as nothing waits inside a transaction
TURNS_AT_ONCE = 4  # whole transactions in threads, on PostgreSQL; on SQLite one writes and one reads
POOL_TIMEOUT_SECONDS = 5.0  # then 503 with Retry-After, rather than a queue that nobody sees
PREPARE_AFTER = 3  # uses of a statement on one connection: planning costs PostgreSQL more than most of ours take to run
PREPARED_AT_MOST = 500  # statements per connection: the product has about 300

R = TypeVar("R", bound=Row)
T = TypeVar("T")
BeforeCommit = Callable[["Transaction"], Awaitable[None]]
UseCase: TypeAlias = Callable[["Transaction"], Coroutine[Any, Any, T]]


class UnsafeDatabase(RuntimeError):
    """The database would lose acknowledged work; the server refuses to start on it."""


class NeedsSavepoints(Exception):
    """Something failed in a bold transaction, where nothing can be undone by itself: run it again with savepoints."""


@dataclass(slots=True, kw_only=True)
class Transaction:
    """One unit of work: its session, its instant, who acts and by which operation (`cause`).

    is_bold: it goes as if nothing could be refused, see `Database.transaction`.
    """

    session: AsyncSession
    now: datetime
    new_id: NewId
    actor: Actor
    cause: str
    changes: Changes
    is_bold: bool = False

    async def get(self, model: type[R], row_id: UUID, missing: type[NotFound], *, lock: bool = False) -> R:
        """The row with this id, locked for update when asked. Raises `missing(id=…)`."""
        row = await self.session.get(model, row_id, with_for_update=lock or None, populate_existing=lock)
        if row is None:
            raise missing(id=str(row_id))
        return row

    def add(self, *rows: Table) -> None:
        self.session.add_all(rows)

    def append(self, model: type[Row], /, **values: Any) -> None:
        """Add a row that nobody changes afterwards, such as a fact: written with the next flush, and not tracked."""
        self._session.append(model, {"id": self.new_id(), **values})

    async def ask(self, question: Question, **values: Any) -> Rows:
        """The rows of a question, past the session; what it knows of them already stays as it is."""
        return await self.session.run_sync(ask, question, values)

    async def put(self, insertion: Insertion, *rows: Mapping[str, Any]) -> Rows:
        """Put rows in, past the session, which does not note them (see `changes`); what comes back of them."""
        return await self.session.run_sync(put, insertion, rows)

    def put_later(self, insertion: Insertion, *rows: Mapping[str, Any]) -> None:
        """The same with the next flush, which writes all that waits for it together: for rows of which nothing comes back."""
        self._session.put_later(insertion, rows)

    def upsert(self, model: type[Table] | FromClause) -> Any:
        """This database's own INSERT, which knows ON CONFLICT (the two dialects spell it alike).

        Where speed counts, it is an `Insertion`.
        """
        insert = (sqlite if self.session.get_bind().dialect.name == "sqlite" else postgresql).insert
        return insert(cast(Any, model))

    async def flush(self) -> None:
        """Let the constraints answer now."""
        await self.session.flush()

    async def flush_if_careful(self) -> None:
        """`flush`, where it is only about who is blamed; a bold transaction lets all constraints answer at its end."""
        if not self.is_bold:
            await self.session.flush()

    @asynccontextmanager
    async def savepoint(self) -> AsyncGenerator[None]:
        """Undo what the block did, and only that, when it raises. In a bold transaction raises NeedsSavepoints then."""
        if self.is_bold:
            try:
                yield
            except Exception as error:
                raise NeedsSavepoints from error
            return
        await self.session.flush()
        mark = self.changes.mark()
        try:
            async with self.session.begin_nested():
                yield
                await self.session.flush()
        except BaseException:
            self._session.forget_waiting()
            self.changes.rewind(mark)
            await self._reread()
            raise

    @property
    def _session(self) -> TrackedSession:
        return cast(TrackedSession, self.session.sync_session)

    async def _reread(self) -> None:
        """Rows that the savepoint had changed hold nothing after its rollback, and async code cannot load on access."""
        for row in list(self.session.identity_map.values()):
            if inspect(row).expired:
                await self.session.refresh(row)


class Database:
    """An opened database and the hooks that run before each commit, in order. reads: questions of one statement."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        reads: Reads,
        writing: Turns,
        looking: Turns,
        clock: Clock,
        new_id: NewId,
        before_commit: Sequence[BeforeCommit] = (),
    ):
        self.engine = engine
        self.reads = reads
        self._writing = writing
        self._looking = looking
        self.clock = clock
        self.new_id = new_id
        self._before_commit = tuple(before_commit)
        self._write = async_sessionmaker(engine, expire_on_commit=False, sync_session_class=TrackedSession)
        self._read = async_sessionmaker(_snapshot_engine(engine), expire_on_commit=False)

    @property
    def dialect(self) -> str:
        return self.engine.dialect.name

    @asynccontextmanager
    async def transaction(self, actor: Actor, cause: str) -> AsyncGenerator[Transaction]:
        """A writing transaction: commits when the block ends, rolls back when it raises."""
        async with self._write() as session, session.begin():
            tx = self._open(session, actor, cause)
            yield tx
            await self._finish(tx)

    @asynccontextmanager
    async def snapshot(self, actor: Actor, cause: str) -> AsyncGenerator[Transaction]:
        """A reading transaction that sees one state of the database throughout and locks nobody out."""
        async with self._read() as session, session.begin():
            yield self._open(session, actor, cause)

    async def write(self, actor: Actor, cause: str, use_case: UseCase[T], *, boldly: bool = False) -> T:
        """The answer of a use case in a writing transaction of its own, committed, in one turn of a thread (`direct`).

        boldly: without savepoints, which cost two statements and a flush each. Whoever asks for that runs the work again
        without it after NeedsSavepoints or a constraint's refusal (see `retries`).
        """

        async def whole(session: DirectSession) -> T:
            tx = self._open(cast(AsyncSession, session), actor, cause)
            tx.is_bold = boldly
            answer = await use_case(tx)
            await self._finish(tx)
            return answer

        return await self._writing.take(whole)

    async def look(self, actor: Actor, cause: str, use_case: UseCase[T]) -> T:
        """The answer of a use case that reads one state of the database, in one turn of a thread."""
        return await self._looking.take(lambda session: use_case(self._open(cast(AsyncSession, session), actor, cause)))

    async def close(self) -> None:
        self._writing.close()
        self._looking.close()
        await self.reads.close()
        await self.engine.dispose()

    def _open(self, session: AsyncSession, actor: Actor, cause: str) -> Transaction:
        tx = Transaction(
            session=session, now=self.clock.now(), new_id=self.new_id, actor=actor, cause=cause, changes=Changes()
        )
        session.info["changes"] = tx.changes
        return tx

    async def _finish(self, tx: Transaction) -> None:
        """The last statements before a commit."""
        await tx.flush()
        for hook in self._before_commit:
            await hook(tx)
        await tx.flush()


async def open_database(
    url: str, *, clock: Clock | None = None, new_id: NewId | None = None, before_commit: Sequence[BeforeCommit] = ()
) -> Database:
    """Open the database at `url` and verify that it keeps what it acknowledges.

    url: `sqlite:///path` or `postgresql://…`; the driver is chosen here.
    Raises UnsafeDatabase when a setting that durability rests on is not in force.
    """
    clock = clock or SystemClock()
    engine = make_engine(url)
    await _verify(engine)
    prepares = engine.dialect.name == "postgresql" and not await _is_pooled(engine)
    if prepares:
        _prepare_statements(engine.sync_engine)
        await engine.dispose()  # connections from here on prepare
    writing, looking = _turns(engine.url, prepares=prepares)
    return Database(
        engine,
        reads=_reads(engine.url, prepare_after=PREPARE_AFTER if prepares else None),
        writing=writing,
        looking=looking,
        clock=clock,
        new_id=new_id or id_source(clock),
        before_commit=before_commit,
    )


def make_engine(url: str) -> AsyncEngine:
    """The engine for `url`, with every connection set up as SQLITE_PRAGMAS says. Raises UnsafeDatabase."""
    parsed = make_url(url)
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise UnsafeDatabase(f"{parsed.drivername}: name a database as sqlite:///path or postgresql://…")
    if parsed.get_backend_name() == "sqlite":
        engine = create_async_engine(parsed.set(drivername="sqlite+aiosqlite"), hide_parameters=True, **JSON_BY_MSGSPEC)
        _prepare_sqlite(engine.sync_engine)
        return engine
    return create_async_engine(
        parsed.set(drivername="postgresql+psycopg"),
        pool_size=POOL_SIZE,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        hide_parameters=True,  # an error's text goes to the log, people's data do not
        connect_args={"prepare_threshold": None},  # until it is known that nothing pools, see `_is_pooled`
        **JSON_BY_MSGSPEC,
    )


E = TypeVar("E", Engine, AsyncEngine)


def _snapshot_engine(engine: E) -> E:
    if engine.dialect.name == "sqlite":
        return engine.execution_options(reads_only=True)
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        cursor = connection.cursor()
        for name, value in SQLITE_PRAGMAS.items():
            cursor.execute(f"PRAGMA {name}={value}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        # IMMEDIATE takes the write lock first: a transaction that reads, then writes, can not fail half way.
        reads = connection.get_execution_options().get("reads_only", False)
        connection.exec_driver_sql(f"PRAGMA query_only={int(reads)}")  # what PostgreSQL's READ ONLY does
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _reads(url: URL, *, prepare_after: int | None) -> Reads:
    if url.get_backend_name() == "postgresql":
        from backend.kernel.reads_postgres import PostgresReads  # with its driver, which takes a tenth of a second

        return PostgresReads(url, prepare_after=prepare_after)
    assert url.database, "a database in memory was refused"
    return SqliteReads(url.database)


def _turns(url: URL, *, prepares: bool) -> tuple[Turns, Turns]:
    """(those that write, those that look). One thread for SQLite's one writer: so nobody waits for its lock by polling."""
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url.set(drivername="sqlite"), hide_parameters=True, **JSON_BY_MSGSPEC)
        _prepare_sqlite(engine)
        at_once = 1
    else:
        none_prepared = {"prepare_threshold": None}
        engine = create_engine(
            url, pool_size=2 * TURNS_AT_ONCE, hide_parameters=True, connect_args=none_prepared, **JSON_BY_MSGSPEC
        )
        at_once = TURNS_AT_ONCE
    if prepares:
        _prepare_statements(engine)
    looking = Turns(_snapshot_engine(engine), Session, at_once=at_once)
    return Turns(engine, TrackedSession, at_once=at_once), looking


async def _is_pooled(engine: AsyncEngine) -> bool:
    """Whether a pooler such as PgBouncer stands before PostgreSQL: transaction pooling loses prepared statements.

    A pooler makes up the process id that it tells its clients for cancelling; only the server's own is the server's.
    """
    async with engine.connect() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None, "the connection was just made"
        return raw.info.backend_pid != (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()


def _prepare_statements(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        raw = getattr(connection, "driver_connection", connection)  # SQLAlchemy wraps an asynchronous one
        raw.prepare_threshold = PREPARE_AFTER
        raw.prepared_max = PREPARED_AT_MOST


async def _verify(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            found = {n: (await connection.execute(text(f"PRAGMA {n}"))).scalar() for n in SQLITE_PRAGMAS}
            wrong = {name: value for name, value in found.items() if value != SQLITE_PRAGMAS[name]}
        else:
            found = {n: (await connection.execute(text(f"SHOW {n}"))).scalar() for n in POSTGRES_SETTINGS}
            wrong = {name: value for name, value in found.items() if value == "off"}
    if wrong:
        await engine.dispose()
        raise UnsafeDatabase(f"refusing to run: these settings would lose acknowledged work: {wrong}")
