"""Whose property the units of a model are, by the day on which they were handed over. Pure.

What is said from a date on changes nothing of units that were handed over before it.
"""

from collections.abc import Sequence
from datetime import datetime

from backend.catalogue.errors import OwnerStatedLater
from backend.catalogue.schemas import Owner, Ownership


def owner_at(history: Sequence[Ownership], at: datetime) -> Owner | None:
    """What holds at `at` by a history, oldest first; None where it leaves that to the way in which a unit was sold."""
    return next((one.owner for one in reversed(history) if one.valid_from <= at), None)


def restated(
    model: str, history: Sequence[Ownership], owner: Owner | None, *, at: datetime, now: datetime
) -> list[Ownership]:
    """The history with this owner from `at` on; what was only planned for that instant is replaced.

    Raises OwnerStatedLater.
    """
    if owner_at(history, at) is owner:
        return list(history)
    before = [one for one in history if one.valid_from < at]
    after = history[len(before) :]
    if after and (after[-1].valid_from > at or at <= now):
        raise OwnerStatedLater(model=model, valid_from=after[-1].valid_from)
    return [*before, Ownership(owner=owner, valid_from=at)]
