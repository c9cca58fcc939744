"""What a plan is worth is data: saved by version, chosen by run, and runs are compared in figures that no policy bends."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from backend.dispatch import tasks
from backend.dispatch.models import Weights
from backend.dispatch.routes import ROUTES
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from scheduling import Policy
from tests.factories.callers import calling
from tests.factories.dispatch import AirLines, make_jobs, make_team, plan, solve_here
from tests.factories.jobs import SUPERVISOR
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio

TODAY = MONDAY.date().isoformat()
RUNS, POLICIES = "/api/v1/optimisation-runs", "/api/v1/planning-policies"
IDLE = {"name": "idle", "weights": {"unserved_priority_s": 0, "moved_s": 0}}


@pytest.fixture
async def territory_id(database: Database) -> UUID:
    """One technician with two days, and more jobs than fit into one of them."""
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1, days=2)
        await make_jobs(tx, eero.territory_id, 6)
    return eero.territory_id


async def solved(database: Database, http: httpx.AsyncClient, territory_id: UUID, **wanted: Any) -> dict[str, Any]:
    asked = await http.post(RUNS, json={"territory_id": str(territory_id), "day": TODAY, "seconds": 1} | wanted)
    assert asked.status_code == 202, asked.text
    await tasks.solve(database, AirLines(), solve_here, UUID(asked.json()["id"]))
    return (await http.get(f"{RUNS}/{asked.json()['id']}")).json()


def test_the_weights_are_those_of_the_planner():
    fields = Weights.__struct_fields__
    unpriced = {"name", "version", "waiting"}  # what slots cannot price is no weight of a dispatcher's

    assert {name: getattr(Weights(), name) for name in fields} == {
        name: value for name, value in asdict(Policy()).items() if name not in unpriced
    }


async def test_each_saving_is_a_version_and_the_planners_own_is_the_first_of_standard(database: Database):
    async with calling(database, ROUTES, SUPERVISOR) as http:
        saved = [(await http.post(POLICIES, json=IDLE)).json()["version"] for _ in range(2)]
        standard = await http.post(POLICIES, json={"name": "standard", "weights": {"fairness": 0.5}})
        shown = (await http.get(POLICIES)).json()["items"]

    assert saved == [1, 2]
    assert (standard.status_code, standard.json()["version"]) == (201, 2)
    assert [(one["name"], one["version"]) for one in shown] == [
        ("idle", 2),
        ("idle", 1),
        ("standard", 2),
        ("standard", 1),
    ]


async def test_weights_that_make_no_sense_and_unknown_policies_are_refused(database: Database, territory_id: UUID):
    request = {"territory_id": str(territory_id), "day": TODAY}
    async with calling(database, ROUTES, SUPERVISOR) as http:
        negative = await http.post(POLICIES, json={"name": "odd", "weights": {"travel": -1}})
        misspelt = await http.post(POLICIES, json={"name": "odd", "weights": {"traval": 1}})
        unknown = await http.post(RUNS, json=request | {"policy": "odd"})
        too_new = await http.post(RUNS, json=request | {"policy_version": 2})

    assert [one.status_code for one in (negative, misspelt, unknown, too_new)] == [400, 400, 404, 404]
    assert unknown.json()["code"] == "unknown_policy"


async def test_a_run_is_judged_by_the_policy_it_names_and_runs_are_compared_in_plain_figures(
    database: Database, territory_id: UUID
):
    async with calling(database, ROUTES, SUPERVISOR) as http:
        await http.post(POLICIES, json=IDLE)
        standard = await solved(database, http, territory_id)
        idle = await solved(database, http, territory_id, policy="idle")
        listed = (await http.get(RUNS, params={"territory_id": str(territory_id), "day": TODAY})).json()["items"]

    assert [(one["policy_name"], one["figures_after"]["served"]) for one in listed] == [
        ("idle", 0),
        ("standard", len(standard["moves"])),
    ]
    assert idle["moves"] == []
    assert standard["figures_before"]["travel_seconds"] == 0 < standard["figures_after"]["travel_seconds"]


async def test_a_run_over_several_days_plans_them_together(database: Database, territory_id: UUID):
    async with calling(database, ROUTES, SUPERVISOR) as http:
        one_day = await solved(database, http, territory_id)
        two_days = await solved(database, http, territory_id, days=2)

    days = {move["to_start"][:10] for move in two_days["moves"] if move["to_start"]}
    assert days == {TODAY, (MONDAY + timedelta(days=1)).date().isoformat()}
    assert one_day["figures_after"]["served"] < two_days["figures_after"]["served"] == 6


async def test_a_run_gives_no_more_planned_jobs_to_others_than_its_budget(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        eero, aino = await make_team(tx, 2)
        near, far, farther = await make_jobs(tx, eero.territory_id, 3)
        for job, technician, hours in ((near, eero, 0.25), (far, aino, 0.25), (farther, eero, 3.25)):
            await plan(tx, job, technician, hours=hours)
    async with calling(database, ROUTES, SUPERVISOR) as http:
        await http.post(POLICIES, json={"name": "restless", "weights": {"moved_s": 0, "retimed": 0}})
        runs = [
            await solved(database, http, eero.territory_id, policy="restless", disturbance_limit=limit)
            for limit in (None, 0)
        ]

    free, bound = (run["figures_after"] for run in runs)
    assert [run["state"] for run in runs] == ["proposed", "proposed"]
    assert free["moved"] >= 1
    assert free["travel_seconds"] < bound["travel_seconds"]
    assert bound["moved"] == 0
