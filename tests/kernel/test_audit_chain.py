"""The chain of the audit rows: it costs the writers nothing, and tells whatever was done to a row."""

from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from backend.kernel import audit_chain
from backend.kernel.audit import SYSTEM, AuditRow
from backend.kernel.audit_chain import LATE, AuditLink, Head, Verified, link, verify
from backend.kernel.db import Database
from tests.factories.customers import make_premises
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rows(database: Database) -> list[UUID]:
    """The audit rows of two transactions, linked."""
    for _ in range(2):
        await change(database)
    await link(database)
    async with database.snapshot(SYSTEM, "test") as tx:
        return list(await tx.session.scalars(select(AuditRow.id).order_by(AuditRow.id)))


async def change(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await make_premises(tx)


async def verified(database: Database, noted: Head | None = None) -> Verified:
    async with database.snapshot(SYSTEM, "test") as tx:
        return await verify(tx, noted=noted)


async def execute(database: Database, statement: object) -> None:
    """Somebody with the database does what the product never does."""
    async with database.transaction(SYSTEM, "test") as tx:
        await tx.session.execute(statement)  # type: ignore[arg-type]


async def test_every_row_is_linked_once_and_the_chain_goes_on(database: Database, rows: list[UUID]):
    first = await verified(database)
    await change(database)
    await link(database)
    await link(database)

    second = await verified(database, first.head)

    assert (first.rows, first.fault) == (len(rows), None)
    assert (second.rows, second.fault) == (len(rows) * 3 // 2, None)


async def test_batches_of_any_size_make_the_same_chain(
    database: Database, rows: list[UUID], monkeypatch: pytest.MonkeyPatch
):
    whole = (await verified(database)).head
    await execute(database, delete(AuditLink))
    monkeypatch.setattr(audit_chain, "AT_ONCE", 1)
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        if not pauses:
            await change(database)  # whoever waits to write may do it between two of them
        pauses.append(seconds)

    await link(database, pause=pause)

    found = await verified(database, whole)
    assert (found.rows, found.fault) == (len(rows) * 3 // 2, None)
    assert len(pauses) == found.rows


async def test_a_row_that_was_changed_is_named(database: Database, rows: list[UUID]):
    await execute(database, update(AuditRow).where(AuditRow.id == rows[1]).values(actor_kind="nobody"))

    found = await verified(database)

    assert found.fault is not None
    assert (found.rows, found.fault.number, found.fault.audit_id) == (1, 2, rows[1])


async def test_a_row_that_was_taken_out_is_named(database: Database, rows: list[UUID]):
    await execute(database, delete(AuditRow).where(AuditRow.id == rows[0]))

    found = await verified(database)

    assert (found.rows, found.fault) == (0, audit_chain.Fault(1, rows[0], "the row was taken out"))


async def test_so_is_one_that_was_taken_out_with_its_link(database: Database, rows: list[UUID]):
    await execute(database, delete(AuditRow).where(AuditRow.id == rows[1]))
    await execute(database, delete(AuditLink).where(AuditLink.audit_id == rows[1]))

    assert (await verified(database)).fault == audit_chain.Fault(2, None, "the link is missing")


async def test_a_row_that_was_put_in_later_has_no_link(database: Database, rows: list[UUID], clock: FixedClock):
    clock.advance(3 * LATE.total_seconds())
    await change(database)
    await link(database)
    async with database.snapshot(SYSTEM, "test") as tx:
        one = (await tx.session.execute(select(AuditRow.__table__).limit(1))).mappings().one()
    forged = UUID(int=rows[-1].int + 1)
    await execute(database, insert(AuditRow).values(**{**one, "id": forged}))
    await link(database)

    found = await verified(database)

    assert found.fault is not None
    assert (found.fault.number, found.fault.audit_id) == (None, forged)


async def test_a_row_that_is_committed_late_is_linked_with_the_next(
    database: Database, rows: list[UUID], clock: FixedClock
):
    late = {
        "id": UUID(int=rows[0].int - 1),
        "at": MONDAY,
        "actor_kind": "system",
        "actor_id": None,
        "cause": "import",
        "subject_kind": "premises",
        "subject_id": "1",
        "change": "insert",
        "fields": [],
    }
    clock.advance(60)
    await execute(database, insert(AuditRow).values(**late))

    await link(database)

    assert (await verified(database)).rows == len(rows) + 1


async def test_a_chain_that_was_made_anew_is_not_the_one_that_was_noted(database: Database, rows: list[UUID]):
    noted = (await verified(database)).head
    await execute(database, update(AuditRow).where(AuditRow.id == rows[0]).values(cause="nothing"))
    await execute(database, delete(AuditLink))
    await link(database)

    unaware, aware = await verified(database), await verified(database, noted)

    assert unaware.fault is None
    assert aware.fault is not None
    assert aware.fault.why == "it is not what was noted as the head"


async def test_a_chain_that_was_cut_ends_before_what_was_noted(database: Database, rows: list[UUID]):
    noted = (await verified(database)).head
    await execute(database, delete(AuditLink).where(AuditLink.number == len(rows)))

    found = await verified(database, noted)

    assert found.fault is not None
    assert "ends before" in found.fault.why


async def test_two_who_link_at_once_do_not_fork_it(database: Database, rows: list[UUID]):
    await change(database)

    with pytest.raises(IntegrityError):
        await execute(database, insert(AuditLink).values(number=len(rows), audit_id=UUID(int=1), digest=b"x"))


@pytest.mark.parametrize("text", ["", "1", "x:00", "1:zz", "-1:" + "00" * 32, "1:00"])
def test_what_is_no_head_is_refused(text: str):
    with pytest.raises(ValueError):
        Head.read(text)


def test_a_head_is_read_as_it_was_written():
    head = Head(7, bytes(range(32)))

    assert Head.read(str(head)) == head
