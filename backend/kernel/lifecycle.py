"""State machines as plain tables: which command leads from which state to which, and what it says to the others.

Pure: no database, no clock. A slice's `lifecycle.py` holds its states, commands and one `Lifecycle`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from backend.kernel.errors import Conflict

Guard = Callable[[Any], bool]


class IllegalMove(Conflict):
    """This command is not possible in this state. params: lifecycle, state, command, allowed."""

    code = "illegal_move"


class GuardRefused(Conflict):
    """The command is possible in this state, but not with these facts. params: lifecycle, command, guard."""

    code = "guard_refused"


@dataclass(frozen=True, slots=True)
class Move:
    """Where a command leads. event: the type that goes to the outbox, or None. guard: a named predicate on the facts."""

    to: StrEnum
    event: str | None = None
    guard: Guard | None = None


class Lifecycle:
    """One state machine. `moves` maps (state, command) to a Move; what is not in it is illegal."""

    def __init__(self, name: str, *, initial: StrEnum, moves: Mapping[tuple[StrEnum, StrEnum], Move]) -> None:
        self.name = name
        self.initial = initial
        self.moves = dict(moves)

    def advance(self, state: StrEnum, command: StrEnum, facts: Any = None) -> Move:
        """The move that `command` makes from `state`. Raises IllegalMove or GuardRefused; changes nothing."""
        move = self.moves.get((state, command))
        if move is None:
            raise IllegalMove(lifecycle=self.name, state=state, command=command, allowed=self.allowed(state))
        if move.guard is not None and not move.guard(facts):
            raise GuardRefused(lifecycle=self.name, command=command, guard=move.guard.__name__)
        return move

    def allowed(self, state: StrEnum) -> list[str]:
        """The commands that `state` knows, in table order."""
        return [str(command) for (at, command) in self.moves if at == state]

    def events(self) -> Iterator[str]:
        """Every event type that the table can emit."""
        return (move.event for move in self.moves.values() if move.event)

    def as_data(self) -> dict[str, Any]:
        """The table as plain data, for the clients: {name, initial, moves: {state: {command: next state}}}."""
        table: dict[str, dict[str, str]] = {}
        for (state, command), move in self.moves.items():
            table.setdefault(str(state), {})[str(command)] = str(move.to)
        return {"name": self.name, "initial": str(self.initial), "moves": table}
