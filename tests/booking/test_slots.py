"""Which windows are open, and why the others are not."""

from datetime import timedelta
from uuid import UUID

import pytest

from backend.booking import service
from backend.booking.errors import NotAWindow
from backend.booking.schemas import HoldWindow, SlotsView
from backend.dispatch.live import LiveDays
from backend.identity.principal import Principal, Role
from backend.jobs import service as jobs
from backend.jobs.errors import JobUnderway, UnknownJob
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from tests.factories.booking import in_helsinki, make_appointment, make_hold, window
from tests.factories.dispatch import AirLines, make_jobs, make_team, plan
from tests.factories.jobs import SUPERVISOR
from tests.factories.workforce import make_shift, make_technician
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio

TODAY = MONDAY.date()


@pytest.fixture
def live() -> LiveDays:
    return LiveDays(AirLines())


async def slots(database: Database, job_id: UUID, *, days: int = 1, live: LiveDays | None = None) -> SlotsView:
    live = live or LiveDays(AirLines())
    async with database.snapshot(SYSTEM, "test") as tx:
        question = await service.ask(tx, SUPERVISOR, live, job_id, first=TODAY, day_count=days)
    return service.answer(question, await live.days(question.reading))


def states(view: SlotsView) -> dict[str, str]:
    """Hours of the window → open or closed, of one day."""
    return {slot.window.local.partition(" ")[2]: slot.state for slot in view.slots}


async def test_an_empty_day_offers_what_fits_into_the_shift(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        team = await make_team(tx, 2)
        [job] = await make_jobs(tx, team[0].territory_id, 1)

    view = await slots(database, job.id)

    # 90 minutes of work, the shift ends at 16: the last window is too late, the one before only just fits.
    assert states(view) == {
        "08:00–10:00": "open",
        "10:00–12:00": "open",
        "12:00–14:00": "open",
        "14:00–16:00": "open",
        "16:00–18:00": "closed",
    }
    assert view.slots[0].technician_count == 2
    assert view.slots[0].travel_seconds is not None
    assert view.slots[0].travel_seconds > 0
    assert view.slots[4].reasons == {"window": 2}


async def test_a_full_technician_and_one_without_the_skill_are_told_apart(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1)
        novice = await make_technician(tx, eero.territory_id)
        await make_shift(tx, novice.id)
        *others, job = await make_jobs(tx, eero.territory_id, 4)
        for hours, other in zip((0.5, 2.1, 4.5), others, strict=True):
            await plan(tx, other, eero, hours=hours)

    view = await slots(database, job.id)

    assert states(view)["10:00–12:00"] == "closed"
    assert view.slots[1].reasons == {"full": 1, "skill": 1}


async def test_a_held_window_is_closed_for_others_and_open_again_for_its_own_job(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1)
        first, second = await make_jobs(tx, eero.territory_id, 2)
    await make_hold(database, first.id, window(14))

    assert states(await slots(database, second.id))["14:00–16:00"] == "closed"
    assert states(await slots(database, first.id))["14:00–16:00"] == "open"


async def test_an_appointment_closes_its_window(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1)
        first, second = await make_jobs(tx, eero.territory_id, 2)
    await make_appointment(database, first.id, window(14))

    assert states(await slots(database, second.id))["14:00–16:00"] == "closed"


async def test_days_without_shifts_are_closed_for_want_of_technicians(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1, days=1)
        [job] = await make_jobs(tx, eero.territory_id, 1)

    view = await slots(database, job.id, days=2)

    tomorrow = [slot for slot in view.slots if slot.day == TODAY + timedelta(days=1)]
    assert {slot.state for slot in tomorrow} == {"closed"}
    assert tomorrow[0].reasons == {"no_technician": 0}


async def test_days_stay_in_memory_for_every_job_of_the_territory(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        team = await make_team(tx, 3, days=5)
        first, second = await make_jobs(tx, team[0].territory_id, 2)
    roads = AirLines()
    live = LiveDays(roads)

    views = [await slots(database, job.id, days=5, live=live) for job in (first, second, first)]

    assert [len(view.slots) for view in views] == [25, 25, 25]
    assert roads.asked == 5  # once for each day


async def test_what_is_kept_in_memory_is_never_older_than_the_plan(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1)
        first, second = await make_jobs(tx, eero.territory_id, 2)
    live = LiveDays(AirLines())
    before = await slots(database, second.id, live=live)

    held = await make_hold(database, first.id, window(14))
    during = await slots(database, second.id, live=live)
    async with database.transaction(SYSTEM, "test") as tx:
        await service.release(tx, SUPERVISOR, held.id)
    after = await slots(database, second.id, live=live)

    assert states(before) == states(after)
    assert (states(before)["14:00–16:00"], states(during)["14:00–16:00"]) == ("open", "closed")


async def test_only_windows_of_the_policy_can_be_asked_for(database: Database, live: LiveDays):
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1)
        [job] = await make_jobs(tx, eero.territory_id, 1)

        odd = HoldWindow(window_start=in_helsinki(9), window_end=in_helsinki(11))

        with pytest.raises(NotAWindow):
            await service.ask_window(tx, SUPERVISOR, live, job.id, odd)


async def test_a_job_that_was_called_off_gets_no_slots(database: Database, live: LiveDays):
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1)
        [job] = await make_jobs(tx, eero.territory_id, 1)
        await jobs.cancel(tx, SUPERVISOR, job.id, "Not wanted any more")

        with pytest.raises(JobUnderway):
            await service.ask(tx, SUPERVISOR, live, job.id, first=TODAY, day_count=1)


async def test_a_dispatcher_of_another_territory_finds_no_such_job(database: Database, live: LiveDays):
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1)
        [job] = await make_jobs(tx, eero.territory_id, 1)
        stranger = Principal(actor=SYSTEM, role=Role.DISPATCHER, territory_ids=frozenset({job.id}))

        with pytest.raises(UnknownJob):
            await service.ask(tx, stranger, live, job.id, first=TODAY, day_count=1)
