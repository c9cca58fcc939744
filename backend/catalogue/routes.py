"""HTTP of the catalogue: what is sold, which models there are, and the drafts of what will be."""

from datetime import datetime
from uuid import UUID

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from backend.catalogue import service
from backend.catalogue.draft_schemas import (
    Catalogue,
    DraftSummary,
    DraftView,
    Publication,
    PublishDraft,
    RewriteDraft,
    WithdrawOffering,
    WriteDraft,
)
from backend.catalogue.schemas import CpeModel, OfferingView
from backend.kernel.clock import in_utc
from backend.kernel.db import Transaction
from backend.kernel.page_size import PageSize
from backend.kernel.paging import Page
from backend.kernel.repeats import Once


@get("/api/v1/offerings", tags=["catalogue"], summary="What is sold, with the prices of a date")
async def list_offerings(
    tx: NamedDependency[Transaction],
    at: FromQuery[datetime | None] = None,
    page_size: PageSize = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[OfferingView]:
    """at: an instant with its offset; now when left out."""
    return await service.offerings(tx, at=in_utc(at or tx.now), page_size=page_size, cursor=cursor)


@get("/api/v1/cpe-models", tags=["catalogue"], summary="The models of customer premises equipment")
async def list_cpe_models(tx: NamedDependency[Transaction]) -> list[CpeModel]:
    return await service.cpe_models(tx)


@get("/api/v1/catalogue", tags=["catalogue"], summary="The whole catalogue of a date as one document")
async def export_catalogue(tx: NamedDependency[Transaction], at: FromQuery[datetime | None] = None) -> Catalogue:
    """at: an instant with its offset; now when left out. A draft takes the document back as it is."""
    return await service.catalogue_at(tx, in_utc(at or tx.now))


@post(
    "/api/v1/offerings/{offering_code:str}/withdrawal",
    status_code=204,
    tags=["catalogue"],
    summary="Sell an offering no more from a date on",
)
async def withdraw_offering(
    tx: NamedDependency[Transaction], offering_code: FromPath[str], data: JSONBody[WithdrawOffering]
) -> None:
    await service.withdraw(tx, offering_code, data)


@post("/api/v1/catalogue-drafts", status_code=201, tags=["catalogue"], summary="Begin a draft of the next catalogue")
async def write_draft(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], data: JSONBody[WriteDraft]
) -> DraftView:
    return await once(DraftView, lambda: service.write_draft(tx, data))


@get("/api/v1/catalogue-drafts", tags=["catalogue"], summary="Drafts of the catalogue, oldest first")
async def list_drafts(
    tx: NamedDependency[Transaction], page_size: PageSize = 50, cursor: FromQuery[str | None] = None
) -> Page[DraftSummary]:
    return await service.draft_page(tx, page_size=page_size, cursor=cursor)


@get("/api/v1/catalogue-drafts/{draft_id:uuid}", tags=["catalogue"], summary="One draft with its contents")
async def see_draft(tx: NamedDependency[Transaction], draft_id: FromPath[UUID]) -> DraftView:
    return await service.draft(tx, draft_id)


@put("/api/v1/catalogue-drafts/{draft_id:uuid}", tags=["catalogue"], summary="Write a draft anew")
async def rewrite_draft(
    tx: NamedDependency[Transaction], draft_id: FromPath[UUID], data: JSONBody[RewriteDraft]
) -> DraftView:
    return await service.rewrite_draft(tx, draft_id, data)


@delete("/api/v1/catalogue-drafts/{draft_id:uuid}", status_code=204, tags=["catalogue"], summary="Discard a draft")
async def discard_draft(tx: NamedDependency[Transaction], draft_id: FromPath[UUID]) -> None:
    await service.discard_draft(tx, draft_id)


@post(
    "/api/v1/catalogue-drafts/{draft_id:uuid}/publication",
    status_code=201,
    tags=["catalogue"],
    summary="Publish a draft from a date on, or try that",
)
async def publish_draft(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    draft_id: FromPath[UUID],
    data: JSONBody[PublishDraft],
) -> Publication:
    """All rows or none; with `is_trial` none, and what would change and what is at fault is told."""
    return await once(Publication, lambda: service.publish_draft(tx, draft_id, data))


ROUTES = [
    list_offerings,
    list_cpe_models,
    export_catalogue,
    withdraw_offering,
    write_draft,
    list_drafts,
    see_draft,
    rewrite_draft,
    discard_draft,
    publish_draft,
]
