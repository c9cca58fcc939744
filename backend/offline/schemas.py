"""What offline answers beside the messages of `sync.protocol`."""

import msgspec

from sync.protocol import Result


class Outcomes(msgspec.Struct, frozen=True, kw_only=True):
    """Verdicts of an outbox, in order. last: the highest number that was decided."""

    last: int
    results: list[Result]
