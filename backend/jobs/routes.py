"""HTTP of jobs: look, cancel, place work, take values back. What technicians do comes by sync, and with it the deciding
of review cards about it.
"""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend.identity.principal import Principal
from backend.inventory.warehouse_schemas import (
    Replenishment,
)
from backend.jobs import service
from backend.jobs.history import see_history
from backend.jobs.lifecycle import JobState, ReviewState
from backend.jobs.replenishing import replenishment
from backend.jobs.schemas import (
    CancelJob,
    JobDocument,
    JobFactView,
    JobView,
    LostValueView,
    PlaceWorkOrder,
    PremisesHistory,
    ReviewCardView,
    SetWaits,
    WaitsView,
    WorkOrderView,
)
from backend.kernel.db import Transaction
from backend.kernel.page_size import PageSize
from backend.kernel.paging import Page
from backend.kernel.repeats import Once

MAX_DAYS = 14  # routes are planned for about a week; beyond that, a minimum and a maximum say what a van should hold

Days = Annotated[int, QueryParameter(ge=1, le=MAX_DAYS)]


@post("/api/v1/work-orders", status_code=201, tags=["jobs"], summary="Ask for work that no order asks for")
async def place_work_order(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    data: JSONBody[PlaceWorkOrder],
) -> WorkOrderView:
    return await once(WorkOrderView, lambda: service.place_work_order(tx, principal, data))


# The framework keeps the argument name `state` for itself, hence `in_state`.
@get("/api/v1/jobs", tags=["jobs"], summary="The jobs that you may see")
async def list_jobs(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    day: FromQuery[date | None] = None,
    territory_id: FromQuery[UUID | None] = None,
    in_state: Annotated[JobState | None, QueryParameter(name="state")] = None,
    page_size: PageSize = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[JobView]:
    return await service.see_jobs(
        tx, principal, day=day, territory_id=territory_id, state=in_state, page_size=page_size, cursor=cursor
    )


@get("/api/v1/jobs/{job_id:uuid}", tags=["jobs"], summary="Everything of one job")
async def see_job(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], job_id: FromPath[UUID]
) -> JobDocument:
    return await service.see_job(tx, principal, job_id)


@get("/api/v1/jobs/{job_id:uuid}/facts", tags=["jobs"], summary="What happened to a job, and when we learned of it")
async def see_facts(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], job_id: FromPath[UUID]
) -> list[JobFactView]:
    return await service.see_facts(tx, principal, job_id)


@get("/api/v1/jobs/{job_id:uuid}/history", tags=["jobs"], summary="What happened before at the premises of a job")
async def see_premises_history(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], job_id: FromPath[UUID]
) -> PremisesHistory:
    return await see_history(tx, principal, job_id)


@post("/api/v1/jobs/{job_id:uuid}/cancellation", status_code=201, tags=["jobs"], summary="Call a job off")
async def cancel_job(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    job_id: FromPath[UUID],
    data: JSONBody[CancelJob],
) -> JobView:
    return await once(JobView, lambda: service.cancel(tx, principal, job_id, data.reason))


@get("/api/v1/jobs/{job_id:uuid}/waits", tags=["jobs"], summary="What a job waits for, and what waits for it")
async def see_waits(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], job_id: FromPath[UUID]
) -> WaitsView:
    return await service.see_waits(tx, principal, job_id)


@put("/api/v1/jobs/{job_id:uuid}/waits", tags=["jobs"], summary="Say what a job waits for")
async def set_waits(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    job_id: FromPath[UUID],
    data: JSONBody[SetWaits],
) -> WaitsView:
    return await service.set_waits(tx, principal, job_id, data.waits_for)


@get("/api/v1/review-cards", tags=["jobs"], summary="What waits for a person to decide")
async def list_reviews(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    in_state: Annotated[ReviewState | None, QueryParameter(name="state")] = ReviewState.OPEN,
    page_size: PageSize = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[ReviewCardView]:
    return await service.see_reviews(tx, principal, state=in_state, page_size=page_size, cursor=cursor)


@post("/api/v1/lost-values/{lost_id:uuid}/restoration", status_code=201, tags=["jobs"], summary="Take a value back")
async def restore_value(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    lost_id: FromPath[UUID],
) -> LostValueView:
    """The value that this displaces, which can be restored likewise."""
    return await once(LostValueView, lambda: service.see_restored(tx, principal, lost_id))


@get("/api/v1/replenishment", tags=["inventory"], summary="Transfers that the vans' coming jobs will need")
async def see_replenishment(tx: NamedDependency[Transaction], days: Days = 2) -> list[Replenishment]:
    """days: today and the days after it. Nothing is moved: `POST` what you agree with."""
    return await replenishment(tx, days=days)


ROUTES = [
    place_work_order,
    list_jobs,
    see_job,
    see_facts,
    see_premises_history,
    cancel_job,
    see_waits,
    set_waits,
    list_reviews,
    restore_value,
    see_replenishment,
]
