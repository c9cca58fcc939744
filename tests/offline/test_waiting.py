"""Who waits hears of a change at the next look, or that the time is over; one looks for all."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.exc import OperationalError

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.offline import waiting
from backend.offline.waiting import HEARTBEAT_S, LOOK_EVERY_SECONDS, STREAM_HEARTBEATS, News, TooManyListeners, pokes
from sync.protocol import Poke
from tests.factories.jobs import make_job
from tests.offline.conftest import Field

pytestmark = pytest.mark.anyio

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # who waits knows no dialect


class Looks:
    """The pauses between looks: over at once, or held for as long as the test wants."""

    def __init__(self) -> None:
        self.count = 0
        self.paused_seconds = 0.0
        self.held: asyncio.Event | None = None
        self.reached = asyncio.Event()

    async def pause(self, seconds: float) -> None:
        self.count += 1
        self.paused_seconds += seconds
        await asyncio.sleep(0)
        if self.held is not None:
            self.reached.set()
            await self.held.wait()


@pytest.fixture
def looks() -> Looks:
    return Looks()


@pytest.fixture
async def news(database: Database, looks: Looks) -> AsyncIterator[News]:
    opened = News(database, pause=looks.pause)
    yield opened
    await opened.close()


async def change(database: Database, field: Field) -> str:
    """Something changes in the territory; its scope."""
    async with database.transaction(SYSTEM, "test") as tx:
        await make_job(tx, field.technician.territory_id)
    return f"territory:{field.technician.territory_id}"


async def test_a_change_that_is_there_already_is_heard_of_at_the_first_look(field: Field, news: News, looks: Looks):
    scope = f"territory:{field.technician.territory_id}"

    heard = await news.wait({scope: 0}, wait_s=30)

    assert heard.keys() == {scope}
    assert looks.count <= 1


async def test_a_change_in_a_pause_is_heard_of_at_the_next_look(
    database: Database, field: Field, news: News, looks: Looks
):
    scope = f"territory:{field.technician.territory_id}"
    known = await news.wait({scope: 0}, wait_s=1)
    looks.held = asyncio.Event()
    waiting = asyncio.create_task(news.wait(known, wait_s=30))
    await looks.reached.wait()
    await change(database, field)
    looks.held.set()

    assert (await waiting)[scope] > known[scope]


@on_sqlite
async def test_without_news_the_wait_ends_when_it_is_over(news: News, looks: Looks):
    assert await news.wait({"territory:nowhere": 0}, wait_s=6) == {}
    assert looks.paused_seconds == pytest.approx(6.0, abs=LOOK_EVERY_SECONDS)


@on_sqlite
async def test_news_of_other_scopes_are_not_for_us(field: Field, news: News):
    scope = f"territory:{field.technician.territory_id}"

    ours, theirs = await asyncio.gather(news.wait({"territory:nowhere": 0}, wait_s=1), news.wait({scope: 0}, wait_s=1))

    assert (ours, theirs.keys()) == ({}, {scope})


@on_sqlite
async def test_one_looks_for_all(news: News, looks: Looks):
    await asyncio.gather(*(news.wait({"territory:nowhere": 0}, wait_s=3) for _ in range(20)))

    assert looks.paused_seconds == pytest.approx(3.0, abs=LOOK_EVERY_SECONDS)


@on_sqlite
async def test_nobody_looks_when_nobody_waits(news: News, looks: Looks):
    await news.wait({"territory:nowhere": 0}, wait_s=1)
    for _ in range(10):
        await asyncio.sleep(0)
    count = looks.count
    for _ in range(100):
        await asyncio.sleep(0)

    assert looks.count == count


@on_sqlite
async def test_there_is_an_end_to_who_may_wait(news: News, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(waiting, "MAX_LISTENERS", 1)
    first = asyncio.create_task(news.wait({"territory:nowhere": 0}, wait_s=30))
    await asyncio.sleep(0)

    with pytest.raises(TooManyListeners):
        await news.wait({"territory:nowhere": 0}, wait_s=30)

    first.cancel()


@on_sqlite
async def test_a_database_that_is_away_for_a_moment_ends_no_wait(
    database: Database, field: Field, news: News, looks: Looks, monkeypatch: pytest.MonkeyPatch
):
    scope = f"territory:{field.technician.territory_id}"
    looks.held = asyncio.Event()
    monkeypatch.setattr(waiting, "scope_states", away)
    heard = asyncio.create_task(news.wait({scope: 0}, wait_s=30))
    await looks.reached.wait()
    monkeypatch.undo()
    looks.held.set()

    assert (await heard).keys() == {scope}


async def away(*_: object) -> None:
    raise OperationalError("SELECT", {}, Exception("connection failed"))


# --- The stream -------------------------------------------------------------------------------------------------------


@on_sqlite
async def test_a_stream_pokes_once_for_a_change(field: Field, news: News):
    scope = f"territory:{field.technician.territory_id}"
    stream = pokes(news, {scope: 0})

    first, second = await anext(stream), await anext(stream)

    assert first is not None
    assert (first, second) == (Poke(scope=scope, seq=first.seq), None)
    await stream.aclose()


@on_sqlite
async def test_a_quiet_stream_beats_and_ends(news: News, looks: Looks):
    beats = [poke async for poke in pokes(news, {"territory:nowhere": 0})]

    assert beats == [None] * STREAM_HEARTBEATS
    assert looks.paused_seconds == pytest.approx(STREAM_HEARTBEATS * HEARTBEAT_S, rel=0.05)
