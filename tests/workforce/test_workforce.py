"""Territories, technicians, shifts: what is accepted and who sees it."""

from datetime import timedelta

import pytest

from backend.identity.principal import Principal, Role
from backend.identity.service import add_organisation
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.workforce import service
from backend.workforce.areas import Point
from backend.workforce.schemas import GrantSkill
from tests.factories.workforce import make_shift, make_skill, make_technician, make_territory
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio

SUPERVISOR = Principal(actor=SYSTEM, role=Role.SUPERVISOR)


async def test_a_point_belongs_to_the_nearest_territory(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_territory(tx, code="N", latitude=60.20, longitude=24.94)
        south = await make_territory(tx, code="S", latitude=60.16, longitude=24.94)

        found = await service.territory_of(tx, 60.17, 24.95)

    assert found == south


async def test_east_and_west_count_less_in_the_north(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        east = await make_territory(tx, code="E", latitude=60.17, longitude=25.03)  # 0.08° east: 4.4 km
        await make_territory(tx, code="N", latitude=60.22, longitude=24.95)  # 0.05° north: 5.6 km

        found = await service.territory_of(tx, 60.17, 24.95)

    assert found == east


async def test_without_any_territory_nothing_is_served(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(service.NoTerritory):
            await service.territory_of(tx, 60.17, 24.95)


def box(west: float, south: float, east: float, north: float) -> list[Point]:
    return [(west, south), (east, south), (east, north), (west, north)]


async def test_an_area_counts_for_more_than_how_near_the_centre_is(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_territory(tx, code="NEAR", latitude=60.17, longitude=24.95)
        drawn = await make_territory(
            tx, code="DRAWN", latitude=60.30, longitude=24.95, area=box(24.9, 60.1, 25.0, 60.4)
        )

        found = await service.territory_of(tx, 60.17, 24.95)

    assert found == drawn
    assert found.area == box(24.9, 60.1, 25.0, 60.4)


async def test_outside_of_all_areas_the_nearest_territory_without_one_serves(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_territory(tx, code="DRAWN", latitude=60.17, longitude=24.96, area=box(24.96, 60.1, 25.0, 60.4))
        rest = await make_territory(tx, code="REST", latitude=60.30, longitude=24.95)

        found = await service.territory_of(tx, 60.17, 24.95)

    assert found == rest


async def test_outside_of_all_territories_nobody_serves_and_that_is_told(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_territory(tx, code="DRAWN", latitude=60.17, longitude=24.96, area=box(24.96, 60.1, 25.0, 60.4))

        with pytest.raises(service.OutsideEveryTerritory):
            await service.territory_of(tx, 60.17, 24.95)


@pytest.mark.parametrize(
    ("area", "reason"),
    [([(0, 0), (2, 2), (2, 0), (0, 2)], "crosses_itself"), ([(0, 0), (1, 1), (2, 2)], "flat")],
)
async def test_an_area_that_nobody_can_mean_is_refused(database: Database, area: list[Point], reason: str):
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(service.BadArea) as refused:
            await make_territory(tx, area=area)

    assert refused.value.params == {"reason": reason}


@pytest.mark.parametrize("zone", ["Europe/Helsingfors", "../etc/passwd", ""])
async def test_a_zone_is_a_name_of_the_time_zone_database(database: Database, zone: str):
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(service.UnknownZone):
            await make_territory(tx, zone=zone)


async def test_a_technician_comes_with_skills_and_levels(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        fibre = await make_skill(tx)
        made = await make_technician(tx, skills=[GrantSkill(code=fibre, level=3, expires_on=MONDAY.date())])

    async with database.snapshot(SYSTEM, "test") as tx:
        found = await service.technician(tx, made.id)

    assert [(s.code, s.level, s.expires_on) for s in found.skills] == [("FIBRE", 3, MONDAY.date())]


async def test_an_unknown_technician_is_not_found(database: Database, new_id):
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(service.UnknownTechnician):
            await service.technician(tx, new_id())


async def test_a_dispatcher_sees_the_technicians_of_the_own_territories_only(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        north, south = await make_territory(tx, code="N"), await make_territory(tx, code="S")
        mine = await make_technician(tx, north.id)
        await make_technician(tx, south.id)
        principal = Principal(actor=SYSTEM, role=Role.DISPATCHER, territory_ids=frozenset({north.id}))

        page = await service.see_technicians(tx, principal, page_size=50, cursor=None)

    assert page.items == [mine]


async def test_a_contractors_manager_sees_the_own_company_only(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        territory = await make_territory(tx)
        company = await add_organisation(tx, "Kaapeli & Co", is_contractor=True)
        theirs = await make_technician(tx, territory.id, organisation_id=company, is_contractor=True)
        own = await make_technician(tx, territory.id)
        await make_shift(tx, theirs.id)
        await make_shift(tx, own.id)
        manager = Principal(actor=SYSTEM, role=Role.CONTRACTOR_MANAGER, organisation_id=company)

        page = await service.see_technicians(tx, manager, page_size=50, cursor=None)
        shifts = await service.see_shifts(tx, manager, MONDAY.date())

    assert page.items == [theirs]
    assert [shift.technician_id for shift in shifts] == [theirs.id]


async def test_shifts_are_asked_by_local_day_and_technician(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        first = await make_technician(tx)
        second = await make_technician(tx, first.territory_id)
        monday, tuesday = await make_shift(tx, first.id), await make_shift(tx, first.id, days_ahead=1)
        other = await make_shift(tx, second.id)

        both_days = await service.shifts(tx, [monday.day, tuesday.day], [first.id])
        everyone = await service.shifts(tx, [monday.day])

    assert both_days == [monday, tuesday]
    assert {shift.id for shift in everyone} == {monday.id, other.id}


@pytest.mark.parametrize(
    "changes",
    [
        {"ends_at": MONDAY - timedelta(hours=2)},
        {"break_from": None},
        {"break_from": MONDAY - timedelta(hours=3)},
        {"break_until": MONDAY + timedelta(hours=12)},
        {"break_seconds": 3 * 3600},
    ],
)
async def test_a_shift_that_contradicts_itself_is_refused(database: Database, changes):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_technician(tx)

        with pytest.raises(service.BadShift):
            await make_shift(tx, technician.id, **changes)
