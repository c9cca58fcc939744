"""HTTP of master data: one document, taken in by an administrator."""

from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from backend.kernel.db import Transaction
from backend.kernel.repeats import Once
from backend.masterdata import service
from backend.masterdata.schemas import ImportMasterData, MasterDataImport


@post("/api/v1/master-data-imports", status_code=201, tags=["identity"], summary="Take in an operator's master data")
async def import_master_data(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], data: JSONBody[ImportMasterData]
) -> MasterDataImport:
    """All rows or none; with `is_trial` none, and what would change and what is at fault is told."""
    return await once(MasterDataImport, lambda: service.import_master_data(tx, data))


ROUTES = [import_master_data]
