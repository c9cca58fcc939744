"""The canonical form by its short way and by its long one."""

from typing import Any

import pytest

from sync.canonical import canonical

VALUES: tuple[Any, ...] = (
    {"b": 1, "a": [True, None, -7], "C": {"z": "", "y": {}}, "aa": []},
    {"text": 'é "quoted" \\ \n \x1f \x7f \u2028 \U0001f600'},
    {"\U0001f600": 1, "\ufb33": 2, "a": 3},  # by UTF-16 code units the first of these comes before the second
    {"a": ("a", 2**53 - 1, -(2**53) + 1)},
    [[[[]]], "1.0", 0, False],
    "",
    None,
)


@pytest.mark.parametrize("value", VALUES)
def test_a_fraction_beside_a_value_changes_nothing_of_it(value: Any):
    assert canonical([value, 0.5]) == b"[" + canonical(value) + b",0.5]"


def test_names_are_in_the_order_of_utf_16():
    assert canonical({"\ufb33": 2, "\U0001f600": 1}) == '{"\U0001f600":1,"\ufb33":2}'.encode()
