"""What Northbank Fibre sells and how its work is done: models, work specifications, offerings and their prices."""

from datetime import UTC, datetime

from backend.catalogue import service as catalogue
from backend.catalogue.schemas import (
    ChargeKind,
    ChargeNeed,
    ChecklistItem,
    CpeModel,
    GoodsNeed,
    Offering,
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

PUBLISHED = datetime(2025, 1, 1, tzinfo=UTC)


def _model(
    code: str,
    name: str,
    vendor: str,
    prefix: str,
    rest: str,
    *,
    is_hazardous: bool = False,
    is_export_controlled: bool = False,
) -> CpeModel:
    """A model whose serials are the prefix and `rest` (an expression), twelve characters in all."""
    return CpeModel(
        code=code,
        name=name,
        vendor=vendor,
        serial_pattern=f"^{prefix}{rest}$",
        serial_prefix=prefix,
        serial_length=SERIAL_LENGTH,
        is_hazardous=is_hazardous,
        is_export_controlled=is_export_controlled,
    )


# A GPON serial is the vendor's four letters and eight hexadecimal digits (ITU-T G.984.3, 10.2.3); the others follow
# the shapes that vendors print on their labels. The telephone adapter has a lithium battery, and the newest gateway
# encrypts so strongly that its export is controlled.
SERIAL_LENGTH = 12
MODELS = (
    _model("ONT-G1", "GPON terminal", "Norrsken", "NRSK", "[0-9A-F]{8}"),
    _model("ONT-X2", "XGS-PON terminal", "Norrsken", "NRSX", "[0-9A-F]{8}"),
    _model("GW-6", "Wi-Fi 6 gateway", "Halla", "HG6", "[0-9]{9}"),
    _model("GW-7", "Wi-Fi 7 gateway", "Halla", "HG7", "[0-9]{9}", is_export_controlled=True),
    _model("MESH-6", "Wi-Fi 6 mesh unit", "Halla", "HM6", "[0-9]{9}"),
    _model("STB-4", "Television box", "Kaiku", "KB4", "[A-Z][0-9]{8}"),
    _model("ATA-2", "Telephone adapter", "Kaiku", "KA2", "[0-9]{9}", is_hazardous=True),
    _model("CM-31", "Cable modem", "Selkä", "SC31", "[0-9A-Z]{8}"),
    _model("EXT-1", "Power-line extender", "Kaiku", "KX1", "[0-9]{9}"),
)

LIGHT_LEVEL = ChecklistItem(
    code="light_level", text="Optical level at the wall", kind="number", unit="dBm", minimum=-27.0, maximum=-8.0
)
DROP_INTACT = ChecklistItem(code="drop_intact", text="The drop cable is intact", kind="boolean")
CABINET_CLOSED = ChecklistItem(code="cabinet_closed", text="The cabinet is closed and locked", kind="boolean")
REMARK = ChecklistItem(code="remark", text="Anything the next technician should know", kind="text", required=False)

WORK = (
    WorkSpecification(
        code="INSTALL-FTTP",
        name="Install fibre to the premises",
        duration_seconds=75 * 60,
        skills=[SkillNeed(code="fibre", level=2), SkillNeed(code="indoor")],
        checklist=[DROP_INTACT, LIGHT_LEVEL, REMARK],
        hazards=["Laser light: never look into a fibre"],
    ),
    WorkSpecification(
        code="REPAIR-FTTP",
        name="Repair a fibre connection",
        duration_seconds=60 * 60,
        skills=[SkillNeed(code="fibre", level=2)],
        checklist=[LIGHT_LEVEL, REMARK],
        hazards=["Laser light: never look into a fibre"],
    ),
    WorkSpecification(
        code="UPGRADE-CPE",
        name="Exchange the customer's equipment",
        duration_seconds=40 * 60,
        skills=[SkillNeed(code="indoor")],
        checklist=[REMARK],
    ),
    WorkSpecification(
        code="DISCONNECT",
        name="Disconnect and recover the equipment",
        duration_seconds=30 * 60,
        skills=[SkillNeed(code="indoor")],
        checklist=[REMARK],
    ),
    WorkSpecification(
        code="REPAIR-COPPER",
        name="Repair a telephone line",
        duration_seconds=50 * 60,
        skills=[SkillNeed(code="copper")],
        checklist=[DROP_INTACT, REMARK],
    ),
    WorkSpecification(
        code="PLANT-CABINET",
        name="Maintain a street cabinet",
        duration_seconds=90 * 60,
        skills=[SkillNeed(code="plant", level=2)],
        checklist=[CABINET_CLOSED, REMARK],
        hazards=["Traffic: put the cones out", "Mains voltage in the cabinet"],
    ),
)

OFFERINGS = (
    Offering(
        code="FIBRE-500",
        name="Fibre 500",
        specification=OfferingSpecification(
            services=[
                ServiceNeed(kind=ServiceKind.ACCESS, resources=[PoolKind.PORT, PoolKind.VLAN]),
                ServiceNeed(
                    kind=ServiceKind.INTERNET,
                    resources=[PoolKind.IPV4],
                    characteristics={"downstream_kbps": "500000", "upstream_kbps": "250000"},
                ),
            ],
            goods=[GoodsNeed(model="ONT-G1"), GoodsNeed(model="GW-6")],
            work="INSTALL-FTTP",
            charges=[
                ChargeNeed(code="F1", kind=ChargeKind.FULFILMENT, description="Fibre terminal", model="ONT-G1"),
                ChargeNeed(
                    code="P1", kind=ChargeKind.PROVISION, description="Internet 500", service_kind=ServiceKind.INTERNET
                ),
                ChargeNeed(code="L1", kind=ChargeKind.LABOUR, description="Installation"),
            ],
        ),
        published_from=PUBLISHED,
    ),
    Offering(
        code="PHONE",
        name="Phone",
        specification=OfferingSpecification(
            services=[ServiceNeed(kind=ServiceKind.VOICE, resources=[PoolKind.NUMBER])],
            charges=[
                ChargeNeed(
                    code="P2", kind=ChargeKind.PROVISION, description="Telephone line", service_kind=ServiceKind.VOICE
                )
            ],
        ),
        published_from=PUBLISHED,
    ),
    Offering(
        code="MESH",
        name="Mesh unit",
        specification=OfferingSpecification(
            goods=[GoodsNeed(model="MESH-6")],
            charges=[ChargeNeed(code="F2", kind=ChargeKind.FULFILMENT, description="Mesh unit", model="MESH-6")],
        ),
        published_from=PUBLISHED,
    ),
)

PRICES = (
    ("FIBRE-500", "F1", 4900, Period.ONCE),
    ("FIBRE-500", "P1", 3990, Period.MONTH),
    ("FIBRE-500", "L1", 9900, Period.ONCE),
    ("PHONE", "P2", 790, Period.MONTH),
    ("MESH", "F2", 8900, Period.ONCE),
)


async def add_catalogue(tx: Transaction) -> None:
    """Everything that Northbank sells."""
    for model in MODELS:
        await catalogue.add_cpe_model(tx, model)
    for work in WORK:
        await catalogue.add_work_specification(tx, work)
    for offering in OFFERINGS:
        await catalogue.add_offering(tx, offering)
    for offering, charge, amount_minor, period in PRICES:
        price = Money(amount_minor=amount_minor, currency="EUR")
        await catalogue.set_price(tx, offering, charge, price=price, period=period, valid_from=PUBLISHED)
