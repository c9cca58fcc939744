"""Updates of rows in which the same columns changed: one statement for all of them, where a session makes one for each.

A session looks at the version of each row by itself, and psycopg runs a statement once for each row. Whoever changes
hundreds of rows alike (a step of many sagas, what came of many callbacks) pays for that with most of the time. What must
come in the order of a unit of work stays with the session: keys, references, and whatever has to be unique.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, UniqueConstraint, bindparam, inspect, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from backend.kernel.changes import written
from backend.kernel.statements import Spelled, dialect_of, document_of, rows_of_json, running
from backend.kernel.tables import Row

FEW = 2
"""From so many rows on they go together."""

VERSION = "version"


def revise(session: Session) -> Iterator[tuple[Row, tuple[str, ...]]]:
    """Write what was changed alike in several rows of the session; each with the columns that were written.

    Raises StaleDataError when one of them has another version by now.
    """
    for (model, fields), rows in _alike(session).items():
        if len(rows) >= FEW:
            _write(session, model, fields, rows)
            yield from ((row, fields) for row in rows)


def _alike(session: Session) -> Mapping[tuple[type[Row], tuple[str, ...]], list[Row]]:
    found: dict[tuple[type[Row], tuple[str, ...]], list[Row]] = {}
    dirty = session.dirty
    if len(dirty) < FEW:
        return found
    for row in dirty:
        if isinstance(row, Row) and (fields := written(row)) and _plain(type(row)).issuperset(fields):
            found.setdefault((type(row), fields), []).append(row)
    return found


def _write(session: Session, model: type[Row], fields: tuple[str, ...], rows: Sequence[Row]) -> None:
    is_versioned = _is_versioned(model)
    names = ("id", *fields, VERSION) if is_versioned else ("id", *fields)
    values = [{name: getattr(row, name) for name in names} for row in sorted(rows, key=lambda row: row.id)]
    if _run(session, _revision(model, fields), values) != len(rows):
        raise StaleDataError(f"not all of {len(rows)} rows of {model.__tablename__} are as they were read")
    for row in rows:
        if is_versioned:
            set_committed_value(row, VERSION, getattr(row, VERSION) + 1)
        for name in fields:  # as if the session had written it: it has nothing left to do
            set_committed_value(row, name, getattr(row, name))


def _run(session: Session, revision: "_Revision", values: Sequence[Mapping[str, Any]]) -> int:
    """How many rows were written."""
    connection = session.connection()
    spelled = revision.on(connection.dialect.name)
    with running(connection, spelled.text) as cursor:
        if connection.dialect.name == "postgresql":
            cursor.execute(spelled.text, spelled.written(document_of(values)))
        else:
            named = [{_given(name): value for name, value in one.items()} for one in values]
            cursor.executemany(spelled.text, [spelled.written(one) for one in named])
        return cursor.rowcount


class _Revision:
    """UPDATE of these columns of rows that are named by id, and by version where they have one."""

    def __init__(self, table: Any, fields: Sequence[str], *, is_versioned: bool) -> None:
        self._table = table
        self._fields = fields
        self._is_versioned = is_versioned
        self._spelled: dict[str, Spelled] = {}

    def on(self, dialect: str) -> Spelled:
        """The statement for one kind of database: of one row on SQLite, of all of them on PostgreSQL."""
        if dialect not in self._spelled:
            names = ("id", *self._fields, VERSION) if self._is_versioned else ("id", *self._fields)
            columns = [self._table.c[name] for name in names]
            if dialect == "sqlite":
                said: Mapping[str, Any] = {one.name: bindparam(_given(one.name), type_=one.type) for one in columns}
            else:
                said = rows_of_json(columns)
            self._spelled[dialect] = Spelled(self._statement(said), dialect_of(dialect))
        return self._spelled[dialect]

    def _statement(self, said: Mapping[str, ColumnElement[Any]]) -> Any:
        known, new = self._table.c, {name: said[name] for name in self._fields}
        statement = update(self._table).where(known.id == said["id"])
        if self._is_versioned:
            statement = statement.where(known[VERSION] == said[VERSION])
            new[VERSION] = known[VERSION] + 1
        return statement.values(new)


def _given(name: str) -> str:
    """A parameter's name: a column's own is taken in an UPDATE."""
    return f"given_{name}"


@cache
def _revision(model: type[Row], fields: tuple[str, ...]) -> _Revision:
    return _Revision(model.__table__, fields, is_versioned=_is_versioned(model))


@cache
def _is_versioned(model: type[Row]) -> bool:
    return inspect(model).version_id_col is not None


@cache
def _plain(model: type[Row]) -> frozenset[str]:
    """The columns whose changes need no order among rows."""
    table: Any = model.__table__
    unique = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    unique += [index for index in table.indexes if index.unique]
    ordered = {column.name for one in unique for column in one.columns}
    return frozenset(
        column.name
        for column in table.columns
        if not (column.primary_key or column.foreign_keys or column.onupdate or column.name in ordered)
    ) - {VERSION}
