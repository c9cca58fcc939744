"""Beats of the clock: none waits, nothing is at work twice at a time, and what is at work comes to its end."""

import asyncio
import logging
from datetime import timedelta
from uuid import UUID

import pytest

from backend.kernel.audit import SYSTEM
from backend.kernel.beats import Foreman, Steady
from backend.kernel.db import Database
from backend.kernel.leases import Look
from tests.kernel.widgets import Widget, widget, work

pytestmark = pytest.mark.anyio


async def nothing(_row_id: UUID) -> None:
    raise AssertionError("this work must not be done")


async def test_a_beat_does_not_wait_and_what_is_at_work_is_not_begun_again() -> None:
    go_on, begun = asyncio.Event(), list[int]()

    async def act() -> None:
        begun.append(len(begun))
        await go_on.wait()

    steady = Steady(act)
    for _ in range(3):
        await steady.beat()
        await asyncio.sleep(0)
    at_first = list(begun)
    go_on.set()
    await steady.end(within_seconds=1)
    await steady.beat()
    await steady.end(within_seconds=1)

    assert (at_first, begun) == ([0], [0, 1])


async def test_what_goes_wrong_at_one_beat_is_logged_and_begun_again_at_the_next(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tries: list[int] = []

    async def act() -> None:
        tries.append(1)
        raise ValueError("no database")

    steady = Steady(act)
    for _ in range(2):
        with caplog.at_level(logging.ERROR):
            await steady.beat()
            await steady.end(within_seconds=1)

    assert len(tries) == 2
    assert "no database" in caplog.text


async def test_what_does_not_end_in_time_is_cut_off() -> None:
    steady = Steady(asyncio.Event().wait)  # type: ignore[arg-type]
    await steady.beat()

    await steady.end(within_seconds=0)

    await steady.end(within_seconds=0)  # nothing is left


async def test_one_look_names_the_kinds_of_which_something_is_due(database: Database) -> None:
    waits, rests = work(nothing, name="waits"), work(nothing, name="rests")
    look = Look([waits, rests])
    before = await look.due(database)
    async with database.transaction(SYSTEM, "test") as tx:
        widget(tx, due_at=tx.now + timedelta(seconds=1))
    not_yet = await look.due(database)
    async with database.transaction(SYSTEM, "test") as tx:
        widget(tx, due_at=tx.now)

    assert (before, not_yet) == ([], [])
    assert sorted(await look.due(database)) == ["rests", "waits"]  # both look at the same table


async def test_the_foreman_has_due_work_done_and_begins_none_after_the_stop(database: Database) -> None:
    done: list[UUID] = []

    async def perform(row_id: UUID) -> None:
        done.append(row_id)
        async with database.transaction(SYSTEM, "polish") as tx:
            (await tx.session.get_one(Widget, row_id)).finish_work()

    async def make() -> UUID:
        async with database.transaction(SYSTEM, "test") as tx:
            return widget(tx, due_at=tx.now).id

    stop = asyncio.Event()
    foreman = Foreman(database, [work(perform)], "w1", stop)
    first = await make()
    await foreman.look()
    await foreman.end(within_seconds=5)
    stop.set()
    await make()
    await foreman.look()
    await foreman.end(within_seconds=5)

    assert done == [first]
