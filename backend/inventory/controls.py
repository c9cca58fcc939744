"""Export control: what is flagged, as an item or as a destination, goes nowhere until somebody released it.

A release names a model, a destination or both, its reason and its end; whoever ships cannot grant it (see
`identity.access`). Each release and each revocation is in the audit, as every change of a row is.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import select

from backend.catalogue import service as catalogue
from backend.inventory import queries
from backend.inventory.models import ExportRelease, StockLocation
from backend.inventory.schemas import LocationView, NeedsRelease, NoSuchLocation, NoSuchRelease
from backend.inventory.views import location_view
from backend.inventory.warehouse_schemas import (
    ExportReleaseView,
    ReleaseExport,
)
from backend.kernel.db import Transaction
from backend.kernel.errors import Invalid
from backend.kernel.paging import Page, decode_cursor, page_of


class BadRelease(Invalid):
    """A release names a model or a destination, and ends in the future. params: reason."""

    code = "bad_release"


async def require_released(
    tx: Transaction, models: Collection[str], *, location_id: UUID | None = None, premises_id: UUID | None = None
) -> None:
    """Let goods of these models go to a location or to premises only if nothing about it waits for a release.

    Raises NeedsRelease(models, location_id, is_restricted), UnknownModel.
    """
    place = await _destination(tx, location_id, premises_id)
    is_restricted = place is not None and place.is_restricted
    flagged = [model for model in sorted(models) if is_restricted or await _is_controlled(tx, model)]
    if not flagged:
        return
    releases = await _in_force(tx, tx.now)
    waiting = [model for model in flagged if not any(_covers(one, model, place) for one in releases)]
    if waiting:
        raise NeedsRelease(models=waiting, location_id=place and str(place.id), is_restricted=is_restricted)


async def release_export(tx: Transaction, wanted: ReleaseExport) -> ExportReleaseView:
    """Release a model, a destination, or one to the other. Raises BadRelease, UnknownModel, NoSuchLocation."""
    if wanted.model is None and wanted.to_location_id is None:
        raise BadRelease(reason="it names neither a model nor a destination")
    if wanted.valid_until <= tx.now:
        raise BadRelease(reason="it has ended already")
    if wanted.model is not None:
        await catalogue.cpe_model(tx, wanted.model)
    if wanted.to_location_id is not None:
        await tx.get(StockLocation, wanted.to_location_id, NoSuchLocation)
    row = ExportRelease(id=tx.new_id(), released_by=tx.actor.id, released_at=tx.now, **msgspec.structs.asdict(wanted))
    tx.add(row)
    await tx.flush()
    return _view(row)


async def revoke_release(tx: Transaction, release_id: UUID) -> ExportReleaseView:
    """From now on it does not hold; what has left has left. Raises NoSuchRelease."""
    row = await tx.get(ExportRelease, release_id, NoSuchRelease, lock=True)
    row.revoked_at = row.revoked_at or tx.now
    return _view(row)


async def release_page(tx: Transaction, *, page_size: int, cursor: str | None) -> Page[ExportReleaseView]:
    """All releases, oldest first, also those that do not hold any more."""
    query = select(ExportRelease).order_by(ExportRelease.id).limit(page_size + 1)
    if cursor:
        query = query.where(ExportRelease.id > decode_cursor(cursor))
    rows = list(await tx.session.scalars(query))
    return page_of([_view(row) for row in rows], [row.id for row in rows], page_size)


async def restrict_location(tx: Transaction, location_id: UUID, *, is_restricted: bool) -> LocationView:
    """Flag a destination, or take the flag away. Raises NoSuchLocation."""
    location = await tx.get(StockLocation, location_id, NoSuchLocation, lock=True)
    location.is_restricted = is_restricted
    return location_view(location)


async def _destination(tx: Transaction, location_id: UUID | None, premises_id: UUID | None) -> StockLocation | None:
    """None for premises that never held anything of ours: nobody can have flagged them."""
    if location_id is not None:
        return await tx.get(StockLocation, location_id, NoSuchLocation)
    return await queries.location_of(tx, premises_id=premises_id)


async def _is_controlled(tx: Transaction, model: str) -> bool:
    return (await catalogue.cpe_model(tx, model)).is_export_controlled


async def _in_force(tx: Transaction, now: datetime) -> Sequence[ExportRelease]:
    query = select(ExportRelease).where(ExportRelease.revoked_at.is_(None), ExportRelease.valid_until > now)
    return list(await tx.session.scalars(query))


def _covers(release: ExportRelease, model: str, place: StockLocation | None) -> bool:
    """A release of a model alone holds for every destination but a restricted one: that needs to be named."""
    if release.model not in (None, model):
        return False
    if release.to_location_id is None:
        return place is None or not place.is_restricted
    return place is not None and release.to_location_id == place.id


def _view(row: ExportRelease) -> ExportReleaseView:
    return msgspec.convert(row, ExportReleaseView, from_attributes=True)
