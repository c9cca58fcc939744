"""Work that is due: claimed under a lease, counted before it runs, tried again, parked in the end."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from backend.kernel import leases, outbox
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.leases import LEASE_SECONDS, LONGEST_RETRY_SECONDS, Lease, claim, retry_delay
from backend.kernel.outbox import Event, OutboxRow
from backend.kernel.tasks import Task, run_due
from tests.fakes import MONDAY, FixedClock
from tests.kernel.widgets import Widget, widget, work


async def some_work(database: Database, *, rows: int = 1) -> list[UUID]:
    async with database.transaction(SYSTEM, "test") as tx:
        return [widget(tx, due_at=tx.now - timedelta(seconds=rows - n)).id for n in range(rows)]


async def only_row(database: Database) -> Widget:
    async with database.snapshot(SYSTEM, "test") as tx:
        return (await tx.session.scalars(select(Widget))).one()


async def is_leased_beyond(database: Database, moment: datetime) -> bool:
    until = (await only_row(database)).leased_until
    return until is not None and until > moment


async def nothing(_row_id: UUID) -> None:
    raise AssertionError("this work must not be done")


def failing(message: str = "no paint") -> Task:
    async def perform(_row_id: UUID) -> None:
        raise ValueError(message)

    return work(perform, max_attempts=3)


async def test_work_that_is_not_due_yet_is_left_alone(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        widget(tx, due_at=tx.now + timedelta(seconds=1))
        widget(tx, due_at=None)

    assert await run_due(database, work(nothing), "w1") == 0


async def test_due_work_is_done_once_and_in_order_of_its_time(database: Database) -> None:
    wanted = await some_work(database, rows=3)
    done: list[UUID] = []

    async def perform(row_id: UUID) -> None:
        done.append(row_id)
        async with database.transaction(SYSTEM, "polish") as tx:
            (await tx.session.get_one(Widget, row_id)).finish_work()

    assert [await run_due(database, work(perform), "w1") for _ in range(2)] == [3, 0]
    assert done == wanted


async def test_the_attempt_is_counted_and_committed_before_the_work_runs(database: Database) -> None:
    await some_work(database)
    seen: list[tuple[int, str | None]] = []

    async def perform(_row_id: UUID) -> None:
        row = await only_row(database)
        seen.append((row.attempts, row.leased_by))

    await run_due(database, work(perform), "w1")

    assert seen == [(1, "w1")]


async def test_claiming_does_not_count_as_a_new_version(database: Database) -> None:
    await some_work(database)

    await claim(database, work(nothing), "w1")

    assert (await only_row(database)).version == 1


async def test_work_that_fails_backs_off_and_says_why(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    await some_work(database)

    with caplog.at_level(logging.WARNING):
        await run_due(database, failing(), "w1")

    row = await only_row(database)
    assert (row.attempts, row.leased_by, row.last_error) == (1, None, "ValueError('no paint')")
    assert row.due_at is not None
    assert timedelta(seconds=0.25) <= row.due_at - MONDAY <= timedelta(seconds=0.5)
    assert "polish of" in caplog.text


async def test_work_that_keeps_failing_is_parked(database: Database, clock: FixedClock) -> None:
    await some_work(database)

    tried = []
    for _ in range(4):
        tried.append(await run_due(database, failing(), "w1"))
        clock.advance(LONGEST_RETRY_SECONDS)

    row = await only_row(database)
    assert tried == [1, 1, 1, 0]
    assert row.parked_at is not None


def test_waiting_times_double_up_to_a_limit_and_are_spread() -> None:
    assert [retry_delay(n, 1.0).total_seconds() for n in (1, 2, 3, 20)] == [0.5, 1.0, 2.0, LONGEST_RETRY_SECONDS]
    assert retry_delay(3, 0.0).total_seconds() == 1.0


async def test_a_lease_keeps_others_away_until_it_runs_out(database: Database, clock: FixedClock) -> None:
    [row_id] = await some_work(database)
    task = work(nothing)
    assert await claim(database, task, "w1") == [Lease(row_id=row_id, attempts=1, worker="w1")]

    clock.advance(LEASE_SECONDS - 1)
    assert await claim(database, task, "w2") == []
    clock.advance(1)
    assert await claim(database, task, "w2") == [Lease(row_id=row_id, attempts=2, worker="w2")]


async def test_the_lease_of_work_that_takes_long_is_renewed(
    database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LEASE_SECONDS", 0.03)
    await some_work(database)
    claimed_by_others: list[Lease] = []

    async def take_long(_row_id: UUID) -> None:
        later = clock.advance(5)
        while not await is_leased_beyond(database, later):
            pass
        claimed_by_others.extend(await claim(database, work(nothing), "w2"))

    await run_due(database, work(take_long), "w1")

    assert claimed_by_others == []


async def test_a_renewal_that_fails_is_tried_again(
    database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LEASE_SECONDS", 0.03)
    await some_work(database)
    write, renewals = leases._write, []  # noqa: SLF001 - the one place where a renewal touches the database

    async def stumble(*given: Any) -> None:
        renewals.append(1)
        if len(renewals) == 1:
            raise OperationalError("UPDATE", {}, Exception("database is locked"))
        await write(*given)

    async def take_long(_row_id: UUID) -> None:
        monkeypatch.setattr(leases, "_write", stumble)
        later = clock.advance(5)
        while not await is_leased_beyond(database, later):
            pass

    await run_due(database, work(take_long), "w1")

    assert len(renewals) >= 2


async def test_work_that_ends_its_process_each_time_is_parked_too(database: Database, clock: FixedClock) -> None:
    await some_work(database)
    task = work(nothing, max_attempts=2)

    claims = []
    for _ in range(3):
        claims.append(len(await claim(database, task, "w1")))
        clock.advance(LEASE_SECONDS)

    row = await only_row(database)
    assert claims == [1, 1, 0]
    assert row.parked_at is not None
    assert "without an answer" in (row.last_error or "")


async def test_a_late_failure_does_not_undo_what_another_worker_finished(database: Database, clock: FixedClock) -> None:
    await some_work(database)

    async def finish(row_id: UUID) -> None:
        async with database.transaction(SYSTEM, "polish") as tx:
            (await tx.session.get_one(Widget, row_id)).finish_work()

    async def hang(_row_id: UUID) -> None:
        clock.advance(LEASE_SECONDS + 1)
        await run_due(database, work(finish), "w2")
        raise ValueError("too late")

    await run_due(database, work(hang), "w1")

    row = await only_row(database)
    assert (row.due_at, row.last_error, row.attempts) == (None, None, 0)


async def test_finished_work_that_comes_again_starts_with_fresh_attempts(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        row = widget(tx, due_at=tx.now, attempts=4, last_error="no paint")
        row.finish_work(again_at=tx.now + timedelta(hours=1))

    row = await only_row(database)
    assert (row.due_at, row.attempts, row.last_error) == (MONDAY + timedelta(hours=1), 0, None)


async def test_workers_that_claim_at_once_share_the_rows(database: Database, other_process: Database) -> None:
    wanted = await some_work(database, rows=40)
    task = work(nothing, batch=5)

    async def drain(process: Database, worker: str) -> list[UUID]:
        got: list[UUID] = []
        while rows := await claim(process, task, worker):
            got += [lease.row_id for lease in rows]
        return got

    shares = await asyncio.gather(*(drain(process, f"w{n}") for n, process in enumerate((database, other_process) * 2)))

    assert sorted(row_id for share in shares for row_id in share) == sorted(wanted)


async def test_an_event_reaches_its_subscribers_once_it_is_committed(database: Database) -> None:
    heard: list[Event] = []

    async def react(tx: Transaction, event: Event) -> None:
        heard.append(event)
        widget(tx, name="made by an event")

    deliver = outbox.delivering(database, {"widget.made": [react]})
    async with database.transaction(SYSTEM, "test") as tx:
        subject_id = tx.new_id()
        outbox.record(tx, "widget.made", subject_id, occurred_at=MONDAY - timedelta(hours=1))

    delivered = [await run_due(database, deliver, "w1") for _ in range(2)]

    assert delivered == [1, 0]
    assert [(event.type, event.subject_id) for event in heard] == [("widget.made", subject_id)]
    assert (heard[0].occurred_at, heard[0].recorded_at) == (MONDAY - timedelta(hours=1), MONDAY)
    assert (await only_row(database)).name == "made by an event"


async def test_a_subscriber_that_fails_leaves_nothing_and_the_event_comes_again(
    database: Database, clock: FixedClock
) -> None:
    calls: list[UUID] = []

    async def react(tx: Transaction, event: Event) -> None:
        calls.append(event.id)
        widget(tx)
        await tx.flush()
        if len(calls) == 1:
            raise ValueError("not yet")

    deliver = outbox.delivering(database, {"widget.made": [react]})
    async with database.transaction(SYSTEM, "test") as tx:
        outbox.record(tx, "widget.made", tx.new_id())
    await run_due(database, deliver, "w1")
    async with database.snapshot(SYSTEM, "test") as tx:
        left = (await tx.session.scalars(select(func.count()).select_from(Widget))).one()
    clock.advance(1)
    await run_due(database, deliver, "w1")

    assert (left, calls) == (0, [calls[0]] * 2)
    assert (await only_row(database)).name == "gear"


async def test_several_rows_of_a_claim_are_performed_at_once_up_to_a_bound(database: Database) -> None:
    await some_work(database, rows=5)
    at_work, most = set[UUID](), list[int]()

    async def perform(row_id: UUID) -> None:
        at_work.add(row_id)
        most.append(len(at_work))
        await asyncio.sleep(0)
        at_work.remove(row_id)

    await run_due(database, work(perform, at_once=3), "w1")

    assert (len(most), max(most)) == (5, 3)


async def events(database: Database, *kinds_and_subjects: tuple[str, int]) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        for kind, subject in kinds_and_subjects:
            outbox.record(tx, kind, UUID(int=subject))
            await tx.flush()


async def test_events_of_one_type_share_a_transaction_and_each_subject_keeps_its_order(database: Database) -> None:
    heard: list[tuple[str, int, str]] = []
    transactions: list[Transaction] = []

    async def react(tx: Transaction, event: Event) -> None:
        heard.append((event.type, event.subject_id.int, tx.cause))
        transactions.append(tx)

    told = ("made", 1), ("made", 2), ("broken", 1), ("made", 3), ("made", 1)
    await events(database, *told)
    await run_due(database, outbox.delivering(database, {"made": [react], "broken": [react]}), "w1")

    assert heard == [
        ("made", 1, "event:made"),
        ("made", 2, "event:made"),
        ("made", 3, "event:made"),
        ("broken", 1, "event:broken"),
        ("made", 1, "event:made"),
    ]
    assert len({id(tx) for tx in transactions}) == 3


async def test_a_subscriber_may_take_all_events_of_a_transaction_at_once(database: Database) -> None:
    heard: list[list[int]] = []

    async def react(_tx: Transaction, events: Sequence[Event]) -> None:
        heard.append([event.subject_id.int for event in events])
        if len(events) > 1 and 2 in heard[-1]:
            raise ValueError("not in company")

    await events(database, ("made", 1), ("made", 3), ("broken", 1), ("broken", 2))
    at_once = outbox.AtOnce(react)
    await run_due(database, outbox.delivering(database, {"made": [at_once], "broken": [at_once]}), "w1")

    assert heard == [[1, 3], [1, 2], [1], [2]]


async def test_an_event_that_fails_holds_up_none_of_those_delivered_with_it(
    database: Database, clock: FixedClock
) -> None:
    heard: list[int] = []

    async def react(tx: Transaction, event: Event) -> None:
        if event.subject_id.int == 2:
            raise ValueError("not yet")
        heard.append(event.subject_id.int)
        widget(tx, name=str(event.subject_id.int))

    await events(database, ("made", 1), ("made", 2), ("made", 3))
    await run_due(database, outbox.delivering(database, {"made": [react]}), "w1")

    async with database.snapshot(SYSTEM, "test") as tx:
        names = list(await tx.session.scalars(select(Widget.name).order_by(Widget.name)))
        left = (await tx.session.scalars(select(OutboxRow).where(OutboxRow.due_at.is_not(None)))).one()
    assert names == ["1", "3"]
    assert (left.subject_id.int, left.attempts, left.last_error) == (2, 1, "ValueError('not yet')")


def test_events_that_come_again_have_no_company() -> None:
    def event(number: int) -> Event:
        return Event(
            id=UUID(int=number),
            type="made",
            version=1,
            subject_id=UUID(int=number),
            occurred_at=MONDAY,
            recorded_at=MONDAY,
        )

    given = [event(number) for number in range(4)]

    found = outbox.batches(given, alone={given[1].id})

    assert found == [[given[0], given[2], given[3]], [given[1]]]
