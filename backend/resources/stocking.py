"""Pools as master data: known by their code, with blocks that are filled in once."""

from uuid import UUID

from backend.catalogue.schemas import PoolKind
from backend.kernel.db import Transaction
from backend.kernel.errors import Conflict
from backend.resources import queries
from backend.resources.pools import fill, open_pool
from backend.resources.schemas import AddPool


class PoolIsOther(Conflict):
    """A pool of this code is there, of another kind or for another territory: give the new one its own. params: code."""

    code = "pool_is_other"


async def put_pool(
    tx: Transaction, *, code: str, kind: PoolKind, name: str, territory_id: UUID | None, blocks: list[str]
) -> str | None:
    """What was done: a pool with these blocks, of which those that it has already are left. blocks: at least one.

    Raises PoolIsOther, BadBlock, BlockOverlaps.
    """
    row = next((pool for pool in await queries.pools(tx) if pool.code == code), None)
    if row is not None and (row.kind, row.territory_id) != (kind, territory_id):
        raise PoolIsOther(code=code)
    if row is None:
        first, *blocks = blocks
        pool = await open_pool(tx, AddPool(code=code, kind=kind, name=name, territory_id=territory_id, block=first))
        pool_id, known, done = pool.id, [first], "added"
    else:
        pool_id, known, done = row.id, list(row.blocks), None
    for block in blocks:
        if block.strip() not in known:
            await fill(tx, pool_id, block)
            done = done or "changed"
    return done
