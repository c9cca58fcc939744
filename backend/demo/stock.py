"""What Northbank Fibre has: depots and vans with equipment, and the pools of its network.

Numbers and addresses come from the ranges set aside for examples: RFC 5737 (IPv4), and the fictitious numbers of the
Finnish plan.
"""

from collections.abc import Iterator, Sequence
from random import Random
from uuid import UUID

from backend.catalogue import service as catalogue
from backend.catalogue.schemas import CpeModel, PoolKind
from backend.inventory import service as inventory
from backend.inventory.schemas import LocationKind
from backend.inventory.warehouse_schemas import SetStockLevel
from backend.kernel.db import Transaction
from backend.resources import service as resources
from backend.workforce.schemas import TechnicianView

DEPOTS = (("Station depot", 60.1720, 24.9405), ("Harbour depot", 60.1690, 24.9520), ("South depot", 60.1655, 24.9400))
DEPOT_UNITS = {
    "ONT-G1": 120, "GW-6": 120, "MESH-6": 120, "ONT-X2": 20, "GW-7": 20, "STB-4": 20, "ATA-2": 10, "CM-31": 10,
    "EXT-1": 10,
}  # fmt: skip
VAN_UNITS = {"ONT-G1": 2, "GW-6": 2, "MESH-6": 1}
VAN_LEVELS = {"ONT-G1": (1, 4), "GW-6": (1, 4), "MESH-6": (1, 2), "PATCH-2M": (5, 15), "DROP-50M": (2, 6)}
PARTS = (  # counted, without serials
    CpeModel(code="PATCH-2M", name="Patch cable, 2 m", vendor="Kaiku", serial_pattern="^.+$", is_serialised=False),
    CpeModel(code="DROP-50M", name="Drop cable, 50 m", vendor="Kaiku", serial_pattern="^.+$", is_serialised=False),
)
DEPOT_PARTS, VAN_PARTS = 400, 10
DIGITS = "0123456789"
HEXADECIMAL = "0123456789ABCDEF"


async def add_stock(tx: Transaction, random: Random, technicians: Sequence[TechnicianView]) -> UUID:
    """Depots and vans with their units and parts, a bench for returns and a vendor; the id of the first depot."""
    serials = {model: _serials(random, model) for model in DEPOT_UNITS}
    depots = [
        await inventory.add_location(tx, kind=LocationKind.DEPOT, name=name, latitude=latitude, longitude=longitude)
        for name, latitude, longitude in DEPOTS
    ]
    for model, quantity in DEPOT_UNITS.items():
        await inventory.receive(tx, model, [next(serials[model]) for _ in range(quantity)], depots[0].id)
    for part in PARTS:
        await catalogue.add_cpe_model(tx, part)
        await inventory.receive_parts(tx, part.code, DEPOT_PARTS, depots[0].id)
    await inventory.add_location(tx, kind=LocationKind.RETURNS, name="Returns bench")
    await inventory.add_location(tx, kind=LocationKind.SUPPLIER, name="Halla, repairs")
    for technician in technicians:
        van = await inventory.add_location(
            tx, kind=LocationKind.VAN, name=van_name(technician), technician_id=technician.id
        )
        for model, quantity in VAN_UNITS.items():
            await inventory.receive(tx, model, [next(serials[model]) for _ in range(quantity)], van.id)
        for part in PARTS:
            await inventory.receive_parts(tx, part.code, VAN_PARTS, van.id)
        for model, (minimum, maximum) in VAN_LEVELS.items():
            level = SetStockLevel(location_id=van.id, model=model, minimum=minimum, maximum=maximum)
            await inventory.set_level(tx, level)
    return depots[0].id


async def add_pools(tx: Transaction, territory_ids: Sequence[UUID]) -> None:
    """The logical inventory: numbers for all, ports, VLANs and addresses by territory."""
    numbers = [f"+3589555{n:04d}" for n in range(400)]
    await resources.add_pool(tx, code="NUMBERS", kind=PoolKind.NUMBER, name="Telephone numbers", values=numbers)
    networks = ("192.0.2", "198.51.100", "203.0.113", "192.0.2")
    for index, territory_id in enumerate(territory_ids):
        first = 1 if index < 3 else 129  # the fourth territory takes the upper half of the first range
        last = 128 if index in (0, 3) else 255
        await resources.add_pool(
            tx,
            code=f"IPV4-{index + 1}",
            kind=PoolKind.IPV4,
            name=f"Addresses {index + 1}",
            values=[f"{networks[index]}.{host}" for host in range(first, min(first + last, 255))],
            territory_id=territory_id,
        )
        await resources.add_pool(
            tx,
            code=f"VLAN-{index + 1}",
            kind=PoolKind.VLAN,
            name=f"VLANs {index + 1}",
            values=[str(1000 * (index + 1) + n) for n in range(100)],
            territory_id=territory_id,
        )
        await resources.add_pool(
            tx,
            code=f"OLT-{index + 1}",
            kind=PoolKind.PORT,
            name=f"Access ports {index + 1}",
            values=[f"olt{index + 1}/1/{port}/{leg}" for port in range(1, 5) for leg in range(1, 33)],
            territory_id=territory_id,
        )


def van_name(technician: TechnicianView) -> str:
    return f"Van of {technician.name}"


def _serials(random: Random, model: str) -> Iterator[str]:
    """Serials of a model that fit its grammar, all different."""
    prefix, alphabet, length = {
        "ONT-G1": ("NRSK", HEXADECIMAL, 8),
        "ONT-X2": ("NRSX", HEXADECIMAL, 8),
        "GW-6": ("HG6", DIGITS, 9),
        "GW-7": ("HG7", DIGITS, 9),
        "MESH-6": ("HM6", DIGITS, 9),
        "STB-4": ("KB4A", DIGITS, 8),
        "ATA-2": ("KA2", DIGITS, 9),
        "CM-31": ("SC31", HEXADECIMAL, 8),
        "EXT-1": ("KX1", DIGITS, 9),
    }[model]
    seen: set[str] = set()
    while True:
        serial = prefix + "".join(random.choices(alphabet, k=length))
        if serial not in seen:
            seen.add(serial)
            yield serial
