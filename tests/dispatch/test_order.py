"""Who may stand where in the plan, given who waits for whom."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from backend.dispatch.order import Order, in_order
from backend.dispatch.placings import Placing
from backend.jobs.lifecycle import JobState
from backend.jobs.schemas import JobView
from backend.jobs.service import Wait
from tests.factories.views import job_view
from tests.fakes import MONDAY

PLANT, HOME, SPLICE = (UUID(int=number) for number in (1, 2, 3))
ORDER = [Wait(HOME, PLANT), Wait(SPLICE, HOME)]  # the plant, then the home, then the splice


def job(job_id: UUID, hours: float | None = None, state: JobState = JobState.PENDING) -> JobView:
    """A job of one hour, planned so many hours from now or not at all."""
    start = None if hours is None else at(hours)
    return job_view(id=job_id, state=state, planned_start=start, planned_end=start and start + timedelta(hours=1))


def at(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


def order(*jobs: JobView) -> Order:
    return Order(waits=ORDER, jobs={one.id: one for one in jobs})


def placing(job_id: UUID, hours: float | None) -> Placing:
    if hours is None:
        return Placing(job_id=job_id, crew=(), starts_at=None, ends_at=None)
    return Placing(job_id=job_id, crew=(UUID(int=9),), starts_at=at(hours), ends_at=at(hours + 1))


@pytest.mark.parametrize(
    ("plant", "splice", "wanted", "in_the_way"),
    [
        (job(PLANT, 1), job(SPLICE), 2, None),
        (job(PLANT, 1), job(SPLICE), 1.5, PLANT),
        (job(PLANT), job(SPLICE), 2, PLANT),
        (job(PLANT, 1, JobState.COMPLETED), job(SPLICE), 0, None),
        (job(PLANT, None, JobState.CANCELLED), job(SPLICE), 0, None),
        (job(PLANT, 1, JobState.NOT_DONE), job(SPLICE), 5, PLANT),
        (job(PLANT, 1, JobState.STARTED), job(SPLICE), 2, None),
        (job(PLANT, 1), job(SPLICE, 3), 2, None),
        (job(PLANT, 1), job(SPLICE, 2.5), 2, SPLICE),
        (job(PLANT, 1), job(SPLICE, 2.5, JobState.STARTED), 2, None),
        (job(PLANT, 1), job(SPLICE, 3), None, SPLICE),
        (job(PLANT, 1), job(SPLICE), None, None),
    ],
)
def test_a_job_stands_after_what_it_waits_for_and_before_what_waits_for_it(
    plant: JobView, splice: JobView, wanted: float | None, in_the_way: UUID | None
) -> None:
    span = None if wanted is None else (at(wanted), at(wanted + 1))

    found = order(plant, job(HOME), splice).obstacle(HOME, span, {})

    assert (found and found.id) == in_the_way


def test_changes_that_are_in_order_together_are_made_together() -> None:
    wanted = [placing(HOME, 3), placing(PLANT, 1), placing(SPLICE, 5)]

    assert in_order(order(job(PLANT), job(HOME), job(SPLICE)), wanted) == (wanted, [])


def test_what_follows_a_refused_change_is_refused_with_it() -> None:
    wanted = [placing(HOME, 3), placing(SPLICE, 5)]

    possible, refused = in_order(order(job(PLANT, 4), job(HOME), job(SPLICE)), wanted)

    assert (possible, {one.job_id for one in refused}) == ([], {HOME, SPLICE})


def test_a_row_is_taken_out_of_the_plan_from_its_end() -> None:
    planned = order(job(PLANT, 1), job(HOME, 3), job(SPLICE, 5))

    assert in_order(planned, [placing(HOME, None), placing(SPLICE, None)])[1] == []
    assert [one.job_id for one in in_order(planned, [placing(HOME, None)])[1]] == [HOME]


def test_what_changed_takes_the_place_of_what_was_known() -> None:
    before = order(job(PLANT, 1), job(HOME, 3), job(SPLICE, 5))
    now = Order(waits=[Wait(SPLICE, HOME)], jobs={one.id: one for one in (job(HOME, 4), job(SPLICE, 5))})

    amended = before.amended([HOME], now)

    assert amended.before(HOME) == []
    assert [msgspec.structs.asdict(one)["planned_start"] for one in amended.before(SPLICE)] == [at(4)]
