"""HTTP of booking: ask for slots, hold one, confirm or give it back.

Slots and holds depend on the roads, which no transaction waits for: these two routes open their own, one to read the
plan before and one to write after. Searching takes tens of milliseconds, in a thread, so that others are served meanwhile.
"""

import asyncio
from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from backend.booking import service
from backend.booking.schemas import MOST_DAYS, AppointmentView, HoldView, HoldWindow, SlotsView
from backend.identity.principal import Principal
from backend.kernel.db import Database, Transaction
from backend.kernel.repeats import Once, RequestKey
from backend.ports import TravelTimes

SLOTS = "/api/v1/jobs/{job_id:uuid}/slots"
HOLDS = "/api/v1/jobs/{job_id:uuid}/holds"


@get(SLOTS, tags=["booking"], summary="Which windows can be kept for a job")
async def find_slots(
    database: NamedDependency[Database],
    roads: NamedDependency[TravelTimes],
    principal: NamedDependency[Principal],
    job_id: FromPath[UUID],
    first: Annotated[date, QueryParameter(name="from")],
    days: Annotated[int, QueryParameter(ge=1, le=MOST_DAYS)] = 5,
) -> SlotsView:
    async with database.snapshot(principal.actor, f"GET {SLOTS}") as tx:
        question = await service.ask(tx, principal, job_id, first=first, day_count=days)
    travel = await roads.matrix(question.places, question.depart_at)
    return await asyncio.to_thread(service.answer, question, travel)


@post(HOLDS, status_code=201, tags=["booking"], summary="Hold a window with all that it needs")
async def hold_slot(
    database: NamedDependency[Database],
    roads: NamedDependency[TravelTimes],
    principal: NamedDependency[Principal],
    request_key: NamedDependency[RequestKey],
    job_id: FromPath[UUID],
    data: JSONBody[HoldWindow],
) -> HoldView:
    async with database.snapshot(principal.actor, f"POST {HOLDS}") as tx:
        question = await service.ask_window(tx, principal, job_id, data)
    travel = await roads.matrix(question.places, question.depart_at)
    found = await asyncio.to_thread(service.candidates, question, travel)
    async with database.transaction(principal.actor, f"POST {HOLDS}") as tx:
        return await request_key.once(tx)(HoldView, lambda: service.hold(tx, principal, question, found))


@post("/api/v1/holds/{hold_id:uuid}/confirmation", status_code=201, tags=["booking"], summary="Promise what is held")
async def confirm_hold(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    hold_id: FromPath[UUID],
) -> AppointmentView:
    return await once(AppointmentView, lambda: service.confirm(tx, principal, hold_id))


@delete("/api/v1/holds/{hold_id:uuid}", status_code=200, tags=["booking"], summary="Give a hold back")
async def release_hold(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], hold_id: FromPath[UUID]
) -> HoldView:
    return await service.release(tx, principal, hold_id)


@get("/api/v1/appointments/{appointment_id:uuid}", tags=["booking"], summary="What a customer was promised")
async def see_appointment(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], appointment_id: FromPath[UUID]
) -> AppointmentView:
    return await service.see_appointment(tx, principal, appointment_id)


ROUTES = [find_slots, hold_slot, confirm_hold, release_hold, see_appointment]
