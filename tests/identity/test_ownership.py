"""What is not yours does not exist for you: each route is tried on an own row, a colleague's and a stranger's."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from backend.identity.access import Route
from backend.identity.principal import Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from tests.factories.identity import make_phone, make_session, make_user
from tests.identity.ownership import OWNERSHIP, Owner


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Who calls, with which values in the path for each owner, and what the request says."""

    auth: httpx.Auth
    values: Mapping[Owner, Mapping[str, Any]]
    body: Any = field(default_factory=dict)


async def users(tx: Transaction) -> Scene:
    """A contractor's manager, a technician of the same company and one of another."""
    manager = await make_user(tx, Role.CONTRACTOR_MANAGER)
    colleague = await make_user(tx, Role.CONTRACTOR_TECHNICIAN, organisation_id=manager.organisation_id)
    stranger = await make_user(tx, Role.CONTRACTOR_TECHNICIAN)
    ids = {Owner.OWN: manager.id, Owner.SAME_ORGANISATION: colleague.id, Owner.OTHER_ORGANISATION: stranger.id}
    return Scene(auth=await make_session(tx, manager), values={owner: {"user_id": ids[owner]} for owner in Owner})


async def phones(tx: Transaction) -> Scene:
    """A contractor's manager, and the phones of two own technicians and of another company's."""
    manager = await make_user(tx, Role.CONTRACTOR_MANAGER)
    own = [await make_user(tx, Role.CONTRACTOR_TECHNICIAN, organisation_id=manager.organisation_id) for _ in range(2)]
    stranger = await make_user(tx, Role.CONTRACTOR_TECHNICIAN)
    enrolled = [(await make_phone(tx, user)).tokens.device_id for user in (*own, stranger)]
    values = {owner: {"device_id": device_id} for owner, device_id in zip(Owner, enrolled, strict=True)}
    return Scene(auth=await make_session(tx, manager), values=values)


SCENES: dict[Route, Callable[[Transaction], Awaitable[Scene]]] = {
    ("POST", "/api/v1/users/{user_id:uuid}/enrolment-codes"): users,
    ("POST", "/api/v1/devices/{device_id:uuid}/revocation"): phones,
}


def test_every_stated_cell_has_a_scene_that_tries_it() -> None:
    assert {route for route, cells in OWNERSHIP.items() if not isinstance(cells, str)} == SCENES.keys()


@pytest.mark.parametrize("route", SCENES, ids=" ".join)
async def test_a_row_is_shown_to_those_whose_it_is(api: httpx.AsyncClient, database: Database, route: Route) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        scene = await SCENES[route](tx)

    seen = {owner: await status_of(api, route, scene, owner) for owner in Owner}

    assert seen == OWNERSHIP[route]


async def status_of(api: httpx.AsyncClient, route: Route, scene: Scene, owner: Owner) -> int:
    method, path = route
    for name, value in scene.values[owner].items():
        path = path.replace(f"{{{name}:uuid}}", str(value)).replace(f"{{{name}:str}}", str(value))
    body = {"json": scene.body} if method in ("POST", "PUT", "PATCH") else {}
    return (await api.request(method, path, auth=scene.auth, **body)).status_code
