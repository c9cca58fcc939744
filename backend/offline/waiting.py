"""Holding a pull that would bring nothing, for as long as its client allows."""

import asyncio
from collections.abc import Awaitable, Callable
from math import ceil

LOOK_EVERY_SECONDS = 0.3  # how soon a waiting client hears of a change

Pause = Callable[[float], Awaitable[None]]


async def wait_for_news(has_news: Callable[[], Awaitable[bool]], *, wait_s: int, pause: Pause = asyncio.sleep) -> None:
    """Return at the first look that finds news, or after `wait_s` seconds of pauses. Between looks nothing is held."""
    for _ in range(ceil(wait_s / LOOK_EVERY_SECONDS)):
        if await has_news():
            return
        await pause(LOOK_EVERY_SECONDS)
