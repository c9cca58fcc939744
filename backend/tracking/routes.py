"""HTTP of tracking: the customer's page, without a log-in.

The link alone shows the visit; what is the customer's own and every change ask for a second proof, which is answered with
a token for an hour. Slots depend on the roads, which no transaction waits for: see `booking.routes`.
"""

import asyncio
from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend.booking import service as booking
from backend.booking.schemas import HoldWindow
from backend.dispatch import service as dispatch
from backend.dispatch.live import LiveDays
from backend.dispatch.schemas import ArrivalAccuracy
from backend.identity.principal import Principal
from backend.kernel.db import Database, Transaction
from backend.kernel.repeats import Once, RequestKey
from backend.notifications.keys import PushKeys
from backend.notifications.schemas import NoPush, Subscribe
from backend.settings import Settings
from backend.tracking import calendars, positions, service
from backend.tracking.ics import MEDIA_TYPE
from backend.tracking.schemas import (
    BookingLink,
    Correct,
    FeedAddress,
    GiveProof,
    HeldSlot,
    OfferedSlots,
    ProvedLink,
    Rate,
    TellPosition,
    VisitPage,
)
from backend.tracking.visits import require_proof, visit_of

PAGE = "/api/v1/tracking"
MOST_DAYS = 7  # at once: a page on a slow phone shows no more
LINKED = {"linked": True, "paced": True}


@get(PAGE, tags=["tracking"], summary="The visit of this link", opt=LINKED)
async def track(tx: NamedDependency[Transaction], principal: NamedDependency[Principal]) -> VisitPage:
    return await service.see(tx, principal)


@post(f"{PAGE}/proof", status_code=201, tags=["tracking"], summary="Prove to be the customer", opt=LINKED)
async def prove(
    database: NamedDependency[Database], principal: NamedDependency[Principal], data: JSONBody[GiveProof]
) -> ProvedLink:
    return await service.prove(database, principal, f"POST {PAGE}/proof", data.answer)


@get(f"{PAGE}/slots", tags=["tracking"], summary="Which windows the customer can choose", opt=LINKED)
async def offer_slots(
    database: NamedDependency[Database],
    live: NamedDependency[LiveDays],
    principal: NamedDependency[Principal],
    first: Annotated[date | None, QueryParameter(name="from")] = None,
    days: Annotated[int, QueryParameter(ge=1, le=MOST_DAYS)] = 5,
) -> OfferedSlots:
    async with database.snapshot(principal.actor, f"GET {PAGE}/slots") as tx:
        question, now = await service.ask(tx, principal, live, first=first, day_count=days), tx.now
    found = await live.days(question.reading)
    return await asyncio.to_thread(service.offered, question, found, now)


@post(f"{PAGE}/holds", status_code=201, tags=["tracking"], summary="Keep a window while deciding", opt=LINKED)
async def hold_offered(
    database: NamedDependency[Database],
    live: NamedDependency[LiveDays],
    principal: NamedDependency[Principal],
    request_key: NamedDependency[RequestKey],
    data: JSONBody[HoldWindow],
) -> HeldSlot:
    async with database.snapshot(principal.actor, f"POST {PAGE}/holds") as tx:
        question = await service.ask_window(tx, principal, live, data)
    [day] = await live.days(question.reading)
    found = await asyncio.to_thread(booking.candidates, question, day)
    async with database.transaction(principal.actor, f"POST {PAGE}/holds") as tx:
        return await request_key.once(tx)(HeldSlot, lambda: service.hold(tx, principal, question, found))


@post(
    f"{PAGE}/holds/{{hold_id:uuid}}/confirmation",
    status_code=201,
    tags=["tracking"],
    summary="Agree to the window that is kept",
    opt=LINKED,
)
async def agree(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    hold_id: FromPath[UUID],
) -> VisitPage:
    return await once(VisitPage, lambda: service.confirm(tx, principal, hold_id))


@delete(f"{PAGE}/appointment", status_code=200, tags=["tracking"], summary="Nobody shall come then", opt=LINKED)
async def call_off(tx: NamedDependency[Transaction], principal: NamedDependency[Principal]) -> VisitPage:
    return await service.cancel(tx, principal)


@patch(f"{PAGE}/contact", tags=["tracking"], summary="Correct how we reach you and get in", opt=LINKED)
async def correct(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], data: JSONBody[Correct]
) -> VisitPage:
    return await service.correct(tx, principal, data)


@put(f"{PAGE}/push-subscription", tags=["tracking"], summary="Notify this browser", opt=LINKED)
async def notify(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    settings: NamedDependency[Settings],
    push_keys: NamedDependency[PushKeys | None],
    data: JSONBody[Subscribe],
) -> VisitPage:
    if push_keys is None:
        raise NoPush()
    return await service.notify(tx, principal, data, settings.allowed_hosts)


@delete(
    f"{PAGE}/push-subscription",
    status_code=200,
    tags=["tracking"],
    summary="Notify no browser any more",
    opt=LINKED,
)
async def notify_no_more(tx: NamedDependency[Transaction], principal: NamedDependency[Principal]) -> VisitPage:
    return await service.notify_no_more(tx, principal)


@post(f"{PAGE}/rating", status_code=201, tags=["tracking"], summary="Say how it was, once", opt=LINKED)
async def rate(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    data: JSONBody[Rate],
) -> VisitPage:
    return await once(VisitPage, lambda: service.rate(tx, principal, data))


@get(f"{PAGE}/calendar", tags=["tracking"], summary="The visit for a calendar", media_type=MEDIA_TYPE, opt=LINKED)
async def take_date(tx: NamedDependency[Transaction], principal: NamedDependency[Principal]) -> Response[str]:
    visit = await visit_of(tx, principal)
    require_proof(principal, visit)
    headers = {"content-disposition": 'attachment; filename="visit.ics"'}
    return Response(await calendars.of_visit(tx, visit), media_type=MEDIA_TYPE, headers=headers)


@put(
    "/api/v1/technician-position",
    status_code=204,
    tags=["tracking"],
    summary="Say where you are, on the way to a job",
    opt={"paced": True},
)
async def tell_position(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], data: JSONBody[TellPosition]
) -> None:
    """Roughly, and instead of what was said before. The customer of that job sees it until you are there."""
    await positions.tell(tx, principal, data)


@post(
    "/api/v1/calendar-feeds",
    status_code=201,
    tags=["tracking"],
    summary="A secret address of your own calendar; an earlier one ends",
)
async def subscribe(tx: NamedDependency[Transaction], principal: NamedDependency[Principal]) -> FeedAddress:
    return await calendars.subscribe(tx, principal)


@get("/calendars/{calendar:str}", tags=["tracking"], summary="A calendar, for programs", media_type=MEDIA_TYPE)
async def read_calendar(tx: NamedDependency[Transaction], calendar: FromPath[str]) -> Response[str]:
    return Response(await calendars.read(tx, calendar), media_type=MEDIA_TYPE)


@post(
    "/api/v1/orders/{order_id:uuid}/booking-link",
    status_code=201,
    tags=["tracking"],
    summary="A link by which the customer chooses a time; a new one at each call",
)
async def invite(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    settings: NamedDependency[Settings],
    order_id: FromPath[UUID],
) -> BookingLink:
    return await service.invite(tx, principal, order_id, settings.base_url)


@get("/api/v1/reports/arrivals", tags=["reports"], summary="How the times hold that customers are told")
async def see_accuracy(
    tx: NamedDependency[Transaction], since: FromQuery[date], until: FromQuery[date]
) -> ArrivalAccuracy:
    """Of visits on the days from `since` to before `until`."""
    return await dispatch.arrival_accuracy(tx, since=since, until=until)


ROUTES = [
    track,
    prove,
    offer_slots,
    hold_offered,
    agree,
    call_off,
    correct,
    notify,
    notify_no_more,
    rate,
    take_date,
    tell_position,
    subscribe,
    read_calendar,
    invite,
    see_accuracy,
]
