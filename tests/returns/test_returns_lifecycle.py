"""The table of an expected return, and the policies that say by when and for how much. Pure."""

from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest

from backend.catalogue.schemas import Owner
from backend.kernel.lifecycle import IllegalMove
from backend.kernel.packs import UnknownPack
from backend.orders.schemas import Provenance
from backend.returns.lifecycle import EXPECTED_RETURN, ReturnCommand, ReturnState
from backend.returns.planning import is_ours
from backend.returns.policy import PACKS, Policy, read_pack
from tests.fakes import MONDAY

S, C = ReturnState, ReturnCommand
LEGAL = {
    (S.EXPECTED, C.RETURN): S.RETURNED,
    (S.EXPECTED, C.CHARGE): S.LATE_CHARGED,
    (S.EXPECTED, C.WAIVE): S.WAIVED,
    (S.EXPECTED, C.WITHDRAW): S.WITHDRAWN,
    (S.LATE_CHARGED, C.RETURN): S.REVERSED,
    (S.LATE_CHARGED, C.WAIVE): S.WAIVED,
    (S.LATE_CHARGED, C.WITHDRAW): S.WITHDRAWN,
    (S.WAIVED, C.RETURN): S.RETURNED,
    (S.WITHDRAWN, C.EXPECT): S.EXPECTED,
}
HELSINKI = ZoneInfo("Europe/Helsinki")
SOLD = Provenance(handover_id=UUID(int=3), order_id=UUID(int=1), order_item_id=UUID(int=2), is_sold=True)


@pytest.mark.parametrize("command", C)
@pytest.mark.parametrize("state", S)
def test_every_state_takes_the_commands_of_the_table_and_no_other(state: ReturnState, command: ReturnCommand):
    if (state, command) in LEGAL:
        assert EXPECTED_RETURN.advance(state, command).to is LEGAL[state, command]
    else:
        with pytest.raises(IllegalMove):
            EXPECTED_RETURN.advance(state, command)


@pytest.mark.parametrize("code", sorted(path.stem for path in PACKS.glob("*.json")))
def test_every_pack_is_dated_data_with_a_source(code: str):
    pack = read_pack(code)

    dates = [version.valid_from for version in pack.versions]
    assert (pack.code, dates) == (code, sorted(set(dates)))
    assert pack.source


def test_a_pack_that_there_is_not_names_those_that_there_are():
    with pytest.raises(UnknownPack, match="none, northbank"):
        read_pack("nortbank")


def test_a_model_may_have_a_price_of_its_own_by_the_version_of_the_day():
    pack = read_pack("northbank")

    prices = [pack.on(day).charge_for(model) for day in (date(2025, 7, 1), date(2026, 7, 1)) for model in ("GW-7", "X")]

    assert prices == [6000, 6000, 18000, 5000]


def test_days_are_the_customers_and_end_at_midnight_also_when_the_clocks_change():
    policy = read_pack("northbank").on(date(2026, 10, 20))  # 14 days, a reminder 4 days before
    evening = datetime(2026, 10, 20, 21, 30, tzinfo=UTC)  # 21 October in Helsinki, in summer time

    assert policy.return_by(evening, HELSINKI) == datetime(2026, 11, 4, 22, tzinfo=UTC)  # winter time
    assert policy.remind_at(evening, HELSINKI) == datetime(2026, 10, 31, 22, tzinfo=UTC)


def test_a_reminder_comes_before_the_last_day():
    text = '{"valid_from": "2026-01-01", "currency": "EUR", "due_days": 7, "reminder_days": 7}'

    with pytest.raises(msgspec.ValidationError, match="reminder_days is less than due_days"):
        msgspec.json.decode(text, type=Policy)


def test_a_policy_that_asks_for_nothing_has_no_last_day():
    policy = read_pack("none").on(date(2026, 6, 1))

    assert (policy.return_by(MONDAY, HELSINKI), policy.remind_at(MONDAY, HELSINKI)) == (None, None)


@pytest.mark.parametrize(
    ("owner", "came", "ours"),
    [
        (Owner.OPERATOR, SOLD, True),
        (Owner.CUSTOMER, None, False),
        (None, SOLD, False),
        (None, msgspec.structs.replace(SOLD, is_sold=False), True),
        (None, None, True),
    ],
)
def test_the_catalogue_says_whose_a_unit_is_else_how_it_was_paid(
    owner: Owner | None,
    came: Provenance | None,
    ours: bool,  # noqa: FBT001
):
    assert is_ours(owner, came) is ours
