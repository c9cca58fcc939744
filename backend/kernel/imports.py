"""Taking in a document row by row: each row is tried by itself and every fault is told; then all rows count or none.

A trial does the same work and takes it back, so that it cannot promise what the real thing refuses.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import msgspec

from backend.kernel.db import Transaction
from backend.kernel.errors import DomainError, Invalid

FAULTS_AT_MOST = 1000  # told of one document: who has more has one mistake many times

T = TypeVar("T")


class RowFault(msgspec.Struct, frozen=True, kw_only=True):
    """Why a row cannot be taken in. section, row: where it stands, counted from 1; key: what it calls itself.

    reason: a stable code; detail: what is wrong, for people.
    """

    section: str
    row: int
    key: str
    reason: str
    detail: str


class RowChange(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a row: added, changed, removed, repriced or withdrawn. A row that says what is known makes none."""

    section: str
    key: str
    change: str


class RowsAtFault(Invalid):
    """Some rows cannot be taken in, so none was. params: faults, a list of `RowFault`."""

    code = "rows_at_fault"


class BadDocument(Invalid):
    """The file is no document of the kind that is wanted. params: reason."""

    code = "bad_document"


class Intake:
    """What is noted while a document is taken in."""

    def __init__(self) -> None:
        self.faults: list[RowFault] = []
        self.changes: list[RowChange] = []

    def refuse(self, section: str, row: int, key: str, *, reason: str, detail: str) -> None:
        if len(self.faults) < FAULTS_AT_MOST:
            self.faults.append(RowFault(section=section, row=row, key=key, reason=reason, detail=detail))

    async def take(
        self, tx: Transaction, section: str, row: int, key: str, change: Callable[[], Awaitable[str | None]]
    ) -> None:
        """Do what one row asks for; what is refused is undone and noted, and the next row goes on.

        change: answers how it is called what it did, None when everything was so before.
        """
        try:
            async with tx.savepoint():
                done = await change()
        except DomainError as error:
            self.refuse(section, row, key, reason=error.code, detail=_told(error.params))
        else:
            if done is not None:
                self.changes.append(RowChange(section=section, key=key, change=done))

    def require_none_at_fault(self) -> None:
        """Raises RowsAtFault."""
        if self.faults:
            raise RowsAtFault(faults=msgspec.to_builtins(self.faults))


async def tried(tx: Transaction, work: Callable[[], Awaitable[T]]) -> T:
    """The answer of `work`, of which nothing stays."""
    answers: list[T] = []
    try:
        async with tx.savepoint():
            answers.append(await work())
            raise _TakenBack
    except _TakenBack:
        return answers[0]


def read_sections(text: bytes, kinds: Mapping[str, Any], intake: Intake) -> dict[str, list[Any]]:
    """A JSON object of lists of rows, each row as the kind of its section; what is no such row is a fault.

    kinds: section → type of its rows, for every section that there can be. Raises BadDocument.
    """
    try:
        found = msgspec.json.decode(text, type=dict[str, list[msgspec.Raw]])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadDocument(reason=str(error)) from None
    if unknown := found.keys() - kinds.keys():
        raise BadDocument(reason=f"no section {', '.join(sorted(unknown))}; there are {', '.join(kinds)}")
    return {section: _read_rows(rows, kinds[section], intake, section) for section, rows in found.items()}


def _read_rows(rows: list[msgspec.Raw], kind: Any, intake: Intake, section: str) -> list[Any]:
    read: list[Any] = []
    for number, raw in enumerate(rows, 1):
        try:
            read.append(msgspec.json.decode(raw, type=kind))
        except msgspec.ValidationError as error:
            intake.refuse(section, number, "", reason="malformed_row", detail=str(error))
    return read


class _TakenBack(Exception):
    """Raised to undo a trial; nobody sees it."""


def _told(params: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in params.items())


def brought_to(row: Any, values: Mapping[str, Any]) -> str | None:
    """Set what a known row says otherwise; `changed`, or None when it said the same."""
    different = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in different.items():
        setattr(row, name, value)
    return "changed" if different else None
