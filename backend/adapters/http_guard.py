"""Calls to addresses that somebody configured must not reach into our own network (server-side request forgery).

The name is resolved once, every address of it is looked at, and the connection goes to an address that was looked at: a
name that resolves otherwise a moment later gains nothing. Names that the operator allows may be anywhere.

Source: OWASP, Server-Side Request Forgery Prevention Cheat Sheet; address blocks: RFC 6890, NAT64: RFC 6052.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Collection, Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

NAT64 = IPv6Network("64:ff9b::/96")
V4_COMPATIBLE = IPv6Network("::/96")
PORTS = {"https": 443, "http": 80}

Resolve = Callable[[str, int], Awaitable[list[str]]]


class AddressNotPublic(httpx.ConnectError):
    """The host is inside our own network, or partly so, and the operator has not allowed its name."""


class PublicOnly(httpx.AsyncBaseTransport):
    """Passes on what goes to public addresses or to `allowed_hosts` (names or addresses, in lower case)."""

    def __init__(
        self, inner: httpx.AsyncBaseTransport, *, allowed_hosts: Collection[str], resolve: Resolve | None = None
    ) -> None:
        self._inner = inner
        self._allowed_hosts = frozenset(allowed_hosts)
        self._resolve = resolve or _resolve

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises AddressNotPublic, or httpx.ConnectError when the name has no address."""
        host = request.url.host
        if host in self._allowed_hosts:
            return await self._inner.handle_async_request(request)
        address = await self._checked(host, request.url.port or PORTS[request.url.scheme], request)
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=address),
            headers=request.headers,  # with the Host that was asked for
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host},  # the certificate is held against the name
        )
        return await self._inner.handle_async_request(pinned)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _checked(self, host: str, port: int, request: httpx.Request) -> str:
        try:
            addresses = await self._resolve(host, port)
        except OSError as error:
            raise httpx.ConnectError(f"{host} has no address: {error}", request=request) from error
        if not addresses or not all(is_public(address) for address in addresses):
            raise AddressNotPublic(f"{host} is {addresses}: allow its name if that is meant", request=request)
        return addresses[0]


def is_public(address: str) -> bool:
    """Whether anybody on the internet could have this address, and every IPv4 address that is wrapped in it."""
    found = ip_address(address)
    return all(one.is_global and not one.is_multicast for one in (found, *_wrapped(found)))


def _wrapped(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address]:
    """IPv4 addresses at which a packet to this IPv6 address may end: `is_global` looks at none of them."""
    if isinstance(address, IPv4Address):
        return
    if address in NAT64 or address in V4_COMPATIBLE:
        yield IPv4Address(int(address) & 0xFFFFFFFF)
    yield from (one for one in (address.ipv4_mapped, address.sixtofour) if one is not None)
    yield from address.teredo or ()


async def _resolve(host: str, port: int) -> list[str]:
    """All addresses of a name. It reads 0x7f.1 and 2130706433 as the addresses that they are."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]
