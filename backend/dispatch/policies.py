"""What a plan is worth, as named and versioned rows: a new version never changes what an older run was judged by.

"standard" is there before anybody wrote a row: its first version is what the planner comes with. Its newest is in force
wherever nobody chose another: slots, drops by hand and alerts are priced by it. A run with a trouble in it weighs moves
by its policy's `repair_factor` in addition.
"""

from typing import Any

from sqlalchemy import bindparam, select

from backend.dispatch.errors import UnknownPolicy
from backend.dispatch.models import PlanningPolicy, Weights
from backend.dispatch.schemas import PolicyView, SavePolicy
from backend.dispatch.translation import STANDARD
from backend.kernel.db import Transaction
from backend.kernel.statements import Question
from scheduling import Policy

_VERSIONS = PlanningPolicy.__table__.c
# Asked with every question to a day in memory.
_IN_FORCE = Question(
    select(_VERSIONS.version, _VERSIONS.weights)
    .where(_VERSIONS.name == bindparam("name"))
    .order_by(_VERSIONS.version.desc())
    .limit(1)
)

MOST_SHOWN = 200  # an operator has a handful, each in some versions


async def save(tx: Transaction, wanted: SavePolicy) -> PolicyView:
    """Keep weights as the next version of a name. IntegrityError for the loser of a race, who asks again."""
    newest = await _newest(tx, wanted.name)
    version = 1 + (newest.version if newest else int(wanted.name == STANDARD.name))
    row = PlanningPolicy(id=tx.new_id(), name=wanted.name, version=version, weights=wanted.weights, created_at=tx.now)
    tx.add(row)
    await tx.flush()
    return _view(row)


async def list_all(tx: Transaction) -> list[PolicyView]:
    """Every version of every policy, by name, the newest first."""
    query = select(PlanningPolicy).order_by(PlanningPolicy.name, PlanningPolicy.version.desc()).limit(MOST_SHOWN)
    shipped = PolicyView(name=STANDARD.name, version=STANDARD.version, weights=Weights(), created_at=None)
    return [*(_view(row) for row in await tx.session.scalars(query)), shipped]


async def in_force(tx: Transaction) -> Policy:
    """The newest "standard"."""
    for version, weights in await tx.ask(_IN_FORCE, name=STANDARD.name):
        return Policy(name=STANDARD.name, version=version, **_numbers(weights))
    return STANDARD


async def find(tx: Transaction, name: str, version: int | None = None) -> Policy:
    """A policy for the planner; the newest version for None. Raises UnknownPolicy."""
    row = await (_newest(tx, name) if version is None else _exact(tx, name, version))
    if row is not None:
        return Policy(name=row.name, version=row.version, **_numbers(row.weights))
    if name == STANDARD.name and version in (None, STANDARD.version):
        return STANDARD
    raise UnknownPolicy(name=name, version=version)


async def _newest(tx: Transaction, name: str) -> PlanningPolicy | None:
    query = select(PlanningPolicy).where(PlanningPolicy.name == name)
    return (await tx.session.scalars(query.order_by(PlanningPolicy.version.desc()).limit(1))).first()


async def _exact(tx: Transaction, name: str, version: int) -> PlanningPolicy | None:
    query = select(PlanningPolicy).where(PlanningPolicy.name == name, PlanningPolicy.version == version)
    return (await tx.session.scalars(query)).first()


def _numbers(weights: Weights) -> dict[str, Any]:
    return {name: getattr(weights, name) for name in Weights.__struct_fields__}


def _view(row: PlanningPolicy) -> PolicyView:
    return PolicyView(name=row.name, version=row.version, weights=row.weights, created_at=row.created_at)
