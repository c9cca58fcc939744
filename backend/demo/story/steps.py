"""Steps of a telling: what is played, and how it is named on a line."""

from collections.abc import Callable
from dataclasses import dataclass

from backend.demo.story.scene import Scene

Play = Callable[[Scene], str]
"""Plays one step on the scene; answers with the proof, and raises Unproven when a check does not hold."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a story. number: as in its text; name: for --break; is_visit: it takes the technician's time."""

    number: int
    name: str
    title: str
    play: Play
    is_visit: bool = False


def titled(title: str, play: Play, *, is_visit: bool = False) -> Callable[[int], Step]:
    """A step that is numbered when it stands in a row (see `in_order`)."""
    return lambda number: Step(
        number=number, name=title.lower().replace(" ", "_"), title=title, play=play, is_visit=is_visit
    )


def in_order(*wanted: Callable[[int], Step]) -> tuple[Step, ...]:
    """The steps, numbered from 1."""
    return tuple(step(number) for number, step in enumerate(wanted, start=1))
