"""What one transaction changed: collected at each flush, read once before commit by audit and feed.

Bulk statements bypass the session, so whoever writes one says so with `Changes.touch`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import get_history
from sqlalchemy.orm.base import PASSIVE_NO_INITIALIZE

Kind = Literal["insert", "update", "delete"]


@dataclass(frozen=True, slots=True)
class Change:
    """One row's change. fields: names of the columns that were written, empty for a delete."""

    table: str
    row_id: Any
    kind: Kind
    fields: tuple[str, ...]
    row: Any

    @property
    def audited(self) -> bool:
        return bool(self.row.audited)


class Changes:
    """The ordered changes of one transaction; a savepoint that is rolled back takes its own with it."""

    def __init__(self) -> None:
        self._seen: list[Change] = []

    def __iter__(self) -> Iterator[Change]:
        return iter(self._seen)

    def mark(self) -> int:
        return len(self._seen)

    def rewind(self, mark: int) -> None:
        del self._seen[mark:]

    def note(self, row: Any, kind: Kind, fields: tuple[str, ...]) -> None:
        self._seen.append(Change(row.__tablename__, _identity(row), kind, fields, row))

    def inserted(self, row: Any) -> None:
        """Say that a row with an `id` was put in past the session."""
        self._seen.append(Change(row.__tablename__, row.id, "insert", tuple(row.__table__.columns.keys()), row))

    def touch(self, row: Any, *fields: str) -> None:
        """Say that a bulk statement changed this row."""
        self.note(row, "update", fields)


def merged(changes: Iterable[Change]) -> list[Change]:
    """One change for each row, in order of the first: several flushes of one transaction are one change to others."""
    found: dict[tuple[str, Any], Change] = {}
    for change in changes:
        key = change.table, change.row_id
        found[key] = _joined(found[key], change) if key in found else change
    return list(found.values())


def _joined(earlier: Change, later: Change) -> Change:
    if later.kind == "delete":
        return later
    fields = dict.fromkeys((*earlier.fields, *later.fields))
    return replace(earlier, fields=tuple(fields))


def written(row: Any) -> tuple[str, ...]:
    """The columns of a row that were changed since it was read or written last, in the order of the table."""
    assigned = inspect(row).committed_state  # so that history is made of these alone: it is dear
    if not assigned:
        return ()
    return tuple(name for name in _columns(row.__class__) if name in assigned and _differs(row, name))


def collect_changes(session_class: type[Session]) -> None:
    """Make sessions of this class note what each flush writes in `session.info["changes"]`."""
    event.listen(session_class, "after_flush", _note_flush)


def _note_flush(session: Session, _context: Any) -> None:
    changes: Changes | None = session.info.get("changes")
    if changes is None:
        return
    for row in session.new:
        changes.note(row, "insert", _columns(row.__class__))
    for row in session.dirty:
        if fields := written(row):
            changes.note(row, "update", fields)
    for row in session.deleted:
        changes.note(row, "delete", ())


def _differs(row: Any, name: str) -> bool:
    return get_history(row, name, passive=PASSIVE_NO_INITIALIZE).has_changes()


@cache
def _columns(model: Any) -> tuple[str, ...]:
    mapper: Any = inspect(model)
    return tuple(attribute.key for attribute in mapper.column_attrs)


def _identity(row: Any) -> UUID | str:
    values = inspect(row).mapper.primary_key_from_instance(row)
    return values[0] if len(values) == 1 else "/".join(map(str, values))
