"""Waiting for what the demo's other processes do."""

import time
from collections.abc import Callable
from typing import TypeVar

LOOK_EVERY_SECONDS = 0.2

T = TypeVar("T")


def once(look: Callable[[], T | None], *, patience_seconds: float = 60.0) -> T:
    """What `look` finds as soon as it finds something. Raises TimeoutError."""
    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline:
        found = look()
        if found is not None:
            return found
        time.sleep(LOOK_EVERY_SECONDS)
    raise TimeoutError(f"worker and billing did not do their part within {patience_seconds:.0f} s; look at their logs")
