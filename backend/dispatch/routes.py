"""HTTP of dispatch: ask the optimiser, decide on its proposal, assign by hand, send the day to the phones."""

from collections.abc import AsyncGenerator
from datetime import date
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post, put
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream

from backend.dispatch import asking, presence, service, ways, whereabouts
from backend.dispatch.errors import NoSuchTile
from backend.dispatch.live import LiveDays
from backend.dispatch.preview_schemas import AskObstacles, DropView, ObstaclesView, PreviewDrop, TryMoves, WhatIfView
from backend.dispatch.schemas import (
    AcceptMoves,
    AlertsView,
    AssignByHand,
    DayDispatched,
    PoliciesView,
    PolicyView,
    RequestRun,
    ResizeByHand,
    RunsView,
    RunView,
    SavePolicy,
    SayPresence,
    SetLock,
    SplitByHand,
    StepsView,
    StepView,
    WaysView,
    WhereaboutsView,
)
from backend.identity.principal import Principal
from backend.jobs.schemas import JobView
from backend.kernel.db import Database, Transaction
from backend.kernel.repeats import Once
from backend.ports import RoadMap

RUN = "/api/v1/optimisation-runs/{run_id:uuid}"
STEP = "/api/v1/manual-steps/{step_id:uuid}"
EVENT_STREAM = "text/event-stream"
VECTOR_TILE = "application/vnd.mapbox-vector-tile"
DEEPEST_ZOOM = 22
TILE_SECONDS = 86_400  # streets change with the extract, which nobody changes within a day


@post("/api/v1/optimisation-runs", status_code=202, tags=["dispatch"], summary="Ask for a better plan of a day")
async def request_run(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    data: JSONBody[RequestRun],
) -> RunView:
    return await once(RunView, lambda: service.request_run(tx, principal, data))


@get("/api/v1/optimisation-runs", tags=["dispatch"], summary="The runs of a day, to be compared")
async def see_runs(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    territory_id: FromQuery[UUID],
    day: FromQuery[date],
) -> RunsView:
    return await service.see_runs(tx, principal, territory_id, day)


@get("/api/v1/planning-policies", tags=["dispatch"], summary="What a plan is worth, by name and version")
async def see_policies(tx: NamedDependency[Transaction]) -> PoliciesView:
    return await service.see_policies(tx)


@post("/api/v1/planning-policies", status_code=201, tags=["dispatch"], summary="Keep the next version of a policy")
async def save_policy(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], data: JSONBody[SavePolicy]
) -> PolicyView:
    return await once(PolicyView, lambda: service.save_policy(tx, data))


@get(RUN, tags=["dispatch"], summary="A run and the moves that it proposes")
async def see_run(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], run_id: FromPath[UUID]
) -> RunView:
    return await service.see_run(tx, principal, run_id)


@get(
    f"{RUN}/events",
    tags=["dispatch"],
    summary="How far a search is, until it has ended",
    media_type=EVENT_STREAM,
    opt={"uncompressed": True},  # a compressor would hold news back until it has enough of them
)
async def follow_run(
    database: NamedDependency[Database], principal: NamedDependency[Principal], run_id: FromPath[UUID]
) -> Stream:
    """Server-sent events: each `data` is a RunNews. The stream ends with the search; the run has the proposal."""
    first = await service.look(database, principal, run_id)

    async def lines() -> AsyncGenerator[bytes]:
        async for news in service.follow(database, principal, first):
            yield b"data: " + msgspec.json.encode(news) + b"\n\n"

    return Stream(lines(), media_type=EVENT_STREAM)


@post(f"{RUN}/cancellation", status_code=201, tags=["dispatch"], summary="Call off a run that has no proposal yet")
async def cancel_run(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    run_id: FromPath[UUID],
) -> RunView:
    return await once(RunView, lambda: service.cancel_run(tx, principal, run_id))


@post(f"{RUN}/acceptance", status_code=201, tags=["dispatch"], summary="Apply moves of a proposal")
async def accept(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    run_id: FromPath[UUID],
    data: JSONBody[AcceptMoves],
) -> RunView:
    return await once(RunView, lambda: service.accept(tx, principal, run_id, data))


@post(f"{RUN}/discard", status_code=201, tags=["dispatch"], summary="Leave the plan as it is")
async def discard(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    run_id: FromPath[UUID],
) -> RunView:
    return await once(RunView, lambda: service.discard(tx, principal, run_id))


@post(f"{RUN}/rollback", status_code=201, tags=["dispatch"], summary="Take accepted moves back")
async def roll_back(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    run_id: FromPath[UUID],
) -> RunView:
    return await once(RunView, lambda: service.roll_back(tx, principal, run_id))


@post("/api/v1/jobs/{job_id:uuid}/assignment", status_code=201, tags=["dispatch"], summary="Assign a job by hand")
async def assign_by_hand(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    job_id: FromPath[UUID],
    data: JSONBody[AssignByHand],
) -> JobView:
    return await once(JobView, lambda: service.assign_by_hand(tx, principal, job_id, data))


@delete("/api/v1/jobs/{job_id:uuid}/assignment", status_code=200, tags=["dispatch"], summary="Take a job back by hand")
async def unassign_by_hand(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], job_id: FromPath[UUID]
) -> JobView:
    return await service.unassign_by_hand(tx, principal, job_id)


@put("/api/v1/jobs/{job_id:uuid}/lock", tags=["dispatch"], summary="Say what of a job's plan nobody changes unasked")
async def lock_by_hand(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    job_id: FromPath[UUID],
    data: JSONBody[SetLock],
) -> JobView:
    return await service.lock_by_hand(tx, principal, job_id, data.lock)


@put("/api/v1/jobs/{job_id:uuid}/duration", tags=["dispatch"], summary="Say how long a job takes")
async def resize_by_hand(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    job_id: FromPath[UUID],
    data: JSONBody[ResizeByHand],
) -> JobView:
    return await service.resize_by_hand(tx, principal, job_id, data)


@post("/api/v1/jobs/{job_id:uuid}/second-visit", status_code=201, tags=["dispatch"], summary="Do a job in two visits")
async def split_by_hand(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    job_id: FromPath[UUID],
    data: JSONBody[SplitByHand],
) -> JobView:
    return await once(JobView, lambda: service.split_by_hand(tx, principal, job_id, data))


@post("/api/v1/jobs/{job_id:uuid}/drop-preview", status_code=200, tags=["dispatch"], summary="What a drop would do")
async def preview_drop(
    database: NamedDependency[Database],
    live: NamedDependency[LiveDays],
    principal: NamedDependency[Principal],
    job_id: FromPath[UUID],
    data: JSONBody[PreviewDrop],
) -> DropView:
    """Asked again and again while a job is dragged, and "why not this technician at ten": nothing is changed."""
    return await asking.preview_drop(database, live, principal, job_id, data)


@post("/api/v1/what-if", status_code=200, tags=["dispatch"], summary="What moves that are tried out would do together")
async def try_moves(
    database: NamedDependency[Database],
    live: NamedDependency[LiveDays],
    principal: NamedDependency[Principal],
    data: JSONBody[TryMoves],
) -> WhatIfView:
    """Asked whenever the moves or the day have changed: nothing is changed by it, and nothing of it is kept."""
    return await asking.try_moves(database, live, principal, data)


@get("/api/v1/jobs/{job_id:uuid}/obstacles", tags=["dispatch"], summary="Why nobody has a job, and who could")
async def see_obstacles(
    database: NamedDependency[Database],
    live: NamedDependency[LiveDays],
    principal: NamedDependency[Principal],
    job_id: FromPath[UUID],
    day: FromQuery[date],
) -> ObstaclesView:
    return await asking.see_obstacles(database, live, principal, job_id, AskObstacles(day=day))


@post(
    "/api/v1/jobs/{job_id:uuid}/obstacles",
    status_code=200,
    tags=["dispatch"],
    summary="Who could have a job after moves that are tried out",
)
async def see_obstacles_after(
    database: NamedDependency[Database],
    live: NamedDependency[LiveDays],
    principal: NamedDependency[Principal],
    job_id: FromPath[UUID],
    data: JSONBody[AskObstacles],
) -> ObstaclesView:
    return await asking.see_obstacles(database, live, principal, job_id, data)


@get(
    "/api/v1/territories/{territory_id:uuid}/days/{day:date}/jeopardy",
    tags=["dispatch"],
    summary="Which windows may be missed, and what could be done",
)
async def see_alerts(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    territory_id: FromPath[UUID],
    day: FromPath[date],
) -> AlertsView:
    return await service.see_alerts(tx, principal, territory_id, day)


@get("/api/v1/manual-steps", tags=["dispatch"], summary="Your own steps by hand, newest first")
async def see_steps(tx: NamedDependency[Transaction], principal: NamedDependency[Principal]) -> StepsView:
    return await service.own_steps(tx, principal)


@post(f"{STEP}/undo", status_code=201, tags=["dispatch"], summary="Take a step by hand back")
async def undo_step(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    step_id: FromPath[UUID],
) -> StepView:
    return await once(StepView, lambda: service.undo(tx, principal, step_id))


@post(f"{STEP}/redo", status_code=201, tags=["dispatch"], summary="Do an undone step again")
async def redo_step(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    step_id: FromPath[UUID],
) -> StepView:
    return await once(StepView, lambda: service.redo(tx, principal, step_id))


@put("/api/v1/presence", status_code=204, tags=["dispatch"], summary="Say which job you are on")
async def say_presence(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], data: JSONBody[SayPresence]
) -> None:
    await presence.say(tx, principal, data)


@get(
    "/api/v1/territories/{territory_id:uuid}/days/{day:date}/ways",
    tags=["dispatch"],
    summary="The routes of a day, along the roads",
)
async def see_ways(
    database: NamedDependency[Database],
    road_map: NamedDependency[RoadMap],
    principal: NamedDependency[Principal],
    territory_id: FromPath[UUID],
    day: FromPath[date],
) -> WaysView:
    async with database.snapshot(principal.actor, "see_ways") as tx:
        stops = await ways.stops_of(tx, principal, territory_id, day)
    return await ways.along_roads(road_map, stops)


@get(
    "/api/v1/territories/{territory_id:uuid}/days/{day:date}/whereabouts",
    tags=["dispatch"],
    summary="Where people were last known to be",
)
async def see_whereabouts(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    territory_id: FromPath[UUID],
    day: FromPath[date],
) -> WhereaboutsView:
    return await whereabouts.see(tx, principal, territory_id, day)


@get(
    "/api/v1/road-tiles/{zoom:int}/{x:int}/{y:int}",
    tags=["dispatch"],
    summary="A vector tile of the roads",
    media_type=VECTOR_TILE,
    cache_control=CacheControlHeader(private=True, max_age=TILE_SECONDS),
)
async def see_tile(
    road_map: NamedDependency[RoadMap], zoom: FromPath[int], x: FromPath[int], y: FromPath[int]
) -> Response[bytes]:
    """© OpenStreetMap contributors, ODbL: whoever shows it says so. Roads are in the layer `speeds`, from zoom 12 on."""
    if not (0 <= zoom <= DEEPEST_ZOOM and 0 <= x < 2**zoom and 0 <= y < 2**zoom):
        raise NoSuchTile(zoom=zoom, x=x, y=y)
    return Response(await road_map.tile(zoom, x, y), media_type=VECTOR_TILE)


@post(
    "/api/v1/territories/{territory_id:uuid}/days/{day:date}/dispatch",
    status_code=201,
    tags=["dispatch"],
    summary="Send a day to the phones",
)
async def dispatch_day(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    territory_id: FromPath[UUID],
    day: FromPath[date],
) -> DayDispatched:
    return await once(DayDispatched, lambda: service.dispatch_day(tx, principal, territory_id, day))


ROUTES = [
    request_run,
    see_runs,
    see_policies,
    save_policy,
    see_run,
    follow_run,
    cancel_run,
    accept,
    discard,
    roll_back,
    assign_by_hand,
    unassign_by_hand,
    lock_by_hand,
    resize_by_hand,
    split_by_hand,
    preview_drop,
    try_moves,
    see_obstacles,
    see_obstacles_after,
    see_alerts,
    see_steps,
    undo_step,
    redo_step,
    say_presence,
    see_ways,
    see_whereabouts,
    see_tile,
    dispatch_day,
]
