"""Master data as files: a JSON document of all sections, or one section as CSV, called like it."""

import asyncio
import csv
import io
from pathlib import Path
from typing import Any, get_origin

import msgspec

from backend.imports.catalogue import tell_faults
from backend.kernel.audit import SYSTEM
from backend.kernel.db import open_database
from backend.kernel.errors import DomainError
from backend.kernel.imports import BadDocument, Intake, RowFault, RowsAtFault, read_sections
from backend.masterdata import service
from backend.masterdata.schemas import ROWS, ImportMasterData, MasterData, MasterDataImport
from backend.parts import BEFORE_COMMIT
from backend.settings import Settings
from backend.terminal import console, refuse


def run(settings: Settings, file: Path, errors: Path, *, is_trial: bool) -> bool:
    """Take a file in, or try that, and tell what became of it; whether everything is well."""
    try:
        done = asyncio.run(import_master_data(settings, file, is_trial=is_trial))
        faults = done.faults
        for change in done.changes:
            console.print(f"{change.section} {change.key} {change.change}", soft_wrap=True)
        console.print(f"{len(done.changes)} changes" + " (tried)" * is_trial)
    except RowsAtFault as error:
        faults = msgspec.convert(error.params["faults"], list[RowFault])
    except (DomainError, OSError) as error:
        refuse(str(error))
    tell_faults(faults, errors)
    return not faults


async def import_master_data(settings: Settings, file: Path, *, is_trial: bool) -> MasterDataImport:
    """Raises BadDocument, RowsAtFault, OSError for the file."""
    wanted = ImportMasterData(master_data=read(file), is_trial=is_trial)
    database = await open_database(settings.database_url, before_commit=BEFORE_COMMIT)
    try:
        async with database.transaction(SYSTEM, "import_master_data") as tx:
            return await service.import_master_data(tx, wanted)
    finally:
        await database.close()


def read(file: Path) -> MasterData:
    """The rows of a .json or .csv file, with every malformed one told. Raises BadDocument, RowsAtFault, OSError."""
    intake, text = Intake(), file.read_bytes()
    if file.suffix.lower() == ".csv":
        rows = {file.stem: _read_csv(text, file.stem, intake)}
    else:
        rows = read_sections(text, ROWS, intake)
    intake.require_none_at_fault()
    return MasterData(**rows)


def _read_csv(text: bytes, section: str, intake: Intake) -> list[Any]:
    """The rows of one section. An empty cell is left out; the values of a list stand in one cell, with blanks between."""
    if section not in ROWS:
        raise BadDocument(reason=f"call the file like one of {', '.join(ROWS)}")
    try:
        lines = io.StringIO(text.decode("utf-8-sig"), newline="")
    except UnicodeDecodeError as error:
        raise BadDocument(reason=str(error)) from None
    heading = lines.readline()
    lines.seek(0)
    kind, read = ROWS[section], list[Any]()
    lists = {one.encode_name for one in msgspec.structs.fields(kind) if _is_list(one.type)}
    reader = csv.DictReader(lines, delimiter=";" if heading.count(";") > heading.count(",") else ",")
    for number, cells in enumerate(reader, 2):  # as a spreadsheet counts, where the heading is 1
        values = {name: cell for name, cell in cells.items() if cell not in (None, "")}
        told = {name: cell.split() if name in lists else cell for name, cell in values.items() if name is not None}
        if None in cells:
            intake.refuse(section, number, "", reason="malformed_row", detail="it has more cells than the heading")
            continue
        try:
            read.append(msgspec.convert(told, kind, strict=False))
        except msgspec.ValidationError as error:
            intake.refuse(section, number, next(iter(values.values()), ""), reason="malformed_row", detail=str(error))
    return read


def _is_list(kind: Any) -> bool:
    return get_origin(getattr(kind, "__origin__", kind)) is list or get_origin(kind) is list
