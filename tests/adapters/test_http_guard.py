"""A configured address cannot reach into our own network, however it is written, and what was looked at is called."""

import httpx
import pytest

from backend.adapters.http_guard import AddressNotPublic, PublicOnly, is_public

pytestmark = pytest.mark.anyio

PUBLIC = "93.184.216.34"


class Net:
    """The transport behind the guard: keeps what it was asked, and answers; and the names that resolve."""

    def __init__(self, *names: list[str]) -> None:
        self.asked = list[httpx.Request]()
        self.answers = list(names)

    async def resolve(self, host: str, port: int) -> list[str]:
        return self.answers.pop(0)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return httpx.Response(202)

    def client(self, *allowed: str, resolves: bool = True) -> httpx.AsyncClient:
        resolve = self.resolve if resolves else None
        guard = PublicOnly(httpx.MockTransport(self.answer), allowed_hosts=allowed, resolve=resolve)
        return httpx.AsyncClient(transport=guard, trust_env=False)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "224.0.0.1",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "::10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::1",
        "2001:0:5ef5:79fb:0:0:f5ff:fffe",
    ],
)
def test_an_address_that_leads_inside_is_not_public(address: str):
    assert not is_public(address)


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"])
def test_an_address_of_the_internet_is_public(address: str):
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "0x7f.1", "2130706433", "[::1]", "localhost"])
async def test_loopback_is_refused_however_it_is_written(host: str):
    net = Net()

    async with net.client(resolves=False) as client:
        with pytest.raises(AddressNotPublic):
            await client.post(f"http://{host}:8001/webhooks")

    assert net.asked == []


async def test_one_private_address_among_public_ones_is_enough_to_refuse():
    net = Net([PUBLIC, "10.0.0.1"])

    async with net.client() as client:
        with pytest.raises(AddressNotPublic):
            await client.post("https://billing.example/webhooks")


async def test_the_connection_goes_to_the_address_that_was_looked_at_under_the_name_that_was_asked_for():
    net = Net([PUBLIC], ["10.0.0.1"])  # rebinding: the second look would be another

    async with net.client() as client:
        await client.post("https://billing.example/webhooks")

    [asked] = net.asked
    assert (asked.url.host, asked.headers["host"]) == (PUBLIC, "billing.example")
    assert asked.extensions["sni_hostname"] == "billing.example"


async def test_a_name_that_the_operator_allows_may_be_anywhere():
    net = Net()

    async with net.client("127.0.0.1") as client:
        answer = await client.post("http://127.0.0.1:8001/webhooks")

    assert answer.status_code == 202
