"""Identifiers: UUIDv7, made here and not by the database, so that both databases and the demo's seed agree.

Source: RFC 9562, section 5.7 (48 bits of Unix milliseconds, then random bits).
"""

import os
from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import Protocol
from uuid import UUID

from backend.kernel.clock import Clock

RandomBytes = Callable[[int], bytes]


class NewId(Protocol):
    def __call__(self) -> UUID: ...


def uuid7(now: datetime, random_bytes: RandomBytes = os.urandom) -> UUID:
    """A version 7 UUID whose leading 48 bits are `now` in Unix milliseconds.

    now: aware; instants before 1970 are refused by the conversion to unsigned bytes (OverflowError).
    """
    milliseconds = int(now.timestamp() * 1000)
    raw = bytearray(milliseconds.to_bytes(6, "big") + random_bytes(10))
    raw[6] = 0x70 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    return UUID(bytes=bytes(raw))


def id_source(clock: Clock, random_bytes: RandomBytes = os.urandom) -> NewId:
    """A function that makes a new id at each call, each greater than the one before, also within a millisecond.

    So the facts and ledger lines of one transaction, which share their times, sort by id in the order they were made.
    Source: RFC 9562, section 6.2, method 2 (monotonic random).
    """
    last = 0
    guard = Lock()  # transactions run in threads, too

    def new_id() -> UUID:
        nonlocal last
        with guard:
            last = max(uuid7(clock.now(), random_bytes).int, last + 1)
            return UUID(int=last)

    return new_id
