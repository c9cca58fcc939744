"""What a job still lacks before it may be completed. Pure."""

from collections.abc import Collection, Mapping, Sequence

from backend.catalogue.schemas import ChecklistItem
from sync.operations import Outcome

Answer = bool | int | float | str | None


def missing(
    outcome: Outcome,
    *,
    checklist: Sequence[ChecklistItem],
    answers: Mapping[str, Answer],
    hazards: Collection[str],
    acknowledged: Collection[str],
    lacks_signature: bool,
) -> list[str]:
    """What is missing, as `checklist.<item>`, `limits.<item>`, `hazard.<text>` and `signature`; empty when complete.

    A number outside its limits stands in the way of a full completion only: a partial one reports it as it is.
    """
    required = [item for item in checklist if item.required]
    unanswered = [f"checklist.{item.code}" for item in required if answers.get(item.code) is None]
    beyond = [f"limits.{item.code}" for item in required if _is_beyond(item, answers.get(item.code))]
    unread = [f"hazard.{hazard}" for hazard in hazards if hazard not in acknowledged]
    signature = ["signature"] if lacks_signature else []
    return unanswered + (beyond if outcome is Outcome.FULL else []) + unread + signature


def fits(item: ChecklistItem, value: Answer) -> bool:
    """Whether the value is of the item's kind; null takes an answer back and always fits."""
    if value is None:
        return True
    if item.kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, bool if item.kind == "boolean" else str)


def _is_beyond(item: ChecklistItem, value: Answer) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    below = item.minimum is not None and value < item.minimum
    return below or (item.maximum is not None and value > item.maximum)
