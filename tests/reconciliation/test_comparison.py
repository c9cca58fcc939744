"""Two streams in, differences out: each kind of break, its price and its age, and what is no break."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from backend.reconciliation.planning import differences as compare
from backend.reconciliation.planning import ended, price_of_a_day
from backend.reconciliation.schemas import BilledItem, BreakKind, Finding, RunningService
from tests.fakes import MONDAY

SERVICE, OTHER = UUID(int=1), UUID(int=2)
SINCE = MONDAY - timedelta(days=30)
LATER = SINCE + timedelta(days=10)
PRICE = 3650  # a month; 120 a day
K = BreakKind


def running(**changes: Any) -> RunningService:
    usual = RunningService(
        service_id=SERVICE,
        charge_line_id=UUID(int=11),
        account_id=UUID(int=21),
        active_since=SINCE,
        amount_minor=PRICE,
        currency="EUR",
    )
    return msgspec.structs.replace(usual, **changes)


def billed(**changes: Any) -> BilledItem:
    usual = BilledItem(
        service_id=SERVICE,
        charge_line_id=UUID(int=11),
        account_id=UUID(int=21),
        billed_since=SINCE,
        billed_until=None,
        amount_minor=PRICE,
        currency="EUR",
    )
    return msgspec.structs.replace(usual, **changes)


def differences(
    services: list[RunningService],
    items: list[BilledItem],
    *,
    under_way: frozenset[UUID] = frozenset(),
) -> list[Finding]:
    return list(compare(services, items, under_way=under_way))


# What runs, what is billed, and per break: kind, since, price of a day.
TABLE = {
    "nothing at all": ([], [], []),
    "billed as it runs": ([running()], [billed()], []),
    "never billed": ([running()], [], [(K.ACTIVE_NOT_BILLED, SINCE, 120)]),
    "billed once, and not any more": (
        [running()],
        [billed(billed_until=LATER)],
        [(K.ACTIVE_NOT_BILLED, LATER, 120)],
    ),
    "billed and does not run": ([], [billed()], [(K.BILLED_NOT_ACTIVE, SINCE, 120)]),
    "ended in the network and at billing": ([], [billed(billed_until=LATER)], []),
    "billed twice": (
        [running()],
        [billed(), billed(charge_line_id=UUID(int=12), billed_since=LATER, amount_minor=2 * PRICE)],
        [(K.DOUBLE_BILLED, LATER, 240)],
    ),
    "billed twice and does not run": (
        [],
        [billed(), billed(charge_line_id=UUID(int=12))],
        [(K.BILLED_NOT_ACTIVE, SINCE, 240)],
    ),
    "billed too late": ([running()], [billed(billed_since=LATER)], [(K.WRONG_START, SINCE, 120)]),
    "billed too early": ([running(active_since=LATER)], [billed()], [(K.WRONG_START, SINCE, 120)]),
    "billed from the same second": ([running()], [billed(billed_since=SINCE + timedelta(seconds=1))], []),
    "suspended for a while": ([running()], [billed(billed_until=LATER), billed(billed_since=MONDAY)], []),
    "billed too little": ([running()], [billed(amount_minor=PRICE - 365)], [(K.WRONG_PLAN, SINCE, 12)]),
    "billed too much": ([running()], [billed(amount_minor=PRICE + 365)], [(K.WRONG_PLAN, SINCE, 12)]),
    "billed in another currency": ([running()], [billed(currency="SEK")], [(K.WRONG_PLAN, SINCE, 120)]),
    "wrong in two ways": (
        [running()],
        [billed(billed_since=LATER, amount_minor=0)],
        [(K.WRONG_START, SINCE, 120), (K.WRONG_PLAN, LATER, 120)],
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_differences(case: str):
    services, items, expected = TABLE[case]

    found = differences(services, items)

    assert [(one.kind, one.since, one.risk_minor_per_day) for one in found] == expected


def test_a_service_that_ended_is_billed_too_long_since_its_end():
    [billed_on] = differences([], [billed()])

    found = ended(billed_on, LATER)

    assert (found.since, found.expected, found.found) == (LATER, LATER.isoformat(), SINCE.isoformat())


def test_a_service_that_billing_was_told_of_just_now_is_left_for_the_next_time():
    assert differences([running()], [], under_way=frozenset({SERVICE})) == []


def test_a_break_says_what_was_expected_and_what_was_found():
    [found] = differences([running()], [billed(amount_minor=990)])

    assert (found.expected, found.found) == ("3650 EUR", "990 EUR")


@pytest.mark.parametrize(("month", "day"), [(0, 0), (1, 0), (3042, 100), (3990, 131), (-3990, 131), (365_000, 12_000)])
def test_a_day_is_the_365th_part_of_twelve_months(month: int, day: int):
    assert price_of_a_day(month) == day
