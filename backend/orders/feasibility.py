"""A dry run: could we deliver so many of an offering today? Skills, stock and pools, with numbers; nothing is reserved.

It can be asked of what is on sale, and of a draft before it is published.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from backend.catalogue import service as catalogue
from backend.catalogue.draft_schemas import PricedOffering
from backend.catalogue.schemas import Offering, OfferingKind, PoolKind, WorkSpecification
from backend.inventory import service as inventory
from backend.kernel.db import Transaction
from backend.orders.schemas import Feasibility, Need
from backend.resources import service as resources
from backend.workforce import service as workforce
from backend.workforce.schemas import TechnicianView

AnOffering = Offering | PricedOffering


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """What a draft says, by code; everything else is as it is on sale."""

    offerings: Mapping[str, AnOffering] = field(default_factory=dict)
    works: Mapping[str, WorkSpecification] = field(default_factory=dict)

    async def offering(self, tx: Transaction, code: str) -> AnOffering:
        return self.offerings.get(code) or await catalogue.offering(tx, code)

    async def work(self, tx: Transaction, code: str) -> WorkSpecification:
        return self.works.get(code) or await catalogue.work_specification(tx, code)


async def feasibility(
    tx: Transaction,
    offering_code: str,
    quantity: int,
    *,
    ahead: Ahead | None = None,
    premises_id: UUID | None = None,
) -> Feasibility:
    """What so many of an offering, or of a bundle, take and what there is of it. Raises UnknownOffering, UnknownWork.

    premises_id: for these, whose splitter or tap has only so many legs.
    """
    ahead = ahead or Ahead()
    parts = await _opened(tx, offering_code, ahead)
    works = [await ahead.work(tx, code) for code in sorted({one.specification.work or "" for one in parts} - {""})]
    needs = [
        *await _goods(tx, parts, works, quantity),
        *await _pools(tx, parts, quantity, premises_id),
        *await _skills(tx, works),
    ]
    return Feasibility(
        offering_code=offering_code,
        quantity=quantity,
        is_deliverable=all(need.is_met for need in needs),
        needs=needs,
    )


async def feasibility_of_draft(tx: Transaction, draft_id: UUID, quantity: int) -> list[Feasibility]:
    """The same for every offering of a draft, in its order. Raises UnknownDraft, and what `feasibility` raises."""
    drafted = (await catalogue.draft(tx, draft_id)).catalogue
    ahead = Ahead(offerings={one.code: one for one in drafted.offerings}, works={one.code: one for one in drafted.work})
    return [await feasibility(tx, one.code, quantity, ahead=ahead) for one in drafted.offerings]


async def _opened(tx: Transaction, offering_code: str, ahead: Ahead) -> list[AnOffering]:
    """The simple offerings in it, also of one that is not on sale yet; a member that stands twice comes twice."""
    offering = await ahead.offering(tx, offering_code)
    if offering.kind is OfferingKind.SIMPLE:
        return [offering]
    return [await ahead.offering(tx, member) for member in offering.members]


async def _goods(
    tx: Transaction, parts: Iterable[AnOffering], works: Iterable[WorkSpecification], quantity: int
) -> list[Need]:
    """Of every model in it what is free in depots and vans; what its work takes comes once for each visit."""
    wanted: Counter[str] = Counter()
    for part in parts:
        for goods in part.specification.goods:
            wanted[goods.model] += goods.quantity * quantity
    for work in works:
        wanted.update({need.model: need.quantity for need in work.parts})
    free = await inventory.free_quantities(tx, wanted.keys())
    return [_need("goods", model, wanted[model], free.get(model, 0)) for model in sorted(wanted)]


async def _pools(tx: Transaction, parts: Iterable[AnOffering], quantity: int, premises_id: UUID | None) -> list[Need]:
    wanted: Counter[PoolKind] = Counter()
    for part in parts:
        for service in part.specification.services:
            wanted.update(dict.fromkeys(service.resources, quantity))
    free: Counter[PoolKind] = Counter()
    for pool in await resources.pools(tx):
        free[pool.kind] += pool.size - pool.used - pool.reserved - pool.quarantined
    drop = None if premises_id is None else await resources.drop_of(tx, premises_id)
    if drop is not None:
        free[PoolKind.PORT] = drop.distribution_point.free
    return [_need("resource", kind, wanted[kind], free[kind]) for kind in sorted(wanted)]


async def _skills(tx: Transaction, works: Iterable[WorkSpecification]) -> list[Need]:
    """For each kind of work: a crew of people who have all of its skills."""
    technicians = await workforce.technicians(tx)
    needs: list[Need] = []
    for work in works:
        levels = {skill.code: skill.level for skill in work.skills}
        skilled = [one for one in technicians if _has_all(one, levels, tx.now.date())]
        needs.append(_need("crew", work.code, work.crew_size, len(skilled)))
    return needs


def _has_all(technician: TechnicianView, wanted: dict[str, int], today: date) -> bool:
    valid = [skill for skill in technician.skills if skill.expires_on is None or skill.expires_on >= today]
    levels = {skill.code: skill.level for skill in valid}
    return all(levels.get(code, 0) >= level for code, level in wanted.items())


def _need(kind: str, what: str, wanted: int, available: int) -> Need:
    return Need(kind=kind, what=what, wanted=wanted, available=available, is_met=available >= wanted)
