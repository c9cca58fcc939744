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
    not_recovered: Collection[str] = (),
) -> list[str]:
    """What is missing, as `checklist.<item>`, `limits.<item>`, `unit.<serial>`, `hazard.<text>` and `signature`; empty when
    complete.

    What is not asked, because of an earlier answer, is not missing.
    A number outside its limits, and a unit that was to be taken out, stand in the way of a full completion only: a partial
    one reports them as they are.
    """
    required = [item for item in checklist if item.required and _is_asked(item, answers)]
    unanswered = [f"checklist.{item.code}" for item in required if answers.get(item.code) is None]
    beyond = [f"limits.{item.code}" for item in required if _is_beyond(item, answers.get(item.code))]
    left = [f"unit.{serial}" for serial in not_recovered]
    unread = [f"hazard.{hazard}" for hazard in hazards if hazard not in acknowledged]
    signature = ["signature"] if lacks_signature else []
    return unanswered + (beyond + left if outcome is Outcome.FULL else []) + unread + signature


def fits(item: ChecklistItem, value: Answer) -> bool:
    """Whether the value is of the item's kind; null takes an answer back and always fits."""
    if value is None:
        return True
    if item.kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, bool if item.kind == "boolean" else str)


def _is_asked(item: ChecklistItem, answers: Mapping[str, Answer]) -> bool:
    if item.only_if is None:
        return True
    answer, wanted = answers.get(item.only_if.item), item.only_if.answer
    # In Python True is 1, and on a checklist it is not.
    return isinstance(answer, bool) is isinstance(wanted, bool) and answer == wanted


def _is_beyond(item: ChecklistItem, value: Answer) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    below = item.minimum is not None and value < item.minimum
    return below or (item.maximum is not None and value > item.maximum)
