"""A day to try moves out on, and the questions that are asked about them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import httpx

from backend.kernel.db import Transaction
from tests.factories.dispatch import make_jobs, make_team, plan
from tests.fakes import MONDAY

Move = dict[str, Any]


class Board(NamedTuple):
    """Eero has the first and the second job, an hour and a bit more than three hours from now; nobody has the others. Two days are planned."""

    territory_id: UUID
    eero: UUID
    aino: UUID
    first: UUID
    second: UUID
    third: UUID
    fourth: UUID


async def make_board(tx: Transaction) -> Board:
    eero, aino = await make_team(tx, 2, days=2)
    first, second, third, fourth = await make_jobs(tx, eero.territory_id, 4)
    await plan(tx, first, eero, hours=1)
    await plan(tx, second, eero, hours=3.25)
    return Board(eero.territory_id, eero.id, aino.id, first.id, second.id, third.id, fourth.id)


def place(technician_id: UUID, hours: float, **more: Any) -> dict[str, Any]:
    return {"technician_id": str(technician_id), "start": (MONDAY + timedelta(hours=hours)).isoformat(), **more}


def to(job_id: UUID, technician_id: UUID, hours: float, **more: Any) -> Move:
    return {"job_id": str(job_id), "to": place(technician_id, hours, **more)}


def to_backlog(job_id: UUID) -> Move:
    return {"job_id": str(job_id), "to": None}


async def drop(http: httpx.AsyncClient, move: Move, tried: Sequence[Move] = ()) -> dict[str, Any]:
    answer = await http.post(f"/api/v1/jobs/{move['job_id']}/drop-preview", json=move["to"] | {"tried": [*tried]})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def what_if(http: httpx.AsyncClient, *tried: Move) -> dict[str, Any]:
    answer = await http.post("/api/v1/what-if", json={"tried": tried})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def cost(http: httpx.AsyncClient, *tried: Move) -> float:
    return (await what_if(http, *tried))["cost_delta_seconds"]


def codes(view: dict[str, Any]) -> list[str]:
    return [one["code"] for one in view["violations"]]


def broken(view: dict[str, Any]) -> dict[str, list[str]]:
    return {one["job_id"]: codes(one) for one in view["moves"]}
