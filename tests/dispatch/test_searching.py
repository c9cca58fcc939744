"""What is proposed for a day under way: a plan beside the one in force as it goes on from now, and no moves by which nothing is gained."""

from datetime import timedelta

import pytest

from backend.kernel.db import Database
from tests.dispatch.test_proposals import Day, accept, day, propose
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio

__all__ = ["day"]  # the fixture


async def test_a_day_that_has_only_slipped_has_nothing_to_propose(database: Database, day: Day, clock: FixedClock):
    await accept(database, await propose(database, day))
    clock.advance(timedelta(minutes=5).total_seconds())

    run = await propose(database, day)

    assert run.moves == []
    assert run.figures_before == run.figures_after


async def test_what_does_not_fit_any_more_counts_for_neither_plan(database: Database, day: Day, clock: FixedClock):
    await accept(database, await propose(database, day))
    clock.advance(timedelta(hours=5).total_seconds())  # and nobody has begun with anything

    run = await propose(database, day)

    assert run.figures_before is not None
    assert run.figures_after is not None
    assert 0 < run.figures_before.served <= run.figures_after.served < len(day.jobs)
    assert run.cost_before is not None
    assert run.cost_after is not None
    assert run.cost_after <= run.cost_before
    assert bool(run.moves) is (run.cost_after < run.cost_before)
