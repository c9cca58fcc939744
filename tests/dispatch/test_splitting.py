"""A job in two visits: work, parts and lines are divided, and joined again while nothing was done."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import pytest

from backend.dispatch.routes import ROUTES
from backend.identity.principal import Principal, Role
from backend.jobs import service as jobs
from backend.jobs import workorders
from backend.jobs.schemas import JobView
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.outbox import Event
from backend.orders import service as orders
from backend.subscriptions import end_order, record_delivery
from sync.operations import Arrive, Complete, EnRoute, NotDone, Outcome
from tests.factories.callers import calling
from tests.factories.dispatch import FIBRE, make_jobs
from tests.factories.identity import make_user
from tests.factories.jobs import do, everything_required
from tests.factories.orders import make_shop, make_submitted_order
from tests.factories.workforce import make_shift, make_skill, make_technician
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio

STEPS = "/api/v1/manual-steps"


class Morning(NamedTuple):
    """An order's job with an ONT, a gateway and two mesh units, at Eero's from ten on; and one that waits for it."""

    order_id: UUID
    eero: UUID
    job: UUID
    behind: UUID
    planner: Principal


@pytest.fixture
async def morning(database: Database) -> Morning:
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        await make_skill(tx)
        order = await make_submitted_order(tx)
        await jobs.create_for_order(tx, order.id)
        [job] = await jobs.jobs_of_order(tx, order.id)
        eero = await make_technician(tx, job.territory_id, skills=[FIBRE])
        await make_shift(tx, eero.id)
        [behind] = await make_jobs(tx, job.territory_id, 1)
        vera = await make_user(tx, Role.SUPERVISOR)
        planner = Principal(actor=SYSTEM, role=Role.SUPERVISOR, user_id=vera.id)
        await jobs.set_waits(tx, planner, behind.id, [job.id])
    return Morning(order.id, eero.id, job.id, behind.id, planner)


@pytest.fixture
async def http(database: Database, morning: Morning) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(database, ROUTES, morning.planner) as opened:
        yield opened


async def planned(http: httpx.AsyncClient, morning: Morning, job_id: UUID, hours: float = 1) -> None:
    body = {"technician_id": str(morning.eero), "start": (MONDAY + timedelta(hours=hours)).isoformat()}
    answer = await http.post(f"/api/v1/jobs/{job_id}/assignment", json=body)
    assert answer.status_code == 201, answer.text


async def split(http: httpx.AsyncClient, job_id: UUID, minutes: int, **parts: int) -> httpx.Response:
    named = {name.replace("_", "-"): count for name, count in parts.items()}
    return await http.post(
        f"/api/v1/jobs/{job_id}/second-visit", json={"duration_seconds": minutes * 60, "parts": named}
    )


async def again(http: httpx.AsyncClient, what: str) -> Any:
    step = next(step for step in (await http.get(STEPS)).json()["items"] if step["kind"] == "split")
    told = (await http.post(f"{STEPS}/{step['id']}/{what}")).json()
    return told.get("state") or (told["code"], told["params"].get("reason"))


async def visits(database: Database, morning: Morning) -> list[JobView]:
    async with database.snapshot(SYSTEM, "test") as tx:
        return [job for job in await jobs.jobs_of_order(tx, morning.order_id) if job.state != "cancelled"]


async def waits(database: Database, morning: Morning) -> set[tuple[UUID, UUID]]:
    async with database.snapshot(SYSTEM, "test") as tx:
        return {(wait.job_id, wait.waits_for_id) for wait in await jobs.waits(tx, [morning.behind, morning.job])}


async def labour(database: Database, morning: Morning) -> list[str]:
    async with database.snapshot(SYSTEM, "test") as tx:
        order = await orders.order_view(tx, morning.order_id)
        return [str(line.state) for line in order.charge_lines if line.code == "L1"]


async def test_a_second_visit_takes_its_part_of_work_and_equipment_and_waits_for_the_first(
    http: httpx.AsyncClient, database: Database, morning: Morning
):
    await planned(http, morning, morning.job)
    [whole] = await visits(database, morning)

    answer = await split(http, morning.job, 30, MESH_W6=2)

    assert answer.status_code == 201, answer.text
    first, second = await visits(database, morning)
    assert (first.duration_seconds, second.duration_seconds) == (whole.duration_seconds - 1800, 1800)
    assert (first.parts, second.parts) == ({"ONT-G1": 1, "GW-W6": 1}, {"MESH-W6": 2})
    assert first.planned_end == MONDAY + timedelta(hours=1, seconds=first.duration_seconds)
    assert (first.technician_id, second.technician_id) == (morning.eero, None)
    assert second.work_order_id == first.work_order_id
    assert await waits(database, morning) == {(second.id, morning.job), (morning.behind, second.id)}


async def test_two_visits_are_joined_and_split_again(http: httpx.AsyncClient, database: Database, morning: Morning):
    await planned(http, morning, morning.job)
    [whole] = await visits(database, morning)
    await split(http, morning.job, 30, MESH_W6=2)
    [_, second] = await visits(database, morning)
    await planned(http, morning, second.id, hours=4)

    assert await again(http, "undo") == "undone"
    [joined] = await visits(database, morning)
    assert (joined.duration_seconds, joined.parts, joined.planned_end) == (
        whole.duration_seconds,
        whole.parts,
        whole.planned_end,
    )
    assert await waits(database, morning) == {(morning.behind, morning.job)}
    await planned(http, morning, joined.id, hours=4)  # the second visit's time is free
    await planned(http, morning, joined.id, hours=1)

    assert await again(http, "redo") == "done"
    first, other = await visits(database, morning)
    assert (first.parts, other.parts) == ({"ONT-G1": 1, "GW-W6": 1}, {"MESH-W6": 2})
    assert other.id != second.id
    assert await again(http, "undo") == "undone"
    assert len(await visits(database, morning)) == 1


async def test_a_visit_that_somebody_has_set_off_to_stays(
    http: httpx.AsyncClient, database: Database, morning: Morning
):
    await split(http, morning.job, 30)
    [_, second] = await visits(database, morning)
    await planned(http, morning, morning.job)
    await http.delete(f"/api/v1/jobs/{morning.job}/assignment")
    async with database.transaction(SYSTEM, "test") as tx:
        start = MONDAY + timedelta(hours=1)
        await jobs.assign(
            tx, second.id, technician_id=morning.eero, planned_start=start, planned_end=start + timedelta(minutes=30)
        )
        await jobs.dispatch(tx, second.id)
        await do(tx, second.id, morning.eero, EnRoute())

    assert await again(http, "undo") == ("day_went_on", "job_underway")
    assert len(await visits(database, morning)) == 2


async def test_only_what_a_job_has_can_be_left_to_a_second_visit(
    http: httpx.AsyncClient, database: Database, morning: Morning
):
    for answer, reason in (
        (await split(http, morning.job, 600), "nothing_left"),
        (await split(http, morning.job, 30, MESH_W6=3), "not_its_parts"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_split")
        assert answer.json()["params"]["reason"] == reason
    assert len(await visits(database, morning)) == 1


async def test_an_amended_order_brings_each_part_once(http: httpx.AsyncClient, database: Database, morning: Morning):
    await split(http, morning.job, 30, MESH_W6=2)

    async with database.transaction(SYSTEM, "test") as tx:
        await workorders.amend_for_order(tx, morning.order_id)

    first, second = await visits(database, morning)
    assert (first.parts, second.parts) == ({"ONT-G1": 1, "GW-W6": 1}, {"MESH-W6": 2})


@pytest.mark.parametrize("ends", ["completed", "not_done"])
async def test_the_labour_of_an_order_is_earned_when_nobody_comes_for_it_any_more(
    http: httpx.AsyncClient, database: Database, morning: Morning, ends: str
):
    await split(http, morning.job, 30, MESH_W6=2)
    first, second = await visits(database, morning)
    async with database.transaction(SYSTEM, "test") as tx:
        for job_id, hours in ((first.id, 1), (second.id, 4)):
            start = MONDAY + timedelta(hours=hours)
            end = start + timedelta(minutes=30)
            await jobs.assign(tx, job_id, technician_id=morning.eero, planned_start=start, planned_end=end)
            await jobs.dispatch(tx, job_id)
        done = Complete(outcome=Outcome.FULL)
        await do(tx, first.id, morning.eero, *everything_required(), done)
        await record_delivery(tx, happened(first.id))
    after_first = await labour(database, morning)
    async with database.transaction(SYSTEM, "test") as tx:
        if ends == "completed":
            await do(tx, second.id, morning.eero, *everything_required(), done)
            await record_delivery(tx, happened(second.id))
        else:
            await do(tx, second.id, morning.eero, EnRoute(), Arrive(), NotDone(reason="refused.by_customer"))
            await end_order(tx, happened(second.id))

    assert after_first == ["open"]
    assert await labour(database, morning) == ["done"]


def happened(job_id: UUID) -> Event:
    return Event(id=job_id, type="job.completed", version=1, subject_id=job_id, occurred_at=MONDAY, recorded_at=MONDAY)
