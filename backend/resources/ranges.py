"""What an operator types when a pool is filled, and the single values it stands for. Pure.

number  +358955500000-+358955500999      E.164 numbers, both ends in it
ipv4    203.0.113.0/24                    addresses; not the network's own, its broadcast, and the first, which routes
ipv6    2001:db8:100::/48 as /56          prefixes of the second length, one for each customer
vlan    100-199                           IEEE 802.1Q tags
port    olt7/1-2/1-16/1-32                node/card/PON/splitter leg; a CMTS or a DSLAM has no legs: cmts3/1-4/1-8
"""

import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import AddressValueError, IPv4Network, IPv6Network
from itertools import islice, product

from backend.catalogue.schemas import PoolKind
from backend.resources.schemas import BadBlock, PortPlace

BLOCK_AT_MOST = 4096  # values in one transaction: a /20, a card of splitters; more come as further blocks
E164 = re.compile(r"\+[1-9][0-9]{6,14}")  # ITU-T E.164: at most fifteen digits
NODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
SPAN = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4}))?")
LAST_VLAN = 4094  # 0 and 4095 are reserved, IEEE 802.1Q table 9-2

Values = Iterator[tuple[str, PortPlace | None]]


def expand(kind: PoolKind, block: str) -> list[tuple[str, PortPlace | None]]:
    """The values of a block in their order, with the place of a port. Raises BadBlock."""
    try:
        values = list(islice(EXPANDING[kind](block.strip()), BLOCK_AT_MOST + 1))
    except (ValueError, AddressValueError) as error:
        raise BadBlock(block=block, kind=kind, why=str(error)) from None
    if not values:
        raise BadBlock(block=block, kind=kind, why="there is nothing in it")
    if len(values) > BLOCK_AT_MOST:
        raise BadBlock(block=block, kind=kind, why=f"more than {BLOCK_AT_MOST} values: fill the pool in parts")
    return values


def number(text: str) -> str:
    """An E.164 number as it is stored. Raises BadBlock."""
    if not E164.fullmatch(text):
        raise BadBlock(block=text, kind=PoolKind.NUMBER, why="write + and the country code, 7 to 15 digits")
    return text


def overlaps(kind: PoolKind, one: str, other: str) -> bool:
    """Whether two blocks of addresses have any in common; what has single values the database compares itself."""
    if kind not in (PoolKind.IPV4, PoolKind.IPV6):
        return False
    outer, known = (block.partition(" as ")[0].strip() for block in (one, other))
    if kind is PoolKind.IPV4:
        return IPv4Network(outer).overlaps(IPv4Network(known))
    return IPv6Network(outer).overlaps(IPv6Network(known))


def _numbers(block: str) -> Values:
    first, _, last = block.partition("-")
    last = last or first
    if not (E164.fullmatch(first) and E164.fullmatch(last) and len(first) == len(last)):
        raise ValueError("write both ends with + and the country code, alike in length")
    return ((f"+{value}", None) for value in range(int(first), int(last) + 1))


def _addresses(block: str) -> Values:
    network = IPv4Network(block)
    return ((str(address), None) for address in islice(network.hosts(), 1, None))


def _prefixes(block: str) -> Values:
    outer, _, length = block.partition(" as /")
    if not length.isdigit():
        raise ValueError("say which prefixes: 2001:db8:100::/48 as /56")
    return ((str(prefix), None) for prefix in IPv6Network(outer.strip()).subnets(new_prefix=int(length)))


def _vlans(block: str) -> Values:
    span = _span(block)
    if not 1 <= span.start <= span.stop - 1 <= LAST_VLAN:
        raise ValueError(f"tags are 1 to {LAST_VLAN}")
    return ((str(tag), None) for tag in span)


def _ports(block: str) -> Values:
    node, *spans = block.split("/")
    if not NODE.fullmatch(node) or len(spans) not in (2, 3):
        raise ValueError("write node/card/port, and /leg behind a splitter")
    return ((_port_name(node, numbers), _place(node, numbers)) for numbers in product(*map(_span, spans)))


def _span(text: str) -> range:
    found = SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no number and no span such as 1-16")
    return range(int(found[1]), int(found[2] or found[1]) + 1)


def _port_name(node: str, numbers: tuple[int, ...]) -> str:
    return "/".join([node, *map(str, numbers)])


def _place(node: str, numbers: tuple[int, ...]) -> PortPlace:
    return PortPlace(node=node, card=numbers[0], port=numbers[1], leg=numbers[2] if len(numbers) == 3 else None)


EXPANDING: Mapping[PoolKind, Callable[[str], Values]] = {
    PoolKind.NUMBER: _numbers,
    PoolKind.IPV4: _addresses,
    PoolKind.IPV6: _prefixes,
    PoolKind.VLAN: _vlans,
    PoolKind.PORT: _ports,
}
