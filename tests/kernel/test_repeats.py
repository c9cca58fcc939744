"""Messages and requests that come again change nothing."""

import asyncio
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import func, select

from backend.kernel.audit import Actor
from backend.kernel.db import Database
from backend.kernel.inbox import take
from backend.kernel.repeats import KeyReused, Once
from tests.kernel.widgets import Widget, widget

EERO, AINO = Actor(kind="user", id=UUID(int=1)), Actor(kind="user", id=UUID(int=2))


class Made(msgspec.Struct, frozen=True):
    widget_id: UUID


async def make_once(database: Database, key: str | None, *, actor: Actor = EERO, digest: str = "d1") -> Made:
    async with database.transaction(actor, "test") as tx:

        async def make() -> Made:
            return Made(widget(tx).id)

        return await Once(tx=tx, key=key, digest=digest)(Made, make)


async def widgets(database: Database) -> int:
    async with database.snapshot(EERO, "test") as tx:
        return (await tx.session.scalars(select(func.count()).select_from(Widget))).one()


async def test_the_same_request_again_gets_the_stored_answer(database: Database) -> None:
    first = await make_once(database, "k1")
    again = await make_once(database, "k1")

    assert (again, await widgets(database)) == (first, 1)


async def test_the_same_key_with_another_request_is_refused(database: Database) -> None:
    await make_once(database, "k1")

    with pytest.raises(KeyReused):
        await make_once(database, "k1", digest="d2")


async def test_two_callers_may_choose_the_same_key(database: Database) -> None:
    first = await make_once(database, "k1")
    other = await make_once(database, "k1", actor=AINO)

    assert other != first


async def test_without_a_key_each_request_counts(database: Database) -> None:
    await make_once(database, None)
    await make_once(database, None)

    assert await widgets(database) == 2


async def test_a_request_that_failed_may_come_again_under_its_key(database: Database) -> None:
    async def fail() -> Made:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async with database.transaction(EERO, "test") as tx:
            await Once(tx=tx, key="k1", digest="d1")(Made, fail)

    await make_once(database, "k1")
    assert await widgets(database) == 1


async def test_an_answer_without_a_body_is_repeated_too(database: Database) -> None:
    calls = []

    async def answer_nothing() -> None:
        calls.append(1)

    for _ in range(2):
        async with database.transaction(EERO, "test") as tx:
            assert await Once(tx=tx, key="k1", digest="d1")(type(None), answer_nothing) is None

    assert calls == [1]


async def test_the_same_request_twice_at_once_has_one_effect_and_one_answer(
    database: Database, other_process: Database
) -> None:
    answers = await asyncio.gather(*(make_once(process, "k1") for process in (database, other_process) * 2))

    assert (len(set(answers)), await widgets(database)) == (1, 1)


async def test_a_message_is_taken_once(database: Database) -> None:
    taken = []
    for source, message_id in (("billing", "m1"), ("billing", "m1"), ("network", "m1"), ("billing", "m2")):
        async with database.transaction(EERO, "test") as tx:
            taken.append(await take(tx, source, message_id))

    assert taken == [True, False, True, True]


async def test_a_message_whose_effect_was_rolled_back_is_taken_when_it_comes_again(database: Database) -> None:
    async def take_and_fail() -> None:
        async with database.transaction(EERO, "test") as tx:
            await take(tx, "billing", "m1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await take_and_fail()

    async with database.transaction(EERO, "test") as tx:
        assert await take(tx, "billing", "m1")


async def test_a_message_that_comes_many_times_at_once_is_taken_once(
    database: Database, other_process: Database
) -> None:
    async def receive(process: Database) -> bool:
        async with process.transaction(EERO, "test") as tx:
            return await take(tx, "billing", "m1")

    taken = await asyncio.gather(*(receive(process) for process in (database, other_process) * 3))

    assert sorted(taken) == [False] * 5 + [True]
