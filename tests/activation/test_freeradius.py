"""The whole way on a real FreeRADIUS: the gateway's own first session starts the service, and then it may log in."""

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from backend.activation import service, tasks
from backend.activation.lifecycle import ActivationState, Purpose
from backend.activation.schemas import ActivationView, MoveService
from backend.adapters.activation_radius import PROFILE, RadiusNetwork
from backend.adapters.activation_split import SplitNetwork
from backend.adapters.radius_packets import Peer
from backend.catalogue.schemas import ServiceKind
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, make_engine
from backend.orders.schemas import OrderView
from backend.resources import service as resources
from backend.resources.lifecycle import ServiceState
from tests.factories.activation import look, run
from tests.factories.listening import LOOPBACK
from tests.factories.orders import make_shop, make_submitted_order
from tests.factories.radius import SECRET, freeradius, make_schema, require_freeradius
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

PLUGGED_IN = MONDAY + timedelta(minutes=3)


async def armed(database: Database) -> tuple[OrderView, ActivationView]:
    """A submitted order whose access runs, and the activation of its internet service, which waits for a witness."""
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx)
        await service.arm_for_order(tx, order.id)
        access, internet = (
            next(one for one in order.services if one.kind is kind)
            for kind in (ServiceKind.ACCESS, ServiceKind.INTERNET)
        )
        await resources.activate(tx, access.id, tx.now)
        page = await service.activations(tx, state=None, service_id=internet.id, page_size=9, cursor=None)
        return order, page.items[0]


async def suspend(database: Database, service_id: UUID) -> UUID:
    async with database.transaction(SYSTEM, "test") as tx:
        asked = await service.move_service(tx, service_id, Purpose.SUSPEND, MoveService(reason="not paid"))
        return asked.activation.id


async def test_the_gateways_first_session_starts_a_service_that_then_logs_in_until_it_is_suspended(
    database: Database, tmp_path: Path, clock: FixedClock
):
    require_freeradius()
    url = f"sqlite:///{tmp_path / 'radius.db'}"
    make_schema(url)
    _, waiting = await armed(database)
    clock.advance(600)
    with freeradius(tmp_path, url) as server:
        peer = Peer(host=LOOPBACK, port=server.access_port, secret=SECRET.encode())
        radius = RadiusNetwork(
            make_engine(url), server=peer, password_key=b"key", clock=clock, change_port=server.change_port
        )
        network = SplitNetwork({PROFILE: radius}, others=None)
        user, password = str(waiting.service_id), radius.password(waiting.service_id)

        before = await asyncio.to_thread(server.login, user, password)
        await asyncio.to_thread(
            server.account,
            User_Name=user,
            Acct_Status_Type="Start",
            Acct_Session_Id="garden-1",
            NAS_IP_Address=LOOPBACK,
            Calling_Station_Id="02-00-5E-10-00-01",
            Event_Timestamp=str(int(PLUGGED_IN.timestamp())),
        )
        heard = await tasks.listen(database, radius)
        await run(database, network, waiting.id)
        active = await asyncio.to_thread(server.login, user, password)
        activation, line = await look(database, waiting.id)
        ending = await suspend(database, line.id)
        await run(database, network, ending)
        suspended = await asyncio.to_thread(server.login, user, password)
        await radius.close()

    assert "Access-Reject" in before
    assert heard == 1
    assert (activation.state, line.state, line.active_since) == (
        ActivationState.SUCCEEDED,
        ServiceState.ACTIVE,
        PLUGGED_IN,
    )
    assert "Access-Accept" in active
    assert "Framed-IP-Address = 192.0.2.1" in active
    assert (await look(database, ending))[1].state is ServiceState.INACTIVE
    assert "Access-Reject" in suspended
    assert [packet.split()[0] for packet in server.told()] == ["CoA-Request", "Disconnect-Request"]
