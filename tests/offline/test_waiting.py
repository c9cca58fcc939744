"""A pull that would bring nothing is held, by looking again and again, and no longer than its client allows."""

import pytest

from backend.offline.waiting import LOOK_EVERY_SECONDS, wait_for_news

pytestmark = pytest.mark.anyio


class Watch:
    """What waits: news come at the look of this number."""

    def __init__(self, news_at: int) -> None:
        self.news_at, self.looks, self.paused_seconds = news_at, 0, 0.0

    async def has_news(self) -> bool:
        self.looks += 1
        return self.looks >= self.news_at

    async def pause(self, seconds: float) -> None:
        self.paused_seconds += seconds

    async def wait(self, wait_s: int) -> None:
        await wait_for_news(self.has_news, wait_s=wait_s, pause=self.pause)


async def test_who_does_not_wait_is_not_held():
    watch = Watch(news_at=99)

    await watch.wait(0)

    assert (watch.looks, watch.paused_seconds) == (0, 0.0)


async def test_news_end_the_wait():
    watch = Watch(news_at=3)

    await watch.wait(30)

    assert watch.paused_seconds == pytest.approx(2 * LOOK_EVERY_SECONDS)


async def test_without_news_the_wait_ends_when_it_is_over():
    watch = Watch(news_at=10_000)

    await watch.wait(6)

    assert watch.paused_seconds == pytest.approx(6.0)
