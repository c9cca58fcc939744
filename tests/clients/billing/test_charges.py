"""The rule of billing: entries in, billed periods out."""

from datetime import timedelta
from uuid import UUID

import pytest

from clients.billing.charges import Entry, Refused, billed_periods, entry_for
from clients.billing.messages import Kind
from clients.billing.statements import Total, extract, totals
from tests.clients.billing.triggers import CHARGE_LINE, NOW, trigger

DAY = timedelta(days=1)
OF_ACCOUNT = {"service_id": None, "charge_line_id": None, "order_number": None, "period": "once"}


def entries(*triggers) -> list[Entry]:
    made: dict[UUID, Entry] = {}
    for one in triggers:
        made[one.trigger_id] = entry_for(one, superseded=made.get(one.supersedes) if one.supersedes else None)
    return list(made.values())


def periods(*triggers) -> list[tuple]:
    return [(p.since, p.until, p.entry.amount_minor) for p in billed_periods(entries(*triggers))]


def correction(number, superseded, **changes):
    return trigger(number, Kind.CORRECT, supersedes=superseded.trigger_id, **changes)


def test_a_subscription_is_billed_from_its_start_to_its_stop():
    assert periods(trigger(1), trigger(2, Kind.STOP, effective_at=NOW + DAY)) == [(NOW, NOW + DAY, 4990)]


def test_nothing_is_billed_between_suspension_and_resumption():
    billed = periods(
        trigger(1),
        trigger(2, Kind.SUSPEND, effective_at=NOW + DAY),
        trigger(3, Kind.RESUME, effective_at=NOW + 3 * DAY),
    )

    assert billed == [(NOW, NOW + DAY, 4990), (NOW + 3 * DAY, None, 4990)]


def test_a_change_ends_one_period_and_starts_the_next_on_new_terms():
    billed = periods(trigger(1), trigger(2, Kind.CHANGE, effective_at=NOW + DAY, amount_minor=5990))

    assert billed == [(NOW, NOW + DAY, 4990), (NOW + DAY, None, 5990)]


def test_a_charge_line_fulfilled_in_parts_is_charged_for_each_part():
    parts = [trigger(n, Kind.FULFIL, period="once", amount_minor=9900) for n in (1, 2)]

    assert periods(*parts) == [(NOW, None, 9900), (NOW, None, 9900)]


def test_a_correction_takes_the_place_of_what_it_supersedes():
    start = trigger(1)
    stop = trigger(2, Kind.STOP, effective_at=NOW + 5 * DAY)

    billed = periods(start, stop, correction(3, start, effective_at=NOW - DAY))

    assert billed == [(NOW - DAY, NOW + 5 * DAY, 4990)]


def test_a_correction_of_a_correction_keeps_the_first_effect():
    start = trigger(1)
    first = correction(2, start, effective_at=NOW - DAY)

    assert periods(start, first, correction(3, first, effective_at=NOW - 2 * DAY)) == [(NOW - 2 * DAY, None, 4990)]


def test_a_correction_to_quantity_zero_takes_the_charge_back():
    charge = trigger(1, Kind.FULFIL, period="once")

    assert periods(charge, correction(2, charge, quantity=0)) == []


def test_what_an_account_owes_is_charged_once_taken_back_and_charged_again():
    late = trigger(1, Kind.CHARGE, amount_minor=6000, **OF_ACCOUNT)
    back = correction(2, late, quantity=0, amount_minor=0, **OF_ACCOUNT)
    again = correction(3, back, amount_minor=6000, **OF_ACCOUNT)

    assert [periods(late), periods(late, back), periods(late, back, again)] == [
        [(NOW, None, 6000)],
        [],
        [(NOW, None, 6000)],
    ]


def test_a_stop_while_suspended_leaves_the_end_at_the_suspension():
    suspended = (trigger(1), trigger(2, Kind.SUSPEND, effective_at=NOW + DAY))

    assert periods(*suspended, trigger(3, Kind.STOP, effective_at=NOW + 9 * DAY)) == [(NOW, NOW + DAY, 4990)]


START, SUSPENSION = trigger(1), trigger(2, Kind.SUSPEND, effective_at=NOW + DAY)
REFUSALS = [
    ("subscription_not_running", [trigger(1, Kind.STOP)]),
    ("subscription_not_running", [trigger(1, Kind.SUSPEND)]),
    ("subscription_not_running", [trigger(1, Kind.CHANGE)]),
    ("subscription_not_running", [START, SUSPENSION, trigger(3, Kind.SUSPEND, effective_at=NOW + 2 * DAY)]),
    ("subscription_not_suspended", [trigger(1, Kind.RESUME)]),
    ("subscription_not_suspended", [START, trigger(2, Kind.RESUME)]),
    ("subscription_already_started", [START, trigger(2)]),
    ("subscription_already_started", [START, SUSPENSION, trigger(3, effective_at=NOW + 2 * DAY)]),
    ("ends_before_it_started", [START, trigger(2, Kind.STOP, effective_at=NOW - DAY)]),
    ("ends_before_it_started", [START, SUSPENSION, correction(3, START, effective_at=NOW + 2 * DAY)]),
    ("starts_before_the_last_period_ended", [START, SUSPENSION, trigger(3, Kind.RESUME)]),
    ("correction_supersedes_nothing", [trigger(1, Kind.CORRECT)]),
    ("only_a_correction_supersedes", [trigger(1, supersedes=UUID(int=9))]),
    ("superseded_trigger_not_applied", [correction(1, trigger(9))]),
    ("superseded_trigger_of_another_stream", [START, correction(2, START, service_id=UUID(int=9))]),
    ("trigger_already_superseded", [START, correction(2, START), correction(3, START)]),
    ("credit_amount_negative", [trigger(1, Kind.CREDIT, amount_minor=-1)]),
    ("charge_amount_negative", [trigger(1, Kind.CHARGE, amount_minor=-1, **OF_ACCOUNT)]),
]


@pytest.mark.parametrize(("reason", "triggers"), REFUSALS)
def test_a_trigger_that_contradicts_the_ledger_is_refused_with_the_reason(reason, triggers):
    with pytest.raises(Refused) as refused:
        billed_periods(entries(*triggers))

    assert refused.value.reason == reason


def test_totals_keep_months_single_charges_credits_and_currencies_apart():
    other = {"service_id": UUID(int=8), "currency": "SEK", "amount_minor": 700}
    made = entries(
        trigger(1),
        trigger(2, Kind.FULFIL, period="once", charge_line_id=UUID(int=7), amount_minor=9900),
        trigger(3, Kind.CREDIT, period="once", amount_minor=1000),
        trigger(6, Kind.CHARGE, amount_minor=100, **OF_ACCOUNT),
        trigger(4, **other),
        trigger(5, Kind.STOP, effective_at=NOW + DAY, **other),
    )

    assert totals(made) == [
        Total(currency="EUR", monthly_minor=4990, once_minor=10_000, credited_minor=1000),
        Total(currency="SEK", monthly_minor=0, once_minor=0, credited_minor=0),
    ]


def test_the_extract_lists_ended_and_running_periods_and_single_charges_but_nothing_beside_all_lines():
    made = entries(
        trigger(1),
        trigger(2, Kind.CHANGE, effective_at=NOW + DAY),
        trigger(3, Kind.CREDIT, period="once"),
        trigger(5, Kind.CHARGE, **OF_ACCOUNT),
        trigger(4, Kind.FULFIL, period="once"),
    )

    items = extract(made, as_of=NOW).items

    assert [(i.kind, i.charge_line_id, i.billed_since, i.billed_until) for i in items] == [
        ("subscription", CHARGE_LINE, NOW, NOW + DAY),
        ("subscription", CHARGE_LINE, NOW + DAY, None),
        ("one_off", CHARGE_LINE, NOW, None),
    ]
