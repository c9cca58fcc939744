"""What becomes of a promise by what is known: a table, and the policies that say what it costs."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from backend.booking.lifecycle import AppointmentState, HoldState
from backend.kernel.packs import UnknownPack
from backend.promises.lifecycle import PromiseCommand, PromiseState
from backend.promises.planning import UNHEARD, Known, Verdict, judge
from backend.promises.policy import PACKS, Policy, credit_minor, read_pack
from backend.promises.schemas import Cause, CreditKind, Fault
from tests.fakes import MONDAY

A, C, P = AppointmentState, PromiseCommand, PromiseState
START, END = MONDAY, MONDAY + timedelta(hours=2)
IN_TIME, TOO_LATE = END - timedelta(minutes=1), END + timedelta(minutes=1)
POLICY = read_pack("northbank").on(date(2026, 6, 1))  # 24 hours' notice, no tolerance
HELSINKI = ZoneInfo("Europe/Helsinki")
US, THEM = Fault.OPERATOR, Fault.CUSTOMER


def known(**changes: Any) -> Known:
    usual = Known(hold=HoldState.CONSUMED, appointment=A.CONFIRMED, window_start=START, window_end=END, zone=HELSINKI)
    return replace(usual, **changes)


def cancelled(by: Fault | None, *, notice: timedelta, moved: bool = False) -> Known:
    return known(appointment=A.CANCELLED, is_rescheduled=moved, ended_at=START - notice, ended_by=by)


LONG, SHORT = timedelta(hours=25), timedelta(hours=23)

CONFIRMED = {
    "nothing yet": (known(), END, None),
    "nobody heard of, and a phone may be without signal": (known(), END + UNHEARD - timedelta(seconds=1), None),
    "nobody heard of": (known(), END + UNHEARD, Verdict(command=C.BREAK, fault=US, cause=Cause.NO_SHOW)),
    "there in time, waiting at the door": (known(arrived_at=IN_TIME), END, None),
    "there in time and let in": (known(arrived_at=IN_TIME, has_begun=True), END, Verdict(command=C.KEEP)),
    "there in time and done": (known(arrived_at=IN_TIME, appointment=A.COMPLETED), END, Verdict(command=C.KEEP)),
    "there late": (known(arrived_at=TOO_LATE), END, Verdict(command=C.BREAK, fault=US, cause=Cause.LATE)),
    "there late, and the customer had left": (
        known(arrived_at=TOO_LATE, appointment=A.FAILED),
        END,
        Verdict(command=C.BREAK, fault=US, cause=Cause.LATE),
    ),
    "nobody at home": (
        known(arrived_at=IN_TIME, appointment=A.FAILED),
        END,
        Verdict(command=C.BREAK, fault=THEM, cause=Cause.NO_ACCESS),
    ),
    "there in time without the parts": (
        known(arrived_at=IN_TIME, appointment=A.MISSED),
        END,
        Verdict(command=C.BREAK, fault=US, cause=Cause.UNDONE),
    ),
    "given up on the way": (
        known(appointment=A.MISSED),
        END,
        Verdict(command=C.BREAK, fault=US, cause=Cause.NO_SHOW),
    ),
    "moved by us in good time": (
        cancelled(US, notice=LONG, moved=True),
        START,
        Verdict(command=C.MOVE, fault=US, cause=Cause.MOVED),
    ),
    "moved by us at short notice": (
        cancelled(US, notice=SHORT, moved=True),
        START,
        Verdict(command=C.BREAK, fault=US, cause=Cause.MOVED),
    ),
    "moved by the customer at short notice": (
        cancelled(THEM, notice=SHORT, moved=True),
        START,
        Verdict(command=C.MOVE, fault=THEM, cause=Cause.MOVED),
    ),
    "cancelled by us at short notice": (
        cancelled(US, notice=SHORT),
        START,
        Verdict(command=C.BREAK, fault=US, cause=Cause.CANCELLED),
    ),
    "cancelled by the customer": (
        cancelled(THEM, notice=SHORT),
        START,
        Verdict(command=C.WITHDRAW, fault=THEM, cause=Cause.CANCELLED),
    ),
}


@pytest.mark.parametrize("case", CONFIRMED)
def test_a_confirmed_window(case: str):
    facts, now, verdict = CONFIRMED[case]

    assert judge(P.CONFIRMED, None, facts, POLICY, now) == verdict


def test_an_offer_is_confirmed_or_lapses():
    held = known(hold=HoldState.HELD, appointment=None)
    expired = known(hold=HoldState.EXPIRED, appointment=None)

    assert judge(P.OFFERED, None, held, POLICY, START) is None
    assert judge(P.OFFERED, None, expired, POLICY, START) == Verdict(command=C.LAPSE)
    assert judge(P.OFFERED, None, known(), POLICY, START) == Verdict(command=C.CONFIRM)


def test_who_came_in_time_without_signal_is_heard_later():
    came = known(arrived_at=IN_TIME, has_begun=True)

    assert judge(P.BROKEN, Cause.NO_SHOW, came, POLICY, END) == Verdict(command=C.RESTATE)
    assert judge(P.BROKEN, Cause.LATE, came, POLICY, END) == Verdict(command=C.RESTATE)
    assert judge(P.BROKEN, Cause.UNDONE, came, POLICY, END) is None


def test_a_policy_may_tolerate_some_minutes():
    lenient = msgspec.structs.replace(POLICY, tolerance_minutes=5)

    verdict = judge(P.CONFIRMED, None, known(arrived_at=TOO_LATE, has_begun=True), lenient, END)

    assert verdict == Verdict(command=C.KEEP)


def test_notice_until_the_close_of_the_day_before_is_by_the_customers_clock():
    """The window begins at 14:00 on the Monday after the clocks went forward."""
    new_york = ZoneInfo("America/New_York")
    window_start = datetime(2026, 3, 9, 14, tzinfo=new_york).astimezone(UTC)
    policy = read_pack("us-cable").on(date(2026, 3, 9))

    until = policy.notice_until(window_start, new_york)

    assert until == datetime(2026, 3, 8, 21, tzinfo=UTC)


def test_a_policy_has_one_rule_of_notice():
    text = '{"valid_from": "2026-01-01", "currency": "EUR", "missed_minor": 0, "delay_day_minor": 0}'

    with pytest.raises(msgspec.ValidationError, match="notice_hours or notice_day_before"):
        msgspec.json.decode(text, type=Policy)


@pytest.mark.parametrize("code", sorted(path.stem for path in PACKS.glob("*.json")))
def test_every_pack_is_dated_data_with_a_source(code: str):
    pack = read_pack(code)

    dates = [version.valid_from for version in pack.versions]
    assert (pack.code, dates) == (code, sorted(set(dates)))
    assert pack.source


def test_the_version_of_the_day_counts():
    pack = read_pack("northbank")

    amounts = [pack.on(day).missed_minor for day in (date(2024, 1, 1), date(2025, 12, 31), date(2026, 1, 1))]

    assert amounts == [2000, 2000, 2500]


def test_what_is_given_back():
    given = [
        credit_minor(POLICY, CreditKind.MISSED, cause=Cause.LATE, days=0),
        credit_minor(POLICY, CreditKind.MISSED, cause=Cause.UNDONE, days=0),
        credit_minor(POLICY, CreditKind.DELAY, cause=Cause.UNDONE, days=3),
        credit_minor(POLICY, CreditKind.DELAY, cause=Cause.LATE, days=400),
        credit_minor(POLICY, CreditKind.DELAY, cause=Cause.LATE, days=0),
    ]

    assert given == [2500, 0, 1800, 18000, 0]


def test_a_pack_that_there_is_not_names_those_that_there_are():
    with pytest.raises(UnknownPack, match="none, northbank"):
        read_pack("nortbank")
