"""A customer whose order has no appointment yet chooses the first time by a link, with all that the order reserved."""

import httpx
import pytest
from litestar import Litestar

from backend.dispatch.live import LiveDays
from backend.identity.principal import Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.orders import service as orders
from backend.orders.schemas import OrderView
from backend.workforce import service as workforce
from tests.factories.dispatch import AirLines, make_team
from tests.factories.identity import Bearer, make_session, make_user
from tests.factories.orders import make_shop, make_submitted_order
from tests.factories.tracking import deliver
from tests.factories.workforce import make_skill

pytestmark = pytest.mark.anyio

PAGE = "/api/v1/tracking"


@pytest.fixture
async def order(database: Database, app: Litestar) -> OrderView:
    """An order whose work waits for a time, and a technician who can do it."""
    app.state.live = LiveDays(AirLines())
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        await make_skill(tx)
        order = await make_submitted_order(tx)
        territory = await workforce.territory(tx, order.territory_id)
        await make_team(tx, 1, days=3, territory=territory)
    await deliver(database)
    return order


async def invited(api: httpx.AsyncClient, database: Database, order: OrderView) -> str:
    async with database.transaction(SYSTEM, "test") as tx:
        agent = await make_session(tx, await make_user(tx, Role.AGENT))
    answer = await api.post(f"/api/v1/orders/{order.id}/booking-link", auth=agent)
    assert answer.status_code == 201
    return answer.json()["url"].rpartition("#")[2]


async def test_the_first_time_is_chosen_by_the_same_page(api: httpx.AsyncClient, database: Database, order: OrderView):
    link = Bearer(await invited(api, database, order))
    before = (await api.get(PAGE, auth=link)).json()
    proof = await api.post(f"{PAGE}/proof", auth=link, json={"answer": "4567"})
    customer = Bearer(proof.json()["token"])

    slots = (await api.get(f"{PAGE}/slots", auth=customer, params={"from": "2026-06-02", "days": 1})).json()["slots"]
    window = next(slot["window"] for slot in slots if slot["is_open"])
    wanted = {"window_start": window["start"], "window_end": window["end"]}
    held = await api.post(f"{PAGE}/holds", auth=customer, json=wanted)
    agreed = await api.post(f"{PAGE}/holds/{held.json()['id']}/confirmation", auth=customer)

    assert (before["state"], before["can_book"], before["window"]) == ("unbooked", True, None)
    assert (agreed.json()["state"], agreed.json()["window"]) == ("agreed", window)
    steps = {step["step"]: step["at"] for step in agreed.json()["details"]["journey"]}
    assert list(steps) == ["ordered", "agreed", "on_the_way", "at_work", "done", "connected", "billed"]
    assert steps["ordered"] is not None
    assert steps["connected"] is None
    async with database.snapshot(SYSTEM, "test") as tx:
        after = await orders.order_view(tx, order.id)
    assert [kept.serial for kept in after.reservations] == [kept.serial for kept in order.reservations]
    assert {kept.expires_at for kept in after.reservations} == {None}  # the goods are the order's, whatever the time


async def test_an_order_without_open_work_has_nothing_to_book(
    api: httpx.AsyncClient, database: Database, app: Litestar
):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        placed = await make_submitted_order(tx)  # and nobody has heard of it yet
        agent = await make_session(tx, await make_user(tx, Role.AGENT))

    answer = await api.post(f"/api/v1/orders/{placed.id}/booking-link", auth=agent)

    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_book")
