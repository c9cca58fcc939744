"""HTTP of master data: one document, taken in by an administrator, its sections as they are, and where fields come from."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from backend.kernel.db import Transaction
from backend.kernel.repeats import Once
from backend.masterdata import listing, service
from backend.masterdata.schemas import ImportMasterData, MasterData, MasterDataImport
from backend.masterdata.sources import SOURCES, Sources


@post("/api/v1/master-data-imports", status_code=201, tags=["identity"], summary="Take in an operator's master data")
async def import_master_data(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], data: JSONBody[ImportMasterData]
) -> MasterDataImport:
    """All rows or none; with `is_trial` none, and what would change and what is at fault is told."""
    return await once(MasterDataImport, lambda: service.import_master_data(tx, data))


@get(
    "/api/v1/master-data/{section:str}",
    tags=["identity"],
    summary="A section of the master data, as an import takes it",
)
async def list_master_data(tx: NamedDependency[Transaction], section: FromPath[str]) -> MasterData:
    """The other sections are empty. What is listed can be changed and imported again; rosters and absences are not listed."""
    return await listing.listed(tx, section)


@get("/api/v1/sources-of-truth", tags=["reference"], summary="Which system has the last word on which field")
async def see_sources() -> Sources:
    return Sources(items=list(SOURCES))


ROUTES = [import_master_data, list_master_data, see_sources]
