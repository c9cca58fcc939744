"""Everything a story needs to be played once: the site, the people, the device, and what it learned on the way."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from backend.demo.site import Site
from backend.demo.story.handset import Handset
from backend.demo.story.office import Clerk
from clients.device.device import Device

LOOK_EVERY_SECONDS = 0.1

T = TypeVar("T")


class Unproven(Exception):
    """A check of the story did not hold; the text says what was wanted and what was found."""


@dataclass(kw_only=True)
class Scene:
    """One telling. number: which of several at once; broken: the step that is sabotaged, "" for none.

    handsets: the phones in use, in the order in which they were enrolled.
    """

    site: Site
    url: str
    number: int
    random: Random
    broken: str
    patience_seconds: float
    agent: Clerk
    dispatcher: Clerk
    warehouse: Clerk
    supervisor: Clerk
    analyst: Clerk
    handsets: list[Handset] = field(default_factory=list[Handset])
    ids: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def close(self) -> None:
        """Everybody hangs up, and the phones are put away."""
        clerks = (self.agent, self.dispatcher, self.warehouse, self.supervisor, self.analyst)
        for used in (*clerks, *self.handsets):
            used.close()

    def is_broken(self, step: str) -> bool:
        return self.broken == step

    def until(self, what: str, look: Callable[[], T | None]) -> T:
        """What `look` finds, asked again until it finds something. Raises Unproven when patience ends."""
        deadline = time.monotonic() + self.patience_seconds
        while time.monotonic() < deadline:
            found = look()
            if found is not None and found is not False:
                return found
            self.site.revive()  # whatever a drill has killed
            time.sleep(LOOK_EVERY_SECONDS)
        raise Unproven(f"waited {self.patience_seconds:.0f} s for: {what}")

    @property
    def phone(self) -> Device:
        return self.handsets[0].device

    @property
    def phone_file(self) -> Path:
        return self.handsets[0].file


def expect(holds: bool, what: str, found: object = None) -> None:  # noqa: FBT001 - reads as a sentence at the call
    """Raise Unproven unless it holds."""
    if not holds:
        raise Unproven(f"{what}; found: {found!r}")
