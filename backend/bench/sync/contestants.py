"""What the load generator asks of each server, ours and the others: phones that pull, work and push."""

from collections.abc import Sequence
from typing import Protocol

from backend.bench.sync.wire import Line
from backend.bench.sync.workload import Edit


class Phone(Protocol):
    """One technician's phone, in the words of one server. Counts are exact; a refusal raises WrongAnswer."""

    async def pull(self, line: Line) -> int:
        """Bring the phone up to date: how many documents came."""
        ...

    def compose(self, edits: Sequence[Edit]) -> None:
        """Do this work on the phone; what has to be sent is ready then, so that only sending it is timed."""
        ...

    async def push(self, line: Line) -> int:
        """Send what was composed: how much of it the server took."""
        ...

    async def reconnect(self, line: Line) -> tuple[int, int]:
        """Push, then pull, as after hours without signal: (taken, documents)."""
        ...


class Contestant(Protocol):
    """A running server with the documents of all phones in it."""

    @property
    def name(self) -> str: ...

    @property
    def ports(self) -> Sequence[int]:
        """Where its processes listen; the phones' connections are spread over them."""
        ...

    def phone(self, number: int) -> Phone:
        """A phone of technician `number` that holds nothing yet."""
        ...

    def colleague(self, number: int) -> Phone:
        """Somebody who changes the same technician's jobs meanwhile."""
        ...
