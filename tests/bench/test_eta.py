"""Thirty simulated days that the model of arrivals was not fitted to, with durations by a law that it does not know."""

from io import StringIO

import pytest
from rich.console import Console

from backend.bench.eta.calibration import of_lead, play
from backend.bench.eta.run import run

MINUTE = 60.0


def test_nine_of_ten_intervals_hold_and_are_narrow_enough_to_wait_for():
    said = play(days=30, fitted_days=20, technicians=2, seed=7)

    two_hours_ahead = of_lead(said, over_s=110 * MINUTE, up_to_s=120 * MINUTE)
    soon = of_lead(said, over_s=20 * MINUTE, up_to_s=30 * MINUTE)
    assert two_hours_ahead.arrivals > 200
    assert 0.85 <= two_hours_ahead.share_inside <= 0.95
    assert two_hours_ahead.median_width_minutes <= 60
    assert soon.median_width_minutes < two_hours_ahead.median_width_minutes  # it narrows as the day goes on


@pytest.mark.drill
def test_they_hold_for_whole_crowds_of_technicians():
    found = {figure.name: figure for figure in run(Console(file=StringIO()), quick=False).figures}

    assert 85 <= found["eta_inside_two_hours"].value <= 95
    assert found["eta_width_two_hours_minutes"].value <= 60
