"""What a job still lacks."""

import pytest

from backend.catalogue.schemas import ChecklistCondition, ChecklistItem
from backend.jobs.completion import Answer, fits, missing
from sync.operations import Outcome
from tests.factories.catalogue import INSTALL

ANSWERS: dict[str, Answer] = {"drop": True, "light": -18.5}


def lacking(outcome: Outcome = Outcome.FULL, **changes: object) -> list[str]:
    given = {
        "checklist": INSTALL.checklist,
        "answers": ANSWERS,
        "hazards": ["Dog"],
        "acknowledged": {"Dog"},
        "lacks_signature": False,
    }
    return missing(outcome, **(given | changes))  # type: ignore[arg-type]


def test_a_job_with_everything_lacks_nothing():
    assert lacking() == []


def test_everything_that_is_missing_is_named_at_once():
    found = lacking(answers={}, acknowledged=set(), lacks_signature=True)

    assert found == ["checklist.drop", "checklist.light", "hazard.Dog", "signature"]


def test_an_answer_that_was_taken_back_is_missing():
    assert lacking(answers=ANSWERS | {"drop": None}) == ["checklist.drop"]


def test_no_is_an_answer():
    assert lacking(answers=ANSWERS | {"drop": False}) == []


DAMAGE = ChecklistItem(
    code="damage", text="What is damaged?", kind="text", only_if=ChecklistCondition(item="drop", answer=False)
)


@pytest.mark.parametrize(("drop", "found"), [(True, []), (False, ["checklist.damage"])])
def test_what_an_earlier_answer_makes_needless_is_not_missing(drop: bool, found: list[str]):  # noqa: FBT001
    assert lacking(checklist=[*INSTALL.checklist, DAMAGE], answers=ANSWERS | {"drop": drop}) == found


def test_a_number_is_not_taken_for_a_yes():
    pairs = ChecklistItem(
        code="why", text="Why one?", kind="text", only_if=ChecklistCondition(item="pairs", answer=1.0)
    )

    assert lacking(checklist=[pairs], answers={"pairs": True}) == []
    assert lacking(checklist=[pairs], answers={"pairs": 1}) == ["checklist.why"]


@pytest.mark.parametrize(("light", "found"), [(-27.5, ["limits.light"]), (-7, ["limits.light"]), (-27, []), (-8, [])])
def test_a_full_completion_keeps_to_the_limits(light: float, found: list[str]):
    assert lacking(answers=ANSWERS | {"light": light}) == found


def test_a_partial_completion_reports_a_bad_value_as_it_is():
    assert lacking(Outcome.PARTIAL, answers=ANSWERS | {"light": -30.0}) == []


@pytest.mark.parametrize(
    ("kind", "value", "is_fitting"),
    [
        ("boolean", True, True),
        ("boolean", 1, False),
        ("number", 1, True),
        ("number", -1.5, True),
        ("number", True, False),
        ("number", "1", False),
        ("text", "fine", True),
        ("text", 1, False),
        ("number", None, True),
    ],
)
def test_an_answer_is_of_the_kind_that_the_item_asks_for(kind, value: Answer, is_fitting: bool):  # noqa: FBT001
    assert fits(ChecklistItem(code="x", text="x", kind=kind), value) is is_fitting
