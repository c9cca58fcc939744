"""The session that transactions write with: what it flushes is noted, rows that were changed alike are written together,
and rows can be appended without being tracked."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from backend.kernel.changes import Changes, collect_changes
from backend.kernel.revisions import revise
from backend.kernel.statements import Insertion, put_all
from backend.kernel.tables import Row


class TrackedSession(Session):
    """A session whose flushes are noted (see `changes`).

    Rows that nobody waits for are written with the next flush, all together, after whatever they name. Nobody looks at
    them again in this transaction but by a query, to which they are as any other row.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._waiting: dict[Insertion, list[Mapping[str, Any]]] = {}
        self._appended: list[Row] = []

    def append(self, model: type[Row], values: Mapping[str, Any]) -> None:
        """values: by column, the id among them; a column that is left out has its default."""
        whole = {**_defaults(model), **values}
        self.put_later(_insertion(model), [whole])
        self._appended.append(_to_look_at(model, whole))

    def put_later(self, insertion: Insertion, rows: Sequence[Mapping[str, Any]]) -> None:
        """Rows for the next flush, which does not note them."""
        if rows:
            self._waiting.setdefault(insertion, []).extend(rows)

    def forget_waiting(self) -> None:
        """Drop what is not written yet."""
        self._waiting, self._appended = {}, []

    def flush(self, objects: Any = None) -> None:
        changes: Changes | None = self.info.get("changes")
        for row, fields in revise(self):
            if changes is not None:
                changes.note(row, "update", fields)
        super().flush(objects)
        waiting, appended = self._waiting, self._appended
        self.forget_waiting()
        if waiting:
            put_all(self, waiting)
        if changes is not None:
            for row in appended:
                changes.inserted(row)


collect_changes(TrackedSession)


def _to_look_at(model: type[Row], values: Mapping[str, Any]) -> Row:
    """A row that no session knows: all its columns can be read."""
    row = model.__new__(model)
    vars(row).update(values)
    return row


@cache
def _insertion(model: type[Row]) -> Insertion:
    return Insertion(model.__table__)


@cache
def _defaults(model: type[Row]) -> dict[str, Any]:
    columns = {attribute.key: attribute.columns[0] for attribute in inspect(model).column_attrs}
    return {name: column.default.arg if column.default is not None else None for name, column in columns.items()}
