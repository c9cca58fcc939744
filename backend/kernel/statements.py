"""Statements past the session: for the few that run with every push, every pull and every change.

To put a statement together, and to make objects of its rows, costs SQLAlchemy many times what the database does for
it. Here a statement is put into words once for each kind of database; then its values go to the driver and come from
it, by the very types of its columns. Whatever waits to be flushed goes on waiting.
"""

from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Float,
    LargeBinary,
    String,
    Table,
    Text,
    bindparam,
    column,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

from backend.kernel.tables import JSON_BY_MSGSPEC

Rows = list[tuple[Any, ...]]
Conversion = Callable[[Any], Any]

ROWS = "rows"
FLOAT8 = 701  # PostgreSQL's number of the type; SQLAlchemy's float asks what the driver was sent


class Question:
    """A SELECT that is asked often; its rows are tuples in the order of its columns.

    statement: with a `bindparam` for each value that differs; a list of them is `among`.
    """

    def __init__(self, statement: Any) -> None:
        self._statement = statement
        self._spelled: dict[str, Spelled] = {}

    def on(self, dialect: str) -> "Spelled":
        """The statement in the words of one kind of database, put together once."""
        if dialect not in self._spelled:
            self._spelled[dialect] = Spelled(self._statement, dialect_of(dialect))
        return self._spelled[dialect]


class Insertion:
    """Rows for one table. To PostgreSQL they go as one JSON document, hence in one statement, however many they are.

    completed: what is done where a row is there already, and what comes back of each row.
    """

    def __init__(self, table: Any, completed: Callable[[Any], Any] = lambda insert: insert) -> None:
        self._table = table
        self._completed = completed
        self._spelled: dict[str, Spelled] = {}

    def on(self, dialect: str) -> "Spelled":
        """The statement for one kind of database: of one row on SQLite, of all of them on PostgreSQL."""
        if dialect not in self._spelled:
            inserted = sqlite.insert(self._table) if dialect == "sqlite" else _of_json(self._table)
            self._spelled[dialect] = Spelled(self._completed(inserted), dialect_of(dialect))
        return self._spelled[dialect]


class Spelled:
    """The text of a statement for one kind of database, and how values are written and read there."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.text = str(compiled)
        self._constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        self._into = [(name, _into(bind.type, dialect)) for name, bind in compiled.binds.items()]
        columns = list(statement.exported_columns)
        self.returns = bool(columns)
        self._from = [(n, read) for n, column in enumerate(columns) if (read := _from(column.type, dialect))]

    def written(self, values: Mapping[str, Any]) -> dict[str, Any]:
        given = {**self._constants, **values} if self._constants else values
        return {name: into(given[name]) if into else given[name] for name, into in self._into}

    def read(self, rows: Sequence[tuple[Any, ...]]) -> Rows:
        return [self._one(row) for row in rows] if self._from else list(rows)

    def _one(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for n, read in self._from:
            values[n] = read(values[n])
        return tuple(values)


def among(column: Any, values: str | Collection[Any], type_: TypeEngine[Any] | None = None) -> ColumnElement[bool]:
    """The column has one of these values: one text, however many there are, which the database prepares once.

    values: or the name of the parameter that has them, a list. type_: of a column that names a table which may not be
    imported yet; until then SQLAlchemy does not know it.
    """
    of_one = type_ or column.type
    assert not isinstance(of_one, NullType), f"the type of {column} is not known yet: say it"
    several = _Several(of_one)
    if isinstance(values, str):
        return _Among(column, bindparam(values, type_=several))
    return _Among(column, bindparam(None, list(values), type_=several, unique=True))


def ask(session: Session, question: Question, values: Mapping[str, Any]) -> Rows:
    """The rows of one statement in the transaction of the session; the session sees nothing of it."""
    connection = session.connection()
    spelled = question.on(connection.dialect.name)
    with running(connection, spelled.text) as cursor:
        cursor.execute(spelled.text, spelled.written(values))
        return spelled.read(cursor.fetchall())


def put(session: Session, insertion: Insertion, rows: Sequence[Mapping[str, Any]]) -> Rows:
    """Put these rows in, in their order; what comes back of them. Each has a value for every column."""
    if not rows:
        return []
    connection = session.connection()
    spelled = insertion.on(connection.dialect.name)
    with running(connection, spelled.text) as cursor:
        if connection.dialect.name == "postgresql":
            cursor.execute(spelled.text, document_of(rows))
            return spelled.read(cursor.fetchall()) if spelled.returns else []
        if not spelled.returns:
            cursor.executemany(spelled.text, [spelled.written(values) for values in rows])
            return []
        found: Rows = []
        for values in rows:
            cursor.execute(spelled.text, spelled.written(values))
            found += spelled.read(cursor.fetchall())
        return found


def put_all(session: Session, rows: Mapping[Insertion, Sequence[Mapping[str, Any]]]) -> None:
    """Put rows into several tables, of which nothing comes back: to PostgreSQL in one statement, which looks only at its
    end whether what they name is there.
    """
    connection = session.connection()
    if connection.dialect.name == "sqlite" or len(rows) == 1:
        for insertion, some in rows.items():
            put(session, insertion, some)
        return
    text = _together(tuple(rows))
    with running(connection, text) as cursor:
        cursor.execute(text, {f"{ROWS}_{n}": _document(some) for n, some in enumerate(rows.values())})


@cache
def _together(insertions: tuple[Insertion, ...]) -> str:
    parts = (one.on("postgresql").text.replace(f"%({ROWS})s", f"%({ROWS}_{n})s") for n, one in enumerate(insertions))
    named = ", ".join(f"part_{n} AS ({part})" for n, part in enumerate(parts))
    return f"WITH {named} SELECT"


class _Several(TypeDecorator[Sequence[Any]]):
    """A list of values: an array, and on SQLite JSON."""

    impl = String
    cache_ok = True

    def __init__(self, one: TypeEngine[Any]) -> None:
        super().__init__()
        self.one = one

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        several: Any = String() if dialect.name == "sqlite" else ARRAY(self.one)
        return dialect.type_descriptor(several)

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        into = _into(self.one, dialect)
        return msgspec.json.encode([into(one) for one in value] if into else list(value)).decode()


class _Document(TypeDecorator[str]):
    """JSON that is written already."""

    impl = postgresql.JSONB
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> None:
        return None


class _Among(FunctionElement[bool]):
    """See `among`."""

    name = "among"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> "_Among":
        return self  # else SQLite is asked whether it `= 1`, and looks at every row for that


@compiles(_Among)
def _among_an_array(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} = ANY ({values})"


@compiles(_Among, "sqlite")
def _among_json(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - parts that were put into words already


def rows_of_json(columns: Iterable[Column[Any]]) -> dict[str, ColumnElement[Any]]:
    """The columns, by name, of the rows of a JSON array of objects. Bytes are base64 in it, as msgspec writes them."""
    types = {one.name: one.type for one in columns}
    said = {name: Text() if isinstance(type_, LargeBinary) else type_ for name, type_ in types.items()}
    document = func.jsonb_to_recordset(bindparam(ROWS, type_=_Document()))
    row = document.table_valued(*(column(name, type_) for name, type_ in said.items()))
    row = row.render_derived(with_types=True)
    return {
        name: func.decode(row.c[name], literal_column("'base64'")) if isinstance(type_, LargeBinary) else row.c[name]
        for name, type_ in types.items()
    }


def document_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The parameter of a statement over `rows_of_json`."""
    return {ROWS: _document(rows)}


def _document(rows: Sequence[Mapping[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()


def _of_json(table: Table) -> Any:
    read = rows_of_json(table.columns)
    return postgresql.insert(table).from_select(list(read), select(*read.values()), include_defaults=False)


@cache
def dialect_of(name: str) -> Dialect:
    if name == "sqlite":
        return sqlite.dialect(paramstyle="named", **JSON_BY_MSGSPEC)
    from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg  # with its driver: a tenth of a second

    return PGDialect_psycopg(**JSON_BY_MSGSPEC)


def _into(type_: TypeEngine[Any], dialect: Dialect) -> Conversion | None:
    return type_.dialect_impl(dialect).bind_processor(dialect)


def _from(type_: TypeEngine[Any], dialect: Dialect) -> Conversion | None:
    return type_.dialect_impl(dialect).result_processor(dialect, FLOAT8 if isinstance(type_, Float) else None)


@contextmanager
def running(connection: Connection, text: str) -> Generator[Any]:
    """A cursor of the driver for this statement. It raises what a session would: so whoever handles trouble knows one kind."""
    cursor = connection.connection.cursor()
    try:
        yield cursor
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_of_a_session(connection, text, error) from error
    finally:
        cursor.close()


def _as_of_a_session(connection: Connection, text: str, error: Exception) -> BaseException:
    dialect = connection.dialect
    is_gone = dialect.is_disconnect(error, connection.connection.dbapi_connection, None)  # pyright: ignore[reportArgumentType]
    if is_gone:
        connection.invalidate(error)
    kinds = dialect.loaded_dbapi.Error
    return DBAPIError.instance(
        text, None, error, kinds, hide_parameters=True, dialect=dialect, connection_invalidated=is_gone
    )
