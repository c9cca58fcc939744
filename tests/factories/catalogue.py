"""A small catalogue: Fibre 500, Phone and Mesh, alone and as a bundle."""

from datetime import datetime
from typing import Any

import msgspec

from backend.catalogue import authoring, service
from backend.catalogue.models import CpeModelRow, OfferingRow, WorkSpecificationRow
from backend.catalogue.schemas import (
    ChargeKind,
    ChargeNeed,
    CheckDigit,
    ChecklistItem,
    CpeModel,
    GoodsNeed,
    Offering,
    OfferingKind,
    OfferingSpecification,
    Period,
    PoolKind,
    ServiceKind,
    ServiceNeed,
    SkillNeed,
    WorkSpecification,
)
from backend.kernel.db import Transaction
from backend.kernel.money import Money
from tests.fakes import MONDAY

ONT = CpeModel(code="ONT-G1", name="Optical terminal", vendor="Lumen Works", serial_pattern="^LWON[0-9A-F]{8}$")
GATEWAY = CpeModel(code="GW-W6", name="Gateway", vendor="Lumen Works", serial_pattern="^LWGW[0-9]{8}$")
MODEM = CpeModel(code="LTE-1", name="Modem", vendor="Any", serial_pattern="^[0-9]{15}$", check_digit=CheckDigit.LUHN)
CABLE = CpeModel(code="PATCH-2M", name="Cable", vendor="Any", serial_pattern="^.+$", is_serialised=False)
MESH = CpeModel(code="MESH-W6", name="Mesh unit", vendor="Lumen Works", serial_pattern="^LWMS[0-9]{8}$")

INSTALL = WorkSpecification(
    code="INSTALL-FTTP",
    name="Install FTTP",
    duration_seconds=5400,
    skills=[SkillNeed(code="FIBRE", level=2)],
    checklist=[
        ChecklistItem(code="drop", text="Is the drop cable intact?", kind="boolean"),
        ChecklistItem(code="light", text="Light level at the ONT", kind="number", unit="dBm", minimum=-27, maximum=-8),
        ChecklistItem(code="remark", text="Anything the next visitor should know?", kind="text", required=False),
    ],
    hazards=["Laser: do not look into the fibre"],
)

FIBRE = OfferingSpecification(
    services=[
        ServiceNeed(kind=ServiceKind.ACCESS, resources=[PoolKind.PORT, PoolKind.VLAN]),
        ServiceNeed(kind=ServiceKind.INTERNET, resources=[PoolKind.IPV4]),
    ],
    goods=[GoodsNeed(model=ONT.code), GoodsNeed(model=GATEWAY.code)],
    work=INSTALL.code,
    charges=[
        ChargeNeed(code="F1", kind=ChargeKind.FULFILMENT, description="ONT", model=ONT.code),
        ChargeNeed(code="P1", kind=ChargeKind.PROVISION, description="Fibre 500", service_kind=ServiceKind.INTERNET),
        ChargeNeed(code="L1", kind=ChargeKind.LABOUR, description="Installation"),
    ],
)
PHONE = OfferingSpecification(
    services=[ServiceNeed(kind=ServiceKind.VOICE, resources=[PoolKind.NUMBER])],
    charges=[ChargeNeed(code="P2", kind=ChargeKind.PROVISION, description="Phone", service_kind=ServiceKind.VOICE)],
)
MESH_UNIT = OfferingSpecification(
    goods=[GoodsNeed(model=MESH.code)],
    charges=[ChargeNeed(code="F2", kind=ChargeKind.FULFILMENT, description="Mesh unit", model=MESH.code)],
)

BUNDLE = "FIBRE-500-PHONE-MESH"
OFFERINGS = (
    Offering(code="FIBRE-500", name="Fibre 500", specification=FIBRE, published_from=MONDAY),
    Offering(code="PHONE", name="Phone", specification=PHONE, published_from=MONDAY),
    Offering(code="MESH", name="Mesh", specification=MESH_UNIT, published_from=MONDAY),
    Offering(
        code=BUNDLE,
        name="Fibre 500, Phone and Mesh",
        kind=OfferingKind.BUNDLE,
        members=["FIBRE-500", "PHONE", "MESH", "MESH"],
        published_from=MONDAY,
    ),
)
PRICES = {  # offering, charge: cents, period
    ("FIBRE-500", "F1"): (9900, Period.ONCE),
    ("FIBRE-500", "P1"): (3990, Period.MONTH),
    ("FIBRE-500", "L1"): (4900, Period.ONCE),
    ("PHONE", "P2"): (990, Period.MONTH),
    ("MESH", "F2"): (7900, Period.ONCE),
}


async def make_catalogue(tx: Transaction, *, published_from: datetime = MONDAY) -> None:
    """Three models, one kind of work, three offerings with prices, and the bundle of them (with two mesh units).

    Most tests begin with it: its rows are written as they are, in one statement for each table.
    """
    for model in (ONT, GATEWAY, MESH):
        values = msgspec.structs.asdict(model)
        del values["owner"]
        tx.add(CpeModelRow(id=tx.new_id(), **values))
    tx.add(WorkSpecificationRow(id=tx.new_id(), **msgspec.structs.asdict(INSTALL)))
    on_sale = {
        offering.code: OfferingRow(
            id=tx.new_id(), **msgspec.structs.asdict(msgspec.structs.replace(offering, published_from=published_from))
        )
        for offering in OFFERINGS
    }
    tx.session.add_all(on_sale.values())
    for (offering, charge), (amount_minor, period) in PRICES.items():
        price = Money(amount_minor=amount_minor, currency="EUR")
        authoring.add_price(tx, on_sale[offering], charge, price=price, period=period, valid_from=published_from)
    await tx.flush()


async def make_offering(tx: Transaction, **changes: Any) -> Offering:
    offering = msgspec.structs.replace(Offering(code="EXTRA", name="Extra", published_from=MONDAY), **changes)
    await service.add_offering(tx, offering)
    return offering


async def make_price(
    tx: Transaction,
    offering_code: str,
    charge_code: str,
    amount_minor: int,
    *,
    period: Period = Period.ONCE,
    valid_from: datetime = MONDAY,
) -> None:
    price = Money(amount_minor=amount_minor, currency="EUR")
    await service.set_price(tx, offering_code, charge_code, price=price, period=period, valid_from=valid_from)
