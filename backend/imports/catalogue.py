"""A whole catalogue as a file: published from a date on, or written out."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from backend.catalogue import service as catalogue
from backend.catalogue.draft_schemas import Catalogue, PricedOffering, Publication, PublishDraft, WriteDraft
from backend.catalogue.schemas import Code, CpeModel, WorkSpecification
from backend.imports.errorfile import ErrorFile
from backend.kernel.audit import SYSTEM
from backend.kernel.db import open_database
from backend.kernel.errors import DomainError
from backend.kernel.imports import Intake, RowFault, RowsAtFault, read_sections
from backend.parts import BEFORE_COMMIT
from backend.settings import Settings
from backend.terminal import console, refuse

SECTIONS = {"models": CpeModel, "work": WorkSpecification, "offerings": PricedOffering, "withdrawn": Code}
MAX_NAME = 120  # of a draft, which is called like the file


class CatalogueFile(msgspec.Struct, frozen=True, kw_only=True):
    """The file and from when on it holds, None for now. errors: where the rows at fault are written."""

    file: Path
    effective_from: datetime | None
    errors: Path


def run(settings: Settings, wanted: CatalogueFile, *, is_trial: bool) -> bool:
    """Publish a file, or try that, and tell what became of it; whether everything is well."""
    try:
        done = asyncio.run(import_catalogue(settings, wanted, is_trial=is_trial))
        faults = done.faults
        for change in done.changes:
            console.print(f"{change.section} {change.key} {change.change}", soft_wrap=True)
        console.print(f"{len(done.changes)} changes from {done.effective_from:%F %T} UTC" + " (tried)" * is_trial)
    except RowsAtFault as error:
        faults = msgspec.convert(error.params["faults"], list[RowFault])
    except (DomainError, OSError) as error:
        refuse(str(error))
    tell_faults(faults, wanted.errors)
    return not faults


def read(text: bytes) -> Catalogue:
    """A catalogue from its JSON, with every malformed row told. Raises BadDocument, RowsAtFault."""
    intake = Intake()
    rows = read_sections(text, SECTIONS, intake)
    intake.require_none_at_fault()
    return Catalogue(**rows)


async def import_catalogue(settings: Settings, wanted: CatalogueFile, *, is_trial: bool) -> Publication:
    """Write a draft from the file and publish it, or only try that.

    Raises BadDocument, RowsAtFault, EffectiveInThePast, OSError for the file.
    """
    contents = read(wanted.file.read_bytes())
    database = await open_database(settings.database_url, before_commit=BEFORE_COMMIT)
    try:
        async with database.transaction(SYSTEM, "import_catalogue") as tx:
            if is_trial:
                return await catalogue.publish(tx, contents, wanted.effective_from or tx.now, is_trial=True)
            new = WriteDraft(name=wanted.file.name[:MAX_NAME], catalogue=contents)
            draft = await catalogue.write_draft(tx, new)
            return await catalogue.publish_draft(tx, draft.id, PublishDraft(effective_from=wanted.effective_from))
    finally:
        await database.close()


def export(settings: Settings, file: Path, at: datetime | None) -> int:
    """Write the catalogue of a date, or of now, into a file; how many offerings there are in it."""
    found = asyncio.run(_catalogue_at(settings, at))
    file.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
    return len(found.offerings)


async def _catalogue_at(settings: Settings, at: datetime | None) -> Catalogue:
    database = await open_database(settings.database_url)
    try:
        async with database.snapshot(SYSTEM, "export_catalogue") as tx:
            return await catalogue.catalogue_at(tx, at or tx.now)
    finally:
        await database.close()


def tell_faults(faults: Sequence[RowFault], path: Path) -> None:
    """Every fault into the error file, and how many there are to the terminal."""
    with ErrorFile(path, RowFault.__struct_fields__) as errors:
        for fault in faults:
            errors.write(msgspec.structs.astuple(fault))
    if faults:
        console.print(f"{len(faults)} rows at fault, so nothing is taken in; they stand in {path}", soft_wrap=True)
