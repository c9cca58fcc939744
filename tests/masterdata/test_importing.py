"""Master data is taken in row by row: every fault is told, then all rows count or none, and again changes nothing."""

from datetime import date
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from backend.identity import service as identity
from backend.identity.models import User
from backend.identity.principal import Principal, Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.imports import RowsAtFault
from backend.masterdata import service
from backend.masterdata.routes import ROUTES
from backend.masterdata.schemas import ROWS, ImportMasterData, MasterData, MasterDataImport
from backend.resources import service as resources
from backend.workforce import service as workforce
from tests.factories.callers import calling

pytestmark = pytest.mark.anyio

SMALL: dict[str, list[dict[str, Any]]] = {
    "organisations": [{"name": "Own", "is_contractor": False}, {"name": "Helpers"}],
    "territories": [{"code": "N", "name": "North", "zone": "Europe/Helsinki", "latitude": 60.2, "longitude": 24.9}],
    "skills": [{"code": "fibre", "name": "Fibre"}],
    "technicians": [
        {"number": n, "name": f"T{n}", "organisation": o, "territory": "N", "home_latitude": 60.2, "home_longitude": 25}
        for n, o in ((1, "Own"), (2, "Helpers"))
    ],
    "technician_skills": [{"technician": 1, "skill": "fibre", "level": 3, "expires_on": "2027-01-31"}],
    "rosters": [
        {
            "technician": 1,
            "first_day": "2026-10-19",
            "last_day": "2026-11-01",
            "weekdays": [1, 5],
            "starts": "08:00:00",
            "ends": "16:30:00",
            "break_from": "11:00:00",
            "break_until": "13:00:00",
            "break_minutes": 30,
        }
    ],
    "users": [
        {"email": "d@own.example", "name": "D", "role": "dispatcher", "organisation": "Own", "territories": ["N"]},
        {"email": "t@own.example", "name": "T1", "role": "technician", "organisation": "Own", "technician": 1},
    ],
    "locations": [
        {"name": "Depot", "kind": "depot", "latitude": 60.2, "longitude": 24.9},
        {"name": "Van 1", "kind": "van", "technician": 1},
    ],
    "pools": [{"code": "NUM", "kind": "number", "name": "Numbers", "blocks": ["+358955500000-+358955500009"]}],
}


def document(**sections: list[dict[str, Any]]) -> MasterData:
    return msgspec.convert(SMALL | sections, MasterData)


async def take(database: Database, wanted: MasterData, *, is_trial: bool = False) -> MasterDataImport:
    async with database.transaction(SYSTEM, "test") as tx:
        return await service.import_master_data(tx, ImportMasterData(master_data=wanted, is_trial=is_trial))


def test_every_section_of_a_document_can_be_taken_in():
    assert set(ROWS) == set(MasterData.__struct_fields__) == set(service.PUTS)


async def test_a_document_makes_everything_that_it_names(database: Database):
    done = await take(database, document())

    assert {one.change for one in done.changes} == {"added"}
    assert len(done.changes) == sum(len(rows) for rows in SMALL.values())
    async with database.snapshot(SYSTEM, "test") as tx:
        own, helper = await workforce.technicians(tx)
        [pool] = await resources.pools(tx)
        dispatcher = (await tx.session.scalars(select(User).where(User.email == "d@own.example"))).one()
    assert [(one.code, one.level, one.expires_on) for one in own.skills] == [("fibre", 3, date(2027, 1, 31))]
    assert (own.is_contractor, helper.is_contractor, pool.size) == (False, True, 10)
    assert (dispatcher.role, dispatcher.territory_ids, dispatcher.password_hash) == (
        Role.DISPATCHER,
        [own.territory_id],
        None,
    )


async def test_a_roster_is_by_the_clock_on_the_wall_of_each_day(database: Database):
    """The clocks go back in the night to 25 October."""
    await take(database, document())

    days = [date(2026, 10, day) for day in range(19, 32)]
    async with database.snapshot(SYSTEM, "test") as tx:
        shifts = await workforce.shifts(tx, days)

    assert [(one.day.day, one.starts_at.hour, one.break_seconds) for one in shifts] == [
        (19, 5, 1800),
        (23, 5, 1800),
        (26, 6, 1800),
        (30, 6, 1800),
    ]


async def test_the_same_document_again_changes_nothing(database: Database):
    await take(database, document())

    assert (await take(database, document())).changes == []


async def test_a_row_that_is_known_says_what_shall_be_so_from_now_on(database: Database):
    await take(database, document())
    left = [SMALL["users"][0] | {"is_active": False}, SMALL["users"][1]]
    more = [SMALL["pools"][0] | {"blocks": [*SMALL["pools"][0]["blocks"], "+358955500100-+358955500104"]}]

    done = await take(database, document(users=left, pools=more))

    assert [(one.section, one.key, one.change) for one in done.changes] == [
        ("users", "d@own.example", "changed"),
        ("pools", "NUM", "changed"),
    ]
    async with database.snapshot(SYSTEM, "test") as tx:
        [pool] = await resources.pools(tx)
        seen = await identity.users(tx, Principal(actor=SYSTEM, role=Role.ADMINISTRATOR))
    assert (pool.size, [one.email for one in seen]) == (15, ["t@own.example"])


WRONG: dict[str, list[dict[str, Any]]] = {
    "organisations": [{"name": "Own", "is_contractor": False}],
    "territories": [SMALL["territories"][0], SMALL["territories"][0] | {"code": "S", "zone": "Europe/Nowhere"}],
    "technicians": [SMALL["technicians"][0], SMALL["technicians"][1] | {"territory": "S"}],
    "technician_skills": [{"technician": 1, "skill": "juggling"}, {"technician": 9, "skill": "fibre"}],
    "rosters": [SMALL["rosters"][0] | {"last_day": "2026-10-01"}, SMALL["rosters"][0] | {"ends": "08:00:00"}],
    "users": [
        {"email": "a@own.example", "name": "A", "role": "technician", "organisation": "Own"},
        {"email": "b@own.example", "name": "B", "role": "billing_system", "organisation": "Own"},
        {"email": "c@own.example", "name": "C", "role": "contractor_manager", "organisation": "Own"},
    ],
    "locations": [],
    "pools": [{"code": "IP", "kind": "ipv4", "name": "IP", "blocks": ["203.0.113.0/99"]}],
}


async def test_every_row_at_fault_is_told_and_none_is_taken(database: Database):
    with pytest.raises(RowsAtFault) as refusal:
        await take(database, document(**WRONG))

    assert [(one["section"], one["row"], one["reason"]) for one in refusal.value.params["faults"]] == [
        ("territories", 2, "unknown_zone"),
        ("technicians", 2, "unknown_organisation"),
        ("technician_skills", 1, "unknown_skill"),
        ("technician_skills", 2, "unknown_technician"),
        ("rosters", 1, "bad_roster"),
        ("rosters", 2, "bad_shift"),
        ("users", 1, "role_does_not_fit"),
        ("users", 2, "role_does_not_fit"),
        ("users", 3, "role_does_not_fit"),
        ("pools", 1, "bad_block"),
    ]
    async with database.snapshot(SYSTEM, "test") as tx:
        assert await workforce.technicians(tx) == []


async def test_a_trial_tells_the_same_and_changes_nothing(database: Database):
    trial = await take(database, document(), is_trial=True)

    assert (len(trial.changes), trial.faults) == (sum(len(rows) for rows in SMALL.values()), [])
    async with database.snapshot(SYSTEM, "test") as tx:
        assert await workforce.territories(tx) == []


@pytest.mark.parametrize(("role", "status"), [(Role.ADMINISTRATOR, 201), (Role.SUPERVISOR, 403)])
async def test_an_administrator_takes_it_in_over_http(database: Database, role: Role, status: int):
    async with calling(database, ROUTES, Principal(actor=SYSTEM, role=role)) as http:
        answer = await http.post("/api/v1/master-data-imports", json={"master_data": SMALL})

    assert answer.status_code == status


async def test_who_is_away_has_no_shifts_on_these_days(database: Database):
    away = {"technician": 1, "first_day": "2026-10-23", "last_day": "2026-10-26"}
    async with database.transaction(SYSTEM, "test") as tx:
        await service.import_master_data(tx, ImportMasterData(master_data=document()))
        row = msgspec.convert({"absences": [away]}, MasterData)
        first = await service.import_master_data(tx, ImportMasterData(master_data=row))
        again = await service.import_master_data(tx, ImportMasterData(master_data=row))
        backwards = msgspec.convert({"absences": [away | {"last_day": "2026-10-22"}]}, MasterData)
        refused = await service.import_master_data(tx, ImportMasterData(master_data=backwards, is_trial=True))

    async with database.snapshot(SYSTEM, "test") as tx:
        days = [date(2026, 10, day) for day in range(19, 32)]
        left = [shift.day for shift in await workforce.shifts(tx, days, None)]
    assert [one.change for one in first.changes] == ["removed"]
    assert (again.changes, [fault.reason for fault in refused.faults]) == ([], ["bad_roster"])
    assert left == [date(2026, 10, 19), date(2026, 10, 30)]  # Mondays and Fridays, but the 23rd and the 26th
