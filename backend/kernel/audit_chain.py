"""The audit rows as a chain: each is sealed over its content and the one before it, so that a change shows.

Whoever writes an audit row knows nothing of it, and nobody's commit waits for its turn: one chore links what was committed
since, in batches. What it proves is that nothing was changed, taken out or put in behind the last link. Somebody with the
database could make all links anew; whoever has noted an earlier head sees that, too.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, exists, select, true
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.audit import SYSTEM, AuditRow
from backend.kernel.chores import Chore
from backend.kernel.db import Database, Transaction
from backend.kernel.statements import Insertion
from backend.kernel.tables import Table

AT_ONCE = 1000  # rows of one transaction: a few hundredths of a second
BREATH_SECONDS = 0.1  # between two of them: on SQLite, who waits to write looks about as often whether it may
LATE = timedelta(hours=1)  # from a row's id to its commit, which follows at once; what is later stays unlinked
TIME_SHIFT = 80  # bits of an id behind its milliseconds (RFC 9562, section 5.7)
EVERY = timedelta(seconds=15)
ORIGIN = hashlib.sha256(b"truckroll audit").digest()


class AuditLink(Table):
    """One link. number: from 1 without gaps; digest: SHA-256 over the digest before and the row (see `sealed`).

    No foreign key: what was taken out must be told, and not only refused.
    """

    __tablename__ = "audit_link"
    audited = False

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    audit_id: Mapped[UUID] = mapped_column(unique=True)
    digest: Mapped[bytes]


class Head(NamedTuple):
    """The last link; number 0 before the first."""

    number: int = 0
    digest: bytes = ORIGIN

    def __str__(self) -> str:
        return f"{self.number}:{self.digest.hex()}"

    @classmethod
    def read(cls, text: str) -> "Head":
        """As it is written. Raises ValueError."""
        number, _, digest = text.partition(":")
        head = cls(int(number), bytes.fromhex(digest))
        if head.number < 0 or len(head.digest) != len(ORIGIN):
            raise ValueError(f"{text} is no head of a chain")
        return head


class Fault(NamedTuple):
    """Where the chain does not hold. number: of the link, None for rows without one."""

    number: int | None
    audit_id: UUID | None
    why: str


class Verified(NamedTuple):
    """rows: linked ones that were read. fault: the first one, None when the chain holds."""

    head: Head
    rows: int
    fault: Fault | None


async def link(database: Database, *, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Link what was committed and is not linked yet; a chore, so that one does it for all workers.

    It is looked for once, page by page, and not while others wait to write.
    """
    rows = await database.look(SYSTEM, "look for audit rows", _first_unlinked)
    while rows:
        await database.write(SYSTEM, "link audit rows", partial(_link, rows=rows))
        if len(rows) < AT_ONCE:
            return
        await pause(BREATH_SECONDS)
        following = AuditRow.id > rows[-1].id
        rows = await database.look(SYSTEM, "look for audit rows", partial(_unlinked_rows, where=following))


async def verify(tx: Transaction, *, noted: Head | None = None) -> Verified:
    """Read the chain from its beginning. noted: a head of an earlier day, which must still be in it."""
    before, rows = Head(), 0
    async for number, audit_id, digest, row in _links(tx):
        fault = _fault_of(before, number, audit_id, digest, row)
        if fault is None and noted and number == noted.number and digest != noted.digest:
            fault = Fault(number, audit_id, "it is not what was noted as the head")
        if fault is not None:
            return Verified(before, rows, fault)
        before, rows = Head(number, digest), rows + 1
    if noted and noted.number > before.number:
        return Verified(before, rows, Fault(noted.number, None, "the chain ends before what was noted as its head"))
    return Verified(before, rows, await _unlinked(tx))


def sealed(before: bytes, row: AuditRow) -> bytes:
    """The digest of a row behind another: SHA-256 over that one's digest and the row's JSON, an array in this order."""
    said: list[Any] = [
        row.id,
        row.at,
        row.actor_kind,
        row.actor_id,
        row.cause,
        row.subject_kind,
        row.subject_id,
        row.change,
        row.fields,
    ]
    return hashlib.sha256(before + msgspec.json.encode(said)).digest()


def _fault_of(before: Head, number: int, audit_id: UUID, digest: bytes, row: AuditRow | None) -> Fault | None:
    if number != before.number + 1:
        return Fault(before.number + 1, None, "the link is missing")
    if row is None:
        return Fault(number, audit_id, "the row was taken out")
    if sealed(before.digest, row) != digest:
        return Fault(number, audit_id, "the row, or its link, was changed")
    return None


async def _link(tx: Transaction, rows: Sequence[AuditRow]) -> None:
    last = await _last(tx)
    head = Head(last.number, last.digest) if last else Head()
    links: list[dict[str, Any]] = []
    for row in rows:
        head = Head(head.number + 1, sealed(head.digest, row))
        links.append({"number": head.number, "audit_id": row.id, "digest": head.digest})
    await tx.put(_LINK, *links)  # two at once cannot fork it: a number is there once


async def _last(tx: Transaction) -> AuditLink | None:
    return (await tx.session.scalars(select(AuditLink).order_by(AuditLink.number.desc()).limit(1))).first()


def _before(audit_id: UUID) -> UUID:
    """The first id of LATE before this one: an id begins with the milliseconds at which it was made."""
    milliseconds = (audit_id.int >> TIME_SHIFT) - LATE // timedelta(milliseconds=1)
    return UUID(int=max(0, milliseconds) << TIME_SHIFT)


async def _first_unlinked(tx: Transaction) -> Sequence[AuditRow]:
    """Only what may have been committed since is looked at again."""
    last = await _last(tx)
    return await _unlinked_rows(tx, AuditRow.id >= _before(last.audit_id) if last else true())


async def _unlinked_rows(tx: Transaction, where: ColumnElement[bool]) -> Sequence[AuditRow]:
    """By id, hence about in the order of their time."""
    query = select(AuditRow).where(~exists().where(AuditLink.audit_id == AuditRow.id), where)
    return (await tx.session.scalars(query.order_by(AuditRow.id).limit(AT_ONCE))).all()


async def _links(tx: Transaction) -> AsyncIterator[tuple[int, UUID, bytes, AuditRow | None]]:
    columns = select(AuditLink.number, AuditLink.audit_id, AuditLink.digest, AuditRow)
    query = columns.outerjoin(AuditRow, AuditRow.id == AuditLink.audit_id).order_by(AuditLink.number).limit(AT_ONCE)
    after = 0
    while found := (await tx.session.execute(query.where(AuditLink.number > after))).all():
        for number, audit_id, digest, row in found:
            yield number, audit_id, digest, row
        after = found[-1].number
        tx.session.expunge_all()  # a chain is longer than memory


async def _unlinked(tx: Transaction) -> Fault | None:
    """A row that should have a link and has none was put in afterwards, or the chore stands still."""
    last = await tx.session.scalar(select(AuditLink.audit_id).order_by(AuditLink.number.desc()).limit(1))
    if last is None:
        return None
    query = select(AuditRow.id).where(~exists().where(AuditLink.audit_id == AuditRow.id))
    stray = await tx.session.scalar(query.where(AuditRow.id < _before(last)).limit(1))
    return stray and Fault(None, stray, "the row has no link, and is older than what has")


_LINK = Insertion(AuditLink.__table__)
CHORES = {"link audit rows": Chore(every=EVERY, perform=link)}
