"""The tree of reasons: who stands for one, and what may be chosen when."""

import pytest

from backend.jobs import reasons
from sync import operations


@pytest.mark.parametrize(
    ("reason", "is_customers"),
    [
        ("no_access.dog_loose", True),
        ("no_access", True),
        ("refused.by_customer", True),
        ("network.fault", False),
        ("no_accessible_words", False),
        (None, False),
    ],
)
def test_the_root_of_a_reason_says_whose_failure_it_is(reason: str | None, *, is_customers: bool):
    assert reasons.is_customers(reason) is is_customers


def test_every_reason_is_one_that_its_operation_can_carry():
    for use, paths in reasons.as_data().items():
        assert paths, f"nobody can give a reason for {use}"
        for path in paths:
            arguments = {"reason": path} | ({"work": "REPAIR"} if use == "follow_up" else {})
            operations.decode(use, arguments)
