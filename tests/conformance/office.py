"""The control port: what a tester makes the other side do, whatever it is written in.

Who wants to hold another implementation against this suite writes an `Office` for it and names it in
`--conformance-office module:function`; the function gets the base URL. See README.md.
"""

from dataclasses import dataclass
from typing import Any, Protocol


class NotOffered(Exception):
    """This office cannot do that: what needs it is skipped, and says so."""


@dataclass(frozen=True, kw_only=True)
class Phone:
    """A phone that may sync. technician: whose it is; outbox: the queue that was made with it; token: its bearer."""

    technician: str
    outbox: str
    device: str
    token: str


class Office(Protocol):
    """Dispatcher, administrator and power supply in one. Each call returns when what it asks for is so."""

    url: str

    def technician(self) -> str:
        """A technician of no other test, by whatever name the office knows technicians."""
        ...

    def enrol(self, technician: str) -> Phone:
        """One more phone of this technician."""
        ...

    def give_job(self, technician: str) -> str:
        """A new job, pending, on this technician's phones; its id."""
        ...

    def reassign(self, job: str, technician: str) -> None:
        """Take the job from whoever has it, and put it on this technician's phones."""
        ...

    def cancel(self, job: str) -> None: ...

    def change(self, job: str) -> None:
        """Change something in the job's document that no technician has a say in."""
        ...

    def cards(self, job: str) -> list[dict[str, Any]]:
        """What the dispatcher is asked to decide about this job; each with its `reason`."""
        ...

    def times(self, job: str) -> list[int]:
        """When the server believes that each move of the job happened, in milliseconds since 1970."""
        ...

    def revoke(self, phone: Phone) -> None:
        """The phone was lost."""
        ...

    def renewed(self, phone: Phone) -> Phone:
        """The same phone with new tokens; the old ones are over."""
        ...

    def crash(self) -> None:
        """Cut the power of the server, and switch it on again."""
        ...

    def backup(self) -> None:
        """Keep a copy of everything for `restore`."""
        ...

    def restore(self) -> None:
        """Go back to the last backup, as after the loss of a disk."""
        ...

    def close(self) -> None:
        """The suite is over."""
        ...
