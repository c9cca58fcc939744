"""What keeps a flood of phones from drowning a server: a pace for each credential, a bound on what is in hand, and advice.

Counted per process, in memory, before a body is read. Who is refused keeps all its work and comes again; jitter spreads
out those who were refused together.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from backend.kernel.clock import Clock
from backend.offline.schemas import POLL_AFTER_MS
from sync.protocol import ErrorCode, Refusal, Refused

BURST_SECONDS = 10  # a phone that was away for a day sends what it has at once
MAX_CREDENTIALS = 20_000  # whose pace is remembered; far more than phones, far less than memory
MAX_IN_HAND = 1_000  # more would wait for longer than a phone does
EASY_IN_HAND = 20  # twice the connections to the database: up to here nobody waits for long
LONGEST_POLL_MS = 10 * 60_000
BUSY_MS = 1_000  # a request in hand takes some milliseconds; by then the flood has passed or is one

Chance = Callable[[], float]
"""A number from 0 to 1."""


class Pressure:
    """How hard this process is pressed. requests_per_second: of one credential, in the long run."""

    def __init__(self, clock: Clock, *, requests_per_second: float, chance: Chance = random.random) -> None:
        self._clock = clock
        self._rate = requests_per_second
        self._chance = chance
        self._in_hand = 0
        self._buckets: dict[object, _Bucket] = {}

    def admit(self, credential: object) -> None:
        """Count a request of this credential. Raises Refused (rate_limited, busy)."""
        if self._in_hand >= MAX_IN_HAND:
            raise self._refused(ErrorCode.BUSY, BUSY_MS)
        if not self._bucket(credential).take(self._clock.now()):
            raise self._refused(ErrorCode.RATE_LIMITED, 1_000 / self._rate)

    @contextmanager
    def one_in_hand(self) -> Iterator[None]:
        """For as long as a request is worked on; who only waits for news is no burden."""
        self._in_hand += 1
        try:
            yield
        finally:
            self._in_hand -= 1

    def poll_after_ms(self) -> int:
        """When a client that is told nothing should ask: later the more are in hand, and not all in step."""
        stretched = POLL_AFTER_MS * max(1.0, self._in_hand / EASY_IN_HAND)
        return int(min(stretched, LONGEST_POLL_MS) * (0.9 + 0.2 * self._chance()))

    def _bucket(self, credential: object) -> "_Bucket":
        if len(self._buckets) >= MAX_CREDENTIALS:
            self._buckets.clear()  # everybody may burst once more: a smaller evil than keeping count for ever
        return self._buckets.setdefault(credential, _Bucket(self._rate, self._clock.now()))

    def _refused(self, code: ErrorCode, after_ms: float) -> Refused:
        return Refused(Refusal(code=code, retry_after_ms=int(after_ms * (1 + self._chance())) + 1))


class _Bucket:
    """Turner's leaky bucket as a meter (ITU-T I.371, annex A): tokens come at a steady rate and are kept up to a burst."""

    def __init__(self, rate: float, now: datetime) -> None:
        self._rate, self._most = rate, rate * BURST_SECONDS
        self._tokens, self._at = self._most, now

    def take(self, now: datetime) -> bool:
        """Whether there was a token left."""
        passed_seconds = max(0.0, (now - self._at).total_seconds())
        self._tokens, self._at = min(self._most, self._tokens + passed_seconds * self._rate), now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
