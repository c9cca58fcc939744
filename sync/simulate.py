"""The simulator: phones, technicians and an office work for days over a bad line, and nothing may go wrong.

A seed draws a history; playing it is deterministic, and its trace has a hash by which two runs are known to be the
same. A failure tells the seed and the shortest history that was found to show it. Method: FoundationDB's and
TigerBeetle's simulators (Zhou et al. 2021, doi 10.1145/3448016.3457559).
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TypeAlias

from msgspec import Struct

from sync.simulation.invariants import Violation
from sync.simulation.phone import Phone
from sync.simulation.playing import heal, play
from sync.simulation.shrinking import REPLAYS_AT_MOST, shrink
from sync.simulation.site import Site, TwinSite
from sync.simulation.steps import Size, Step, history
from sync.simulation.world import World

OpenSite: TypeAlias = Callable[[], AbstractContextManager[Site]]


class Run(Struct, frozen=True, kw_only=True):
    """A simulation in which everything held. trace: one line for each step."""

    trace: tuple[str, ...]

    @property
    def trace_hash(self) -> str:
        """SHA-256 of the trace, hex."""
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()


class Failed(Exception):
    """A seed under which something went wrong. trace: of the shortest history that shows it."""

    def __init__(self, seed: int, violation: Violation, trace: Sequence[str]) -> None:
        super().__init__("\n".join([f"seed {seed}: {violation}", *trace]))
        self.seed = seed
        self.violation = violation
        self.trace = tuple(trace)


def open_twin() -> AbstractContextManager[Site]:
    """Open the server in memory."""
    return nullcontext(TwinSite())


def simulate(
    seed: int,
    size: Size,
    *,
    open_site: OpenSite = open_twin,
    phone: type[Phone] = Phone,
    replays: int = REPLAYS_AT_MOST,
) -> Run:
    """Play the history of a seed on a fresh site. replays: how often it may be played to shrink a failing one.

    Raises Failed when an invariant does not hold.
    """
    with open_site() as site:
        steps = history(seed, size, site.playable)
    play_again = _Player(size, open_site, phone)
    world, violation = play_again(steps)
    if violation is None:
        return Run(trace=tuple(world.trace))
    if replays:
        breaks = partial(play_again.breaks, violation.invariant)
        # What came after the breach cannot have caused it.
        world, again = play_again(shrink(steps[: len(world.trace)], breaks, replays=replays))
        violation = again or violation
    raise Failed(seed, violation, world.trace)


class _Player:
    """Plays histories, each on a site of its own."""

    def __init__(self, size: Size, open_site: OpenSite, phone: type[Phone]) -> None:
        self._size, self._open_site, self._phone = size, open_site, phone

    def __call__(self, steps: Sequence[Step]) -> tuple[World, Violation | None]:
        """Return the world as it was in the end, and what went wrong."""
        with self._open_site() as site:
            world = World(site, self._size, self._phone)
            try:
                play(world, steps)
                heal(world)
            except Violation as violation:
                return world, violation
            except Exception as crash:  # noqa: BLE001 - whatever breaks under a history is a finding
                return world, Violation("crash", f"{type(crash).__name__}: {crash}")
            return world, None

    def breaks(self, invariant: str, steps: Sequence[Step]) -> bool:
        """Tell whether a history still breaks the same invariant."""
        _, violation = self(steps)
        return violation is not None and violation.invariant == invariant
