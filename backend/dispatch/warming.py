"""Machine code for slots, loaded before the first customer asks: a second and more that a web process has when it is up, and a caller has not."""

import asyncio

from scheduling import slots

WARM_AFTER_SECONDS = 2.0  # a process first answers whoever waited for its start


async def warm_slots(*, after_seconds: float = WARM_AFTER_SECONDS) -> None:
    """Load what answers for slots, in a thread, some time from now."""
    await asyncio.sleep(after_seconds)
    await asyncio.to_thread(slots.warm)
