"""What an operator types when a pool is filled."""

import pytest

from backend.catalogue.schemas import PoolKind
from backend.resources.ranges import BLOCK_AT_MOST, expand, overlaps
from backend.resources.schemas import BadBlock, PortPlace


@pytest.mark.parametrize(
    ("kind", "block", "first", "count"),
    [
        (PoolKind.NUMBER, "+358955500000-+358955500999", "+358955500000", 1000),
        (PoolKind.IPV4, "203.0.113.0/24", "203.0.113.2", 253),
        (PoolKind.IPV6, "2001:db8:100::/48 as /56", "2001:db8:100::/56", 256),
        (PoolKind.VLAN, "100-199", "100", 100),
        (PoolKind.PORT, "olt7/1-2/1-16/1-32", "olt7/1/1/1", 1024),
        (PoolKind.PORT, "cmts3/4/1-8", "cmts3/4/1", 8),
    ],
)
def test_a_block_stands_for_its_values(kind: PoolKind, block: str, first: str, count: int):
    values = [value for value, _ in expand(kind, block)]

    assert (values[0], len(values), len(set(values))) == (first, count, count)


def test_a_port_knows_its_place():
    assert expand(PoolKind.PORT, "olt7/2/16/32")[0][1] == PortPlace(node="olt7", card=2, port=16, leg=32)
    assert expand(PoolKind.PORT, "cmts3/4/8")[0][1] == PortPlace(node="cmts3", card=4, port=8, leg=None)


@pytest.mark.parametrize(
    ("kind", "block"),
    [
        (PoolKind.NUMBER, "0955500000"),
        (PoolKind.NUMBER, "+358955500999-+358955500000"),
        (PoolKind.NUMBER, "+3589555000000000"),
        (PoolKind.IPV4, "203.0.113.7/24"),
        (PoolKind.IPV4, "10.0.0.0/8"),
        (PoolKind.IPV4, "10.0.0.0/33"),
        (PoolKind.IPV6, "2001:db8::/32"),
        (PoolKind.IPV6, "2001:db8::/56 as /48"),
        (PoolKind.VLAN, "0-10"),
        (PoolKind.VLAN, "4000-4095"),
        (PoolKind.PORT, "olt7"),
        (PoolKind.PORT, "olt7/1/1/1/1"),
        (PoolKind.PORT, "olt7/1-99/1-99/1-99"),
        (PoolKind.PORT, "olt 7/1/1"),
    ],
)
def test_what_stands_for_nothing_or_for_too_much_is_refused(kind: PoolKind, block: str):
    with pytest.raises(BadBlock) as refused:
        expand(kind, block)

    assert refused.value.params["why"]


def test_a_block_may_be_as_large_as_the_limit():
    assert len(expand(PoolKind.IPV6, "2001:db8::/44 as /56")) == BLOCK_AT_MOST


def test_networks_overlap_whatever_their_size():
    assert overlaps(PoolKind.IPV6, "2001:db8::/48 as /56", "2001:db8::/40 as /48")
    assert not overlaps(PoolKind.IPV4, "203.0.113.0/25", "203.0.113.128/25")
