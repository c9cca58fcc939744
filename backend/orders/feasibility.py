"""A dry run: could we deliver so many of an offering today? Skills, stock and pools, with numbers; nothing is reserved."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from backend.catalogue import service as catalogue
from backend.catalogue.schemas import Offering, OfferingKind, PoolKind
from backend.inventory import service as inventory
from backend.kernel.db import Transaction
from backend.orders.schemas import Feasibility, Need
from backend.resources import service as resources
from backend.workforce import service as workforce
from backend.workforce.schemas import TechnicianView


async def feasibility(tx: Transaction, offering_code: str, quantity: int) -> Feasibility:
    """What so many of an offering, or of a bundle, take and what there is of it. Raises UnknownOffering, UnknownWork."""
    parts = await _opened(tx, offering_code)
    needs = [
        *await _goods(tx, parts, quantity),
        *await _pools(tx, parts, quantity),
        *await _skills(tx, parts),
    ]
    return Feasibility(
        offering_code=offering_code,
        quantity=quantity,
        is_deliverable=all(need.is_met for need in needs),
        needs=needs,
    )


async def _opened(tx: Transaction, offering_code: str) -> list[Offering]:
    """The simple offerings in it, also of one that is not on sale yet."""
    offering = await catalogue.offering(tx, offering_code)
    if offering.kind is OfferingKind.SIMPLE:
        return [offering]
    return [await catalogue.offering(tx, member) for member in offering.members]


async def _goods(tx: Transaction, parts: Iterable[Offering], quantity: int) -> list[Need]:
    wanted: Counter[str] = Counter()
    for part in parts:
        for goods in part.specification.goods:
            wanted[goods.model] += goods.quantity * quantity
    free = await inventory.free_quantities(tx, wanted.keys())
    return [_need("goods", model, wanted[model], free[model]) for model in sorted(wanted)]


async def _pools(tx: Transaction, parts: Iterable[Offering], quantity: int) -> list[Need]:
    wanted: Counter[PoolKind] = Counter()
    for part in parts:
        for service in part.specification.services:
            wanted.update(dict.fromkeys(service.resources, quantity))
    free: Counter[PoolKind] = Counter()
    for pool in await resources.pools(tx):
        free[pool.kind] += pool.size - pool.used - pool.reserved - pool.quarantined
    return [_need("resource", kind, wanted[kind], free[kind]) for kind in sorted(wanted)]


async def _skills(tx: Transaction, parts: Iterable[Offering]) -> list[Need]:
    """For each kind of work: a crew of people who have all of its skills."""
    works = sorted({part.specification.work for part in parts if part.specification.work})
    technicians = await workforce.technicians(tx)
    needs: list[Need] = []
    for code in works:
        work = await catalogue.work_specification(tx, code)
        levels = {skill.code: skill.level for skill in work.skills}
        skilled = [one for one in technicians if _has_all(one, levels, tx.now.date())]
        needs.append(_need("crew", code, work.crew_size, len(skilled)))
    return needs


def _has_all(technician: TechnicianView, wanted: dict[str, int], today: date) -> bool:
    valid = [skill for skill in technician.skills if skill.expires_on is None or skill.expires_on >= today]
    levels = {skill.code: skill.level for skill in valid}
    return all(levels.get(code, 0) >= level for code, level in wanted.items())


def _need(kind: str, what: str, wanted: int, available: int) -> Need:
    return Need(kind=kind, what=what, wanted=wanted, available=available, is_met=available >= wanted)
