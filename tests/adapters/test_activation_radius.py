"""A real FreeRADIUS: the subscriber's log-in is refused before activation, let in after it, and refused when suspended."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from backend.adapters.activation_radius import PROFILE, RadiusNetwork
from backend.adapters.radius_packets import Peer
from backend.kernel.db import make_engine
from backend.ports import Network, NetworkRefused, NetworkStep, SessionLog
from tests.factories.databases import empty_database
from tests.factories.listening import LOOPBACK
from tests.factories.radius import SECRET, RunningRadius, freeradius, make_schema, require_freeradius
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

SERVICE = UUID("01978f6a-0000-7000-8000-00000000e101")
USER = str(SERVICE)
ENABLED = {"status": "enabled", "ipv4": "192.0.2.77", "downstream_kbps": "500000", "upstream_kbps": "250000"}
SUSPENDED = ENABLED | {"status": "suspended"}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def subscribers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with FreeRADIUS's tables."""
    require_freeradius()
    if request.param == "sqlite":
        make_schema(url := f"sqlite:///{tmp_path / 'radius.db'}")
        yield url
        return
    with empty_database(request.getfixturevalue("postgres")) as url:
        make_schema(url)
        yield url


@pytest.fixture
def radius(subscribers: str, tmp_path: Path) -> Iterator[RunningRadius]:
    with freeradius(tmp_path, subscribers) as running:
        yield running


@asynccontextmanager
async def opened(url: str, clock: FixedClock, server: RunningRadius | None = None) -> AsyncIterator[RadiusNetwork]:
    """Our side; without a server, only what stands in the tables."""
    access_port, change_port = (server.access_port, server.change_port) if server else (0, 0)
    peer = Peer(host=LOOPBACK, port=access_port, secret=SECRET.encode())
    network = RadiusNetwork(make_engine(url), server=peer, password_key=b"key", clock=clock, change_port=change_port)
    yield network
    await network.close()


def step(attributes: dict[str, str] | None, key: str = "one") -> NetworkStep:
    return NetworkStep(key=key, service_id=SERVICE, name=PROFILE, attributes=attributes)


@pytest.fixture
async def network(subscribers: str, clock: FixedClock) -> AsyncIterator[RadiusNetwork]:
    async with opened(subscribers, clock) as found:
        yield found


async def test_a_subscriber_logs_in_from_activation_to_suspension(
    subscribers: str, radius: RunningRadius, clock: FixedClock
):
    async with opened(subscribers, clock, radius) as network:
        port: Network = network
        log: SessionLog = network
        password = network.password(SERVICE)

        before = await asyncio.to_thread(radius.login, USER, password)
        await port.apply(step(ENABLED))
        active = await asyncio.to_thread(radius.login, USER, password)
        tested = await port.test(SERVICE)
        await asyncio.to_thread(
            radius.account,
            User_Name=USER,
            Acct_Status_Type="Start",
            Acct_Session_Id="session-1",
            NAS_IP_Address=LOOPBACK,
            Calling_Station_Id="NRSK00000001",
            Event_Timestamp=str(int((MONDAY + timedelta(seconds=5)).timestamp())),
        )
        [contact] = await log.first_sessions([SERVICE], since=MONDAY)
        await port.apply(step(ENABLED | {"downstream_kbps": "900000"}, "two"))
        await port.apply(step(SUSPENDED, "three"))
        suspended = await asyncio.to_thread(radius.login, USER, password)
        tested_again = await port.test(SERVICE)

    assert "Access-Reject" in before
    assert "Access-Accept" in active
    assert "Framed-IP-Address = 192.0.2.77" in active
    assert "WISPr-Bandwidth-Max-Down = 500000000" in active
    assert tested.passed
    assert (contact.serial, contact.occurred_at) == ("NRSK00000001", MONDAY + timedelta(seconds=5))
    assert radius.told() == ["CoA-Request session-1 900000000", "Disconnect-Request session-1"]
    assert "Access-Reject" in suspended
    assert not tested_again.passed


async def test_what_stands_in_the_tables_is_read_back(network: RadiusNetwork):
    await network.apply(step(SUSPENDED))
    suspended = await network.read_back(SERVICE)
    await network.apply(step(None, "two"))

    assert suspended is not None
    assert suspended.profiles == {PROFILE: SUSPENDED}
    assert await network.read_back(SERVICE) is None


async def test_what_radius_has_no_place_for_is_refused(network: RadiusNetwork):
    with pytest.raises(NetworkRefused):
        await network.apply(step(ENABLED | {"vlan": "7"}))

    assert await network.read_back(SERVICE) is None
