"""What the deployment says of itself, to pages and to whoever watches it."""

from datetime import date
from typing import Any

import msgspec
from litestar import get
from litestar.di import NamedDependency

from backend.dispatch.delays import read_pack as delay_pack
from backend.kernel.db import Transaction
from backend.kernel.feed import epoch
from backend.kernel.packs import Pack
from backend.promises.policy import read_pack as promise_pack
from backend.returns.policy import read_pack as return_pack
from backend.settings import Settings


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """is_demo: the passwords are known to everybody, and every page says so."""

    name: str
    is_demo: bool


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The database answers; its epoch tells which history it holds."""

    status: str
    epoch: str


@get("/api/v1/deployment", tags=["deployment"], summary="What this deployment is")
async def deployment(settings: NamedDependency[Settings]) -> Deployment:
    return Deployment(name=settings.operator_name, is_demo=settings.demo)


class PolicyVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a policy that this deployment chose. of: what it is about; rules: what it says, by name.

    source: where the rules stand; is_in_force: it is what holds today, for what happens today.
    """

    of: str
    name: str
    source: str
    valid_from: date
    is_in_force: bool
    rules: dict[str, Any]


@get(
    "/api/v1/policies",
    tags=["deployment"],
    summary="What broken promises and late returns cost, and when delays are told, by date",
)
async def list_policies(tx: NamedDependency[Transaction], settings: NamedDependency[Settings]) -> list[PolicyVersion]:
    """Chosen by the settings of the deployment; a version is never changed, the next one takes its place."""
    today = tx.now.date()
    promises, returns = promise_pack(settings.promise_policy), return_pack(settings.return_policy)
    delays = delay_pack(settings.delay_policy)
    return [
        *_versions("promises", promises, today),
        *_versions("returns", returns, today),
        *_versions("delays", delays, today),
    ]


def _versions(of: str, pack: Pack[Any], today: date) -> list[PolicyVersion]:
    return [
        PolicyVersion(
            of=of,
            name=pack.name,
            source=pack.source,
            valid_from=one.valid_from,
            is_in_force=one == pack.on(today),
            rules={name: said for name, said in msgspec.to_builtins(one).items() if name != "valid_from"},
        )
        for one in pack.versions
    ]


@get("/health", tags=["deployment"], summary="Whether the database answers")
async def health(tx: NamedDependency[Transaction]) -> Health:
    return Health(status="ok", epoch=await epoch(tx))


ROUTES = [deployment, list_policies, health]
