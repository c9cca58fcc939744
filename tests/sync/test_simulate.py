"""The simulator finds no fault, finds every planted one, and plays a seed the same way each time."""

from contextlib import nullcontext

import pytest

from sync.simulate import Failed, Size, simulate
from sync.simulation.line import flipped
from sync.simulation.shrinking import shrink
from sync.simulation.site import TwinSite
from sync.simulation.steps import Happening, history
from tests.sync.planted import PLANTED, Planted

WEEK = Size(devices=20, days=5)
SMALL = Size(devices=6, days=4)
SEEDS = 200
SHARES = 8  # of the seeds of the week, so that several processes may take them


@pytest.mark.parametrize("share", range(SHARES))
def test_nothing_goes_wrong_in_a_week_of_twenty_devices(share: int):
    for seed in range(share, SEEDS, SHARES):
        simulate(seed, WEEK)


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_mistake_is_found(name: str, monkeypatch: pytest.MonkeyPatch):
    PLANTED[name].patch(monkeypatch)

    assert any(_fails(seed, PLANTED[name]) for seed in range(SEEDS)), f"{name}: not found in {SEEDS} seeds"


def test_the_same_seed_has_the_same_trace():
    first, again, other = (simulate(seed, SMALL) for seed in (7, 7, 8))

    assert first.trace_hash == again.trace_hash
    assert first.trace_hash != other.trace_hash


def test_a_failure_tells_its_seed_and_a_short_history():
    planted = PLANTED["removal forgotten"]

    with pytest.raises(Failed, match="seed 0: I4") as caught:
        simulate(0, SMALL, open_site=lambda: nullcontext(TwinSite(planted.server)))

    assert 0 < len(caught.value.trace) < 8
    assert all(line in str(caught.value) for line in caught.value.trace)


def test_every_happening_is_drawn():
    drawn = {step.name for seed in range(3) for step in history(seed, WEEK, list(Happening))}

    assert drawn == set(Happening)


def test_a_site_is_asked_for_nothing_that_it_cannot_play():
    drawn = history(1, SMALL, [Happening.OPEN, Happening.SYNC, Happening.RECORD])

    assert {step.name for step in drawn} == {Happening.OPEN, Happening.SYNC, Happening.RECORD}


def test_shrinking_leaves_what_is_needed_and_nothing_else():
    needed = {13, 14, 77}

    assert shrink(range(100), lambda some: needed <= set(some)) == [13, 14, 77]


def test_shrinking_ends_when_it_may_play_no_more():
    plays: list[int] = []

    shrink(range(100), lambda some: bool(plays.append(len(some))), replays=3)

    assert len(plays) == 3


def test_a_flipped_bit_is_one_bit():
    assert [flipped(b"\x00\x00", dice) for dice in (0, 9, 17)] == [b"\x01\x00", b"\x00\x02", b"\x02\x00"]


def _fails(seed: int, planted: Planted) -> bool:
    try:
        simulate(seed, SMALL, open_site=lambda: nullcontext(TwinSite(planted.server)), phone=planted.phone, replays=0)
    except Failed:
        return True
    return False
