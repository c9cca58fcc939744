"""HTTP of booking: ask for slots, hold one, confirm or give it back.

Slots and holds depend on the roads, which no transaction waits for: these two routes open their own, one to read the
plan before and one to write after. Searching takes tens of milliseconds, in a thread, so that others are served meanwhile.
"""

import asyncio
from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend.booking import service
from backend.booking.schemas import (
    MOST_DAYS,
    AppointmentView,
    BookingView,
    CancelAppointment,
    HoldView,
    HoldWindow,
    QuotasView,
    SetQuota,
    SlotsView,
)
from backend.dispatch.live import LiveDays
from backend.identity.principal import Principal
from backend.kernel.db import Database, Transaction
from backend.kernel.repeats import Once, RequestKey

SLOTS = "/api/v1/jobs/{job_id:uuid}/slots"
QUOTAS = "/api/v1/territories/{territory_id:uuid}/booking-quotas"
HOLDS = "/api/v1/jobs/{job_id:uuid}/holds"


@get(SLOTS, tags=["booking"], summary="Which windows can be kept for a job")
async def find_slots(
    database: NamedDependency[Database],
    live: NamedDependency[LiveDays],
    principal: NamedDependency[Principal],
    job_id: FromPath[UUID],
    first: Annotated[date, QueryParameter(name="from")],
    days: Annotated[int, QueryParameter(ge=1, le=MOST_DAYS)] = 5,
) -> SlotsView:
    async with database.snapshot(principal.actor, f"GET {SLOTS}") as tx:
        question = await service.ask(tx, principal, live, job_id, first=first, day_count=days)
    found = await live.days(question.reading)
    return await asyncio.to_thread(service.answer, question, found)


@post(HOLDS, status_code=201, tags=["booking"], summary="Hold a window with all that it needs")
async def hold_slot(
    database: NamedDependency[Database],
    live: NamedDependency[LiveDays],
    principal: NamedDependency[Principal],
    request_key: NamedDependency[RequestKey],
    job_id: FromPath[UUID],
    data: JSONBody[HoldWindow],
) -> HoldView:
    async with database.snapshot(principal.actor, f"POST {HOLDS}") as tx:
        question = await service.ask_window(tx, principal, live, job_id, data)
    [window], [day] = question.windows, await live.days(question.reading)
    found = await asyncio.to_thread(service.candidates, question, day)
    async with database.transaction(principal.actor, f"POST {HOLDS}") as tx:
        return await request_key.once(tx)(HoldView, lambda: service.hold(tx, principal, question.job, window, found))


@get("/api/v1/jobs/{job_id:uuid}/booking", tags=["booking"], summary="What is held for a job, and what is promised")
async def see_booking(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], job_id: FromPath[UUID]
) -> BookingView:
    return await service.see_booking(tx, principal, job_id)


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


@post(
    "/api/v1/appointments/{appointment_id:uuid}/cancellation",
    status_code=201,
    tags=["booking"],
    summary="Take a promise back; the job stays to be done",
)
async def cancel_appointment(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    appointment_id: FromPath[UUID],
    data: JSONBody[CancelAppointment],
) -> AppointmentView:
    return await once(AppointmentView, lambda: service.cancel(tx, principal, appointment_id, data.reason))


@get(QUOTAS, tags=["booking"], summary="How many windows of a day are given away, by kind of work")
async def see_quotas(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    territory_id: FromPath[UUID],
    day: FromQuery[date | None] = None,
) -> QuotasView:
    return await service.see_quotas(tx, principal, territory_id, day)


@put(f"{QUOTAS}/{{work:str}}", tags=["booking"], summary="Bound the windows of a day for one kind of work")
async def set_quota(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    territory_id: FromPath[UUID],
    work: FromPath[str],
    data: JSONBody[SetQuota],
) -> QuotasView:
    return await service.set_quota(tx, principal, territory_id, work, data.daily_limit)


ROUTES = [
    find_slots,
    see_booking,
    hold_slot,
    confirm_hold,
    release_hold,
    see_appointment,
    cancel_appointment,
    see_quotas,
    set_quota,
]
