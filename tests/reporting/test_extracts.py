"""Facts since a cursor: nothing is missed and nothing comes twice, whoever commits meanwhile."""

import csv
import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.billing import accounts
from backend.identity.principal import Principal, Role
from backend.jobs.models import FieldRecord, JobFact, JobNote
from backend.kernel import feed
from backend.kernel.audit import SYSTEM, Actor, AuditRow
from backend.kernel.db import Database, Transaction
from backend.kernel.facts import FactRow
from backend.kernel.money import Money
from backend.kernel.tables import Table
from backend.migrations.tables import all_tables
from backend.reporting import extracting
from backend.reporting.extracting import SWEPT_EVERY, BadExtractCursor, Page, StaleExtractCursor, extract_of
from backend.reporting.extracts import EXTRACTS
from backend.reporting.routes import ROUTES
from backend.workforce.schemas import TechnicianView
from tests.factories.callers import calling
from tests.factories.customers import make_account
from tests.factories.jobs import make_field, make_job
from tests.fakes import MONDAY, FixedClock
from tests.reporting.left_out import LEFT_OUT

pytestmark = pytest.mark.anyio

AUDITOR = Principal(actor=Actor(kind="user", id=UUID(int=7)), role=Role.AUDITOR)
PAGE = Path(extracting.__file__).with_name("EXTRACTS.md")


async def write(tx: Transaction, id_: UUID | None = None, **detail: Any) -> UUID:
    """One fact, of a job that there need not be."""
    made = id_ or tx.new_id()
    moved = {"command": "cancel", "from_state": "pending", "to_state": "cancelled", "detail": detail}
    at = {"occurred_at": tx.now, "recorded_at": tx.now, "actor_kind": "system", "actor_id": None}
    tx.add(JobFact(id=made, subject_id=tx.new_id(), **moved, **at))
    await tx.flush()
    return made


async def read(database: Database, cursor: str | None = None, *, limit: int = 100, name: str = "job_fact") -> Page:
    async with database.transaction(SYSTEM, "test") as tx:
        return await extracting.read(tx, extract_of(name), cursor=cursor, limit=limit)


def ids(page: Page) -> list[UUID]:
    return [row[page.heading.index("id")] for row in page.rows]


async def test_pages_end_where_the_next_begin_and_read_alike_again(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        made = [await write(tx) for _ in range(5)]

    first = await read(database, limit=3)
    second = await read(database, first.next_cursor, limit=3)
    again = await read(database, limit=3)
    after = await read(database, second.next_cursor)

    assert (ids(first), ids(second)) == (made[:3], made[3:])
    assert (first.has_more, second.has_more) == (True, False)
    assert again.rows == first.rows
    assert (after.rows, after.next_cursor) == ([], second.next_cursor)


async def test_what_is_committed_after_a_newer_row_was_read_comes_with_the_next(database: Database, clock: FixedClock):
    early = database.new_id()  # made by a transaction that takes its time
    async with database.transaction(SYSTEM, "test") as tx:
        later = await write(tx)
    seen = await read(database)
    async with database.transaction(SYSTEM, "test") as tx:
        await write(tx, early)

    assert early < later
    assert ids(await read(database, seen.next_cursor)) == [early]


async def test_an_open_transaction_keeps_nobody_from_reading_and_is_not_missed(database: Database):
    if database.dialect == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    async with database.transaction(SYSTEM, "test") as tx:
        slow = await write(tx)
        async with database.transaction(SYSTEM, "test") as other:
            quick = await write(other)
        seen = await read(database)

    assert ids(seen) == [quick]
    assert ids(await read(database, seen.next_cursor)) == [slow]


async def test_even_what_is_committed_a_day_late_is_found_by_the_sweep(database: Database, clock: FixedClock):
    forgotten = database.new_id()
    clock.advance(2 * 3600)
    async with database.transaction(SYSTEM, "test") as tx:
        await write(tx)
    seen = await read(database)
    async with database.transaction(SYSTEM, "test") as tx:
        await write(tx, forgotten)
    unswept = await read(database, seen.next_cursor)
    clock.advance(SWEPT_EVERY.total_seconds())

    assert ids(unswept) == []
    assert ids(await read(database, seen.next_cursor)) == [forgotten]


async def test_many_rows_get_their_numbers_in_batches(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(extracting, "AT_ONCE", 4)
    async with database.transaction(SYSTEM, "test") as tx:
        made = [await write(tx) for _ in range(10)]
    got: list[UUID] = []
    cursor = None
    while (page := await read(database, cursor, limit=3)).rows:
        got += ids(page)
        cursor = page.next_cursor

    assert got == made


async def test_a_cursor_from_before_a_restore_is_refused(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await write(tx)
    seen = await read(database)
    async with database.transaction(SYSTEM, "test") as tx:
        await feed.begin_epoch(tx)

    with pytest.raises(StaleExtractCursor):
        await read(database, seen.next_cursor)


@pytest.mark.parametrize("cursor", ["", "x", "x.", ".1", "x.-1", "x.\u0661", "x." + "9" * 19])
async def test_a_cursor_that_we_did_not_make_is_refused(database: Database, cursor: str):
    with pytest.raises((BadExtractCursor, StaleExtractCursor)):
        await read(database, cursor)


@pytest.fixture
async def eero(database: Database) -> TechnicianView:
    async with database.transaction(SYSTEM, "test") as tx:
        return await make_field(tx)


async def test_over_http_it_is_csv_that_no_spreadsheet_runs_and_its_reading_is_audited(
    database: Database, eero: TechnicianView
):
    async with database.transaction(SYSTEM, "test") as tx:
        job = await make_job(tx, eero.territory_id)
        at = {"occurred_at": MONDAY, "recorded_at": MONDAY + timedelta(minutes=5)}
        tx.add(JobNote(id=tx.new_id(), job_id=job.id, technician_id=eero.id, text='=HYPERLINK("x")', **at))
    async with calling(database, ROUTES, AUDITOR) as http:
        answer = await http.post("/api/v1/extracts/job_note", json={})
        unknown = await http.post("/api/v1/extracts/app_user", json={})
        [row] = csv.DictReader(io.StringIO(answer.text, newline=""))
        nothing = await http.post("/api/v1/extracts/job_note", json={"cursor": row["cursor"]})

    assert answer.headers["content-type"].startswith("text/csv")
    assert (row["text"], row["recorded_at"]) == ('\'=HYPERLINK("x")', "2026-06-01T06:05:00Z")
    assert nothing.text == answer.text.splitlines()[0] + "\r\n"
    assert unknown.json()["code"] == "unknown_extract"
    async with database.snapshot(SYSTEM, "test") as tx:
        query = select(AuditRow).where(AuditRow.subject_kind == "extract").order_by(AuditRow.id)
        audited = list(await tx.session.scalars(query))
    assert [(one.actor_id, one.subject_id, one.fields) for one in audited] == [
        (AUDITOR.actor.id, "job_note", ["after=0", "rows=1"]),
        (AUDITOR.actor.id, "job_note", ["after=1", "rows=0"]),
    ]


async def test_a_dispatcher_may_not_fetch_everything(database: Database):
    async with calling(database, ROUTES, Principal(actor=SYSTEM, role=Role.DISPATCHER)) as http:
        assert (await http.post("/api/v1/extracts/job_fact", json={})).status_code == 403


def tables_of(model: type[Any]) -> set[str]:
    """The product's own below this model: tests have tables, too."""
    is_ours = model.__module__.startswith("backend.") and hasattr(model, "__tablename__")
    named = {model.__tablename__} if is_ours else set()
    return named.union(*(tables_of(one) for one in model.__subclasses__()))


def test_every_table_is_extracted_or_says_why_not():
    all_tables()
    named = [name for names in LEFT_OUT.values() for name in names.split()]

    assert len(named) == len(set(named))
    assert EXTRACTS.keys() & set(named) == set()
    assert tables_of(Table) == EXTRACTS.keys() | set(named)
    assert tables_of(FactRow) | tables_of(FieldRecord) <= EXTRACTS.keys()


async def test_charges_and_credits_of_an_account_come_with_their_amounts(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        account = (await make_account(tx)).id
        given = {"account_id": account, "order_id": None, "occurred_at": tx.now}
        await accounts.charge(
            tx,
            fact_id=UUID(int=1),
            price=Money(amount_minor=4900, currency="EUR"),
            reason="A gateway that did not come back",
            **given,
        )
        await accounts.credit(tx, fact_id=UUID(int=2), amount_minor=2500, currency="EUR", reason="Late", **given)

    page = await read(database, name="billing_trigger")

    shown = [dict(zip(page.heading, row, strict=True)) for row in page.rows]
    told = [(one["kind"], one["account_id"], one["charge_line_id"], one["amount_minor"]) for one in shown]
    assert told == [("charge", account, None, 4900), ("credit", account, None, 2500)]


def test_the_page_tells_of_each_table_its_columns_in_their_order():
    told = dict(re.findall(r"^\| `(\w+)` \|.*\| `([\w, ]+)` \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))

    assert told == {name: ", ".join(extract.columns) for name, extract in EXTRACTS.items()}
