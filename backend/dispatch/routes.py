"""HTTP of dispatch: ask the optimiser, decide on its proposal, assign by hand, send the day to the phones."""

from datetime import date
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from backend.dispatch import service
from backend.dispatch.schemas import AcceptMoves, AssignByHand, DayDispatched, RequestRun, RunView
from backend.identity.principal import Principal
from backend.jobs.schemas import JobView
from backend.kernel.db import Transaction
from backend.kernel.repeats import Once

RUN = "/api/v1/optimisation-runs/{run_id:uuid}"


@post("/api/v1/optimisation-runs", status_code=202, tags=["dispatch"], summary="Ask for a better plan of a day")
async def request_run(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    data: JSONBody[RequestRun],
) -> RunView:
    return await once(RunView, lambda: service.request_run(tx, principal, data))


@get(RUN, tags=["dispatch"], summary="A run and the moves that it proposes")
async def see_run(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], run_id: FromPath[UUID]
) -> RunView:
    return await service.see_run(tx, principal, run_id)


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


ROUTES = [request_run, see_run, accept, discard, roll_back, assign_by_hand, dispatch_day]
