"""What is not yours does not exist for you: each route is tried on an own row, a colleague's and a stranger's."""

import httpx
import pytest

from backend.identity.access import Route
from backend.kernel.db import Database
from tests.identity.ownership import OWNERSHIP, Owner
from tests.identity.scenes import SCENES, Scene


def test_every_stated_cell_has_a_scene_that_tries_it() -> None:
    assert {route for route, cells in OWNERSHIP.items() if not isinstance(cells, str)} == SCENES.keys()


@pytest.mark.parametrize("route", SCENES, ids=" ".join)
async def test_a_row_is_shown_to_those_whose_it_is(api: httpx.AsyncClient, database: Database, route: Route) -> None:
    scene = await SCENES[route](database, api)

    answers = {owner: await status_of(api, route, scene, owner) for owner in Owner}

    assert answers == OWNERSHIP[route]


async def status_of(api: httpx.AsyncClient, route: Route, scene: Scene, owner: Owner) -> int:
    method, path = route
    for name, value in scene.values[owner].items():
        path = path.replace(f"{{{name}:uuid}}", str(value)).replace(f"{{{name}:str}}", str(value))
    path = path.replace("{day:date}", "2026-06-01")
    body = {"json": scene.body} if method in ("POST", "PUT", "PATCH") and not scene.headers else {}
    if path.startswith("/files/") and method == "GET":
        method = "HEAD"  # has the row of GET
    return (
        await api.request(method, path, auth=scene.auth, params=scene.query, headers=dict(scene.headers), **body)
    ).status_code
