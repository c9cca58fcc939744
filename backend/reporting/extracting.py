"""Facts since a cursor, so that none is missed and none comes twice, whoever commits meanwhile.

A row gets its number when it is first read, under one lock for its table. So none comes to stand behind a cursor that has
passed: an id, or a number given at writing, could be committed after a higher one was read (billing's feed is numbered
alike). A cursor names the epoch, too: what was numbered after a backup that was put back later is numbered anew.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import exists, func, insert, literal, select

from backend.kernel import audit, feed
from backend.kernel.csvtext import csv_text
from backend.kernel.db import Transaction
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.reporting.counting import TIME_SHIFT
from backend.reporting.extract_schemas import AT_ONCE
from backend.reporting.extracts import EXTRACTS, Extract
from backend.reporting.models import ExtractNumber, ExtractStream

LATE = timedelta(hours=1)  # from an id to its commit, which follows at once; whatever is later, a sweep finds
SWEPT_EVERY = timedelta(days=1)


class UnknownExtract(NotFound):
    """No table of facts is called so. `GET /api/v1/extracts` lists them."""

    code = "unknown_extract"


class BadExtractCursor(Invalid):
    """The cursor was not made by us. Leave it out to begin with the first row."""

    code = "bad_extract_cursor"


class StaleExtractCursor(Conflict):
    """A backup was put back since: begin anew without a cursor. Rows that you have come again with the same id."""

    code = "stale_extract_cursor"


class Page(NamedTuple):
    """rows: each behind its cursor. next_cursor: the last of them, or the one that was asked with; None for neither."""

    heading: tuple[str, ...]
    rows: Sequence[Sequence[Any]]
    next_cursor: str | None
    has_more: bool

    def csv(self) -> str:
        return csv_text(self.heading, self.rows)


def extract_of(name: str) -> Extract:
    """Raises UnknownExtract."""
    if name not in EXTRACTS:
        raise UnknownExtract(table=name[:64])
    return EXTRACTS[name]


async def read(tx: Transaction, extract: Extract, *, cursor: str | None, limit: int) -> Page:
    """The rows behind a cursor, oldest number first; reading again gives the same. Who read what is in the audit.

    cursor: None for all from the first. limit: 1 to AT_ONCE. Raises BadExtractCursor, StaleExtractCursor.
    """
    epoch = await feed.epoch(tx)
    after = _number_in(cursor, epoch)
    stream = await _locked(tx, extract)
    if stream.last - after <= limit:
        await _number(tx, extract, stream)
    found = await _behind(tx, extract, after, limit=limit + 1)
    rows = [(f"{epoch}.{row[0]}", *row[1:]) for row in found[:limit]]
    note = {"after": after, "rows": len(rows)}
    audit.note(tx, subject_kind="extract", subject_id=extract.name, change="read", fields=[f"{key}={value}" for key, value in note.items()])  # fmt: skip
    return Page(
        heading=("cursor", *extract.columns),
        rows=rows,
        next_cursor=rows[-1][0] if rows else cursor,
        has_more=len(found) > limit,
    )


def _number_in(cursor: str | None, epoch: str) -> int:
    if cursor is None:
        return 0
    named, dot, number = cursor.rpartition(".")
    if not (dot and number.isascii() and number.isdigit() and len(number) < 19):
        raise BadExtractCursor(cursor=cursor[:64])
    if named != epoch:
        raise StaleExtractCursor(cursor=cursor[:64])
    return int(number)


async def _locked(tx: Transaction, extract: Extract) -> ExtractStream:
    """The counter of this table, held until the numbers are committed."""
    first = {"name": extract.name, "last": 0, "newest_id": None, "swept_at": tx.now}
    new = tx.upsert(ExtractStream).values(**first).on_conflict_do_nothing(index_elements=["name"])
    await tx.session.execute(new)
    query = select(ExtractStream).where(ExtractStream.name == extract.name).with_for_update()
    return (await tx.session.scalars(query.execution_options(populate_existing=True))).one()


async def _number(tx: Transaction, extract: Extract, stream: ExtractStream) -> None:
    """Give numbers to rows that have none, in the order in which they were made."""
    is_sweep = stream.newest_id is None or tx.now - stream.swept_at >= SWEPT_EVERY
    rows = extract.model.__table__.c
    numbered = exists().where(ExtractNumber.name == extract.name, ExtractNumber.row_id == rows.id)
    new = select(rows.id).where(~numbered)
    if not is_sweep:
        assert stream.newest_id is not None, "else it is a sweep"
        new = new.where(rows.id >= _before(stream.newest_id))
    batch = new.order_by(rows.id).limit(AT_ONCE).subquery()
    place = stream.last + func.row_number().over(order_by=batch.c.id)
    named = select(literal(extract.name), place, batch.c.id)
    await tx.session.execute(insert(ExtractNumber).from_select(["name", "number", "row_id"], named))
    last, newest = await _reached(tx, extract, stream)
    if is_sweep and last - stream.last < AT_ONCE:
        stream.swept_at = tx.now  # a sweep that is cut short goes on with the next reading
    stream.last, stream.newest_id = last, newest


async def _reached(tx: Transaction, extract: Extract, stream: ExtractStream) -> tuple[int, UUID | None]:
    """The last number now, and the newest of the rows that have one."""
    query = select(ExtractNumber.number, ExtractNumber.row_id).where(
        ExtractNumber.name == extract.name, ExtractNumber.number > stream.last
    )
    new = (await tx.session.execute(query)).all()
    ids = [row.row_id for row in new] + ([stream.newest_id] if stream.newest_id else [])
    return max((row.number for row in new), default=stream.last), max(ids, default=None)


def _before(id_: UUID) -> UUID:
    """The first id of LATE before this one."""
    milliseconds = (id_.int >> TIME_SHIFT) - LATE // timedelta(milliseconds=1)
    return UUID(int=max(0, milliseconds) << TIME_SHIFT)


async def _behind(tx: Transaction, extract: Extract, after: int, *, limit: int) -> Sequence[Any]:
    rows = extract.model.__table__.c
    query = (
        select(ExtractNumber.number, *[rows[name] for name in extract.columns])
        .join(extract.model.__table__, rows.id == ExtractNumber.row_id)
        .where(ExtractNumber.name == extract.name, ExtractNumber.number > after)
        .order_by(ExtractNumber.number)
        .limit(limit)
    )
    return (await tx.session.execute(query)).all()
