"""HTTP of evidence: the sealed file of one earned obligation, and the keys that ever sealed one."""

from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.billing import keys
from backend.evidence import service
from backend.kernel.db import Database, Transaction
from backend.settings import Settings
from clients.evidence.keys import PublishedKeys

MEDIA_TYPE = "application/x-ndjson"


@get(
    "/api/v1/earned-triggers/{earned_id:uuid}/evidence",
    media_type=MEDIA_TYPE,
    tags=["billing"],
    summary="What proves it, in one sealed file",
)
async def download_evidence(
    tx: NamedDependency[Transaction],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
    earned_id: FromPath[UUID],
) -> Response[bytes]:
    sealed = await service.bundle(tx, database, earned_id, root=settings.billing_signing_key)
    name = f'attachment; filename="evidence-{earned_id}.jsonl"'
    return Response(sealed, media_type=MEDIA_TYPE, headers={"content-disposition": name})


@get("/api/v1/evidence-keys", tags=["billing"], summary="The public keys by which bundles were ever sealed")
async def list_keys(tx: NamedDependency[Transaction]) -> PublishedKeys:
    """For `truckroll verify-bundle --keys`: an old bundle is verified by the key of its day."""
    return PublishedKeys(keys=await keys.published(tx))


ROUTES = [download_evidence, list_keys]
