"""Where the technician is: shown roughly to the customer alone, only on the way, and forgotten."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from backend.identity.principal import Principal, Role
from backend.jobs import service as jobs
from backend.kernel.audit import SYSTEM, Actor
from backend.kernel.db import Database
from backend.kernel.errors import DomainError
from backend.kernel.retention import forget
from backend.settings import Settings
from backend.tracking import positions, service
from backend.tracking.errors import NotOnTheWay, OutsideShift
from backend.tracking.models import TechnicianPosition
from backend.tracking.positions import COARSE_M, FRESH, OFF_M, coarse
from backend.tracking.routes import ROUTES
from backend.tracking.schemas import PositionView, TellPosition
from backend.tracking.tasks import POSITIONS
from backend.workforce.schemas import TechnicianView
from scheduling.travel import Place, great_circle_m
from sync.operations import Arrive, Complete, EnRoute, NotDone, Operation, Outcome, Start
from tests.factories.callers import calling
from tests.factories.dispatch import FIBRE, make_jobs, plan
from tests.factories.jobs import do, everything_required
from tests.factories.tracking import Agreed, make_agreed, proved
from tests.factories.workforce import make_shift, make_technician
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio

HERE = Place(60.1837, 24.9613)  # a kilometre and a half from the job at 60.171, 24.941


@pytest.fixture
async def agreed(database: Database) -> Agreed:
    return await make_agreed(database)


def phone_of(technician: TechnicianView) -> Principal:
    return Principal(
        actor=Actor(kind="technician", id=technician.id), role=Role.TECHNICIAN, technician_id=technician.id
    )


async def tell(
    database: Database, agreed: Agreed, *, who: TechnicianView | None = None, place: Place = HERE
) -> type[DomainError] | None:
    """What came of it."""
    told = TellPosition(job_id=agreed.job.id, latitude=place.lat, longitude=place.lon)
    try:
        async with database.transaction(SYSTEM, "test") as tx:
            await positions.tell(tx, phone_of(who or agreed.eero), told)
    except DomainError as refused:
        return type(refused)
    return None


async def seen(database: Database, customer: Principal) -> PositionView | None:
    async with database.snapshot(customer.actor, "test") as tx:
        details = (await service.see(tx, customer)).details
    assert details is not None
    return details.position


async def work(database: Database, agreed: Agreed, *operations: Operation) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        if (await jobs.job_view(tx, agreed.job.id)).assignment == "assigned":
            await jobs.dispatch(tx, agreed.job.id)
        await do(tx, agreed.job.id, agreed.eero.id, *operations)


async def kept(database: Database) -> Sequence[TechnicianPosition]:
    async with database.snapshot(SYSTEM, "test") as tx:
        return (await tx.session.scalars(select(TechnicianPosition))).all()


async def test_the_customer_sees_it_on_the_way_and_neither_before_nor_after(database: Database, agreed: Agreed):
    customer = proved(agreed.customer)
    await work(database, agreed)
    told = [await tell(database, agreed)]
    shown = [await seen(database, customer)]
    for steps in ([EnRoute()], [Arrive()], [Start()], [*everything_required(), Complete(outcome=Outcome.FULL)]):
        await work(database, agreed, *steps)
        told.append(await tell(database, agreed))
        shown.append(await seen(database, customer))

    assert told == [NotOnTheWay, None, NotOnTheWay, NotOnTheWay, NotOnTheWay]
    assert [position is not None for position in shown] == [False, True, False, False, False]


async def test_it_is_told_roughly_with_its_age_and_how_far_that_is(
    database: Database, agreed: Agreed, clock: FixedClock
):
    await work(database, agreed, EnRoute())
    await tell(database, agreed)
    told_at = clock.now()
    clock.advance(120)

    position = await seen(database, proved(agreed.customer))

    assert position is not None
    assert (position.at, position.distance_m, position.radius_m) == (told_at, 1500, OFF_M)
    assert 0 < great_circle_m(HERE, Place(position.latitude, position.longitude)) < OFF_M
    assert (position.site_latitude, position.site_longitude) == (60.171, 24.941)


async def test_whoever_has_the_link_alone_sees_no_position(database: Database, agreed: Agreed):
    await work(database, agreed, EnRoute())
    await tell(database, agreed)

    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await service.see(tx, agreed.customer)).details is None


async def test_an_old_position_is_not_shown(database: Database, agreed: Agreed, clock: FixedClock):
    await work(database, agreed, EnRoute())
    await tell(database, agreed)

    clock.advance(FRESH.total_seconds() - 1)
    assert await seen(database, proved(agreed.customer)) is not None
    clock.advance(1)
    assert await seen(database, proved(agreed.customer)) is None


async def test_only_the_technician_of_the_job_tells_and_only_theirs_is_shown(database: Database, agreed: Agreed):
    async with database.transaction(SYSTEM, "test") as tx:
        other = await make_technician(tx, agreed.territory_id, skills=[FIBRE])
        await make_shift(tx, other.id)
    await work(database, agreed, EnRoute())

    assert await tell(database, agreed, who=other) is not None
    assert await kept(database) == []

    await tell(database, agreed)
    async with database.transaction(SYSTEM, "test") as tx:
        row = (await tx.session.scalars(select(TechnicianPosition))).one()
        row.technician_id = other.id
    assert await seen(database, proved(agreed.customer)) is None


async def test_who_goes_on_to_another_job_is_seen_by_that_customer_alone(database: Database, agreed: Agreed):
    async with database.transaction(SYSTEM, "test") as tx:
        [later] = await make_jobs(tx, agreed.territory_id, 1)
        await plan(tx, later, agreed.eero, hours=2)
        await jobs.dispatch(tx, later.id)
    await work(database, agreed, EnRoute())
    await tell(database, agreed)
    await work(database, agreed, NotDone(reason="no_access.nobody_home"))
    async with database.transaction(SYSTEM, "test") as tx:
        await do(tx, later.id, agreed.eero.id, EnRoute())
    await tell(database, agreed._replace(job=later))

    assert [row.job_id for row in await kept(database)] == [later.id]
    assert await seen(database, proved(agreed.customer)) is None


async def test_one_coarse_place_is_kept_and_no_trail(database: Database, agreed: Agreed):
    await work(database, agreed, EnRoute())
    await tell(database, agreed)
    await tell(database, agreed, place=Place(60.175, 24.95))

    [row] = await kept(database)

    assert (row.latitude, row.longitude) == coarse(60.175, 24.95)
    assert (row.latitude, row.longitude) != (60.175, 24.95)


async def test_a_place_outside_the_shift_is_refused_and_not_kept(database: Database, agreed: Agreed, clock: FixedClock):
    await work(database, agreed, EnRoute())
    clock.advance(timedelta(hours=12).total_seconds())

    assert await tell(database, agreed) is OutsideShift
    assert await kept(database) == []


async def test_places_are_forgotten(database: Database, agreed: Agreed, clock: FixedClock):
    await work(database, agreed, EnRoute())
    await tell(database, agreed)
    await forget(database, kept=POSITIONS)
    assert len(await kept(database)) == 1

    clock.advance(POSITIONS.period.total_seconds() + 1)
    await forget(database, kept=POSITIONS)

    assert await kept(database) == []


async def test_a_phone_tells_by_http_and_hears_why_not(database: Database, agreed: Agreed):
    body = {"job_id": str(agreed.job.id), "latitude": HERE.lat, "longitude": HERE.lon}
    await work(database, agreed)
    async with calling(database, ROUTES, phone_of(agreed.eero), settings=Settings()) as http:
        early = await http.put("/api/v1/technician-position", json=body)
        await work(database, agreed, EnRoute())
        taken = await http.put("/api/v1/technician-position", json=body)
        nowhere = await http.put("/api/v1/technician-position", json=body | {"latitude": 91.0})

    assert (early.status_code, early.json()["code"]) == (409, "not_on_the_way")
    assert (taken.status_code, nowhere.status_code) == (204, 400)


@pytest.mark.parametrize("place", [HERE, Place(0.0, 0.0), Place(-33.9, 151.2), Place(71.0, -179.9)])
def test_the_nearest_knot_is_near_and_the_same_for_neighbours(place: Place):
    knot = coarse(place.lat, place.lon)

    assert great_circle_m(place, Place(*knot)) <= COARSE_M * 0.72
    assert coarse(*knot) == knot


@pytest.mark.parametrize("latitude", [-90.0, 90.0])
def test_poles_are_places_too(latitude: float):
    assert abs(coarse(latitude, 25.0)[0]) == pytest.approx(90, abs=0.01)
