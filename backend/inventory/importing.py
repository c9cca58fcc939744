"""Taking a supplier's list of serials into stock: each row judged by itself, and all of them taken or none.

The list is a stream, looked at a batch at a time, so that a hundred thousand rows need no more memory than their
serials. It goes into places that no phone follows, past the session, which would render a document and write a row of
audit for each unit: the list has one of its own. Each unit has its fact and its line in the ledger all the same.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from io import StringIO
from itertools import islice
from typing import Any, cast
from uuid import UUID

import msgspec
from sqlalchemy import insert

from backend.catalogue import service as catalogue
from backend.inventory import queries
from backend.inventory.lifecycle import SERIAL, SerialCommand
from backend.inventory.models import (
    LocationKind,
    MoveReason,
    SerialFact,
    SerialImport,
    SerialUnit,
    StockLocation,
    StockMove,
)
from backend.inventory.reading import grammar_of
from backend.inventory.schemas import NoSuchLocation, WrongDestination
from backend.inventory.seriallists import Fault, Row, read_rows
from backend.inventory.warehouse_schemas import SerialListView, TakeSerialList
from backend.kernel.db import Transaction
from backend.kernel.errors import Invalid
from sync.serials import Grammar, is_well_formed

BATCH_ROWS = 1000  # one question and three statements for so many: more makes them no faster
MAX_ROWS = 1_000_000  # the serials of a list are held to find those that stand twice: about 100 MB
MOST_AT_ONCE = 20_000  # in one request, which waits for it: a second or two. A longer list has its command
MOST_TOLD = 500  # faults in one answer
INTO = frozenset({LocationKind.DEPOT, LocationKind.RETURNS, LocationKind.SUPPLIER})

Tell = Callable[[Fault], None]


class ListRefused(Invalid):
    """Rows of the list cannot be taken in, and so none was. params: rows, faults; over HTTP `first`: of the faults."""

    code = "serial_list_refused"


class ListTooLong(Invalid):
    """A list has at most so many rows; cut it. params: most."""

    code = "serial_list_too_long"


class ImportResult(msgspec.Struct, frozen=True, kw_only=True):
    """rows: of the list, without its heading; valid: those that can be taken; taken: those that were."""

    rows: int
    valid: int
    taken: int


async def import_serials(
    tx: Transaction,
    lines: Iterable[str],
    *,
    location_id: UUID,
    source: str,
    model: str | None = None,
    only_valid: bool = False,
    most_rows: int = MAX_ROWS,
    tell: Tell,
) -> ImportResult:
    """Take the units of a list into a place; `tell` hears of each row at fault, in order.

    lines, model: see `seriallists.read_rows`; source: what the list is called; only_valid: leave out the rows at fault.
    Raises BadList, ListTooLong, NoSuchLocation, WrongDestination, and ListRefused when nothing may be left out.
    """
    place = await _place(tx, location_id)
    record = SerialImport(id=tx.new_id(), location_id=place.id, source=source, rows=0, taken=0, at=tx.now)
    judge = await _judge(tx, tell, most_rows)
    for batch in _batches(read_rows(lines, model=model)):
        await _store(tx, await judge.sift(tx, batch), record)
    if judge.faults and not only_valid:
        raise ListRefused(rows=judge.rows, faults=judge.faults)
    record.rows, record.taken = judge.rows, judge.valid
    tx.add(record)
    return ImportResult(rows=judge.rows, valid=judge.valid, taken=judge.valid)


async def try_serials(
    tx: Transaction,
    lines: Iterable[str],
    *,
    location_id: UUID,
    model: str | None = None,
    most_rows: int = MAX_ROWS,
    tell: Tell,
) -> ImportResult:
    """Look what an import would do, and do none of it; a snapshot is enough. Raises as that, but for ListRefused."""
    await _place(tx, location_id)
    judge = await _judge(tx, tell, most_rows)
    for batch in _batches(read_rows(lines, model=model)):
        await judge.sift(tx, batch)
    return ImportResult(rows=judge.rows, valid=judge.valid, taken=0)


async def take_list(tx: Transaction, wanted: TakeSerialList) -> SerialListView:
    """`import_serials`, or `try_serials`, for a list that comes in one request. Raises as those."""
    told: list[Fault] = []
    lines = StringIO(wanted.text, newline="")
    goods = {"location_id": wanted.location_id, "model": wanted.model, "most_rows": MOST_AT_ONCE, "tell": told.append}
    try:
        if wanted.is_trial:
            done = await try_serials(tx, lines, **goods)
        else:
            done = await import_serials(tx, lines, **goods, source=wanted.source, only_valid=wanted.only_valid)
    except ListRefused as refused:
        raise ListRefused(**refused.params, first=msgspec.to_builtins(told[:MOST_TOLD])) from None
    return SerialListView(rows=done.rows, valid=done.valid, taken=done.taken, faults=told[:MOST_TOLD])


class _Judge:
    """Which rows of a list can be taken: what was seen so far, and how many were good."""

    def __init__(self, models: dict[str, Grammar | None], tell: Tell, most_rows: int) -> None:
        self.rows = self.valid = self.faults = 0
        self._models, self._tell, self._most_rows = models, tell, most_rows
        self._seen: set[str] = set()

    async def sift(self, tx: Transaction, batch: Sequence[Row | Fault]) -> list[Row]:
        """The rows of a batch that can be taken; the others are told. Raises ListTooLong."""
        self.rows += len(batch)
        if self.rows > self._most_rows:
            raise ListTooLong(most=self._most_rows)
        known = set(await queries.known_serials(tx, [row.serial for row in batch if isinstance(row, Row)]))
        judged = [row if isinstance(row, Fault) else self._judged(row, known) for row in batch]
        for fault in judged:
            if isinstance(fault, Fault):
                self._tell(fault)
        good = [row for row in judged if isinstance(row, Row)]
        self.valid += len(good)
        self.faults += len(batch) - len(good)
        return good

    def _judged(self, row: Row, known: set[str]) -> Row | Fault:
        if row.model not in self._models:
            return _fault(row, "model", "unknown_model")
        grammar = self._models[row.model]
        if grammar is None:
            return _fault(row, "model", "not_serialised")
        if not is_well_formed(row.serial, grammar):
            return _fault(row, "serial", "wrong_serial")
        if row.serial in known:
            return _fault(row, "serial", "serial_known")
        if row.serial in self._seen:
            return _fault(row, "serial", "twice_in_list")
        self._seen.add(row.serial)
        return row


def _batches(rows: Iterator[Row | Fault]) -> Iterator[list[Row | Fault]]:
    while batch := list(islice(rows, BATCH_ROWS)):
        yield batch


def _fault(row: Row, column: str, reason: str) -> Fault:
    return Fault(row=row.number, column=column, reason=reason, content=row.content)


async def _judge(tx: Transaction, tell: Tell, most_rows: int) -> _Judge:
    models = await catalogue.cpe_models(tx)
    return _Judge({one.code: grammar_of(one) if one.is_serialised else None for one in models}, tell, most_rows)


async def _place(tx: Transaction, location_id: UUID) -> StockLocation:
    place = await tx.get(StockLocation, location_id, NoSuchLocation)
    if place.kind not in INTO:
        raise WrongDestination(kind=place.kind, wanted=LocationKind.DEPOT)
    return place


async def _store(tx: Transaction, rows: Sequence[Row], record: SerialImport) -> None:
    """Units as `service.receive` makes them, in three statements."""
    if not rows:
        return
    ids = [tx.new_id() for _ in rows]
    put_away = SERIAL.advance(SERIAL.initial, SerialCommand.PUT_AWAY)
    actor = {"actor_kind": tx.actor.kind, "actor_id": tx.actor.id}
    units = [
        {"id": id_, "serial": row.serial, "model": row.model, "location_id": record.location_id, "state": put_away.to}
        for id_, row in zip(ids, rows, strict=True)
    ]
    fact = {
        "command": str(SerialCommand.PUT_AWAY),
        "from_state": str(SERIAL.initial),
        "to_state": str(put_away.to),
        "occurred_at": tx.now,
        "recorded_at": tx.now,
        "detail": {"import_id": str(record.id)},
    }
    line = {
        "quantity": 1,
        "to_location_id": record.location_id,
        "at": tx.now,
        "occurred_at": tx.now,
        "reason": MoveReason.RECEIPT,
        "subject_id": record.id,
    }
    facts = [{"id": tx.new_id(), "subject_id": id_, **fact, **actor} for id_ in ids]
    lines = [
        {"id": tx.new_id(), "serial_unit_id": id_, "model": row.model, **line, **actor}
        for id_, row in zip(ids, rows, strict=True)
    ]
    for table, values in ((SerialUnit, units), (SerialFact, facts), (StockMove, lines)):
        await tx.session.execute(insert(cast(Any, table.__table__)), values)
