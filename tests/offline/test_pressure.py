"""A flood is held back at the door, each caller by its own pace, and all are told when to come again."""

from contextlib import ExitStack

import pytest

from backend.offline import pressure
from backend.offline.pressure import BURST_SECONDS, EASY_IN_HAND, LONGEST_POLL_MS, MAX_IN_HAND, Pressure
from backend.offline.schemas import POLL_AFTER_MS
from sync.protocol import ErrorCode, Refusal, Refused
from tests.fakes import FixedClock

RATE = 5.0
BURST = int(RATE * BURST_SECONDS)


def pressed(clock: FixedClock, *, chance: float = 0.5) -> Pressure:
    return Pressure(clock, requests_per_second=RATE, chance=lambda: chance)


def admitted(gate: Pressure, tries: int, credential: str = "phone") -> int:
    """How many of so many requests are let in."""
    return sum(refusal(gate, credential) is None for _ in range(tries))


def refusal(gate: Pressure, credential: str = "phone") -> Refusal | None:
    try:
        gate.admit(credential)
    except Refused as refused:
        return refused.refusal
    return None


def hold(gate: Pressure, requests: int) -> ExitStack:
    stack = ExitStack()
    for _ in range(requests):
        stack.enter_context(gate.one_in_hand())
    return stack


def test_a_phone_may_send_a_burst(clock: FixedClock) -> None:
    assert admitted(pressed(clock), 2 * BURST) == BURST


def test_its_pace_comes_back_with_time(clock: FixedClock) -> None:
    gate = pressed(clock)
    admitted(gate, BURST)
    clock.advance(2)

    assert admitted(gate, BURST) == 2 * RATE


def test_rest_gives_no_more_than_a_burst(clock: FixedClock) -> None:
    gate = pressed(clock)
    clock.advance(3600)

    assert admitted(gate, 2 * BURST) == BURST


def test_a_clock_that_is_set_back_takes_nothing_away(clock: FixedClock) -> None:
    gate = pressed(clock)
    admitted(gate, 1)
    clock.advance(-3600)

    assert admitted(gate, 2 * BURST) == BURST - 1


def test_each_credential_has_a_pace_of_its_own(clock: FixedClock) -> None:
    gate = pressed(clock)
    admitted(gate, BURST)

    assert admitted(gate, 1, "another") == 1


def test_who_is_too_fast_hears_when_the_next_may_come(clock: FixedClock) -> None:
    gate = pressed(clock, chance=0.0)
    admitted(gate, BURST)

    assert refusal(gate) == Refusal(code=ErrorCode.RATE_LIMITED, retry_after_ms=201)


def test_paces_are_not_remembered_without_end(clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pressure, "MAX_CREDENTIALS", 3)
    gate = pressed(clock)

    assert [admitted(gate, 1, str(number)) for number in range(10)] == [1] * 10


def test_a_full_house_is_busy_for_everybody(clock: FixedClock) -> None:
    gate = pressed(clock, chance=0.5)

    with hold(gate, MAX_IN_HAND):
        full = refusal(gate)

    assert full == Refusal(code=ErrorCode.BUSY, retry_after_ms=1501)
    assert refusal(gate) is None


@pytest.mark.parametrize(
    ("in_hand", "expected_ms"),
    [
        (0, POLL_AFTER_MS),
        (EASY_IN_HAND, POLL_AFTER_MS),
        (3 * EASY_IN_HAND, 3 * POLL_AFTER_MS),
        (MAX_IN_HAND, LONGEST_POLL_MS),
    ],
)
def test_the_more_are_in_hand_the_later_others_should_ask(clock: FixedClock, in_hand: int, expected_ms: int) -> None:
    gate = pressed(clock)

    with hold(gate, in_hand):
        assert gate.poll_after_ms() == expected_ms


def test_phones_that_ask_together_do_not_come_again_in_step(clock: FixedClock) -> None:
    early, late = pressed(clock, chance=0.0).poll_after_ms(), pressed(clock, chance=1.0).poll_after_ms()

    assert (early, late) == (int(0.9 * POLL_AFTER_MS), int(1.1 * POLL_AFTER_MS))
