"""What offline answers beside the messages of `sync.protocol`."""

import msgspec

from sync.protocol import Result

POLL_AFTER_MS = 30_000  # a client that is told nothing else asks again in half a minute


class Outcomes(msgspec.Struct, frozen=True, kw_only=True):
    """Verdicts of an outbox, in order. last: the highest number that was decided."""

    last: int
    results: list[Result]
